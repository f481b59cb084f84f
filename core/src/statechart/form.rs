//! Guards, actions and values as written, made into what a step runs (STATECHARTS §1).
//!
//! The same reader serves definitions, named implementations, and what `enqueueActions` functions return.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::definition::{DEEPEST, in_order};
use super::error::Error;
use super::host::{BadExpression, Expression, FnRef, Language, Scope};
use super::problem::{Code, Path, Problems};
use super::target::segments;
use crate::json::kind;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    Function(FnRef),
    Expression(Arc<dyn Expression>),
    Named {
        name: Arc<str>,
        params: Option<Make>,
        at: usize,
    },
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// What XState fails with only when it is asked: a name or state that `check` was given and nobody has.
    Fails(Arc<Error>),
    /// `stateIn: "#id"`.
    Node(u32),
    /// `stateIn: "a.b"`, `stateIn: {a: "b"}`.
    Value(Pattern),
}

/// What a state value is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Key(Arc<str>),
    Keys(Vec<(Arc<str>, Self)>),
}

/// Something that gives a value when asked.
#[derive(Clone, Debug)]
pub(crate) enum Make {
    Json(Arc<Value>),
    Function(FnRef),
    Expression(Arc<dyn Expression>),
}

/// Something done on the way from one configuration to the next.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Custom(FnRef),
    Named {
        name: Arc<str>,
        params: Option<Make>,
        at: usize,
    },
    Assign(Vec<(Arc<str>, Make)>),
    AssignAll(Make),
    Emit(Make),
    Raise(Make),
    Log {
        value: Make,
        label: Option<Arc<str>>,
    },
    Collect(FnRef),
    Choose(Vec<(Option<Guard>, Vec<Self>)>),
    Fail(Make),
    /// Appends the params to the list at a path of the context; an implementation only, never a form.
    Append(Arc<[Arc<str>]>),
}

/// The names that guards and actions may use, and where their implementations stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) guards: HashMap<Arc<str>, usize>,
    pub(crate) actions: HashMap<Arc<str>, usize>,
}

/// Reads forms; what is wrong with them goes to `problems`.
pub(crate) struct FormReader<'r> {
    pub(crate) names: &'r Names,
    /// Finds the state that `#id…` means.
    pub(crate) by_id: &'r dyn Fn(&str) -> Result<u32, String>,
    pub(crate) language: &'r dyn Language,
    pub(crate) problems: &'r mut Problems,
    pub(crate) depth: usize,
    /// Whether the forms implement a name, and are handed its params.
    pub(crate) has_params: bool,
    /// Whether a function made the forms during a step. Unknown names are then what they are to XState: an action does
    /// nothing, a guard fails if it is asked.
    pub(crate) at_run_time: bool,
}

