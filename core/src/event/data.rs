//! An event's data: text and parsed value, each made at most once and only when asked for (ARCHITECTURE §3).

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
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

    /// The text that an object at hand holds under a key; it is not read for that.
    pub(crate) fn text_under(&self, key: &str) -> Option<Arc<str>> {
        match self {
            Self::Value(value) => value.get(key).and_then(Value::as_str).map(Into::into),
            Self::Text(object) => Under(key).read(object).map(Into::into),
            Self::Host(_) => None,
        }
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

/// Reads the text under a key of an object and skips the rest.
struct Under<'k>(&'k str);

impl Under<'_> {
    fn read(self, object: &str) -> Option<String> {
        serde_json::Deserializer::from_str(object).deserialize_map(self).ok()?
    }
}

impl<'de> Visitor<'de> for Under<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = access.next_key::<Key<'_>>()? {
            if key.0 == self.0 {
                found = access.next_value::<Value>()?.as_str().map(Into::into); // of equal keys the last counts
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_under_its_key_whatever_stands_around_it() {
        let found = |object: &str| Data::Text(object.into()).text_under("p$$").map(|text| text.to_string());
        assert_eq!(found(r#"{"a": [{"p$$": "no"}], "p$$": "yes\n", "z": 1e3}"#).as_deref(), Some("yes\n"));
        assert_eq!(found(r#"{"p\u0024$": "yes"}"#).as_deref(), Some("yes"), "an escape in a key");
        assert_eq!(found(r#"{"p$$": "no", "p$$": "yes"}"#).as_deref(), Some("yes"), "the last counts");
        for none in [r#"{"p$$": "no", "p$$": 1}"#, r#"{"p$$": null}"#, r#"{"a": "p$$"}"#, r#"["p$$"]"#, "{", ""] {
            assert_eq!(found(none), None, "{none}");
        }
        let value = serde_json::json!({"p$$": "yes", "a": 1});
        assert_eq!(Data::from(value).text_under("p$$").as_deref(), Some("yes"));
        assert_eq!(Data::from(serde_json::json!(["p$$"])).text_under("p$$"), None);
    }
}
