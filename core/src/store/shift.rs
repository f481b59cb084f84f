//! A worker's shift as a value: it says what to ask the store and what to run, takes the answers, and waits for nothing
//! (ARCHITECTURE §6). Rust, Python, Node, C and the simulation drive this one value.
//!
//! One request is under way at a time; what ends meanwhile is settled together with the next one. That is all there is
//! to group commit: the slower the disk, the larger the groups.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::environment::Environment;
use crate::event::Event;
use crate::execution::Plan;
use crate::json;

use super::backend::{Claim, Claimed, Effect, Exchange, How, Kept, Outlook, Posted, Served, Settled, WorkerId};
use super::depth::Counting;
use super::duty::{Ask, Duty, Job, Replied, ShiftSpec, Tally};
use super::error::StoreError;
use super::incoming::Incoming;
use super::retry::{Retry, Verdict};

/// How long to leave a store alone that failed, at most, give or take a half; milliseconds.
const REST: i64 = 2_000;

/// See the module.
#[derive(Debug)]
pub struct Shift {
    spec: ShiftSpec,
    environment: Arc<Environment>,
    served: Arc<[Served]>,
    /// Plans by the consumer's type.
    by_consumer: HashMap<Arc<str>, usize>,
    phase: Phase,
    ready: VecDeque<Job>,
    /// Claims of what is ready or runs, by number.
    held: HashMap<u64, (Claim, u32)>,
    settled: Vec<Settled>,
    /// What the request under way settles.
    sent: Vec<Settled>,
    asked: bool,
    /// Whether a reply went missing, so that the store may know of claims that are not held here.
    adrift: bool,
    /// Whether something may be there to claim.
    woken: bool,
    /// Whether something is there to claim, as the store said.
    ready_there: bool,
    next_due: Option<i64>,
    next_beat: i64,
    /// Whether the request under way is a heartbeat, too.
    beats: bool,
    /// Failures of the store in a row, and when to ask again.
    troubles: u32,
    rest_until: i64,
    counting: Counting,
    last: u64,
    turn: usize,
    tally: Tally,
}

#[derive(Debug)]
enum Phase {
    Outside,
    Working(WorkerId),
    Draining(WorkerId),
    Over(Option<StoreError>),
}

impl Shift {
    /// A shift that has not begun.
    pub fn new(spec: ShiftSpec, environment: &Arc<Environment>) -> Self {
        let served = spec.plans.iter().flat_map(served).collect();
        let counting = Counting::new(spec.is_measured);
        let by_consumer = spec.plans.iter().enumerate().map(|(at, plan)| (Arc::from(plan.source()), at)).collect();
        Self {
            spec: ShiftSpec { capacity: spec.capacity.max(1), lease: spec.lease.max(30), ..spec },
            environment: Arc::clone(environment),
            served,
            by_consumer,
            phase: Phase::Outside,
            ready: VecDeque::new(),
            held: HashMap::new(),
            settled: Vec::new(),
            sent: Vec::new(),
            asked: false,
            adrift: false,
            woken: true,
            ready_there: false,
            next_due: None,
            next_beat: 0,
            beats: false,
            troubles: 0,
            rest_until: 0,
            counting,
            last: 0,
            turn: 0,
            tally: Tally::default(),
        }
    }

    /// What to do next. Ask [`Shift::ask`] first.
    #[allow(clippy::should_implement_trait)] // it is no iterator: more comes by answers
    pub fn next(&mut self) -> Duty {
        if let Phase::Over(reason) = &self.phase {
            return Duty::Over(reason.clone().map_or(Ok(()), Err));
        }
        if let Some(depth) = self.counting.tell() {
            return Duty::Measure(depth);
        }
        match self.ready.pop_front() {
            Some(job) => Duty::Run(job),
            None => Duty::Wait(self.wait_until()),
        }
    }

