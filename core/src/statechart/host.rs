//! What a chart asks of the program around it: its functions, and an expression language (STATECHARTS §9).
//!
//! A [`ChartHost`] is lent for one step and never stored. An [`Expression`] is compiled into the chart, so a chart
//! of expressions alone runs with the empty host, [`NoHost`].

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::error::Error;
use super::signal::Signal;
use crate::event::{Data, Raised, Token};
use crate::expression::{Object, View};

/// Which function of the host: `{"$fn": "name"}` or `{"$fn": 3}` in the definition.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum FnRef {
    /// A function with a name.
    Name(Arc<str>),
    /// The place of a function in a table of the host's.
    Number(u32),
}

impl fmt::Display for FnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Number(number) => write!(f, "#{number}"),
        }
    }
}

/// A state of the context that the host holds; higher is later. Revisions live as long as the step.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Revision(pub u32);

impl Revision {
    /// What a step begins with: the context of the snapshot restored, `{}` when starting.
    pub const FIRST: Self = Self(0);
}

/// The context as a function is shown it.
#[derive(Clone, Copy, Debug)]
pub enum ContextView<'a> {
    /// There is none yet: the function makes it from the input.
    None,
    /// The chart holds it.
    Value(&'a Arc<Value>),
    /// The host holds it.
    Held(Revision),
}

/// What a function is called with.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// The context at that point.
    pub context: ContextView<'a>,
    /// The event being handled; none for the function that makes the context.
    pub event: Option<&'a Signal>,
    /// Params of the named guard or action, if it has some.
    pub params: Option<&'a Data>,
    /// The run's input; only for the function that makes the context.
    pub input: Option<&'a Data>,
}

/// A change of a context that the host holds.
#[derive(Clone, Copy, Debug)]
pub enum Patch<'a> {
    /// Overlay an object of the host's own.
    Host(Token),
    /// Overlay a JSON object.
    Value(&'a Arc<Value>),
    /// Set these keys; `None` is JavaScript's `undefined`, which JSON leaves out.
    Fields(&'a [(Arc<str>, Option<Data>)]),
    /// Append to the list at this path, which is made if need be. `None` is JavaScript's `undefined`.
    Append(&'a [Arc<str>], Option<&'a Data>),
}

/// The functions of a definition, and its context if the host keeps it.
///
/// All methods are called inside `start`, `send` and `snapshot` only, never after.
pub trait ChartHost {
    /// Calls a function for its value: context, output, params, assign, emit, raise, log, guard.
    /// `Ok(None)` is no value at all (JavaScript's `undefined`). A guard's token counts as true.
    ///
    /// # Errors
    /// Whatever the function raised; the step ends with it.
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised>;

    /// Calls a custom action for its effect.
    ///
    /// # Errors
    /// Whatever the function raised.
    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised>;

    /// Calls an `enqueueActions` function: it gives the list of actions to run in its place, in the forms of a
    /// definition. `check` judges a guard form with the context before them.
    ///
    /// # Errors
    /// Whatever the function raised ([`Error::Host`]), or what `check` failed with.
    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error>;

    /// JSON of an object that this host handed out; asked only when the chart itself must read it: the type of a
    /// raised event, an output to store, anything an expression reads.
    ///
    /// # Errors
    /// The object can't be written as JSON.
    fn json(&self, token: Token) -> Result<Value, Raised> {
        Err(Raised::error(token, "Error", format!("the host has no object {}; it never handed one out", token.0)))
    }

    /// The same object for an expression that may look at some of its members only; `None`: it is asked for as JSON.
    ///
    /// # Errors
    /// As [`ChartHost::json`].
    fn object(&self, token: Token) -> Result<Option<&dyn Object>, Raised> {
        let _ = token;
        Ok(None)
    }

    /// Takes a line of the `log` action.
    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        let _ = (label, value);
    }

    /// Whether the host keeps the context; then `merge` and `context` are used, and functions see revisions.
    fn holds_context(&self) -> bool {
        false
    }

    /// Makes a revision out of another and a patch; the old one must stay readable until the step ends.
    ///
    /// # Errors
    /// The patch is no object, or its objects refuse to be read.
    fn merge(&self, at: Revision, patch: Patch<'_>) -> Result<Revision, Raised> {
        let _ = patch;
        Err(Raised::error(Token(0), "Error", format!("the host holds no context (revision {} was asked for)", at.0)))
    }

    /// Takes the list that [`Patch::Append`] made out of a revision, and the object that holds it: gives the list and
    /// the revision without them.
    ///
    /// # Errors
    /// As for `merge`.
    fn drain(&self, at: Revision, path: &[Arc<str>]) -> Result<(Revision, Vec<Data>), Raised> {
        let _ = path;
        Err(Raised::error(Token(0), "Error", format!("the host holds no context (revision {} was asked for)", at.0)))
    }

    /// JSON of a revision, as text or value.
    ///
    /// # Errors
    /// The context can't be written as JSON.
    fn context(&self, at: Revision) -> Result<Data, Raised> {
        Err(Raised::error(Token(0), "Error", format!("the host holds no context (revision {} was asked for)", at.0)))
    }
}

