//! Simulated workers: a real shift each, and user code that does something else every time it runs, so that the
//! effects of two runs can be told apart.

use std::collections::HashMap;
use std::sync::Arc;

use crate::memory::Record;
use crate::store::{
    Ask, Claim, Duty, How, Incoming, Job, Kept, Replied, Retry, Shift, ShiftSpec, Status, StoreError, Verdict,
};

use super::seen::Seen;
use super::simulation::{Request, Run};
use super::world::{CHILD, CLIENT, DOMAIN, Draft, FLOW, REFUSED, SERVICES, opening};

/// How long claims outlive a heartbeat, in virtual milliseconds.
pub(super) const LEASE: i64 = 1_500;

/// One worker.
#[derive(Debug)]
pub(super) struct Hand {
    pub(super) name: Arc<str>,
    pub(super) kind: usize,
    pub(super) process: usize,
    pub(super) shift: Shift,
    /// How far its clock is off.
    pub(super) offset: i64,
    pub(super) asked: Option<Asked>,
    pub(super) running: Vec<(Job, Claim)>,
    /// Claims of what it holds, by the number of its job.
    claims: HashMap<u64, Claim>,
    last: u64,
    pub(super) id: Option<i64>,
    pub(super) frozen_until: i64,
    pub(super) waits_until: Option<i64>,
    pub(super) alive: bool,
    pub(super) back_at: Option<i64>,
}

/// A request of a worker on its way.
#[derive(Debug)]
pub(super) enum Asked {
    Going(Ask),
    Coming(Result<Replied, StoreError>),
}

impl Hand {
    pub(super) fn hear(&mut self, reply: Result<Replied, StoreError>) {
        self.asked = Some(Asked::Coming(reply));
    }

    /// All that it holds, as far as it knows.
    pub(super) fn holds(&self) -> impl Iterator<Item = Claim> {
        self.claims.values().copied()
    }
}

