//! One claimed event on its way through its execution: it answers the steps that a memory would answer, and keeps what
//! the execution commits until the store makes it real.

use std::sync::Arc;

use crate::environment::{Environment, Limits};
use crate::event::{Emitted, Event};
use crate::execution::{Answer, Commit, Committed, Found, Locked, Step, Write};
use crate::memory::Record;
use crate::violation::{ContractFault, Issue, Raised, Token, Violation};

use super::backend::{Kept, Status};
use super::duty::Job;
use super::error::StoreError;
use super::incoming::Incoming;
use super::retry::Verdict;

/// See the module. A driver asks it before anybody else.
///
/// ```no_run
/// # fn drive(job: &arvo::Job, step: &arvo::Step) {
/// let environment = arvo::Environment::shared();
/// let mut task = arvo::Task::of(job, &environment);
/// let answer = task.answer(step, |_| unreachable!("this host has no objects"));
/// # }
/// ```
#[derive(Debug)]
pub struct Task {
    number: u64,
    record: Option<(Record, u64)>,
    limits: Limits,
    commit: Option<Ready>,
    /// What becomes of the event where what it commits can't be written, which is no lost race.
    unwritable: Option<Verdict>,
}

/// What shall become real.
#[derive(Debug)]
struct Ready {
    record: Option<Kept>,
    emitted: Arc<[Incoming]>,
}

/// Why what an execution commits can't be written.
enum Unwritable {
    /// The data of an event is no JSON: a fault of the function that gave it, as where it is given as text.
    Data(Raised),
    Store(StoreError),
}

impl From<StoreError> for Unwritable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// How a task ended, for the shift.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// It came to its commit.
    Done {
        /// The workflow's new record.
        record: Option<Kept>,
        /// Its answers.
        emitted: Arc<[Incoming]>,
    },
    /// It failed.
    Failed {
        /// What shall become of the event.
        verdict: Verdict,
        /// Name of the error.
        name: String,
        /// Its message.
        message: String,
    },
}

impl Task {
    /// The task of a job.
    pub fn of(job: &Job, environment: &Environment) -> Self {
        Self {
            number: job.number,
            record: job.record.clone(),
            limits: *environment.limits(),
            commit: None,
            unwritable: None,
        }
    }

    /// Number of its job.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Answers a step; `None` for a call, which only the host can answer. `text` gives the JSON of a host's object.
    pub fn answer(&mut self, step: &Step, text: impl Fn(Token) -> Result<Arc<str>, Raised>) -> Option<Answer> {
        Some(match step {
            Step::Call(_) => return None,
            Step::Lock { .. } => Answer::Locked(Ok(Locked::Held(None))), // the claim is the lock
            Step::Read { .. } => Answer::Read(Ok(match &self.record {
                None => Found::Nothing,
                Some((record, revision)) => Found::Record { record: record.clone(), revision: Some(*revision) },
            })),
            Step::Commit(commit) => match self.ready(commit, text) {
                Ok(ready) => {
                    self.commit = Some(ready);
                    Answer::Committed(Ok(Committed::Done))
                }
                Err(Unwritable::Data(raised)) => {
                    let issues = vec![Issue { path: String::new(), message: raised.message }];
                    Answer::Malformed(ContractFault::Emit { issues })
                }
                Err(Unwritable::Store(error)) => {
                    let is_large = matches!(error, StoreError::TooLarge { .. });
                    self.unwritable = Some(if is_large { Verdict::Dead } else { Verdict::Later });
                    Answer::Committed(Err(Raised::error(Token::CONSUMED, "StoreError", error.to_string())))
                }
            },
            Step::Unlock { .. } => Answer::Unlocked,
        })
    }

    fn ready(&self, commit: &Commit, text: impl Fn(Token) -> Result<Arc<str>, Raised>) -> Result<Ready, Unwritable> {
        let kept = |write: &Write| {
            let record = write.new.clone();
            let size = record.text().len(); // written here, not on the store's thread
            if size > self.limits.record {
                let what = "the workflow's record".to_owned();
                return Err(Unwritable::from(StoreError::TooLarge { what, size, limit: self.limits.record }));
            }
            let status = match (record.is_failure(&self.limits), record.is_done(&self.limits)) {
                (Ok(true), _) => Status::Failed,
                (_, Ok(true)) => Status::Done,
                _ => Status::Active,
            };
            Ok(Kept { record, status })
        };
        let incoming = |emitted: &Emitted| {
            let event: Event = emitted.event_by(&self.limits, &text).map_err(Unwritable::Data)?;
            Ok(Incoming::of(&event, emitted.deliver_at, &self.limits)?)
        };
        Ok(Ready {
            record: commit.record.as_ref().map(kept).transpose()?,
            emitted: commit.emitted.iter().map(incoming).collect::<Result<_, Unwritable>>()?,
        })
    }

    /// How it ended, from how its execution did.
    pub fn end(self, violation: Option<&Violation>) -> Ended {
        match (violation, self.commit) {
            (None, Some(Ready { record, emitted })) => Ended::Done { record, emitted },
            (Some(violation), _) => Ended::Failed {
                verdict: self.unwritable.unwrap_or_else(|| Verdict::of(violation)),
                name: violation.name(),
                message: violation.to_string(),
            },
            (None, None) => Ended::Failed {
                verdict: Verdict::Later,
                name: "ExecutionViolation".to_owned(),
                message: "the execution ended without a commit".to_owned(),
            },
        }
    }
}
