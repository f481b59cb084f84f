//! The words that an execution and its driver speak: steps out, answers in.

use std::sync::Arc;

use crate::environment::Limits;
use crate::event::{Data, Emitted, Event, Raised};
use crate::json::JsonError;
use crate::memory::{LockGuard, Record};
use crate::telemetry::Note;
use crate::violation::{ContractFault, Token, Violation};

use super::collected::Collected;
use super::execution::Execution;
use super::output::Output;
use super::resumed::Resumed;

/// What must happen next. Each is answered once, by the matching [`Answer`]; if no answer ever comes, nothing is
/// lost: drop the execution and start it again.
#[derive(Debug)]
pub enum Step {
    /// The workflow must be locked; answer with [`Answer::Locked`].
    Lock {
        /// The workflow.
        subject: Arc<str>,
    },
    /// Its record must be read; answer with [`Answer::Read`].
    Read {
        /// The workflow.
        subject: Arc<str>,
    },
    /// The driver calls the user's function; a handler's is answered with [`Answer::Returned`], a workflow's with
    /// [`Answer::Resumed`], each also with [`Answer::Malformed`] or [`Answer::Raised`]. The one step that runs user
    /// code.
    Call(Box<Call>),
    /// The driver, or the memory or store behind it, makes the effects real; answer with [`Answer::Committed`],
    /// or with [`Answer::Malformed`] where what leaves can't be written.
    /// Every execution that ends without a violation gives exactly one, unless its event was answered before. Where
    /// nothing is stored, the answer is `Ok(Committed::Done)` at once.
    Commit(Commit),
    /// The lock must be given back; answer with [`Answer::Unlocked`], whatever happened: the lock ends by itself.
    Unlock {
        /// The workflow.
        subject: Arc<str>,
    },
}

/// A call of the user's function.
#[derive(Debug)]
#[non_exhaustive]
pub struct Call {
    /// Which function: the place of its version among the contract's versions, ascending.
    pub function: u32,
    /// The event, with validated data where the core holds it.
    pub event: Event,
    /// The validated data: defaults filled, unknown keys stripped. With a host schema, what that schema gave;
    /// [`Token::CONSUMED`](crate::Token::CONSUMED) means the event's own.
    pub data: Data,
    /// Whether validation changed the data: if not, a host that parsed the event's text already can use that.
    pub changed: bool,
    /// What a workflow's function is given beside the event; `None` for a handler's.
    pub workflow: Option<Resumption>,
}

/// What the function of a resumable workflow is given beside the event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resumption {
    /// Whether the event is the one that begins the workflow; otherwise it is a service's.
    pub is_init: bool,
    /// The user's own state, as the last call left it.
    pub context: Option<Data>,
    /// The record, the event already among the responses; `None` at the beginning.
    pub metadata: Option<Record>,
    /// The responses so far to the events last sent.
    pub collected: Collected,
}

/// Effects that become real together, or not at all.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Commit {
    /// The workflow.
    pub subject: Arc<str>,
    /// The event that is acknowledged.
    pub consumed: Event,
    /// The workflow's new record; `None` for handlers and ignored events.
    pub record: Option<Write>,
    /// The events that leave.
    pub emitted: Arc<[Emitted]>,
}

impl Commit {
    /// The answer to a record that is over its limit, which nobody could read again: a driver gives it in place of
    /// asking a memory that keeps records as text.
    ///
    /// ```
    /// # fn answered(commit: &arvo::Commit) -> Option<arvo::Answer> {
    /// let strict = arvo::Limits { record: 64 * 1024, ..arvo::Limits::default() };
    /// commit.over_limit(&strict)
    /// # }
    /// ```
    pub fn over_limit(&self, limits: &Limits) -> Option<Answer> {
        let size = self.record.as_ref()?.new.text().len();
        let error = JsonError::TooLarge { of: "record", size, limit: limits.record };
        (size > limits.record)
            .then(|| Answer::Committed(Err(Raised::error(Token::CONSUMED, "RecordError", error.to_string()))))
    }
}

/// A record to write, with what it must find.
#[derive(Clone, Debug)]
pub struct Write {
    /// What shall be kept.
    pub new: Record,
    /// What was read.
    pub previous: Option<Record>,
    /// Its revision, where the memory has revisions.
    pub revision: Option<u64>,
}

/// What the driver found or did.
#[derive(Debug)]
pub enum Answer {
    /// What became of the lock.
    Locked(Result<Locked, Raised>),
    /// What is kept of the workflow.
    Read(Result<Found, Raised>),
    /// A handler function's outputs, in order; none is an answer too.
    Returned(Vec<Output>),
    /// What a workflow's function returned.
    Resumed(Resumed),
    /// The function returned something else: a fault of [`ContractFault::NoOutput`] or the like. Of a commit: what it
    /// returned can't be written.
    Malformed(ContractFault),
    /// The function failed.
    Raised(Raised),
    /// What became of the commit.
    Committed(Result<Committed, Raised>),
    /// The lock is given back, or could not be: the driver logs that, nobody is harmed.
    Unlocked,
}

/// Whether a lock was got.
#[derive(Debug)]
pub enum Locked {
    /// Somebody else holds it.
    Denied,
    /// Got. A guard ends the lock with the execution, however that ends.
    Held(Option<LockGuard>),
}

/// What is kept of a workflow.
#[derive(Debug)]
pub enum Found {
    /// Nothing yet.
    Nothing,
    /// Its record.
    Record {
        /// The record.
        record: Record,
        /// Its revision, where the memory has revisions.
        revision: Option<u64>,
    },
    /// The event had been handled before, with these answers: no user code runs.
    Answered(Arc<[Event]>),
}

/// How a commit ended.
#[derive(Debug)]
pub enum Committed {
    /// As asked.
    Done,
    /// Somebody else wrote first.
    Conflict,
    /// The event had been handled before, with these answers.
    Answered(Arc<[Event]>),
}

/// How an execution ends: with events, or with a violation that left no trace.
pub type Outcome = Result<Arc<[Emitted]>, Violation>;

/// What an execution gives after each start or answer, with what telemetry shall record since the last: an empty list
/// while nobody listens. An execution that is done does not exist any more, so
/// "answered after the end" can't be written in Rust.
#[must_use]
#[derive(Debug)]
pub enum Turn {
    /// Something must be done and answered.
    Step(Execution, Step, Vec<Note>),
    /// It is over.
    Done(Outcome, Vec<Note>),
}

/// An answer of the wrong kind; the execution comes back unharmed.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not fit the step: {wanted} is wanted")]
pub struct Misfit {
    /// Give it the right answer, or cancel it.
    pub execution: Execution,
    /// The answers that fit.
    pub wanted: &'static str,
}
