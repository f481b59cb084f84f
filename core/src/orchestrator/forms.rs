//! Guards, actions and transitions as Rust code writes them: names, JSON forms, or functions in their place.

use serde_json::{Map, Value, json};

use crate::handler::BoxError;

use super::functions::{Function, Functions};
use super::scope::Scope;

/// A condition: a name, a form of STATECHARTS §1, or a function.
pub struct Guard(Written);

/// Something done on the way: a name, a form of STATECHARTS §1, or a function.
pub struct Action(Written);

enum Written {
    Json(Value),
    /// A function, and the form around it.
    Function(Function, Option<&'static str>),
}

impl Written {
    fn json(self, functions: &mut Functions) -> Value {
        match self {
            Self::Json(json) => json,
            Self::Function(function, None) => functions.add(function),
            Self::Function(function, Some(form)) => json!({form: functions.add(function)}),
        }
    }
}

impl From<&str> for Guard {
    fn from(name: &str) -> Self {
        Self(Written::Json(name.into()))
    }
}

impl From<Value> for Guard {
    fn from(form: Value) -> Self {
        Self(Written::Json(form))
    }
}

impl From<&str> for Action {
    fn from(name: &str) -> Self {
        Self(Written::Json(name.into()))
    }
}

impl From<Value> for Action {
    fn from(form: Value) -> Self {
        Self(Written::Json(form))
    }
}

impl Guard {
    /// A function that says whether the guard passes.
    pub fn function<F>(guard: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<bool, BoxError> + Send + Sync + 'static,
    {
        Self(Written::Function(Function::Value(Box::new(move |scope| guard(scope).map(Value::Bool))), None))
    }

    pub(super) fn json(self, functions: &mut Functions) -> Value {
        self.0.json(functions)
    }
}

impl Action {
    /// A function called for its effect outside; see [`MachineBuilder::action`](super::MachineBuilder::action).
    pub fn function<F>(action: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<(), BoxError> + Send + Sync + 'static,
    {
        Self(Written::Function(Function::Act(Box::new(action)), None))
    }

    /// Sets members of the context.
    pub fn assign<F>(assign: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        Self::making("assign", assign)
    }

    /// Emits an event, `{type, data, …}`.
    pub fn emit<F>(event: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        Self::making("emit", event)
    }

    /// Sends an event to the machine itself, handled in the same step.
    pub fn raise<F>(event: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        Self::making("raise", event)
    }

    pub(super) fn json(self, functions: &mut Functions) -> Value {
        self.0.json(functions)
    }

    fn making<F>(form: &'static str, make: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        Self(Written::Function(Function::Value(Box::new(make)), Some(form)))
    }
}

/// Where an event leads, on which condition, and what is done on the way.
#[must_use]
#[derive(Default)]
pub struct Transition {
    target: Option<Value>,
    guard: Option<Guard>,
    actions: Vec<Action>,
    reenter: bool,
}

impl From<&str> for Transition {
    fn from(target: &str) -> Self {
        Self::to(target)
    }
}

impl Transition {
    /// To a state: a sibling, `.child`, `sibling.child` or `#id`.
    pub fn to(target: &str) -> Self {
        Self { target: Some(target.into()), ..Self::default() }
    }

    /// To several states, each in another region of one parallel state.
    pub fn to_all<'t>(targets: impl IntoIterator<Item = &'t str>) -> Self {
        Self { target: Some(targets.into_iter().collect()), ..Self::default() }
    }

    /// Nowhere: the state stays active. Without actions it hides the transitions of states around it.
    pub fn stay() -> Self {
        Self::default()
    }

    /// Taken only if this passes.
    pub fn guard(mut self, guard: impl Into<Guard>) -> Self {
        self.guard = Some(guard.into());
        self
    }

    /// Done on the way, after those before it.
    pub fn action(mut self, action: impl Into<Action>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Leaves and enters the source anew, even if the target lies inside it.
    pub fn reenter(mut self) -> Self {
        self.reenter = true;
        self
    }

    pub(super) fn json(self, functions: &mut Functions) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        self.target.into_iter().for_each(|target| put("target", target));
        self.guard.into_iter().for_each(|guard| put("guard", guard.json(functions)));
        if !self.actions.is_empty() {
            put("actions", self.actions.into_iter().map(|action| action.json(functions)).collect());
        }
        if self.reenter {
            put("reenter", true.into());
        }
        Value::Object(map)
    }
}
