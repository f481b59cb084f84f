//! One execution in a loop of the C program's own, step by step: where it stands, and which answers fit.
//!
//! While a call works on it the execution is taken out of its handle: a callback that answers its own execution, or
//! a second thread, finds it busy, and an answer that comes late finds it gone.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use arvo_core::telemetry::Trace;
use arvo_core::{Answer, Commit, Event, Execution, Step, Turn};

use crate::boundary::{Caught, Failure, Status};
use crate::event::Events;
use crate::handle::{Lent, kind};
use crate::host::RaisedTable;
use crate::input::Input;
use crate::run::Shared;
use crate::span::Traced;

/// The content of an `arvo_execution`.
pub struct ExecutionHandle {
    pub(crate) shared: Arc<Shared>,
    event: Event,
    running: Mutex<Running>,
}

kind!(ExecutionHandle, "arvo_execution", b"executn\0");

/// Where the execution stands, and what user code has raised in it.
pub(crate) struct Running {
    pub(crate) at: At,
    raised: RaisedTable,
    /// Its span, until it is done.
    pub(crate) traced: Traced,
}

pub(crate) enum At {
    Open(Execution, Waiting),
    Done(Result<Events, Caught>),
    /// Finished, or lost in a defect: nothing is left to do.
    Over(&'static str),
}

/// What an open execution waits for, with what the program is lent for it.
pub(crate) enum Waiting {
    Lock(Arc<str>),
    Read(Arc<str>),
    Call(Lent<Input>),
    Commit(Box<Commit>, Lent<Events>),
    Unlock(Arc<str>),
}

impl Waiting {
    fn of(step: Step, shared: &Arc<Shared>) -> Result<Self, Failure> {
        Ok(match step {
            Step::Lock { subject } => Self::Lock(subject),
            Step::Read { subject } => Self::Read(subject),
            Step::Call(call) => Self::Call(Lent::new(Input::new(*call, shared)?)),
            Step::Commit(commit) => {
                let emitted = Lent::new(Events::of(&commit.emitted, shared.environment.limits()));
                Self::Commit(Box::new(commit), emitted)
            }
            Step::Unlock { subject } => Self::Unlock(subject),
        })
    }

    /// `arvo_step`
    pub(crate) fn number(&self) -> i32 {
        match self {
            Self::Call(_) => 1,
            Self::Commit(..) => 2,
            Self::Lock(_) => 4,
            Self::Read(_) => 5,
            Self::Unlock(_) => 6,
        }
    }

    /// The workflow that the step is about, where it is about its record or its lock.
    pub(crate) fn subject(&self) -> Option<&str> {
        match self {
            Self::Lock(subject) | Self::Read(subject) | Self::Unlock(subject) => Some(subject),
            Self::Commit(commit, _) => Some(&commit.subject),
            Self::Call(_) => None,
        }
    }
}

impl At {
    /// Goes on to the next step that the program must answer, or to the end.
    fn of(
        mut turn: Turn,
        shared: &Arc<Shared>,
        event: &Event,
        raised: &RaisedTable,
        traced: &Traced,
    ) -> Result<Self, Failure> {
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, notes) => {
                    traced.record(notes);
                    return Ok(Self::Done(match outcome {
                        Ok(emitted) => Ok(Events::of(&emitted, shared.environment.limits())),
                        Err(violation) => Err(raised.caught(&violation, event)),
                    }));
                }
                Turn::Step(execution, step, notes) => {
                    traced.record(notes);
                    (execution, step)
                }
            };
            if shared.is_for_loop(&step) && shared.over_limit(&step).is_none() {
                return Ok(Self::Open(execution, Waiting::of(step, shared)?));
            }
            let answer = shared.perform(step, raised);
            let answered = execution.answer(answer, &shared.host(event, raised));
            turn = answered.unwrap_or_else(|misfit| misfit.execution.cancel()); // the pairs above are the ones that fit
        }
    }

    /// What this state waits for, as a message says it.
    pub(crate) fn wanted(&self, is_workflow: bool) -> &'static str {
        match self {
            Self::Open(_, Waiting::Lock(_)) => "it waits for arvo_execution_locked or arvo_execution_raise",
            Self::Open(_, Waiting::Read(_)) => "it waits for arvo_execution_found or arvo_execution_raise",
            Self::Open(_, Waiting::Call(_)) if is_workflow => {
                "it waits for arvo_execution_resume or arvo_execution_raise"
            }
            Self::Open(_, Waiting::Call(_)) => "it waits for arvo_execution_answer or arvo_execution_raise",
            Self::Open(_, Waiting::Commit(..)) => {
                "it waits for arvo_execution_commit, arvo_execution_conflict or arvo_execution_raise"
            }
            Self::Open(_, Waiting::Unlock(_)) => "it waits for arvo_execution_unlocked",
            Self::Done(_) => "it is done: arvo_execution_finish gives what came of it",
            Self::Over(why) => why,
        }
    }
}