impl FormReader<'_> {
    pub(crate) fn guard(&mut self, json: &Value, path: Path<'_>) -> Option<Guard> {
        if !self.deeper(path) {
            return None;
        }
        let guard = self.guard_inside(json, path);
        self.depth -= 1;
        guard
    }

    fn guard_inside(&mut self, json: &Value, path: Path<'_>) -> Option<Guard> {
        let map = match json {
            Value::String(name) => return self.named_guard(name, None, path),
            Value::Object(map) => map,
            other => return self.malformed("a guard", "text or an object", other, path),
        };
        if let Some(Value::String(name)) = map.get("type") {
            return self.named_guard(name, map.get("params"), path);
        }
        if let Some(function) = function(map) {
            return Some(Guard::Function(function));
        }
        if map.contains_key("$") {
            if map.len() > 1 {
                self.problems.add(Code::Form, path, "a guard that is an expression holds `$` and nothing else");
                return None;
            }
            let scope = if self.has_params { Scope::NamedGuard } else { Scope::Guard };
            return match self.template(json, scope, path)? {
                Make::Expression(expression) => Some(Guard::Expression(expression)),
                _ => {
                    self.problems.add(Code::Expression, path, "expressions are not available here; name a function");
                    None
                }
            };
        }
        if let Some(state) = map.get("stateIn") {
            return self.state_in(state, path.key("stateIn"));
        }
        for (key, make) in [("and", Guard::And as fn(Vec<Guard>) -> Guard), ("or", Guard::Or)] {
            if let Some(list) = map.get(key) {
                let path = path.key(key);
                let Value::Array(list) = list else { return self.malformed("its parts", "a list", list, path) };
                let guards = list.iter().enumerate().map(|(at, part)| self.guard(part, path.index(at)));
                return guards.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(make);
            }
        }
        if let Some(inner) = map.get("not") {
            return self.guard(inner, path.key("not")).map(|inner| Guard::Not(Box::new(inner)));
        }
        let text = "a guard object needs one of type, and, or, not, stateIn, $fn or $";
        self.problems.add(Code::Form, path, text);
        None
    }

    fn named_guard(&mut self, name: &str, params: Option<&Value>, path: Path<'_>) -> Option<Guard> {
        let params = self.params(params, path)?;
        match self.names.guards.get_key_value(name) {
            Some((name, at)) => Some(Guard::Named { name: Arc::clone(name), params, at: *at }),
            None if self.at_run_time => Some(Guard::Fails(Arc::new(Error::UnknownGuard { name: name.to_owned() }))),
            None => {
                let text =
                    format!("Guard '{name}' is not implemented. Give it an implementation, or correct the name.");
                let known = self.names.guards.keys().map(|known| &**known);
                self.problems.add_near(Code::UnknownGuard, path, text, name, known);
                None
            }
        }
    }

    fn state_in(&mut self, json: &Value, path: Path<'_>) -> Option<Guard> {
        match json {
            Value::String(id) if id.starts_with('#') => match (self.by_id)(id) {
                Ok(node) => Some(Guard::Node(node)),
                Err(message) if self.at_run_time => Some(Guard::Fails(Arc::new(Error::UnknownState { message }))),
                Err(text) => {
                    self.problems.add(Code::Target, path, text);
                    None
                }
            },
            Value::String(_) | Value::Object(_) => pattern(json, 0).map(Guard::Value).or_else(|| {
                self.problems.add(Code::Form, path, "stateIn: each state must be text or an object");
                None
            }),
            other => self.malformed("stateIn", "text or an object", other, path),
        }
    }

    /// One action or a list of them.
    pub(crate) fn actions(&mut self, json: Option<&Value>, path: Path<'_>) -> Vec<Action> {
        match json {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                list.iter().enumerate().filter_map(|(at, item)| self.action(item, path.index(at))).collect()
            }
            Some(one) => self.action(one, path).into_iter().collect(),
        }
    }

    pub(crate) fn action(&mut self, json: &Value, path: Path<'_>) -> Option<Action> {
        if !self.deeper(path) {
            return None;
        }
        let action = self.action_inside(json, path);
        self.depth -= 1;
        action
    }

    fn action_inside(&mut self, json: &Value, path: Path<'_>) -> Option<Action> {
        let map = match json {
            Value::String(name) => return self.named_action(name, None, path),
            Value::Object(map) => map,
            other => return self.malformed("an action", "text or an object", other, path),
        };
        if let Some(name) = map.get("type") {
            let Value::String(name) = name else { return self.malformed("an action's type", "text", name, path) };
            return self.named_action(name, map.get("params"), path);
        }
        if let Some(function) = function(map) {
            return Some(Action::Custom(function));
        }
        if let Some(name) = map.keys().find(|key| REFUSED_ACTIONS.contains(&key.as_str())) {
            self.refuse(
                name,
                path,
                "Machines run synchronously and talk to the outside by emitted events only.",
                "emit an event",
            );
            return None;
        }
        self.built_in(map, path)
    }

    fn built_in(&mut self, map: &Map<String, Value>, path: Path<'_>) -> Option<Action> {
        if let Some(assign) = map.get("assign") {
            return self.assign(assign, path.key("assign"));
        }
        if let Some(event) = map.get("emit") {
            return self.template(event, self.scope(), path.key("emit")).map(Action::Emit);
        }
        if let Some(event) = map.get("raise") {
            if map.contains_key("delay") {
                self.refuse("raise with delay", path, "A delayed event would be lost with the step.", "raise at once");
                return None;
            }
            return self.template(event, self.scope(), path.key("raise")).map(Action::Raise);
        }
        if let Some(value) = map.get("log") {
            let label = map.get("label").and_then(Value::as_str).filter(|label| !label.is_empty()).map(Arc::from);
            return self.template(value, self.scope(), path.key("log")).map(|value| Action::Log { value, label });
        }
        if let Some(collect) = map.get("enqueueActions") {
            return match collect.as_object().and_then(function) {
                Some(function) => Some(Action::Collect(function)),
                None => self.malformed("enqueueActions", "a function", collect, path),
            };
        }
        if let Some(branches) = map.get("if") {
            return self.choose(branches, path.key("if"));
        }
        if let Some(error) = map.get("fail") {
            return self.template(error, self.scope(), path.key("fail")).map(Action::Fail);
        }
        let text = "an action object needs one of type, assign, emit, raise, log, enqueueActions, if, fail or $fn.";
        match map.keys().next() {
            Some(key) => self.problems.add_near(Code::Form, path, text, key, FORMS),
            None => self.problems.add(Code::Form, path, text),
        }
        None
    }

    fn named_action(&mut self, name: &str, params: Option<&Value>, path: Path<'_>) -> Option<Action> {
        let params = self.params(params, path)?;
        match self.names.actions.get_key_value(name) {
            Some((name, at)) => Some(Action::Named { name: Arc::clone(name), params, at: *at }),
            None if self.at_run_time => Some(Action::Choose(Vec::new())),
            None => {
                let text =
                    format!("Action '{name}' is not implemented. Give it an implementation, or correct the name.");
                let known = self.names.actions.keys().map(|known| &**known);
                self.problems.add_near(Code::UnknownAction, path, text, name, known);
                None
            }
        }
    }

    fn assign(&mut self, json: &Value, path: Path<'_>) -> Option<Action> {
        let Value::Object(map) = json else { return self.malformed("assign", "an object", json, path) };
        if let Some(function) = function(map) {
            return Some(Action::AssignAll(Make::Function(function)));
        }
        if map.len() == 1
            && map.contains_key("$")
            && let whole @ Make::Expression(_) = self.template(json, self.scope(), path)?
        {
            return Some(Action::AssignAll(whole));
        }
        let entries = in_order(map).into_iter();
        let made: Vec<_> = entries
            .map(|(key, value)| Some((Arc::from(key), self.template(value, self.scope(), path.key(key))?)))
            .collect();
        made.into_iter().collect::<Option<_>>().map(Action::Assign)
    }

    fn choose(&mut self, json: &Value, path: Path<'_>) -> Option<Action> {
        let Value::Array(list) = json else { return self.malformed("if", "a list of branches", json, path) };
        let mut branches = Vec::with_capacity(list.len());
        for (at, branch) in list.iter().enumerate() {
            let path = path.index(at);
            let Value::Object(branch) = branch else {
                return self.malformed("a branch", "an object {guard?, actions}", branch, path);
            };
            let guard = match branch.get("guard") {
                Some(guard) => Some(self.guard(guard, path.key("guard"))?),
                None => None,
            };
            branches.push((guard, self.actions(branch.get("actions"), path.key("actions"))));
        }
        Some(Action::Choose(branches))
    }

    fn params(&mut self, json: Option<&Value>, path: Path<'_>) -> Option<Option<Make>> {
        match json {
            None => Some(None),
            Some(json) => self.template(json, self.scope(), path.key("params")).map(Some),
        }
    }

    /// JSON, a function, or an expression. `None`: it is wrong, and said so.
    pub(crate) fn template(&mut self, json: &Value, scope: Scope, path: Path<'_>) -> Option<Make> {
        if let Some(function) = json.as_object().and_then(function) {
            return Some(Make::Function(function));
        }
        match self.language.template(json, scope) {
            Ok(Some(expression)) => Some(Make::Expression(expression)),
            Ok(None) => Some(Make::Json(Arc::new(json.clone()))),
            Err(bad) => {
                for BadExpression { path: inside, message } in bad {
                    self.problems.add(Code::Expression, format!("{path}{inside}"), message);
                }
                None
            }
        }
    }

    /// Where an action's value stands.
    fn scope(&self) -> Scope {
        if self.has_params { Scope::NamedAction } else { Scope::Action }
    }

    /// Says that something of XState's is not supported, in the reference's shape.
    pub(crate) fn refuse(&mut self, what: &str, path: Path<'_>, why: &str, fix: &str) {
        let place = path.parts().join(" > ");
        let text = format!("Configuration Error: '{what}' not supported\nLocation: {place}\n{why}\nTo fix: {fix}");
        self.problems.add(Code::Unsupported, path, text);
    }

    pub(crate) fn malformed<T>(&mut self, what: &str, wanted: &str, found: &Value, path: Path<'_>) -> Option<T> {
        self.problems.add(Code::Form, path, format!("{what} must be {wanted}, found {}", kind(found)));
        None
    }

    fn deeper(&mut self, path: Path<'_>) -> bool {
        if self.depth >= DEEPEST {
            self.problems.add(Code::Limit, path, format!("guards or actions nested deeper than {DEEPEST} levels"));
            return false;
        }
        self.depth += 1;
        true
    }
}

