//! The little language of the statechart vectors' functions, and a host that runs it (vectors' README).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use arvo::statechart::{Args, ChartHost, Check, ContextView, Error, FnRef, Implementations};
use arvo::{Data, Raised, Token};
use serde_json::{Map, Value, json};

/// Functions of a vector; `actions` collects what ran, as the vectors record it.
pub(crate) struct Mini {
    guards: Map<String, Value>,
    actions: Map<String, Value>,
    functions: Map<String, Value>,
    pub(crate) ran: RefCell<Vec<Value>>,
}

impl Mini {
    pub(crate) fn new(case: &Value, file: &Value) -> Self {
        let given = case.get("implementations").or(file.get("implementations")).cloned().unwrap_or_default();
        let part = |key: &str| given.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        Self { guards: part("guards"), actions: part("actions"), functions: part("functions"), ran: RefCell::default() }
    }

    /// What the chart is compiled with: forms as they are, functions as references; any other name that appears
    /// anywhere is a custom action, unless `unimplemented`.
    pub(crate) fn implementations(&self, case: &Value) -> Implementations {
        let mut made = Implementations::default();
        for (name, form) in &self.guards {
            let host = form.get("test").is_some();
            made.guards.insert(name.clone(), if host { json!({"$fn": format!("guard {name}")}) } else { form.clone() });
        }
        for (name, form) in &self.actions {
            let form = if form.get("custom").is_some() {
                json!({"$fn": format!("action {name}")})
            } else if form.get("enqueue").is_some() {
                json!({"enqueueActions": {"$fn": format!("action {name}")}})
            } else {
                form.clone()
            };
            made.actions.insert(name.clone(), form);
        }
        let mut names = BTreeSet::new();
        texts(&case["machine"], &mut names);
        texts(&Value::Object(self.actions.clone()), &mut names);
        texts(&Value::Object(self.functions.clone()), &mut names);
        let missing = case.get("unimplemented").and_then(Value::as_array).cloned().unwrap_or_default();
        for name in names {
            if !made.actions.contains_key(&name) && !missing.contains(&json!(name)) && name != "enqueueArvoEvent" {
                made.actions.insert(name.clone(), json!({"$fn": format!("action {name}")}));
            }
        }
        made
    }

    fn definition(&self, function: &FnRef) -> (String, Value) {
        let text = function.to_string();
        match text.split_once(' ') {
            Some(("guard", name)) => (name.to_owned(), self.guards[name].clone()),
            Some(("action", name)) => {
                (name.to_owned(), self.actions.get(name).cloned().unwrap_or_else(|| json!({"custom": null})))
            }
            _ => (text.clone(), self.functions[&text].clone()),
        }
    }

    fn record(&self, name: &str, args: &Args<'_>, params: Option<&Data>, expression: &Value) -> Result<(), Raised> {
        let value = Scope::of(args).evaluate(expression)?;
        let mut details = Map::new();
        if let Some(params) = params {
            details.insert("params".to_owned(), json_of(params));
        }
        if !value.is_null() {
            details.insert("value".to_owned(), value);
        }
        let event = Scope::of(args).event["type"].clone();
        let entry = if details.is_empty() { json!([name, event]) } else { json!([name, event, details]) };
        self.ran.borrow_mut().push(entry);
        Ok(())
    }

    fn steps(
        &self,
        steps: &Value,
        name: &str,
        args: &Args<'_>,
        check: &Check<'_>,
        into: &mut Vec<Value>,
    ) -> Result<(), Error> {
        for step in steps.as_array().into_iter().flatten() {
            if let Some(guard) = step.get("when") {
                let branch = if check.passes(guard)? { "then" } else { "else" };
                self.steps(&step[branch], name, args, check, into)?;
            } else if let Some(expression) = step.get("call") {
                self.record(name, args, None, expression)?;
            } else {
                into.push(step.clone());
            }
        }
        Ok(())
    }
}

impl ChartHost for Mini {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        let (_, definition) = self.definition(function);
        let expression = definition.get("test").unwrap_or(&definition);
        Ok(Some(Scope::of(&args).evaluate(expression)?.into()))
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        let (name, definition) = self.definition(function);
        self.record(&name, &args, args.params, &definition["custom"])
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        let (name, definition) = self.definition(function);
        let mut into = Vec::new();
        self.steps(&definition["enqueue"], &name, &args, &check, &mut into)?;
        Ok(into)
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        let mut entry = Map::new();
        if let Some(label) = label {
            entry.insert("label".to_owned(), json!(label));
        }
        if let Some(value) = value {
            entry.insert("value".to_owned(), json_of(value));
        }
        self.ran.borrow_mut().push(json!(["log", entry]));
    }
}