    /// Whether [`Shift::next`] gives something else than a wait.
    pub fn is_ready(&self) -> bool {
        !self.ready.is_empty() || self.counting.has_untold() || matches!(self.phase, Phase::Over(_))
    }

    /// What to ask of the store now, if anything; its reply goes to [`Shift::replied`].
    pub fn ask(&mut self, now: i64) -> Option<Ask> {
        // A clock that was set back must not stretch what is waited for.
        self.rest_until = self.rest_until.min(now.saturating_add(2 * REST));
        self.next_beat = self.next_beat.min(now.saturating_add(self.spec.lease / 3));
        if self.asked || now < self.rest_until {
            return None;
        }
        let ask = self.wanted(now);
        self.asked = ask.is_some();
        ask
    }

    fn wanted(&mut self, now: i64) -> Option<Ask> {
        match self.phase {
            Phase::Outside => Some(Ask::Register(now + self.spec.lease)),
            Phase::Over(_) => None,
            Phase::Working(worker) => {
                let is_due = self.next_due.is_some_and(|due| due <= now);
                let room = self.spec.capacity.saturating_sub(self.held.len());
                let claims = self.ready_there && room > 0;
                if !self.settled.is_empty() || self.adrift || claims || now >= self.next_beat {
                    return Some(Ask::Exchange(self.exchange(worker, room, claims, now)));
                }
                if (self.woken || is_due) && room > 0 {
                    (self.woken, self.next_due) = (false, None);
                    return Some(Ask::Outlook);
                }
                None
            }
            Phase::Draining(worker) => {
                if !self.settled.is_empty() || self.adrift || now >= self.next_beat {
                    return Some(Ask::Exchange(self.exchange(worker, 0, false, now)));
                }
                self.held.is_empty().then_some(Ask::Leave(worker))
            }
        }
    }

    fn exchange(&mut self, worker: WorkerId, room: usize, claim: bool, now: i64) -> Exchange {
        self.sent = std::mem::take(&mut self.settled);
        self.beats = now >= self.next_beat;
        let beat = self.beats.then(|| now + self.spec.lease);
        let served = if claim { self.in_turn() } else { Arc::clone(&self.served) };
        Exchange {
            worker,
            settled: self.sent.clone(),
            served,
            room,
            claim,
            holds: self.adrift.then(|| self.held.values().map(|(claim, _)| *claim).collect()),
            beat,
            count: self.counting.is_due(now),
            retry: self.spec.retry,
        }
    }

    /// What is served, in turn, so that no consumer's flood keeps another from being claimed.
    fn in_turn(&mut self) -> Arc<[Served]> {
        self.turn = (self.turn + 1) % self.served.len().max(1);
        self.served[self.turn..].iter().chain(&self.served[..self.turn]).cloned().collect()
    }

    fn wait_until(&self) -> Option<i64> {
        match self.phase {
            Phase::Outside => Some(self.rest_until),
            Phase::Over(_) => None,
            _ if self.asked => None,
            Phase::Draining(_) => Some(self.next_beat.max(self.rest_until)),
            Phase::Working(_) => {
                let due = self.next_due.filter(|_| self.held.len() < self.spec.capacity);
                Some(due.map_or(self.next_beat, |due| due.min(self.next_beat)).max(self.rest_until))
            }
        }
    }

    /// Takes the store's reply to the last [`Shift::ask`].
    pub fn replied(&mut self, reply: Result<Replied, StoreError>, now: i64) {
        self.asked = false;
        match reply {
            Ok(reply) => {
                self.troubles = 0;
                self.took(reply, now);
            }
            Err(error) => self.troubled(error, now),
        }
    }

