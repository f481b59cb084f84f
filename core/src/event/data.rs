//! An event's data: text and parsed value, each made at most once and only when asked for (ARCHITECTURE §3).

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::environment::Limits;
use crate::json::{self, JsonError};
pub(crate) use crate::violation::{Raised, Token};

/// Data on its way through an execution.
///
/// An [`Event`](crate::Event) holds text or value only; a token never leaves its execution.
#[derive(Clone, Debug)]
pub enum Data {
    /// JSON text, not read yet.
    Text(Arc<str>),
    /// Read JSON.
    Value(Arc<Value>),
    /// An object in the host's table.
    Host(Token),
}

impl Data {
    /// Data that Rust code has at hand.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the type can't be written as JSON.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Greeting { name: &'static str }
    /// let data = arvo::Data::of(&Greeting { name: "Ada" })?;
    /// assert!(matches!(data, arvo::Data::Value(value) if value["name"] == "Ada"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(data: &(impl serde::Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(serde_json::to_value(data)?.into())
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self::Value(Arc::new(value))
    }
}

/// What an event holds: one of text and value at first, the other when somebody asks.
#[derive(Debug)]
pub(crate) struct EventData {
    text: OnceLock<Arc<str>>,
    value: OnceLock<Arc<Value>>,
    limits: Limits,
}

impl EventData {
    pub(crate) fn from_text(text: Arc<str>, limits: &Limits) -> Self {
        Self { text: OnceLock::from(text), value: OnceLock::new(), limits: *limits }
    }

    pub(crate) fn from_value(value: Arc<Value>, limits: &Limits) -> Self {
        Self { text: OnceLock::new(), value: OnceLock::from(value), limits: *limits }
    }

    pub(crate) fn value(&self) -> Result<&Arc<Value>, JsonError> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = json::parse(self.text(), &self.limits)?;
        Ok(self.value.get_or_init(|| Arc::new(value)))
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        self.text.get_or_init(|| match self.value.get() {
            Some(value) => json::write(value, 0).into(),
            None => "null".into(), // unreachable: an `EventData` is made of one of the two
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The form at hand: the value when it was made, else the text.
    pub(crate) fn at_hand(&self) -> Data {
        match self.value.get() {
            Some(value) => Data::Value(value.clone()),
            None => Data::Text(self.text().clone()),
        }
    }
}
