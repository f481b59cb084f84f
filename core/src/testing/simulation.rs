//! The run: a scheduler that chooses who goes on, what fails, who dies and how the time goes; every request is a
//! transaction on one database, checked before the next.

use std::fmt;
use std::sync::atomic::Ordering;

use crate::store::{Ask, Backend, Claim, Incoming, Replied, StoreError};

use super::model::{Fact, Model, NOTES, RESET};
use super::planted::{Ground, Planted};
use super::seen::{Seen, Tallies};
use super::users::Hand;
use super::world::Cast;
use crate::random::Random;

/// Simulated workers on one database, run after run.
///
/// ```
/// let mut simulation = arvo::testing::Simulation::new()?;
/// for seed in 0..3 {
///     simulation.run(seed)?;
/// }
/// # Ok::<(), arvo::testing::Broken>(())
/// ```
#[derive(Debug)]
pub struct Simulation {
    cast: Cast,
    ground: Ground,
    traced: bool,
}

/// A rule did not hold: what a simulation finds, no error of the store.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which run.
    pub seed: u64,
    /// After how many steps.
    pub step: usize,
    /// The rule's number, and what is wrong.
    pub rule: String,
    /// What was done until then, where it was asked for.
    pub trace: Vec<String>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, step {}: invariant {}", self.seed, self.step, self.rule)?;
        self.trace.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Broken {}

impl Simulation {
    /// A database in memory, and all who play.
    ///
    /// # Errors
    /// Where the database or the players can't be made.
    pub fn new() -> Result<Self, Broken> {
        let broken = |rule: String| Broken { seed: 0, step: 0, rule, trace: Vec::new() };
        let cast = Cast::new().map_err(|error| broken(error.to_string()))?;
        let ground = Ground::new().map_err(|error| broken(error.to_string()))?;
        ground.connection().execute_batch(NOTES).map_err(|error| broken(error.to_string()))?;
        Ok(Self { cast, ground, traced: false })
    }

    /// Breaks a rule of the store.
    pub fn plant(&mut self, planted: Option<Planted>) {
        self.ground.planted = planted;
    }

    /// Whether what is done is written down.
    pub fn trace(&mut self, traced: bool) {
        self.traced = traced;
    }

    /// One run; says what happened in it.
    ///
    /// # Errors
    /// The rule that did not hold.
    pub fn run(&mut self, seed: u64) -> Result<Tallies, Broken> {
        let mut run = Run::new(seed, &self.cast, &mut self.ground, self.traced);
        let ended = run.reset().and_then(|()| run.storm()).and_then(|()| run.calm());
        match ended {
            Ok(()) => Ok(run.model.tallies),
            Err(rule) => {
                run.ground.rollback();
                Err(Broken { seed, step: run.step, rule, trace: run.trace })
            }
        }
    }
}

/// One run.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) cast: &'a Cast,
    pub(super) ground: &'a mut Ground,
    pub(super) random: Random,
    pub(super) model: Model,
    pub(super) hands: Vec<Hand>,
    pub(super) published: Vec<Published>,
    /// Whether things fail.
    pub(super) stormy: bool,
    /// How often in a hundred the store fails, and user code.
    pub(super) faults: usize,
    pub(super) failures: usize,
    /// Tries before an event is a dead letter.
    pub(super) tries: u32,
    pub(super) attempts: u64,
    pub(super) born: usize,
    pub(super) step: usize,
    traced: bool,
    trace: Vec<String>,
}

/// An event that a client stored, or tried to.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) event: Incoming,
    pub(super) seq: Option<i64>,
    /// The first answer that a client saw.
    pub(super) answer: Option<String>,
}

/// Who asks for what.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Worker(usize, Ask),
    Client(Op),
}

/// What a client asks for.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Publish(usize),
    Cancel(String, Box<Incoming>),
    Retry(i64),
    Drop(i64),
    Answer(i64, Vec<Incoming>),
    Admit(i64),
    Domain(bool),
    Purge,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Well,
    /// It fails before it does anything.
    Refused,
    /// It fails after it did everything, and is taken back.
    TakenBack,
    /// It is real, but nobody hears so.
    ReplyLost,
}

const STEPS: usize = 130;

impl<'a> Run<'a> {
    fn new(seed: u64, cast: &'a Cast, ground: &'a mut Ground, traced: bool) -> Self {
        let mut random = Random::new(seed);
        cast.reset(seed);
        let faults = *random.pick(&[0, 3, 10]).unwrap_or(&0);
        let failures = *random.pick(&[0, 10, 25]).unwrap_or(&0);
        let tries = *random.pick(&[2, 3, 3]).unwrap_or(&3);
        Self {
            tries,
            cast,
            ground,
            random,
            model: Model::default(),
            hands: Vec::new(),
            published: Vec::new(),
            stormy: true,
            faults,
            failures,
            attempts: 0,
            born: 0,
            step: 0,
            traced,
            trace: Vec::new(),
        }
    }

    fn reset(&mut self) -> Result<(), String> {
        self.ground.rollback();
        self.ground.connection().execute_batch(RESET).map_err(|error| error.to_string())?;
        for _ in 0..self.random.between(3, 5) {
            self.hire(None);
        }
        Ok(())
    }