    fn took(&mut self, reply: Replied, now: i64) {
        match reply {
            Replied::Registered(worker) => {
                self.next_beat = now + self.spec.lease / 3;
                self.phase = match self.phase {
                    Phase::Draining(_) => Phase::Draining(worker),
                    _ => Phase::Working(worker),
                };
            }
            Replied::Outlook(Outlook { ready, next }) => (self.ready_there, self.next_due) = (ready, next),
            Replied::Exchanged(exchanged) => {
                if self.beats {
                    self.next_beat = now + self.spec.lease / 3;
                }
                self.adrift = false;
                let sent = std::mem::take(&mut self.sent);
                for (settled, effect) in sent.into_iter().zip(exchanged.outcomes) {
                    self.effected(settled, effect, now);
                }
                self.ready_there = exchanged.more;
                self.woken |= exchanged.produced;
                self.counting.took(exchanged.depths, now);
                for claimed in exchanged.claimed {
                    self.take_up(claimed, now);
                }
            }
            Replied::Left => self.phase = Phase::Over(None),
        }
    }

    fn effected(&mut self, settled: Settled, effect: Effect, now: i64) {
        match (effect, &settled.how) {
            (Effect::Real, How::Done { .. }) => self.tally.handled += 1,
            (Effect::Real, How::Failed { .. }) => self.tally.failed += 1,
            (Effect::Real, How::Again { .. }) => {}
            (Effect::Lost, _) => self.tally.lost += 1,
            (Effect::Refused(why), How::Done { .. }) => {
                let cause = cause("StoreRefused", &why, now);
                let due = now + self.spec.retry.delay(1, &self.environment);
                self.settled.push(Settled { claim: settled.claim, how: How::Failed { due, dead: false, cause } });
            }
            // What happened can't be told: it goes again without a cause, after a while.
            (Effect::Refused(_), How::Failed { .. }) => {
                let due = now + self.spec.retry.longest;
                self.settled.push(Settled { claim: settled.claim, how: How::Again { due } });
            }
            (Effect::Refused(_), How::Again { .. }) => {
                self.tally.lost += 1;
                self.adrift = true; // the next exchange frees what is not held
            }
        }
    }

    /// A request failed. Whether it took effect is not known: what it settled is settled again, which changes nothing
    /// where it was done; what it claimed is freed with the next exchange.
    fn troubled(&mut self, error: StoreError, now: i64) {
        self.settled = std::mem::take(&mut self.sent).into_iter().chain(std::mem::take(&mut self.settled)).collect();
        self.adrift = !matches!(self.phase, Phase::Outside);
        self.woken = true;
        if error.is_fatal() {
            self.phase = Phase::Over(Some(error));
            return;
        }
        self.troubles = self.troubles.saturating_add(1);
        let calm = Retry { first: 20, longest: REST, ..self.spec.retry };
        self.rest_until = now + calm.delay(self.troubles, &self.environment);
    }

    fn take_up(&mut self, claimed: Claimed, now: i64) {
        self.tally.claimed += 1;
        self.tally.repeated += u64::from(claimed.tries > 1);
        self.last += 1;
        let number = self.last;
        self.held.insert(number, (claimed.claim, claimed.tries));
        let event = match claimed.event {
            Posted::Event(event) => event,
            Posted::Text(text) => match Event::parse(&text, self.environment.limits()) {
                Ok(event) => event,
                Err(error) => return self.fault(number, Verdict::Dead, "EventError", &error.to_string(), now),
            },
        };
        let Some(&plan) = self.by_consumer.get(&claimed.consumer) else {
            return self.fault(number, Verdict::Again, "NoConsumer", &claimed.consumer, now);
        };
        let revision = claimed.claim.lane.and_then(|revision| u64::try_from(revision).ok()).unwrap_or_default();
        let record = claimed.record.map(|record| (record, revision));
        self.ready.push_back(Job { number, plan, event, record, tries: claimed.tries });
        if matches!(self.phase, Phase::Draining(_)) {
            self.hand_back(now);
        }
    }

    /// The execution came to its commit: its record and its answers.
    pub fn done(&mut self, number: u64, record: Option<Kept>, emitted: Arc<[Incoming]>) {
        self.settle(number, How::Done { record, emitted });
    }

