//! Runs at rest: a state as JSON and back, in the reference's form (STATECHARTS §6).

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::chart::Chart;
use super::configuration::NodeSet;
use super::context::{Context, parse_context, read};
use super::definition::{Kind, insert_in_order};
use super::error::Error;
use super::host::{ChartHost, Revision};
use super::macrostep::{State, Status};
use crate::event::Data;
use crate::json::{self, JsonError, kind};

/// A run at rest, in the parts that its JSON has. The context and the output may still be text that nobody has read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whether it goes on.
    pub status: Status,
    /// The output of a run that is done.
    pub output: Option<Data>,
    /// The state value: text or an object.
    pub value: Value,
    /// What history states remember: id to `[{"id": …}]`.
    pub history: Map<String, Value>,
    /// The context: text or value, never an object of the host.
    pub context: Data,
}

impl Snapshot {
    /// As it is stored: `status`, `output`, `value`, `historyValue`, `context`, `children`, in this order.
    pub fn write(&self, out: &mut String) {
        out.push_str(r#"{"status":"#);
        out.push_str(if self.status == Status::Done { r#""done""# } else { r#""active""# });
        if let (Status::Done, Some(output)) = (self.status, &self.output) {
            out.push_str(r#","output":"#);
            write_data(out, output);
        }
        out.push_str(r#","value":"#);
        json::write_to(out, &self.value);
        out.push_str(r#","historyValue":"#);
        json::write_map(out, &self.history);
        out.push_str(r#","context":"#);
        write_data(out, &self.context);
        out.push_str(r#","children":{}}"#);
    }
}

fn write_data(out: &mut String, data: &Data) {
    match data {
        Data::Text(text) => out.push_str(text),
        Data::Value(value) => json::write_to(out, value),
        Data::Host(_) => out.push_str("null"), // unreachable: a snapshot is made without objects of the host
    }
}

/// Text on its way to a [`Snapshot`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'a> {
    #[serde(default)]
    status: Value,
    #[serde(borrow, default, deserialize_with = "present")]
    output: Option<&'a RawValue>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    history_value: Value,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(default)]
    children: Value,
}

/// `null` is a value too.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Chart {
    /// Reads a stored snapshot. Whether its states are this chart's shows in [`load`](Self::load).
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: it is no snapshot.
    pub fn read_snapshot(&self, text: &str) -> Result<Snapshot, Error> {
        let form: Form<'_> = serde_json::from_str(text)
            .map_err(|error| self.mismatch("the snapshot", format!("can't be read: {}", JsonError::from(error))))?;
        let raw = |raw: &RawValue| Data::Text(raw.get().into());
        let context = form.context.map_or_else(|| Value::Object(Map::new()).into(), raw);
        self.snapshot_of(&form.status, form.output.map(raw), form.value, form.history_value, context, &form.children)
    }

    fn take_snapshot(&self, snapshot: Value) -> Result<Snapshot, Error> {
        let Value::Object(mut map) = snapshot else {
            return Err(self.mismatch("the snapshot", format!("is {}, not an object", kind(&snapshot))));
        };
        let mut take = |key: &str| map.get_mut(key).map(Value::take);
        let context = take("context").unwrap_or_else(|| Value::Object(Map::new())).into();
        let (status, children) = (take("status").unwrap_or_default(), take("children").unwrap_or_default());
        let (value, history) = (take("value").unwrap_or_default(), take("historyValue").unwrap_or_default());
        self.snapshot_of(&status, take("output").map(Data::from), value, history, context, &children)
    }

    fn snapshot_of(
        &self,
        status: &Value,
        output: Option<Data>,
        value: Value,
        history: Value,
        context: Data,
        children: &Value,
    ) -> Result<Snapshot, Error> {
        let status = match status.as_str() {
            Some("active") => Status::Active,
            Some("done") => Status::Done,
            _ => return Err(self.mismatch("status", "must be 'active' or 'done'".to_owned())),
        };
        if children.as_object().is_some_and(|children| !children.is_empty()) {
            return Err(self.mismatch("children", "must be empty: actors are not supported".to_owned()));
        }
        let history = match history {
            Value::Object(history) => history,
            _ => Map::new(),
        };
        Ok(Snapshot { status, output, value, history, context })
    }

    /// Lays a run to rest.
    ///
    /// # Errors
    /// [`Error::Host`] if the host can't write the context or output as JSON.
    pub fn store(&self, state: State, host: &dyn ChartHost) -> Result<Snapshot, Error> {
        let mut history = Map::new();
        for (node, recorded) in &state.history {
            let reference = |node: &u32| {
                let id = Value::String(self.0.node(*node).id.as_ref().to_owned());
                Value::Object(Map::from_iter([("id".to_owned(), id)]))
            };
            let recorded = Value::Array(recorded.iter().map(reference).collect());
            insert_in_order(&mut history, &self.0.node(*node).id, recorded);
        }
        let value = self.value(&state);
        let output = match state.output {
            Some(Data::Host(token)) => Some(Data::from(host.json(token)?)),
            output => output,
        };
        let context = match state.context {
            Context::Value(context) => Data::Value(context),
            Context::Held(revision) => match host.context(revision)? {
                Data::Host(token) => host.json(token)?.into(),
                data => data,
            },
        };
        Ok(Snapshot { status: state.status, output, value, history, context })
    }

    /// Wakes a run. A host that holds the context has been given it already, as [`Revision::FIRST`].
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: its states are not this chart's, or its context is no object.
    pub fn load(&self, snapshot: &Snapshot, host: &dyn ChartHost) -> Result<State, Error> {
        let mut nodes = vec![0];
        let place = Place { outer: None, key: "value", status: snapshot.status };
        self.read_value(0, &snapshot.value, &place, &mut nodes)?;
        let mut set = NodeSet::of(self.0.nodes.len(), &nodes);
        self.0.complete(&mut nodes, &mut set);
        if let Some((node, problem)) = self.0.broken_rule(&nodes, &set) {
            return Err(self.mismatch("value", format!("makes no configuration: {} {problem}", self.0.node(node).id)));
        }
        let context = if host.holds_context() {
            if !looks_like_an_object(&snapshot.context) {
                return Err(self.mismatch("context", "is not an object".to_owned()));
            }
            Context::Held(Revision::FIRST)
        } else {
            let context = match &snapshot.context {
                Data::Text(text) => parse_context(text)
                    .map(Arc::new)
                    .map_err(|error| self.mismatch("context", format!("can't be read: {error}")))?,
                context => read(context, host)?,
            };
            if !context.is_object() {
                return Err(self.mismatch("context", format!("is {}, not an object", kind(&context))));
            }
            Context::Value(context)
        };
        let history = self.read_history(&snapshot.history);
        Ok(State { status: snapshot.status, nodes, history, context, output: snapshot.output.clone() })
    }

    /// The state as JSON: `status`, `output`, `value`, `historyValue`, `context`, `children`, in this order.
    ///
    /// # Errors
    /// [`Error::Host`] if the host can't write the context or output as JSON.
    pub fn snapshot(&self, state: State, host: &dyn ChartHost) -> Result<Value, Error> {
        let Snapshot { status, output, value, history, context } = self.store(state, host)?;
        let mut snapshot = Map::with_capacity(6);
        let text = if status == Status::Done { "done" } else { "active" };
        snapshot.insert("status".to_owned(), text.into());
        if let (Status::Done, Some(output)) = (status, &output) {
            snapshot.insert("output".to_owned(), Arc::unwrap_or_clone(read(output, host)?));
        }
        snapshot.insert("value".to_owned(), value);
        snapshot.insert("historyValue".to_owned(), Value::Object(history));
        snapshot.insert("context".to_owned(), Arc::unwrap_or_clone(read(&context, host)?));
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

    /// Reads a snapshot back, as [`load`](Self::load) does.
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: its states are not this chart's, or it is no snapshot.
    pub fn restore(&self, snapshot: Value, host: &dyn ChartHost) -> Result<State, Error> {
        self.load(&self.take_snapshot(snapshot)?, host)
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
            // All was left, and a history without default led nowhere: such a run begins anew, as in XState.
            Kind::Compound if node == 0 && keys.is_empty() => true,
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
        // Stores may reorder keys, and the order of active regions means something; that of a finished run is kept.
        if place.status == Status::Active {
            children.sort_unstable_by_key(|(child, ..)| *child);
        }
        nodes.extend(children.iter().map(|(child, ..)| *child));
        for (child, key, inner) in children {
            if let Some(inner) = inner {
                self.read_value(child, inner, &Place { outer: Some(place), key, ..*place }, nodes)?;
            }
        }
        Ok(())
    }

    /// Ids that are no longer known are dropped, and a record that is empty then.
    fn read_history(&self, history: &Map<String, Value>) -> Vec<(u32, Arc<[u32]>)> {
        let chart = &*self.0;
        let records = history.iter().filter_map(|(id, recorded)| {
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

/// What the host will read; text is not parsed here.
fn looks_like_an_object(context: &Data) -> bool {
    match context {
        Data::Value(value) => value.is_object(),
        Data::Text(text) => text.trim_start().starts_with('{'),
        Data::Host(_) => false,
    }
}

struct Place<'a> {
    outer: Option<&'a Place<'a>>,
    key: &'a str,
    status: Status,
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
