//! How an event gets its id, and what an id managed by Arvo tells (SPEC §3).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::codec;
use crate::environment::{Environment, Limits};
use crate::event::grammar::trim;
use crate::json;

/// How an event gets its id. A receiver that has seen an id before knows the event for a duplicate, so an id made
/// from the sender's own value makes sending again harmless.
///
/// As JSON `{"deduplication": "DEVELOPER_MANAGED" | "ARVO_MANAGED", "value": text}`; a text stands for a value managed
/// by the developer, `null` for a random id.
///
/// ```
/// use arvo::{Environment, EventId, Limits, ManagedId};
///
/// let environment = Environment::system();
/// assert_eq!(EventId::DeveloperManaged("  order-1 ".into()).make(&environment), "order-1");
/// assert_eq!(EventId::Random.make(&environment).len(), 36);
///
/// let id = EventId::ArvoManaged("order-1".into()).make(&environment);
/// assert_eq!(ManagedId::parse(&id, &Limits::default()).unwrap().value, "order-1");
///
/// let asked: EventId = serde_json::from_str(r#"{"deduplication": "ARVO_MANAGED", "value": "a"}"#)?;
/// assert_eq!(asked, EventId::ArvoManaged("a".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum EventId {
    /// A UUID of version 4.
    #[default]
    Random,
    /// This value, trimmed, is the id.
    DeveloperManaged(String),
    /// The id holds this value, trimmed, beside a UUID of its own: see [`ManagedId`].
    ArvoManaged(String),
}

impl EventId {
    /// The id itself; a blank value gives a random one.
    pub fn make(&self, environment: &Environment) -> String {
        self.shared(environment).as_ref().to_owned()
    }

    /// The same, as events hold it.
    pub(crate) fn shared(&self, environment: &Environment) -> Arc<str> {
        match self {
            Self::DeveloperManaged(value) if !trim(value).is_empty() => trim(value).into(),
            Self::ArvoManaged(value) if !trim(value).is_empty() => {
                let uuid = environment.uuid().to_string();
                ManagedId { uuid, value: trim(value).to_owned() }.encode().into()
            }
            _ => Arc::from(&*environment.uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer())),
        }
    }
}

impl From<&str> for EventId {
    fn from(value: &str) -> Self {
        Self::DeveloperManaged(value.to_owned())
    }
}

impl From<String> for EventId {
    fn from(value: String) -> Self {
        Self::DeveloperManaged(value)
    }
}

/// What an id made as [`EventId::ArvoManaged`] holds.
///
/// ```
/// use arvo::{Limits, ManagedId};
///
/// let id = "eJyrViotzUxRslIqVdJRKkvMKU0FssuUagFeigdo";
/// let managed = ManagedId::parse(id, &Limits::default()).unwrap();
/// assert_eq!((managed.uuid.as_str(), managed.value.as_str()), ("u", "v"));
/// assert_eq!(ManagedId::parse(&managed.encode(), &Limits::default()), Some(managed));
/// assert_eq!(ManagedId::parse("order-1", &Limits::default()), None);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ManagedId {
    /// Differs from event to event; nothing promises that another system put a UUID there.
    pub uuid: String,
    /// The sender's own value.
    pub value: String,
}

impl ManagedId {
    /// Reads an id; `None` says that it is a plain one (what is over `limits` counts as plain).
    pub fn parse(id: &str, limits: &Limits) -> Option<Self> {
        let content = codec::inflate_text(id, limits).ok()?;
        let mut content = json::parse(&content, limits).ok()?;
        let mut text = |key: &str| match content.get_mut(key).map(Value::take) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Some(Self { uuid: text("uuid")?, value: text("value")? })
    }

    /// The id as text.
    pub fn encode(&self) -> String {
        let mut content = String::with_capacity(self.value.len() + 64);
        content.push_str(r#"{"uuid":"#);
        json::write_text(&mut content, &self.uuid);
        content.push_str(r#","value":"#);
        json::write_text(&mut content, &self.value);
        content.push('}');
        codec::deflate(content.as_bytes())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(untagged, expecting = "an id is null, text, or {deduplication: DEVELOPER_MANAGED | ARVO_MANAGED, value: text}")]
enum Wire {
    Random(()),
    Value(String),
    Managed { deduplication: Deduplication, value: String },
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Deduplication {
    DeveloperManaged,
    ArvoManaged,
}

impl From<Wire> for EventId {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Random(()) => Self::Random,
            Wire::Value(value) | Wire::Managed { deduplication: Deduplication::DeveloperManaged, value } => {
                Self::DeveloperManaged(value)
            }
            Wire::Managed { deduplication: Deduplication::ArvoManaged, value } => Self::ArvoManaged(value),
        }
    }
}

impl From<EventId> for Wire {
    fn from(id: EventId) -> Self {
        match id {
            EventId::Random => Self::Random(()),
            EventId::DeveloperManaged(value) => Self::Managed { deduplication: Deduplication::DeveloperManaged, value },
            EventId::ArvoManaged(value) => Self::Managed { deduplication: Deduplication::ArvoManaged, value },
        }
    }
}
