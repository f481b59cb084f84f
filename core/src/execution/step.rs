//! The words that an execution and its driver speak: steps out, answers in.

use std::sync::Arc;

use crate::event::{Data, Emitted, Event, Raised};
use crate::violation::{ContractFault, Violation};

use super::execution::Execution;
use super::output::Output;

/// What must happen next. Each is answered once, by the matching [`Answer`]; if no answer ever comes, nothing is
/// lost: drop the execution and start it again.
#[derive(Debug)]
pub enum Step {
    /// The driver calls the user's function; answer with [`Answer::Returned`], [`Answer::Malformed`] or
    /// [`Answer::Raised`]. The one step that runs user code.
    Call(Call),
    /// The driver, or the store behind it, makes the effects real; answer with [`Answer::Committed`]. Every
    /// execution that ends without a violation gives exactly one. Where nothing is stored, the answer is
    /// `Ok(Committed::Done)` at once.
    Commit(Commit),
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
}

/// Effects that become real together, or not at all.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Commit {
    /// The workflow.
    pub subject: Arc<str>,
    /// The event that is acknowledged.
    pub consumed: Event,
    /// The events that leave.
    pub emitted: Arc<[Emitted]>,
}

/// What the driver found or did.
#[derive(Debug)]
pub enum Answer {
    /// The function's outputs, in order; none is an answer too.
    Returned(Vec<Output>),
    /// The function returned something that is no output: a fault of [`ContractFault::NoOutput`] or the like.
    Malformed(ContractFault),
    /// The function failed.
    Raised(Raised),
    /// What became of the commit.
    Committed(Result<Committed, Raised>),
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

/// What telemetry wants recorded. There is no kind yet; the list that carries it is part of every [`Turn`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Note {}

/// What an execution gives after each start or answer. An execution that is done does not exist any more, so
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