    pub(super) fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.traced {
            let line = format!("{} +{} {}", self.step, self.now() - 1_700_000_000_000, line(self));
            self.trace.push(line);
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.cast.source.now.load(Ordering::Relaxed)
    }

    pub(super) fn pass(&mut self, millis: i64) {
        self.cast.source.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// Everything may fail.
    fn storm(&mut self) -> Result<(), String> {
        let mut idle = 0;
        while self.step < STEPS {
            self.step += 1;
            match self.random.below(100) {
                0..=13 => self.client()?,
                14..=17 => {
                    let millis = self.random.between(1, 120);
                    self.pass(millis);
                }
                18..=20 => self.disturb(),
                _ => {
                    let at = self.random.below(self.hands.len());
                    idle = if self.turn(at)? { 0 } else { idle + 1 };
                }
            }
            if idle > 6 {
                idle = 0;
                self.skip();
            }
            self.revive();
        }
        Ok(())
    }

    /// Runs requests in one transaction, as the store's thread does.
    pub(super) fn commit(&mut self, requests: Vec<Request>) -> Result<(), String> {
        let many = requests.len() > 1;
        let commit_fails = self.stormy && self.random.below(200) < self.faults;
        self.ground.begin().map_err(|error| error.to_string())?;
        let mut replies = Vec::new();
        let (mut stirs, mut kept) = (false, 0);
        for request in requests {
            let fate = self.fate();
            if many {
                self.ground.mark().map_err(|error| error.to_string())?;
            }
            let now = self.time_of(&request);
            let outcome = if fate == Fate::Refused {
                Err(broken())
            } else {
                self.perform(&request, now, fate == Fate::TakenBack || commit_fails)?
            };
            let keeps = outcome.is_ok() && fate != Fate::TakenBack;
            if many {
                self.ground.unmark(keeps).map_err(|error| error.to_string())?;
                if !keeps {
                    self.model.hit(Seen::OneOfManyTakenBack);
                }
            } else if !keeps {
                self.ground.rollback();
                self.ground.begin().map_err(|error| error.to_string())?;
            }
            kept += usize::from(keeps);
            stirs |= keeps && outcome.as_ref().is_ok_and(|done| done.stirs);
            self.note(|run| {
                let gave = outcome.as_ref().map_or_else(ToString::to_string, |done| {
                    done.replied.as_ref().map_or_else(|| format!("{:?}", done.seq), gave)
                });
                format!("{}, {fate:?}: {gave}", run.show(&request))
            });
            replies.push((request, fate, outcome));
        }
        if commit_fails {
            self.ground.rollback();
            self.note(|_| "the commit fails".to_owned());
            self.model.hit(Seen::CommitFailedForAll);
        } else {
            self.ground.commit().map_err(|error| error.to_string())?;
            if kept > 1 {
                self.model.hit(Seen::ManyInOneCommit);
            }
        }
        let mut wrote = None;
        for (request, fate, outcome) in replies {
            if !matches!(request, Request::Worker(_, Ask::Outlook)) {
                wrote = Some(self.process_of(&request));
            }
            let outcome = if commit_fails { Err(broken()) } else { outcome };
            self.reply(request, fate, outcome);
        }
        if let Some(process) = wrote {
            self.wake(process, stirs || commit_fails);
        }
        Ok(())
    }

    fn fate(&mut self) -> Fate {
        if !self.stormy || !self.random.chance(self.faults) {
            return Fate::Well;
        }
        *self.random.pick(&[Fate::Refused, Fate::TakenBack, Fate::ReplyLost, Fate::ReplyLost]).unwrap_or(&Fate::Well)
    }

    fn reply(&mut self, request: Request, fate: Fate, outcome: Result<Done, StoreError>) {
        let outcome = match (fate, outcome) {
            (Fate::Refused, _) => {
                self.model.hit(Seen::RequestFailedWithoutEffect);
                Err(broken())
            }
            (Fate::TakenBack, _) => {
                self.model.hit(Seen::RequestTakenBack);
                Err(broken())
            }
            (Fate::ReplyLost, Ok(done)) => {
                if let Some(Replied::Exchanged(given)) = &done.replied {
                    if !given.outcomes.is_empty() {
                        self.model.hit(Seen::ReplyLostButSettled);
                    }
                    if !given.claimed.is_empty() {
                        self.model.hit(Seen::ReplyLostWithClaims);
                    }
                }
                Err(broken())
            }
            (_, outcome) => outcome,
        };
        match request {
            Request::Worker(at, _) => {
                self.hands[at].hear(outcome.and_then(|done| done.replied.ok_or(StoreError::Lost)))
            }
            Request::Client(op) => {
                if let (Op::Publish(at), Ok(Done { seq: Some(seq), .. })) = (op, outcome) {
                    self.published[at].seq = Some(seq);
                }
            }
        }
    }

    /// Runs one request and checks what it did; the outer error is a broken rule.
    fn perform(&mut self, request: &Request, now: i64, unseen: bool) -> Result<Result<Done, StoreError>, String> {
        match request {
            Request::Worker(at, ask) => self.serve(*at, ask, now, unseen).map(Ok),
            Request::Client(op) => self.help(op, now, unseen),
        }
    }

    fn serve(&mut self, at: usize, ask: &Ask, now: i64, unseen: bool) -> Result<Done, String> {
        let hand = &self.hands[at];
        let (name, retry) = (hand.name.clone(), hand.shift.spec().retry);
        let failed = |error: StoreError| format!("0: {ask:?} failed: {error}");
        let replied = match ask {
            Ask::Register(until) => {
                Replied::Registered(self.ground.register(&name, *until, &retry, now).map_err(failed)?)
            }
            Ask::Outlook => {
                let served = hand.shift.served().to_vec();
                Replied::Outlook(self.ground.outlook(&served, now).map_err(failed)?)
            }
            Ask::Exchange(exchange) => Replied::Exchanged(self.ground.exchange(exchange, now).map_err(failed)?),
            Ask::Leave(worker) => {
                self.ground.leave(*worker, &retry, now).map_err(failed)?;
                Replied::Left
            }
        };
        let stirs = match &replied {
            Replied::Exchanged(given) => given.produced,
            Replied::Registered(_) | Replied::Left => true,
            Replied::Outlook(_) => false,
        };
        if !unseen {
            match (ask, &replied) {
                (Ask::Exchange(exchange), Replied::Exchanged(given)) => {
                    self.observe(Fact::Exchange(exchange, given), now)?;
                    if exchange.beat.is_some() && exchange.holds.is_none() && !self.model.taken.is_empty() {
                        self.model.hit(Seen::TakenOverFromTheDead);
                    }
                }
                (Ask::Register(_), _) => {
                    self.observe(Fact::Register, now)?;
                    if !self.model.taken.is_empty() {
                        self.model.hit(Seen::RestartUnderTheSameName);
                    }
                }
                (Ask::Leave(_), _) => self.observe(Fact::Leave, now)?,
                _ => {}
            }
        }
        Ok(Done { stirs, replied: Some(replied), seq: None })
    }

    pub(super) fn observe(&mut self, fact: Fact<'_>, now: i64) -> Result<(), String> {
        let changes = self.model.read(self.ground.connection()).map_err(|error| error.to_string())?;
        self.model.check(&changes, fact, now)
    }

    fn time_of(&self, request: &Request) -> i64 {
        match request {
            Request::Worker(at, _) => self.now() + self.hands[*at].offset,
            Request::Client(_) => self.now(),
        }
    }

    fn process_of(&self, request: &Request) -> usize {
        match request {
            Request::Worker(at, _) => self.hands[*at].process,
            Request::Client(_) => 0,
        }
    }

    /// Whoever may have to look is told: within a process where a request says so, in others in any case.
    fn wake(&mut self, process: usize, stirs: bool) {
        for hand in &mut self.hands {
            if hand.alive && (stirs || hand.process != process) {
                hand.shift.wake();
            }
        }
    }

    fn show(&self, request: &Request) -> String {
        match request {
            Request::Worker(at, Ask::Exchange(exchange)) => {
                let settled: Vec<_> =
                    exchange.settled.iter().map(|settled| (settled.claim.seq, settled.claim.epoch)).collect();
                let holds =
                    exchange.holds.as_ref().map(|holds| holds.iter().map(|claim| claim.seq).collect::<Vec<_>>());
                let (room, claim, beat) = (exchange.room, exchange.claim, exchange.beat.is_some());
                format!(
                    "{}: settle {settled:?}, room {room}, claim {claim}, beat {beat}, holds {holds:?}",
                    self.hands[*at].name
                )
            }
            Request::Worker(at, ask) => format!("{}: {ask:?}", self.hands[*at].name),
            Request::Client(Op::Publish(at)) => format!("client: publish {}", self.published[*at].event.event.id()),
            Request::Client(Op::Cancel(subject, _)) => format!("client: cancel {:?}", self.cast.number(subject)),
            Request::Client(Op::Answer(seq, _)) => format!("client: answer {seq}"),
            Request::Client(op) => format!("client: {op:?}"),
        }
    }

    /// The claim of a worker's job, if it would still get through.
    pub(super) fn is_held(&self, at: usize, claim: &Claim) -> bool {
        self.hands[at].id.is_some_and(|worker| self.model.is_held(worker, claim))
    }
}

/// What a request gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub(super) stirs: bool,
    pub(super) replied: Option<Replied>,
    pub(super) seq: Option<i64>,
}

/// A reply, in short.
fn gave(replied: &Replied) -> String {
    match replied {
        Replied::Exchanged(given) => {
            let claimed: Vec<_> =
                given.claimed.iter().map(|claimed| (claimed.claim.seq, claimed.claim.epoch, claimed.tries)).collect();
            format!("{:?}, claimed {claimed:?}, more {}, produced {}", given.outcomes, given.more, given.produced)
        }
        other => format!("{other:?}"),
    }
}

fn broken() -> StoreError {
    StoreError::Busy { seconds: 20 }
}
