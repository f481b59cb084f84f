//! Runs at rest: a state as JSON and back, in the reference's form (STATECHARTS §6).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::action::{Context, read};
use super::chart::Chart;
use super::configuration::NodeSet;
use super::definition::{Kind, insert_in_order};
use super::error::Error;
use super::host::{ChartHost, Revision};
use super::macrostep::{State, Status};
use crate::event::Data;
use crate::json::kind;

impl Chart {
    /// The state as JSON: `status`, `output`, `value`, `historyValue`, `context`, `children`, in this order.
    ///
    /// # Errors
    /// [`Error::Host`] if the host can't write the context or output as JSON.
    pub fn snapshot(&self, state: State, host: &dyn ChartHost) -> Result<Value, Error> {
        let mut history = Map::new();
        for (node, recorded) in &state.history {
            let reference = |node: &u32| {
                let id = Value::String(self.0.node(*node).id.as_ref().to_owned());
                Value::Object(Map::from_iter([("id".to_owned(), id)]))
            };
            let recorded = Value::Array(recorded.iter().map(reference).collect());
            insert_in_order(&mut history, &self.0.node(*node).id, recorded);
        }
        let mut snapshot = Map::with_capacity(6);
        let status = if state.status == Status::Done { "done" } else { "active" };
        snapshot.insert("status".to_owned(), status.into());
        if let (Status::Done, Some(output)) = (state.status, &state.output) {
            snapshot.insert("output".to_owned(), Arc::unwrap_or_clone(read(output, host)?));
        }
        snapshot.insert("value".to_owned(), self.value(&state));
        snapshot.insert("historyValue".to_owned(), Value::Object(history));
        let context = match state.context {
            Context::Value(context) => context,
            held => held.json(host)?,
        };
        snapshot.insert("context".to_owned(), Arc::unwrap_or_clone(context));
        snapshot.insert("children".to_owned(), Value::Object(Map::new()));
        Ok(Value::Object(snapshot))
    }

    /// The state value: text or object, as XState writes it.
    pub fn value(&self, state: &State) -> Value {
        self.0.value(&state.nodes)
    }

    /// The context as JSON.
    ///
    /// # Errors
    /// [`Error::Host`] if the host holds it and can't write it.
    pub fn context(&self, state: &State, host: &dyn ChartHost) -> Result<Arc<Value>, Error> {
        state.context.json(host)
    }

    /// Reads a snapshot back. A host that holds the context has been given it already, as [`Revision::FIRST`].
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: its states are not this chart's, or it is no snapshot.
    pub fn restore(&self, snapshot: Value, host: &dyn ChartHost) -> Result<State, Error> {
        let Value::Object(mut snapshot) = snapshot else {
            return Err(self.mismatch("the snapshot", format!("is {}, not an object", kind(&snapshot))));
        };
        let status = match snapshot.get("status").and_then(Value::as_str) {
            Some("active") => Status::Active,
            Some("done") => Status::Done,
            _ => return Err(self.mismatch("status", "must be 'active' or 'done'".to_owned())),
        };
        if snapshot.get("children").and_then(Value::as_object).is_some_and(|children| !children.is_empty()) {
            return Err(self.mismatch("children", "must be empty: actors are not supported".to_owned()));
        }
        let mut nodes = vec![0];
        let value = snapshot.get("value").unwrap_or(&Value::Null);
        self.read_value(0, value, &Place { outer: None, key: "value" }, &mut nodes)?;
        let mut set = NodeSet::of(self.0.nodes.len(), &nodes);
        self.0.complete(&mut nodes, &mut set);
        if let Some((node, problem)) = self.0.broken_rule(&nodes, &set) {
            return Err(self.mismatch("value", format!("makes no configuration: {} {problem}", self.0.node(node).id)));
        }
        let history = self.read_history(snapshot.get("historyValue"));
        let context = snapshot.get_mut("context").map(Value::take).unwrap_or_else(|| Value::Object(Map::new()));
        let context = if host.holds_context() {
            Context::Held(Revision::FIRST)
        } else if context.is_object() {
            Context::Value(Arc::new(context))
        } else {
            return Err(self.mismatch("context", format!("is {}, not an object", kind(&context))));
        };
        let output = snapshot.get_mut("output").map(|output| Data::from(output.take()));
        Ok(State { status, nodes, history, context, output })
    }

    fn read_value(&self, node: u32, value: &Value, place: &Place<'_>, nodes: &mut Vec<u32>) -> Result<(), Error> {
        let chart = &*self.0;
        let here = chart.node(node);
        let keys: Vec<(&str, Option<&Value>)> = match value {
            Value::String(key) => vec![(key, None)],
            Value::Object(map) => map.iter().map(|(key, inner)| (key.as_str(), Some(inner))).collect(),
            other => return Err(self.mismatch(&place.text(), format!("is {}, not text or an object", kind(other)))),
        };
        let fits = match here.kind {
            Kind::Compound => keys.len() == 1,
            Kind::Parallel => value.is_object(),
            _ => keys.is_empty(),
        };
        if !fits {
            let problem = format!("does not fit '{}', which is {} now", here.id, described(here.kind));
            return Err(self.mismatch(&place.text(), problem));
        }
        let mut children = Vec::with_capacity(keys.len());
        for (key, inner) in keys {
            match chart.child(node, key).filter(|child| chart.node(*child).kind != Kind::History) {
                Some(child) => children.push((child, key, inner)),
                None => {
                    return Err(
                        self.mismatch(&place.text(), format!("names '{key}', which is no state of '{}'", here.id))
                    );
                }
            }
        }
        children.sort_unstable_by_key(|(child, ..)| *child);
        nodes.extend(children.iter().map(|(child, ..)| *child));
        for (child, key, inner) in children {
            if let Some(inner) = inner {
                self.read_value(child, inner, &Place { outer: Some(place), key }, nodes)?;
            }
        }
        Ok(())
    }

    /// Ids that are no longer known are dropped, and a record that is empty then.
    fn read_history(&self, json: Option<&Value>) -> Vec<(u32, Arc<[u32]>)> {
        let chart = &*self.0;
        let records = json.and_then(Value::as_object).into_iter().flatten();
        let records = records.filter_map(|(id, recorded)| {
            let history = chart.by_id(id).filter(|node| chart.node(*node).kind == Kind::History)?;
            let parent = chart.node(history).parent?;
            let ids = recorded.as_array()?.iter().filter_map(|entry| entry.get("id")?.as_str());
            let nodes = ids.filter_map(|id| chart.by_id(id));
            let nodes: Arc<[u32]> =
                nodes.filter(|node| chart.node(*node).kind != Kind::History && chart.is_below(*node, parent)).collect();
            (!nodes.is_empty()).then_some((history, nodes))
        });
        records.collect()
    }

    fn mismatch(&self, path: &str, problem: String) -> Error {
        Error::SnapshotMismatch { machine: self.id().to_owned(), path: path.to_owned(), problem }
    }
}

struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    key: &'a str,
}

impl Place<'_> {
    fn text(&self) -> String {
        self.outer.map_or_else(|| self.key.to_owned(), |outer| format!("{}.{}", outer.text(), self.key))
    }
}

fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Atomic => "a state without states inside",
        Kind::Compound => "a compound state",
        Kind::Parallel => "a parallel state",
        Kind::Final => "a final state",
        Kind::History => "a history state",
    }
}