fn json_of(data: &Data) -> Value {
    match data {
        Data::Value(value) => Value::clone(value),
        other => panic!("the host got {other:?}, which it never handed out"),
    }
}

fn texts(json: &Value, into: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Array(list) => list.iter().for_each(|item| texts(item, into)),
        Value::Object(map) => map.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}

struct Scope {
    context: Arc<Value>,
    event: Value,
    params: Value,
    input: Value,
}

impl Scope {
    fn of(args: &Args<'_>) -> Self {
        Self {
            context: match args.context {
                ContextView::Value(value) => Arc::clone(value),
                _ => Arc::new(Value::Null),
            },
            event: args
                .event
                .map(|event| event.json(&arvo::statechart::NoHost).unwrap_or_else(|error| panic!("{error}")))
                .map(|event| Value::clone(event))
                .unwrap_or_default(),
            params: args.params.map(json_of).unwrap_or_default(),
            input: args.input.map(json_of).unwrap_or_default(),
        }
    }

    fn evaluate(&self, expression: &Value) -> Result<Value, Raised> {
        match expression {
            Value::Object(map) => {
                let entries = map.iter().map(|(key, value)| Ok((key.clone(), self.evaluate(value)?)));
                Ok(Value::Object(entries.collect::<Result<_, Raised>>()?))
            }
            Value::Array(list) => self.operate(word(&list[0]), &list[1..]),
            scalar => Ok(scalar.clone()),
        }
    }

    fn operate(&self, operator: &str, operands: &[Value]) -> Result<Value, Raised> {
        match operator {
            "$" => return Ok(self.look_up(word(&operands[0]))),
            "quote" => return Ok(operands[0].clone()),
            "throw" => return Err(Raised::error(Token(0), "Error", word(&operands[0]))),
            "if" => {
                let branch = if self.evaluate(&operands[0])? == Value::Bool(true) { 1 } else { 2 };
                return self.evaluate(&operands[branch]);
            }
            _ => {}
        }
        let values = operands.iter().map(|operand| self.evaluate(operand)).collect::<Result<Vec<_>, _>>()?;
        let number = |at: usize| values[at].as_f64().unwrap_or(f64::NAN);
        let list = || values[0].as_array().cloned().unwrap_or_default();
        Ok(match operator {
            "+" => plain(number(0) + number(1)),
            "-" => plain(number(0) - number(1)),
            "*" => plain(number(0) * number(1)),
            "/" => plain(number(0) / number(1)),
            "%" => plain(number(0) % number(1)),
            "eq" => json!(same(&values[0], &values[1])),
            "ne" => json!(!same(&values[0], &values[1])),
            "lt" => json!(number(0) < number(1)),
            "lte" => json!(number(0) <= number(1)),
            "gt" => json!(number(0) > number(1)),
            "gte" => json!(number(0) >= number(1)),
            "and" => json!(values.iter().all(|value| *value == Value::Bool(true))),
            "or" => json!(values.contains(&Value::Bool(true))),
            "not" => json!(values[0] != Value::Bool(true)),
            "concat" => json!(values.iter().map(text).collect::<String>()),
            "list" => json!(values),
            "append" => json!([list(), values[1..].to_vec()].concat()),
            "len" => json!(values[0].as_array().map_or_else(|| text(&values[0]).chars().count(), Vec::len)),
            "merge" => {
                let mut merged = Map::new();
                values.iter().filter_map(Value::as_object).for_each(|map| merged.extend(map.clone()));
                Value::Object(merged)
            }
            other => panic!("unknown operator {other}"),
        })
    }

    fn look_up(&self, path: &str) -> Value {
        let mut parts = path.split('.');
        let first = match parts.next() {
            Some("context") => &*self.context,
            Some("event") => &self.event,
            Some("params") => &self.params,
            Some("input") => &self.input,
            other => panic!("unknown name {other:?}"),
        };
        let inner = |value: &Value, key: &str| match value {
            Value::Array(list) => key.parse().ok().and_then(|at: usize| list.get(at)).cloned(),
            other => other.get(key).cloned(),
        };
        parts.try_fold(first.clone(), |value, key| inner(&value, key)).unwrap_or_default()
    }
}

fn plain(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 { json!(number as i64) } else { json!(number) }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| arvo::json::write(value, 0), str::to_owned)
}

pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("text wanted, found {value}"))
}