    /// The execution failed: what happened, and what shall become of the event.
    pub fn failed(&mut self, number: u64, verdict: Verdict, name: &str, message: &str, now: i64) {
        self.fault(number, verdict, name, message, now);
    }

    fn fault(&mut self, number: u64, verdict: Verdict, name: &str, message: &str, now: i64) {
        let tries = self.held.get(&number).map_or(1, |(_, tries)| *tries);
        let retry = self.spec.retry;
        let how = match verdict {
            Verdict::Again => How::Again { due: now + retry.pause(&self.environment) },
            Verdict::Later | Verdict::Dead => How::Failed {
                due: now + retry.delay(tries, &self.environment),
                dead: verdict == Verdict::Dead,
                cause: cause(name, message, now),
            },
        };
        self.settle(number, how);
    }

    fn settle(&mut self, number: u64, how: How) {
        if let Some((claim, _)) = self.held.remove(&number) {
            self.settled.push(Settled { claim, how });
        }
    }

    /// Something came that may be claimed at once, without a look before: a worker with no request under way does.
    pub fn claim_if_idle(&mut self) -> bool {
        self.ready_there |= !self.asked;
        !self.asked
    }

    /// Whether what waits is to be counted now and then, for [`Duty::Measure`]; it is not unless somebody says so. A
    /// count goes along with an exchange that is due anyway, a heartbeat at the latest, and never sooner than 5 s after
    /// the last one.
    pub fn measure(&mut self, is_on: bool) {
        self.counting.switch(is_on);
    }

    /// Something may be there to claim.
    pub fn wake(&mut self) {
        self.woken = true;
    }

    /// Claims nothing more; gives back what does not run yet; ends once all that runs is settled.
    pub fn drain(&mut self, now: i64) {
        match self.phase {
            Phase::Working(worker) => self.phase = Phase::Draining(worker),
            Phase::Outside if !self.asked => self.phase = Phase::Over(None),
            Phase::Outside => self.phase = Phase::Draining(WorkerId(0)), // its number comes with the reply
            Phase::Draining(_) | Phase::Over(_) => {}
        }
        self.hand_back(now);
    }

    fn hand_back(&mut self, now: i64) {
        for job in std::mem::take(&mut self.ready) {
            self.settle(job.number, How::Again { due: now });
        }
    }

    /// Whether it claims nothing more.
    pub fn is_draining(&self) -> bool {
        matches!(self.phase, Phase::Draining(_) | Phase::Over(_))
    }

    /// What it did so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The plan of a job.
    pub fn plan(&self, at: usize) -> Option<&Arc<Plan>> {
        self.spec.plans.get(at)
    }

    /// What it was made of.
    pub fn spec(&self) -> &ShiftSpec {
        &self.spec
    }

    /// What it serves, for [`Backend::outlook`](super::Backend::outlook).
    pub fn served(&self) -> &Arc<[Served]> {
        &self.served
    }
}

/// The consumers and versions that a plan serves. A workflow's events that are not in its own lane, such as those with
/// a broken subject, come without a version.
fn served(plan: &Arc<Plan>) -> Vec<Served> {
    let consumer: Arc<str> = plan.source().into();
    let lane = plan.is_workflow();
    let of = |version: &str, lane| Served { consumer: consumer.clone(), version: version.into(), lane };
    plan.served_versions().iter().map(|version| of(version, lane)).chain([of("", false)]).collect()
}

/// One failure, as the history of causes keeps it.
fn cause(name: &str, message: &str, now: i64) -> Arc<str> {
    let mut text = String::from(r#"{"name":"#);
    json::write_text(&mut text, name);
    text.push_str(r#","message":"#);
    json::write_text(&mut text, message);
    text.push_str(&format!(r#","at":{now}}}"#));
    text.into()
}
