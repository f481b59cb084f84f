//! Building a machine in Rust: services, functions by name, a definition.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::VersionedContract;
use crate::handler::BoxError;
use crate::machine::{Machine, MachineSpec};
use crate::violation::Violation;

use super::functions::{Function, Functions};
use super::scope::{Enqueue, Scope};

/// Builds a machine with functions written in Rust.
///
/// ```
/// use arvo::{Contract, Machine};
/// use serde_json::json;
///
/// let object = || json!({"type": "object"});
/// let flow = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
/// let pay = Contract::simple("#/services/pay", "order.pay").version("1.0.0", object(), object()).build()?;
/// let machine = Machine::builder(&flow.latest())
///     .service("pay", &pay.latest())
///     .guard("big", |scope| Ok(scope.event()["data"]["total"].as_f64() > Some(100.0)))
///     .emit("ask", |scope| Ok(json!({"type": "com.order.pay", "data": {"id": scope.context()["id"]}})))
///     .function("first", |scope| Ok(json!({"id": scope.input()["data"]["id"]})))
///     .definition(json!({
///         "id": "order", "context": {"$fn": "first"}, "initial": "paying", "output": {"$": "context"},
///         "states": {
///             "paying": {"entry": "ask", "on": {"evt.order.pay.success": {"guard": "big", "target": "done"}}},
///             "done": {"type": "final"},
///         },
///     }))
///     .build()?;
/// assert_eq!(machine.machine().id(), "order");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct MachineBuilder {
    pub(super) spec: MachineSpec,
    pub(super) functions: Functions,
}

impl Machine {
    /// Begins a machine of this contract, an orchestrator's, with functions written in Rust.
    pub fn builder(contract: &VersionedContract) -> MachineBuilder {
        MachineSpec::new(contract, json!({})).into()
    }
}

impl From<MachineSpec> for MachineBuilder {
    /// Adds functions to a machine that was read from a file.
    fn from(spec: MachineSpec) -> Self {
        Self { spec, functions: Functions::default() }
    }
}

impl MachineBuilder {
    /// A service that it may call, under a name for errors and pictures.
    pub fn service(mut self, name: impl Into<String>, contract: &VersionedContract) -> Self {
        self.spec = self.spec.service(name, contract);
        self
    }

    /// The whole definition as JSON (STATECHARTS §1), in place of [`MachineBuilder::state`] and its like.
    pub fn definition(mut self, definition: Value) -> Self {
        self.spec.definition = definition;
        self
    }

    /// Another part of the set-up, as JSON; parts that machines have not are refused by [`MachineBuilder::build`].
    pub fn setup(mut self, key: impl Into<String>, part: Value) -> Self {
        self.spec.setup.insert(key.into(), part);
        self
    }

    /// Warnings refuse it too.
    pub fn strict(mut self) -> Self {
        self.spec.strict = true;
        self
    }

    /// What a guard's name stands for: whether it passes.
    pub fn guard<F>(mut self, name: impl Into<String>, guard: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<bool, BoxError> + Send + Sync + 'static,
    {
        let form = self.functions.add(Function::Value(Box::new(move |scope| guard(scope).map(Value::Bool))));
        self.spec = self.spec.guard(name, form);
        self
    }

    /// What an action's name stands for: something done for its effect outside, at once. What must happen exactly
    /// once is an event, not an action: a step that is tried again runs its actions again.
    pub fn action<F>(mut self, name: impl Into<String>, action: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<(), BoxError> + Send + Sync + 'static,
    {
        let form = self.functions.add(Function::Act(Box::new(action)));
        self.spec = self.spec.action(name, form);
        self
    }

    /// What an action's name stands for: members of the context that it sets.
    pub fn assign<F>(self, name: impl Into<String>, assign: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        self.making(name, "assign", assign)
    }

    /// What an action's name stands for: an event that it emits, `{type, data, …}`.
    pub fn emit<F>(self, name: impl Into<String>, event: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        self.making(name, "emit", event)
    }

    /// What an action's name stands for: an event that the machine sends to itself, handled in the same step.
    pub fn raise<F>(self, name: impl Into<String>, event: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        self.making(name, "raise", event)
    }

    /// What an action's name stands for: actions that it chooses.
    pub fn enqueue<F>(mut self, name: impl Into<String>, choose: F) -> Self
    where
        F: Fn(Scope<'_>, &mut Enqueue<'_>) -> Result<(), BoxError> + Send + Sync + 'static,
    {
        let form = self.functions.add(Function::Collect(Box::new(choose)));
        self.spec = self.spec.action(name, json!({"enqueueActions": form}));
        self
    }

    /// What a guard's name stands for: a form of STATECHARTS §1, such as `{"and": ["big", {"not": "late"}]}`.
    pub fn guard_form(mut self, name: impl Into<String>, form: Value) -> Self {
        self.spec = self.spec.guard(name, form);
        self
    }

    /// What an action's name stands for: a form of STATECHARTS §1, such as `{"assign": {"tries": 0}}`.
    pub fn action_form(mut self, name: impl Into<String>, form: Value) -> Self {
        self.spec = self.spec.action(name, form);
        self
    }

    /// A function that the definition names as `{"$fn": name}`, for its value: context, output, params, or within an
    /// action form.
    pub fn function<F>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        self.functions.name(name, Function::Value(Box::new(function)));
        self
    }

    /// The machine.
    ///
    /// # Errors
    /// As [`Machine::compile`]; a `{"$fn": name}` without a function too.
    pub fn build(mut self) -> Result<HostedMachine, Violation> {
        self.spec.functions = Some(self.functions.names().map(str::to_owned).collect());
        Ok(HostedMachine { machine: Machine::compile(self.spec)?, functions: Arc::new(self.functions) })
    }

    fn making<F>(mut self, name: impl Into<String>, form: &str, make: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        let function = self.functions.add(Function::Value(Box::new(make)));
        self.spec = self.spec.action(name, json!({form: function}));
        self
    }
}

/// A machine with its functions. Cloning copies pointers.
#[derive(Clone)]
pub struct HostedMachine {
    pub(crate) machine: Machine,
    pub(crate) functions: Arc<Functions>,
}

impl HostedMachine {
    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

impl From<Machine> for HostedMachine {
    /// A machine made of expressions alone needs no function.
    fn from(machine: Machine) -> Self {
        Self { machine, functions: Arc::default() }
    }
}

impl fmt::Debug for HostedMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostedMachine").field(&self.machine).finish()
    }
}