/// Judges a guard form for `enqueueActions`.
pub struct Check<'a>(pub(crate) &'a dyn Fn(&Value) -> Result<bool, Error>);

impl Check<'_> {
    /// Whether the guard passes.
    ///
    /// # Errors
    /// [`Error`]: the guard is malformed, unknown, or raised.
    pub fn passes(&self, guard: &Value) -> Result<bool, Error> {
        (self.0)(guard)
    }
}

/// The host of charts that have no functions.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl ChartHost for NoHost {
    fn value(&self, function: &FnRef, _: Args<'_>) -> Result<Option<Data>, Raised> {
        Err(absent(function))
    }

    fn act(&self, function: &FnRef, _: Args<'_>) -> Result<(), Raised> {
        Err(absent(function))
    }

    fn collect(&self, function: &FnRef, _: Args<'_>, _: Check<'_>) -> Result<Vec<Value>, Error> {
        Err(Error::Host(absent(function)))
    }
}

fn absent(function: &FnRef) -> Raised {
    Raised::error(Token(0), "Error", format!("function {function} was called, but the host has no functions"))
}

/// Where an expression stands, and so which names it may use.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scope {
    /// Makes the context.
    Context,
    /// Must give a boolean.
    Guard,
    /// A guard where params are at hand: the implementation of a name, or within one of a named action.
    NamedGuard,
    /// An action's value.
    Action,
    /// The same within the implementation of a named action, which has params.
    NamedAction,
    /// Output of a final state or of the root.
    Output,
}

impl Scope {
    /// The names an expression may use there.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Context => &["input"],
            Self::Guard | Self::Action | Self::Output => &["context", "event"],
            Self::NamedGuard | Self::NamedAction => &["context", "event", "params"],
        }
    }
}

/// The values behind the names of an expression.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// The context at that point.
    pub context: Option<&'a Value>,
    /// The event being handled.
    pub event: Option<View<'a>>,
    /// Params of the named guard or action.
    pub params: Option<&'a Value>,
    /// The run's input.
    pub input: Option<View<'a>>,
}

/// One compiled expression or template.
pub trait Expression: fmt::Debug + Send + Sync {
    /// Works it out; `Ok(None)` is no value (an empty optional).
    ///
    /// # Errors
    /// What went wrong, budget included.
    fn evaluate(&self, names: Names<'_>) -> Result<Option<Value>, ExpressionFailure>;

    /// Its source, for pictures and messages.
    fn source(&self) -> &str;

    /// Whether it looks at a name. What it does not is not made for it, such as JSON of a context that the host holds.
    fn reads(&self, name: &str) -> bool {
        let _ = name;
        true
    }

    /// What every result holds under this key, if that is known beforehand: the type of an event.
    fn constant(&self, key: &str) -> Option<&Value> {
        let _ = key;
        None
    }
}

/// Why an expression gave no value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionFailure {
    /// Kind of failure, such as `ExpressionBudget`.
    pub name: &'static str,
    /// What was wrong, and where in the text.
    pub message: String,
}

/// Compiles the expressions of a definition (STATECHARTS §8).
pub trait Language: Send + Sync {
    /// `Ok(None)`: there is no expression in it, it is taken as it is.
    ///
    /// # Errors
    /// Each expression in it that is none; they become problems `E-EXPR`.
    fn template(&self, json: &Value, scope: Scope) -> Result<Option<Arc<dyn Expression>>, Vec<BadExpression>>;
}

/// What is wrong with an expression of a definition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadExpression {
    /// Where in the JSON given, such as `.data.items[0]`; empty for the whole.
    pub path: String,
    /// What is wrong and what to do, with line and column.
    pub message: String,
}

/// The language without expressions: JSON means itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainJson;

impl Language for PlainJson {
    fn template(&self, _: &Value, _: Scope) -> Result<Option<Arc<dyn Expression>>, Vec<BadExpression>> {
        Ok(None)
    }
}