/// `{"$fn": ref}`, nothing beside it.
pub(crate) fn function(map: &Map<String, Value>) -> Option<FnRef> {
    match map.get("$fn")? {
        _ if map.len() > 1 => None,
        Value::String(name) => Some(FnRef::Name(name.as_str().into())),
        Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()).map(FnRef::Number),
        _ => None,
    }
}

fn pattern(json: &Value, depth: usize) -> Option<Pattern> {
    match json {
        Value::String(path) => {
            let mut keys = segments(path).into_iter().rev();
            let last = Pattern::Key(keys.next()?.into());
            Some(keys.fold(last, |inner, key| Pattern::Keys(vec![(key.into(), inner)])))
        }
        Value::Object(map) if depth < DEEPEST => {
            let keys = map.iter().map(|(key, inner)| Some((Arc::from(key.as_str()), pattern(inner, depth + 1)?)));
            keys.collect::<Option<_>>().map(Pattern::Keys)
        }
        _ => None,
    }
}

const FORMS: [&str; 9] = ["type", "assign", "emit", "raise", "log", "enqueueActions", "if", "fail", "$fn"];

const REFUSED_ACTIONS: [&str; 7] = ["sendTo", "sendParent", "send", "forwardTo", "spawnChild", "stopChild", "cancel"];
