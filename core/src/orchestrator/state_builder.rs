//! States as Rust code writes them, for machines that are not read from JSON.

use serde_json::{Map, Value};

use crate::handler::BoxError;

use super::forms::{Action, Transition};
use super::functions::{Function, Functions};
use super::machine_builder::MachineBuilder;
use super::scope::Scope;

/// One state of a machine, under [`MachineBuilder::state`].
#[must_use]
pub struct StateBuilder<'f> {
    json: Map<String, Value>,
    functions: &'f mut Functions,
}

impl MachineBuilder {
    /// The machine's id.
    pub fn id(mut self, id: &str) -> Self {
        self.part("id", id.into());
        self
    }

    /// The state that it begins in.
    pub fn initial(mut self, key: &str) -> Self {
        self.part("initial", key.into());
        self
    }

    /// Makes the first context out of the init event, [`Scope::input`].
    pub fn context<F>(mut self, context: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        let function = self.functions.add(Function::Value(Box::new(context)));
        self.part("context", function);
        self
    }

    /// Makes the data of the completion event when the machine is done.
    pub fn output<F>(mut self, output: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        let function = self.functions.add(Function::Value(Box::new(output)));
        self.part("output", function);
        self
    }

    /// One state of the machine.
    ///
    /// ```
    /// use arvo::{Action, Contract, Machine, Transition};
    /// use serde_json::json;
    ///
    /// let object = || json!({"type": "object"});
    /// let flow = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let pay = Contract::simple("#/services/pay", "order.pay").version("1.0.0", object(), object()).build()?;
    /// let machine = Machine::builder(&flow.latest())
    ///     .service("pay", &pay.latest())
    ///     .id("order")
    ///     .context(|scope| Ok(json!({"id": scope.input()["data"]["id"]})))
    ///     .initial("paying")
    ///     .state("paying", |state| {
    ///         state
    ///             .entry(Action::emit(|scope| Ok(json!({"type": "com.order.pay", "data": {"id": scope.context()["id"]}}))))
    ///             .on("evt.order.pay.success", "done")
    ///             .on("sys.com.order.pay.error", Transition::to("failed").action(json!({"assign": {"failed": true}})))
    ///     })
    ///     .state("done", |state| state.final_())
    ///     .state("failed", |state| state.final_())
    ///     .output(|scope| Ok(scope.context().clone()))
    ///     .build()?;
    /// assert_eq!(machine.machine().chart().len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(mut self, key: &str, build: impl FnOnce(StateBuilder<'_>) -> StateBuilder<'_>) -> Self {
        let state = built(&mut self.functions, build);
        self.edit(|map| put_state(map, key, state));
        self
    }

    /// A transition of the machine itself, whatever state it is in.
    pub fn on(mut self, event: &str, transition: impl Into<Transition>) -> Self {
        let transition = transition.into().json(&mut self.functions);
        self.edit(|map| put_transition(map, event, transition));
        self
    }

    fn part(&mut self, key: &str, value: Value) {
        self.edit(|map| drop(map.insert(key.to_owned(), value)));
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Map<String, Value>)) {
        let mut map = match std::mem::take(&mut self.spec.definition) {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        edit(&mut map);
        self.spec.definition = Value::Object(map);
    }
}

impl<'f> StateBuilder<'f> {
    /// Its id, by which `#id` finds it; otherwise machine id and path joined by dots.
    pub fn id(self, id: &str) -> Self {
        self.with("id", id.into())
    }

    /// The state inside that is entered by default.
    pub fn initial(self, key: &str) -> Self {
        self.with("initial", key.into())
    }

    /// A state inside.
    pub fn state(mut self, key: &str, build: impl FnOnce(StateBuilder<'_>) -> StateBuilder<'_>) -> Self {
        let state = built(self.functions, build);
        put_state(&mut self.json, key, state);
        self
    }

    /// All states inside are active together.
    pub fn parallel(self) -> Self {
        self.with("type", "parallel".into())
    }

    /// The end of the state around it; on the first level, of the machine.
    pub fn final_(self) -> Self {
        self.with("type", "final".into())
    }

    /// Stands for the states that were active when the state around it was left last.
    pub fn history(self, deep: bool) -> Self {
        self.with("type", "history".into()).with("history", if deep { "deep" } else { "shallow" }.into())
    }

    /// Where a history leads that has nothing recorded yet.
    pub fn target(self, target: &str) -> Self {
        self.with("target", target.into())
    }

    /// Done when the state is entered, after those before it.
    pub fn entry(mut self, action: impl Into<Action>) -> Self {
        let action = action.into().json(self.functions);
        push(&mut self.json, "entry", action);
        self
    }

    /// Done when the state is left, after those before it.
    pub fn exit(mut self, action: impl Into<Action>) -> Self {
        let action = action.into().json(self.functions);
        push(&mut self.json, "exit", action);
        self
    }

    /// Where an event leads; of several for one event, the first whose guard passes.
    pub fn on(mut self, event: &str, transition: impl Into<Transition>) -> Self {
        let transition = transition.into().json(self.functions);
        put_transition(&mut self.json, event, transition);
        self
    }

    /// Where it leads without an event, as soon as the guard passes.
    pub fn always(mut self, transition: impl Into<Transition>) -> Self {
        let transition = transition.into().json(self.functions);
        push(&mut self.json, "always", transition);
        self
    }

    /// Where it leads when the states inside have come to their end.
    pub fn on_done(mut self, transition: impl Into<Transition>) -> Self {
        let transition = transition.into().json(self.functions);
        push(&mut self.json, "onDone", transition);
        self
    }

    /// A mark for whoever looks at a workflow.
    pub fn tag(mut self, tag: &str) -> Self {
        push(&mut self.json, "tags", tag.into());
        self
    }

    /// Any data about the state.
    pub fn meta(self, meta: Value) -> Self {
        self.with("meta", meta)
    }

    /// What a final state gives to `on_done` of the state around it, as `event.output`.
    pub fn output<F>(self, output: F) -> Self
    where
        F: Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync + 'static,
    {
        let function = self.functions.add(Function::Value(Box::new(output)));
        self.with("output", function)
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.json.insert(key.to_owned(), value);
        self
    }
}

fn built(functions: &mut Functions, build: impl FnOnce(StateBuilder<'_>) -> StateBuilder<'_>) -> Value {
    Value::Object(build(StateBuilder { json: Map::new(), functions }).json)
}

fn put_state(json: &mut Map<String, Value>, key: &str, state: Value) {
    let states = json.entry("states").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(states) = states {
        states.insert(key.to_owned(), state);
    }
}

fn put_transition(json: &mut Map<String, Value>, event: &str, transition: Value) {
    let on = json.entry("on").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(on) = on {
        push(on, event, transition);
    }
}

fn push(json: &mut Map<String, Value>, key: &str, item: Value) {
    if let Value::Array(list) = json.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        list.push(item);
    }
}