impl Run<'_> {
    /// A new worker, or one that starts again under its name.
    pub(super) fn hire(&mut self, like: Option<usize>) {
        let (name, kind, process, at) = match like {
            Some(at) => {
                let hand = &self.hands[at];
                (hand.name.clone(), hand.kind, hand.process, at)
            }
            None => {
                self.born += 1;
                let kind = if self.born == 1 { 0 } else { self.random.below(self.cast.kinds.len()) };
                let process = self.random.below(2);
                (Arc::from(format!("w{}", self.born)), kind, process, self.hands.len())
            }
        };
        let spec = ShiftSpec {
            capacity: self.random.below(5) + 1,
            lease: LEASE,
            retry: Retry { tries: self.tries, first: 40, longest: 300 },
            ..ShiftSpec::new(name.clone(), self.cast.kinds[kind].iter().cloned())
        };
        let hand = Hand {
            name,
            kind,
            process,
            shift: Shift::new(spec, &self.cast.environment),
            offset: 0,
            asked: None,
            running: Vec::new(),
            claims: HashMap::new(),
            last: 0,
            id: None,
            frozen_until: 0,
            waits_until: None,
            alive: true,
            back_at: None,
        };
        if at == self.hands.len() {
            self.hands.push(hand);
        } else {
            self.hands[at] = hand;
        }
    }

    /// Starts those again whose time has come.
    pub(super) fn revive(&mut self) {
        let now = self.now();
        for at in 0..self.hands.len() {
            if self.hands[at].back_at.is_some_and(|back| back <= now) {
                self.hire(Some(at));
            }
        }
    }

    /// One worker does one thing; `false`: it has nothing to do.
    pub(super) fn turn(&mut self, at: usize) -> Result<bool, String> {
        if !self.hands[at].alive || self.hands[at].frozen_until > self.now() {
            return Ok(false);
        }
        let first = self.random.below(4);
        for kind in 0..4 {
            let did = match (first + kind) % 4 {
                0 => self.go_on(at)?,
                1 => self.finish(at),
                2 => self.ask(at),
                _ => self.begin_job(at)?,
            };
            if did {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ask(&mut self, at: usize) -> bool {
        let now = self.now();
        let hand = &mut self.hands[at];
        if hand.asked.is_some() {
            return false;
        }
        hand.shift.measure(!self.step.is_multiple_of(3));
        let ask = hand.shift.ask(now + hand.offset);
        hand.asked = ask.map(Asked::Going);
        hand.asked.is_some()
    }

    /// A request is performed, with others that are under way in the same process, or its reply arrives.
    fn go_on(&mut self, at: usize) -> Result<bool, String> {
        match self.hands[at].asked.take() {
            None => Ok(false),
            Some(Asked::Coming(reply)) => {
                self.arrive(at, reply);
                Ok(true)
            }
            Some(Asked::Going(ask)) => {
                let mut requests = vec![Request::Worker(at, ask)];
                for other in 0..self.hands.len() {
                    let hand = &self.hands[other];
                    let joins = hand.alive && hand.process == self.hands[at].process && self.random.chance(50);
                    match self.hands[other].asked.take() {
                        Some(Asked::Going(ask)) if joins => requests.push(Request::Worker(other, ask)),
                        asked => self.hands[other].asked = asked,
                    }
                }
                self.commit(requests)?;
                Ok(true)
            }
        }
    }

    fn arrive(&mut self, at: usize, reply: Result<Replied, StoreError>) {
        let now = self.now();
        let hand = &mut self.hands[at];
        match &reply {
            Ok(Replied::Registered(worker)) => hand.id = Some(worker.0),
            Ok(Replied::Exchanged(given)) => {
                for claimed in &given.claimed {
                    hand.last += 1;
                    hand.claims.insert(hand.last, claimed.claim);
                }
            }
            _ => {}
        }
        let was_draining = hand.shift.is_draining();
        hand.shift.replied(reply, now + hand.offset);
        if was_draining {
            hand.claims.retain(|_, claim| hand.running.iter().any(|(_, running)| running == claim));
        }
    }

    fn begin_job(&mut self, at: usize) -> Result<bool, String> {
        let now = self.now();
        let hand = &mut self.hands[at];
        match hand.shift.next() {
            Duty::Wait(until) => {
                hand.waits_until = until.map(|until| until - hand.offset);
                Ok(false)
            }
            Duty::Measure(_) => {
                self.model.hit(Seen::DepthTold);
                Ok(true)
            }
            Duty::Over(Err(error)) => Err(format!("10: {} is over: {error}", hand.name)),
            Duty::Over(Ok(())) => {
                hand.alive = false;
                hand.back_at = Some(now + 200);
                self.model.hit(Seen::DrainedToTheEnd);
                Ok(true)
            }
            Duty::Run(job) => {
                let Some(claim) = hand.claims.get(&job.number).copied() else {
                    return Err(format!("3: job {} has no claim", job.number));
                };
                // A claim that is gone by now was taken by something that excuses the next run, not this one.
                let held = self.is_held(at, &claim);
                if held && !self.model.runs.insert(claim.seq) && !self.model.excused.remove(&claim.seq) {
                    return Err(format!("11: {} runs again, and nothing was wrong", claim.seq));
                }
                self.note(|run| format!("{} runs {} ({})", run.hands[at].name, claim.seq, job.event.id()));
                self.hands[at].running.push((job, claim));
                Ok(true)
            }
        }
    }

    /// A job ends.
    fn finish(&mut self, at: usize) -> bool {
        let count = self.hands[at].running.len();
        if count == 0 {
            return false;
        }
        let (job, claim) = self.hands[at].running.swap_remove(self.random.below(count));
        let held = self.is_held(at, &claim);
        if !held {
            let cancelled = self.model.flows.get(&claim.workflow).is_some_and(|flow| flow.control == "cancel");
            self.model.hit(if cancelled { Seen::CancelWhileItRan } else { Seen::LeaseLostWhileItRan });
        }
        if self.stormy && job.event.id().starts_with("poison") && self.random.chance(90) {
            self.hands[at].running.push((job, claim));
            self.crash(at);
            return true;
        }
        self.hands[at].claims.remove(&job.number);
        let now = self.now() + self.hands[at].offset;
        if self.stormy && self.random.chance(self.failures) {
            let verdict = *self
                .random
                .pick(&[Verdict::Later, Verdict::Later, Verdict::Again, Verdict::Again, Verdict::Dead])
                .unwrap_or(&Verdict::Later);
            let name = if self.random.chance(20) { "refused" } else { "Failed" };
            let message = if self.model.tallies.of(Seen::FailureRefused) == 0 { "once" } else { "" };
            self.note(|run| format!("{} fails {} as {verdict:?}", run.hands[at].name, claim.seq));
            self.hands[at].shift.failed(job.number, verdict, name, message, now);
            return true;
        }
        self.attempts += 1;
        let (kept, emitted) = self.user_code(&job);
        self.note(|run| {
            let ids: Vec<&str> = emitted.iter().map(|event| event.event.id()).collect();
            format!("{} ends {} with {ids:?}", run.hands[at].name, claim.seq)
        });
        self.hands[at].shift.done(job.number, kept, emitted.into());
        true
    }

    /// What a user's function does: mostly something, never twice the same.
    fn user_code(&mut self, job: &Job) -> (Option<Kept>, Vec<Incoming>) {
        let event = &job.event;
        let subject = event.subject();
        let attempt = self.attempts;
        let to = event.to().unwrap_or_default();
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        let cast = self.cast;
        let id = |at: usize| format!("e{attempt}-{at}");
        let draft = |at: usize, from, to, type_| Draft {
            id: id(at),
            from,
            type_,
            to,
            subject,
            parent: None,
            domain: None,
            deliver_at: None,
        };
        let kept;
        if let Some(service) = SERVICES.iter().find(|service| **service == to) {
            kept = None;
            let flow = cast.number(subject).map(|number| if *cast.flows[number] == *subject { FLOW } else { CHILD });
            match flow {
                Some(flow) => drafts.push(draft(0, service, flow, "evt.svc.success")),
                None if self.random.chance(30) => drafts.push(draft(0, service, SERVICES[1], "com.svc.two")),
                None => {}
            }
            if self.random.chance(10) {
                drafts.push(Draft { domain: Some(DOMAIN), ..draft(1, service, SERVICES[0], "com.svc.one") });
            }
        } else {
            let own = if to == CHILD { CHILD } else { FLOW };
            let (count, ended, mut record) = read(job.record.as_ref().map(|(record, _)| record.text()));
            if ended {
                self.model.hit(Seen::EventAfterTheEndIgnored);
                return (None, Vec::new());
            }
            let is_last = count >= 3 || (count > 0 && self.random.chance(30)) || !self.stormy;
            record.push_str(&format!("{}{}\n", event.id(), if is_last { " end" } else { "" }));
            let status = match is_last {
                false => Status::Active,
                true if self.random.chance(15) => Status::Failed,
                true => Status::Done,
            };
            kept = Some(Kept { record: Record::from_text(record), status });
            if is_last {
                let parent = cast.number(subject).filter(|_| own == CHILD).map(|number| &*cast.flows[number]);
                match parent {
                    Some(parent) => {
                        self.model.hit(Seen::ChildToldItsParent);
                        drafts.push(Draft { subject: parent, ..draft(0, own, FLOW, "arvo.orc.child.done") });
                    }
                    None => drafts.push(draft(0, own, CLIENT, "arvo.orc.flow.done")),
                }
            } else {
                for at in 0..1 + self.random.below(2) {
                    let service = SERVICES[self.random.below(2)];
                    drafts.push(draft(at, own, service, service));
                }
                if own == FLOW && self.random.chance(40) {
                    let number = cast.number(subject).unwrap_or_default();
                    drafts.push(opening(cast, number, true));
                }
                if self.random.chance(30) {
                    let at = self.now() + self.random.between(50, 3_000);
                    drafts.push(Draft { deliver_at: Some(at), ..draft(3, own, own, "evt.time.up") });
                }
                if self.random.chance(40) {
                    drafts.push(draft(4, own, own, "evt.note.first"));
                    drafts.push(draft(5, own, own, "evt.note.second"));
                }
                if self.random.chance(15) {
                    drafts.push(Draft { domain: Some(DOMAIN), ..draft(6, own, own, "evt.human.ask") });
                }
            }
        }
        if self.stormy && self.failures > 0 && self.random.chance(4) {
            drafts.push(Draft { id: format!("{REFUSED}-{attempt}"), ..draft(7, CLIENT, CLIENT, "evt.too.much") });
        }
        let mut emitted = Vec::new();
        for draft in &drafts {
            if let Some(due) = draft.deliver_at {
                self.model.timers.insert(draft.id.clone(), due);
            }
            emitted.extend(cast.incoming(draft).ok());
        }
        debug_assert_eq!(emitted.len(), drafts.len());
        (kept, emitted)
    }

    /// A worker dies, with whatever it has in hand.
    pub(super) fn crash(&mut self, at: usize) {
        let now = self.now();
        let hand = &mut self.hands[at];
        if !hand.alive {
            return;
        }
        let held: Vec<i64> = hand.holds().map(|claim| claim.seq).collect();
        let settles = match &hand.asked {
            Some(Asked::Going(Ask::Exchange(exchange))) => exchange
                .settled
                .iter()
                .map(|settled| (settled.claim.seq, matches!(settled.how, How::Done { .. })))
                .collect(),
            _ => Vec::new(),
        };
        hand.alive = false;
        let asked = hand.asked.take();
        hand.running.clear();
        hand.claims.clear();
        hand.back_at = match self.random.below(4) {
            0 | 1 => Some(now + 10),
            2 => Some(now + 2 * LEASE),
            _ => None,
        };
        if !held.is_empty() {
            self.model.hit(Seen::CrashBetweenClaimAndCommit);
        }
        if matches!(asked, Some(Asked::Going(_))) {
            self.model.hit(Seen::CrashWithRequestUnderWay);
        }
        self.model.excused.extend(held);
        self.model.excused.extend(settles.into_iter().map(|(seq, _)| seq));
        self.note(|run| format!("{} dies", run.hands[at].name));
    }

    /// Something goes wrong outside the store.
    pub(super) fn disturb(&mut self) {
        let at = self.random.below(self.hands.len());
        let now = self.now();
        match self.random.below(6) {
            0 | 1 => self.crash(at),
            2 => {
                let offset = self.random.between(-1_200, 1_200);
                if self.hands[at].claims.values().next().is_some() {
                    self.model.hit(Seen::ClockJumpedWithClaims);
                }
                self.hands[at].offset = offset;
                self.note(|run| format!("the clock of {} is off by {offset}", run.hands[at].name));
            }
            3 => {
                if self.hands[at].holds().next().is_some() {
                    self.model.hit(Seen::PausedBeyondItsLease);
                }
                self.hands[at].frozen_until = now + LEASE + 600;
                self.note(|run| format!("{} stops for longer than its lease", run.hands[at].name));
            }
            4 => {
                let hand = &mut self.hands[at];
                if hand.alive && !hand.shift.is_draining() {
                    let running: Vec<Claim> = hand.running.iter().map(|(_, claim)| *claim).collect();
                    if hand.claims.len() > running.len() {
                        self.model.hit(Seen::DrainedWithJobsReady);
                    }
                    hand.claims.retain(|_, claim| running.contains(claim));
                    hand.shift.drain(now + hand.offset);
                    self.note(|run| format!("{} drains", run.hands[at].name));
                }
            }
            _ => {
                let millis = self.random.between(300, LEASE);
                self.pass(millis);
            }
        }
    }

    /// Nobody has anything to do now: time goes by until somebody has.
    pub(super) fn skip(&mut self) {
        let now = self.now();
        let times = self.hands.iter().filter_map(|hand| match (hand.alive, hand.frozen_until > now) {
            (true, true) => Some(hand.frozen_until),
            (true, false) => hand.waits_until,
            (false, _) => hand.back_at,
        });
        let next = times.filter(|time| *time > now).min().unwrap_or(now + 100);
        self.pass((next - now).clamp(1, LEASE));
    }
}

/// How many events a record holds, whether its workflow ended, and its text to go on with.
fn read(record: Option<&str>) -> (usize, bool, String) {
    let text = record.unwrap_or_default();
    (text.lines().count(), text.ends_with(" end\n"), text.to_owned())
}
