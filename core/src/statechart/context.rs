//! The context of a run: what actions change of it, and how it is read.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::definition::insert_in_order;
use super::error::Error;
use super::form::Action;
use super::host::{ChartHost, ContextView, Patch, Revision};
use super::macrostep::Step;
use crate::environment::Limits;
use crate::event::Data;
use crate::json::{self, JsonError, kind};

/// The context of a run: JSON, or a revision that the host holds for the step.
#[derive(Clone, Debug)]
pub(crate) enum Context {
    Value(Arc<Value>),
    Held(Revision),
}

impl Context {
    pub(super) fn view(&self) -> ContextView<'_> {
        match self {
            Self::Value(value) => ContextView::Value(value),
            Self::Held(revision) => ContextView::Held(*revision),
        }
    }

    pub(crate) fn json(&self, host: &dyn ChartHost) -> Result<Arc<Value>, Error> {
        match self {
            Self::Value(value) => Ok(Arc::clone(value)),
            Self::Held(revision) => read(&host.context(*revision)?, host),
        }
    }
}

impl Step<'_> {
    pub(super) fn assign(&mut self, fields: Vec<(Arc<str>, Option<Data>)>) -> Result<(), Error> {
        self.assigned = true;
        let host = self.host;
        match &mut self.context {
            Context::Held(revision) => *revision = host.merge(*revision, Patch::Fields(&fields))?,
            Context::Value(context) => {
                let fields =
                    fields.iter().map(|(key, data)| Ok((key, data.as_ref().map(|data| read(data, host)).transpose()?)));
                let fields = fields.collect::<Result<Vec<_>, Error>>()?;
                let map = object(context)?;
                for (key, value) in fields {
                    set(map, key, value.map(Arc::unwrap_or_clone));
                }
            }
        }
        Ok(())
    }

    pub(super) fn assign_all(&mut self, made: Option<Data>) -> Result<(), Error> {
        self.assigned = true;
        if let Some(made) = made {
            overlay(&mut self.context, &made, self.host)?;
        }
        Ok(())
    }

    pub(super) fn append(&mut self, path: &[Arc<str>], params: Option<&Data>) -> Result<(), Error> {
        self.assigned = true;
        self.appended = true;
        let host = self.host;
        match &mut self.context {
            Context::Held(revision) => *revision = host.merge(*revision, Patch::Append(path, params))?,
            Context::Value(context) => {
                let item = params.map(|params| read(params, host)).transpose()?;
                let map = object(context)?;
                let Some((key, inner)) = path.split_first() else { return Ok(()) };
                let mut top = map.get_mut(&**key).map(Value::take).unwrap_or_default();
                append_at(&mut top, inner, item.map_or(Value::Null, Arc::unwrap_or_clone));
                insert_in_order(map, key, top);
            }
        }
        Ok(())
    }

    /// Takes what `append` gathered out of the context, with the object around it.
    pub(crate) fn drain(&mut self) -> Result<Vec<Data>, Error> {
        let mut drained = Vec::new();
        for action in &self.chart.actions {
            let Action::Append(path) = action else { continue };
            match &mut self.context {
                Context::Held(revision) if self.appended => {
                    let (after, list) = self.host.drain(*revision, path)?;
                    *revision = after;
                    drained.extend(list);
                }
                Context::Held(_) => {}
                Context::Value(context) => drained.extend(drain_at(context, path).into_iter().map(Data::from)),
            }
        }
        Ok(drained)
    }
}

/// Takes the list at a path out of a context, with the object around it; a path that ends elsewhere gives nothing.
pub(crate) fn drain_at(context: &mut Arc<Value>, path: &[impl AsRef<str>]) -> Vec<Value> {
    let [outer @ .., around, list] = path else { return Vec::new() };
    let mut places = outer.iter().chain([around]);
    if places.try_fold(&**context, |place, key| json::member(place.as_object()?, key.as_ref())).is_none() {
        return Vec::new();
    }
    let place = outer.iter().try_fold(Arc::make_mut(context), |place, key| place.get_mut(key.as_ref()));
    let around = place.and_then(Value::as_object_mut).and_then(|place| place.shift_remove(around.as_ref()));
    match around.as_ref().and_then(|around| around.get(list.as_ref())) {
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    }
}

/// Overlays the context with an object; null is an empty one.
pub(crate) fn overlay(context: &mut Context, made: &Data, host: &dyn ChartHost) -> Result<(), Error> {
    match context {
        Context::Held(revision) => {
            *revision = match made {
                Data::Host(token) => host.merge(*revision, Patch::Host(*token))?,
                json => match read(json, host)? {
                    null if null.is_null() => *revision,
                    object if object.is_object() => host.merge(*revision, Patch::Value(&object))?,
                    other => return Err(Error::NotAContext { found: kind(&other) }),
                },
            };
        }
        Context::Value(context) => match Arc::unwrap_or_clone(read(made, host)?) {
            Value::Null => {}
            Value::Object(fields) if context.as_object().is_some_and(Map::is_empty) => {
                *context = Arc::new(Value::Object(fields));
            }
            Value::Object(fields) => {
                let map = object(context)?;
                fields.into_iter().for_each(|(key, value)| set(map, &key, Some(value)));
            }
            other => return Err(Error::NotAContext { found: kind(&other) }),
        },
    }
    Ok(())
}

/// Reads what the chart or its host wrote. It was bounded where it came in; a context that was stored must be read
/// again, however large it has grown since: more keys and levels than an event may have are no error.
///
/// # Errors
/// [`JsonError`]: it is no JSON.
///
/// ```
/// assert_eq!(arvo::statechart::parse_context(r#"{"tries": 1}"#)?, serde_json::json!({"tries": 1}));
/// # Ok::<(), arvo::JsonError>(())
/// ```
pub fn parse_context(text: &str) -> Result<Value, JsonError> {
    const OWN: Limits = Limits { event: usize::MAX, keys: usize::MAX, depth: 1_024, ..Limits::DEFAULT };
    json::parse(text, &OWN)
}

/// JSON of data, wherever it is.
pub(crate) fn read(data: &Data, host: &dyn ChartHost) -> Result<Arc<Value>, Error> {
    match data {
        Data::Value(value) => Ok(Arc::clone(value)),
        Data::Text(text) => parse_context(text).map(Arc::new).map_err(Error::Json),
        Data::Host(token) => Ok(Arc::new(host.json(*token)?)),
    }
}

fn object(context: &mut Arc<Value>) -> Result<&mut Map<String, Value>, Error> {
    match Arc::make_mut(context) {
        Value::Object(map) => Ok(map),
        other => Err(Error::NotAContext { found: kind(other) }),
    }
}

fn set(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => insert_in_order(map, key, value),
        None => drop(map.shift_remove(key)),
    }
}

fn append_at(place: &mut Value, path: &[Arc<str>], item: Value) {
    let Some((key, inner)) = path.split_first() else {
        match place {
            Value::Array(list) => list.push(item),
            other => *other = Value::Array(vec![item]),
        }
        return;
    };
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Value::Object(map) = place {
        append_at(map.entry(&**key).or_insert(Value::Null), inner, item);
    }
}
