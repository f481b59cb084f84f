//! What a machine's function written in Rust is given.

use std::fmt;

use serde_json::Value;

use crate::handler::BoxError;
use crate::statechart::{Check, Error};

/// Context, event and params of a machine at one point of a step. What a function does not ask for is not made.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub(crate) context: &'a Value,
    pub(crate) event: &'a dyn Seen,
    pub(crate) params: &'a dyn Seen,
    pub(crate) input: &'a dyn Seen,
}

/// JSON that is made when a function first looks at it.
pub(crate) trait Seen {
    fn json(&self) -> &Value;
}

impl<'a> Scope<'a> {
    /// The context at that point; null for the function that makes it.
    pub fn context(&self) -> &'a Value {
        self.context
    }

    /// The event being handled, as JSON: `{type, data, …}`; null for the function that makes the context.
    pub fn event(&self) -> &'a Value {
        self.event.json()
    }

    /// Params of the named guard or action; null without some.
    pub fn params(&self) -> &'a Value {
        self.params.json()
    }

    /// The init event as JSON, for the function that makes the context; null elsewhere.
    pub fn input(&self) -> &'a Value {
        self.input.json()
    }
}

impl fmt::Debug for Scope<'_> {
    /// Without the values, which may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// What an `enqueueActions` function gathers: action forms, run in its place.
pub struct Enqueue<'a> {
    pub(crate) check: Check<'a>,
    pub(crate) actions: Vec<Value>,
    /// What `check` failed with first.
    pub(crate) failed: Option<Error>,
}

impl Enqueue<'_> {
    /// Runs one more action: a name or a form of STATECHARTS §1.
    pub fn action(&mut self, action: impl Into<Value>) {
        self.actions.push(action.into());
    }

    /// Whether a guard passes: a name or a form. The context is the one before the actions gathered here.
    ///
    /// # Errors
    /// The guard is unknown, or failed.
    pub fn check(&mut self, guard: impl Into<Value>) -> Result<bool, BoxError> {
        self.check.passes(&guard.into()).map_err(|error| {
            let text = error.to_string();
            self.failed.get_or_insert(error);
            text.into()
        })
    }
}