impl Running {
    /// Takes a turn, and goes on as far as no answer of the program is needed; its span is current meanwhile.
    fn turn(
        &mut self,
        shared: &Arc<Shared>,
        event: &Event,
        turn: impl FnOnce(&RaisedTable, Trace) -> Turn,
    ) -> Result<(), Failure> {
        let current = self.traced.enter();
        let turn = turn(&self.raised, self.traced.trace());
        self.at = At::of(turn, shared, event, &self.raised, &self.traced)?;
        drop(current);
        if let At::Done(_) = self.at {
            self.traced = Traced::default(); // it ends now, not when the program is through with the handle
        }
        Ok(())
    }
}

impl ExecutionHandle {
    pub(crate) fn begin(shared: &Arc<Shared>, event: &Event) -> Result<Self, Failure> {
        let (shared, event, raised) = (Arc::clone(shared), event.clone(), RaisedTable::default());
        let traced = Traced::begin(&shared.plan, &event, &shared.environment, false);
        let mut running = Running { at: At::Over("it did not begin"), raised, traced };
        running.turn(&shared, &event, |raised, trace| {
            let host = shared.host(&event, raised);
            Execution::start(&shared.plan, &shared.environment, event.clone(), trace, &host)
        })?;
        Ok(Self { shared, event, running: Mutex::new(running) })
    }

    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, Running>, Failure> {
        match self.running.try_lock() {
            Ok(running) => Ok(running),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                let message = "the execution is at work: a callback of its own, or a second thread, asked; answer each \
                               step once, after the call that gave it has returned";
                Err(Failure::new(Status::BUSY, "Busy", message))
            }
        }
    }

    pub(crate) fn is_workflow(&self) -> bool {
        self.shared.plan.is_workflow()
    }

    fn wrong_step(&self, what: &str, at: &At) -> Failure {
        let message = format!("{what} does not fit the execution: {}", at.wanted(self.is_workflow()));
        Failure::new(Status::WRONG_STEP, "WrongStep", message)
    }

    /// Answers the open step with what `answer` makes of it; `None`: the answer does not fit that step.
    pub(crate) fn answer(
        &self,
        what: &str,
        answer: impl FnOnce(&Waiting, &RaisedTable) -> Option<Answer>,
    ) -> Result<(), Failure> {
        let mut running = self.lock()?;
        let answer = match &running.at {
            At::Open(_, waiting) => answer(waiting, &running.raised),
            At::Done(_) | At::Over(_) => None,
        };
        let answer = answer.ok_or_else(|| self.wrong_step(what, &running.at))?;
        self.go_on(&mut running, what, |execution, raised| {
            let turn = execution.answer(answer, &self.shared.host(&self.event, raised));
            turn.unwrap_or_else(|misfit| misfit.execution.cancel()) // `answer` lets only the right pairs through
        })
    }

    pub(crate) fn cancel(&self) -> Result<(), Failure> {
        let mut running = self.lock()?;
        self.go_on(&mut running, "a cancel", |execution, _| execution.cancel())
    }

    fn go_on(
        &self,
        running: &mut Running,
        what: &str,
        turn: impl FnOnce(Execution, &RaisedTable) -> Turn,
    ) -> Result<(), Failure> {
        match std::mem::replace(&mut running.at, At::Over("it was lost in a defect of the library")) {
            At::Open(execution, _) => running.turn(&self.shared, &self.event, |raised, _| turn(execution, raised)),
            other => {
                running.at = other;
                Err(self.wrong_step(what, &running.at))
            }
        }
    }
}
