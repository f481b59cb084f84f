//! How a step fails. A step that fails leaves nothing behind: no state, no emitted event.

use super::host::ExpressionFailure;
use super::problem::Problem;
use crate::event::Raised;
use crate::json::JsonError;

/// Why a step did not happen.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A function of the host raised; the object stays with the host.
    #[error("{}", .0.message)]
    Host(Raised),
    /// A guard failed while an event was being matched; the text is XState's.
    #[error(
        "Unable to evaluate guard {}in transition for event '{event}' in state node '{node}':\n{cause}",
        .guard.as_ref().map(|name| format!("'{name}' ")).unwrap_or_default()
    )]
    Guard {
        /// Its name; none for inline and combined guards.
        guard: Option<String>,
        /// Type of the event.
        event: String,
        /// Id of the state whose transition it guards.
        node: String,
        /// What the guard failed with.
        #[source]
        cause: Box<Error>,
    },
    /// The definition itself ends the step, by a `fail` action.
    #[error("{message}")]
    Failed {
        /// Name of the error, `Error` by default.
        name: String,
        /// Its text.
        message: String,
    },
    /// More microsteps, nested lists of actions or queued events in one step than allowed.
    #[error(
        "the step does not end: over {limit} {what}; last transitions: {}; active states: {}. Guard the cycle, or raise the bound",
        .transitions.join(", "), .states.join(", ")
    )]
    Endless {
        /// What there was too much of.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
        /// The last transitions taken, oldest first.
        transitions: Vec<String>,
        /// Ids of the active states.
        states: Vec<String>,
    },
    /// A microstep would have left the chart in an impossible set of states.
    #[error("the transitions {} lead to an illegal set of states ({}): {node} {problem}", .transitions.join(", "), .states.join(", "))]
    Illegal {
        /// The transitions of the microstep.
        transitions: Vec<String>,
        /// Ids of the states.
        states: Vec<String>,
        /// Id of the state at fault.
        node: String,
        /// What is wrong there.
        problem: &'static str,
    },
    /// A stored snapshot does not fit the chart.
    #[error(
        "the snapshot does not fit machine '{machine}': {path} {problem}; it was stored by another version of the machine"
    )]
    SnapshotMismatch {
        /// Id of the machine.
        machine: String,
        /// Where in the snapshot.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// An expression gave no value, or a guard's expression no boolean.
    #[error("{failure}")]
    Expression {
        /// The expression.
        source_text: String,
        /// What went wrong.
        failure: ExpressionFailure,
    },
    /// What was to be sent, raised or emitted is no event.
    #[error("an event must be an object with a text 'type', found {found}")]
    NotAnEvent {
        /// What it is instead.
        found: &'static str,
    },
    /// A `raise` holds text instead of an event; the text is XState's.
    #[error("Only event objects may be used with raise; use raise({{ type: \"{text}\" }}) instead")]
    RaisedText {
        /// The text.
        text: String,
    },
    /// What was to become context, or a part of it, is no object.
    #[error("a context, and what an assign function returns, must be an object, found {found}")]
    NotAContext {
        /// What it is instead.
        found: &'static str,
    },
    /// `check` was asked for a guard that nobody implements; the text is XState's.
    #[error("Guard '{name}' is not implemented.'.")]
    UnknownGuard {
        /// Its name.
        name: String,
    },
    /// `check` was asked whether a state is active that the chart does not have; the text is XState's.
    #[error("{message}")]
    UnknownState {
        /// Which state, and where it was looked for.
        message: String,
    },
    /// What an `enqueueActions` function returned, or asked `check` for, is no action or guard.
    #[error("an enqueueActions function used a malformed action or guard: {}", .problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; "))]
    Form {
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
    /// Text handed over by the host is no JSON.
    #[error("the host handed over text that is no JSON")]
    Json(#[source] JsonError),
    /// An `xstate.error.actor…` event that no transition takes ends the run, with the error that it tells of.
    #[error("{message}")]
    Unhandled {
        /// Its type.
        event: String,
        /// Text of its `error`, if that has one.
        message: String,
    },
}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Self {
        Self::Host(raised)
    }
}
