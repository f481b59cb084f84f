//! Events as a chart sees them: a type, and the rest made only when somebody reads it.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::context::read;
use super::error::Error;
use super::host::ChartHost;
use crate::event::Data;
use crate::expression::View;

/// What is being handled: an event sent or raised, the start, or the end of a state.
#[derive(Clone, Debug)]
pub struct Signal {
    type_name: Arc<str>,
    body: Body,
    json: OnceLock<Arc<Value>>,
}

/// Where a [`Signal`] comes from, with what is needed to show it.
#[derive(Clone, Debug)]
pub enum Body {
    /// Sent from outside, or raised: the whole event, an object with a `type`.
    Event(Data),
    /// The start: `{type: "xstate.init", input}`.
    Init(Option<Data>),
    /// A state is done: `{type: "xstate.done.state.{id}", output}`.
    Done(Option<Data>),
}

impl Signal {
    /// An event from outside. `Data::Host` says that the host has it already; its `json` is asked for the token only
    /// if an expression reads the event.
    pub fn sent(type_name: impl Into<Arc<str>>, event: Data) -> Self {
        Self::new(type_name.into(), Body::Event(event))
    }

    /// An event as JSON; its `type` must be text.
    ///
    /// # Errors
    /// [`Error::NotAnEvent`].
    pub fn from_json(event: Value) -> Result<Self, Error> {
        let type_name: Arc<str> = type_of(&event)?.into();
        Ok(Self::new(type_name, Body::Event(event.into())))
    }

    pub(crate) fn init(input: Option<Data>) -> Self {
        Self::new(INIT.into(), Body::Init(input))
    }

    pub(crate) fn done(type_name: Arc<str>, output: Option<Data>) -> Self {
        Self::new(type_name, Body::Done(output))
    }

    pub(crate) fn raised(data: Data, host: &dyn ChartHost) -> Result<Self, Error> {
        let json = read(&data, host)?;
        let type_name: Arc<str> = type_of(&json)?.into();
        Ok(Self { type_name, body: Body::Event(data), json: OnceLock::from(json) })
    }

    fn new(type_name: Arc<str>, body: Body) -> Self {
        Self { type_name, body, json: OnceLock::new() }
    }

    /// Its type.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Where it comes from.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The whole event as JSON, made at most once.
    ///
    /// # Errors
    /// [`Error::Host`] if an object of the host in it can't be written as JSON.
    pub fn json(&self, host: &dyn ChartHost) -> Result<&Arc<Value>, Error> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let json = match &self.body {
            Body::Event(data) => read(data, host)?,
            Body::Init(part) => self.around("input", part.as_ref(), host)?,
            Body::Done(part) => self.around("output", part.as_ref(), host)?,
        };
        Ok(self.json.get_or_init(|| json))
    }

    /// The event for an expression, which may look at some of its members only.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub(crate) fn view<'s>(&'s self, host: &'s dyn ChartHost) -> Result<View<'s>, Error> {
        let object = match &self.body {
            Body::Event(Data::Host(token)) if self.json.get().is_none() => host.object(*token)?,
            _ => None,
        };
        object.map_or_else(|| self.json(host).map(|json| View::Json(json)), |object| Ok(View::Object(object)))
    }

    fn around(&self, key: &str, part: Option<&Data>, host: &dyn ChartHost) -> Result<Arc<Value>, Error> {
        let mut map = Map::new();
        map.insert("type".to_owned(), Value::String(self.type_name.as_ref().to_owned()));
        if let Some(part) = part {
            map.insert(key.to_owned(), Value::clone(&*read(part, host)?));
        }
        Ok(Arc::new(Value::Object(map)))
    }
}

fn type_of(event: &Value) -> Result<&str, Error> {
    event.get("type").and_then(Value::as_str).ok_or_else(|| Error::NotAnEvent { found: crate::json::kind(event) })
}

/// Type of the event that a run starts with.
pub(crate) const INIT: &str = "xstate.init";
