//! The event itself: a CloudEvents 1.0 envelope with Arvo's extensions, frozen once made (SPEC §2).

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Number, Value};

use crate::environment::Limits;
use crate::json::{self, JsonError};

use super::attributes::Attribute;
use super::data::{Data, EventData};

/// Content type of Arvo's own events.
pub const ARVO_CONTENT_TYPE: &str = "application/cloudevents+json;charset=UTF-8;profile=arvo";

/// Everything of an event but its data; each attribute keeps the rule of SPEC §2.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub(crate) id: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) type_: Arc<str>,
    pub(crate) subject: Arc<str>,
    pub(crate) datacontenttype: Arc<str>,
    pub(crate) dataschema: Option<Arc<str>>,
    pub(crate) time: Arc<str>,
    pub(crate) extensions: Vec<(Arc<str>, Scalar)>,
    pub(crate) to: Option<Arc<str>>,
    pub(crate) accesscontrol: Option<Arc<str>>,
    pub(crate) redirectto: Option<Arc<str>>,
    pub(crate) executionunits: Option<f64>,
    pub(crate) traceparent: Option<Arc<str>>,
    pub(crate) tracestate: Option<Arc<str>>,
    pub(crate) parentid: Option<Arc<str>>,
    pub(crate) domain: Option<Arc<str>>,
}

/// The value of a custom extension.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// Text.
    Text(Arc<str>),
}

impl Scalar {
    /// The same as a JSON value.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.as_ref().to_owned()),
        }
    }
}

impl serde::Serialize for Scalar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Arc<str>> for Scalar {
    fn from(text: Arc<str>) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl PartialEq for Scalar {
    /// Numbers by value.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(own), Self::Bool(others)) => own == others,
            (Self::Number(own), Self::Number(others)) => json::equal_numbers(own, others),
            (Self::Text(own), Self::Text(others)) => own == others,
            _ => false,
        }
    }
}

/// What telemetry calls the attributes of an event, in the order in which it tells them.
pub const EVENT_ATTRIBUTES: [&str; 13] = [
    "cloudevents.event_id",
    "cloudevents.event_source",
    "cloudevents.event_spec_version",
    "cloudevents.event_subject",
    "cloudevents.event_type",
    "cloudevents.event_time",
    "cloudevents.event_datacontenttype",
    "cloudevents.arvo.event_redirectto",
    "cloudevents.arvo.event_to",
    "cloudevents.arvo.event_executionunits",
    "cloudevents.arvo.event_parentid",
    "cloudevents.arvo.event_domain",
    "cloudevents.event_dataschema",
];

impl Envelope {
    /// What telemetry tells of an event: never its data.
    pub(crate) fn otel_attributes(&self) -> [(&'static str, Scalar); 13] {
        static ABSENT: LazyLock<Arc<str>> = LazyLock::new(|| "N/A".into());
        static SPECVERSION: LazyLock<Arc<str>> = LazyLock::new(|| "1.0".into());
        let given = |text: &Arc<str>| Scalar::Text(text.clone());
        let perhaps = |text: Option<&Arc<str>>| given(text.unwrap_or(&ABSENT));
        let units = self.executionunits.and_then(Number::from_f64);
        let values = [
            given(&self.id),
            given(&self.source),
            given(&SPECVERSION),
            given(&self.subject),
            given(&self.type_),
            given(&self.time),
            given(&self.datacontenttype),
            perhaps(self.redirectto.as_ref()),
            perhaps(self.to.as_ref()),
            units.map_or_else(|| perhaps(None), Scalar::Number),
            perhaps(self.parentid.as_ref()),
            perhaps(self.domain.as_ref()),
            perhaps(self.dataschema.as_ref()),
        ];
        let mut names = EVENT_ATTRIBUTES.iter();
        values.map(|value| (names.next().copied().unwrap_or_default(), value))
    }
}

/// An immutable event; cloning it copies a pointer.
///
/// ```
/// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed")
///     .subject("order/17")
///     .data(serde_json::json!({"total": 12.5}))
///     .build(&arvo::Environment::system())?;
/// assert_eq!(event.to(), Some("com.order.placed"));
/// assert_eq!(event.data()?["total"], 12.5);
/// let again = arvo::Event::parse(&event.to_json(), &arvo::Limits::default())?;
/// assert_eq!(event, again);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event(Arc<Inner>);

struct Inner {
    envelope: Envelope,
    data: EventData,
}

impl Event {
    /// Joins a checked envelope and data that is a JSON object.
    pub(crate) fn of(envelope: Envelope, data: EventData) -> Self {
        Self(Arc::new(Inner { envelope, data }))
    }

    /// Its id; equal ids of one source are one event.
    pub fn id(&self) -> &str {
        &self.0.envelope.id
    }

    /// Who made it, a URI.
    pub fn source(&self) -> &str {
        &self.0.envelope.source
    }

    /// The version of CloudEvents, `1.0`.
    pub fn specversion(&self) -> &'static str {
        "1.0"
    }

    /// What it says, such as `com.order.placed`. (`type` is a keyword of Rust.)
    pub fn type_(&self) -> &str {
        &self.0.envelope.type_
    }

    /// The workflow it belongs to, a URI.
    pub fn subject(&self) -> &str {
        &self.0.envelope.subject
    }

    /// Format of the data.
    pub fn datacontenttype(&self) -> &str {
        &self.0.envelope.datacontenttype
    }

    /// Contract and version that the data follows, `{uri}/{version}`.
    pub fn dataschema(&self) -> Option<&str> {
        self.0.envelope.dataschema.as_deref()
    }

    /// When it was made, with an offset.
    pub fn time(&self) -> &str {
        &self.0.envelope.time
    }

    /// Who shall get it.
    pub fn to(&self) -> Option<&str> {
        self.0.envelope.to.as_deref()
    }

    /// Who may see it, in words of the application's own.
    pub fn accesscontrol(&self) -> Option<&str> {
        self.0.envelope.accesscontrol.as_deref()
    }

    /// Who shall get the answers.
    pub fn redirectto(&self) -> Option<&str> {
        self.0.envelope.redirectto.as_deref()
    }

    /// What handling cost, in units of the application's own.
    pub fn executionunits(&self) -> Option<f64> {
        self.0.envelope.executionunits
    }

    /// The W3C trace header `traceparent`.
    pub fn traceparent(&self) -> Option<&str> {
        self.0.envelope.traceparent.as_deref()
    }

    /// The W3C trace header `tracestate`.
    pub fn tracestate(&self) -> Option<&str> {
        self.0.envelope.tracestate.as_deref()
    }

    /// Id of the event that caused it.
    pub fn parentid(&self) -> Option<&str> {
        self.0.envelope.parentid.as_deref()
    }

    /// Processing context it leaves the local flow for.
    pub fn domain(&self) -> Option<&str> {
        self.0.envelope.domain.as_deref()
    }

    /// Custom extensions, in order.
    pub fn extensions(&self) -> impl ExactSizeIterator<Item = (&str, &Scalar)> {
        self.0.envelope.extensions.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Everything but the data.
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The data, read when first asked for.
    ///
    /// # Errors
    /// [`JsonError`] when the text it came as breaks a limit of SPEC §18, or holds a lone surrogate.
    pub fn data(&self) -> Result<&Value, JsonError> {
        self.0.data.value().map(Arc::as_ref)
    }

    pub(crate) fn shared_data(&self) -> Result<Arc<Value>, JsonError> {
        self.0.data.value().cloned()
    }

    /// The same event with other data.
    pub(crate) fn with_value(&self, value: Arc<Value>) -> Self {
        let data = EventData::from_value(value, self.0.data.limits());
        Self::of(self.0.envelope.clone(), data)
    }

    /// The data as JSON text: as it came, or written when first asked for.
    pub fn data_text(&self) -> &str {
        self.0.data.text()
    }

    /// The data in the form at hand.
    pub fn data_at_hand(&self) -> Data {
        self.0.data.at_hand()
    }

    /// The whole event as one line of JSON, attributes in the order of SPEC §2.
    pub fn to_json(&self) -> String {
        let data = self.data_text();
        let mut out = String::with_capacity(data.len() + 1024);
        self.0.envelope.write(&mut out, data);
        out
    }

    /// The whole event as JSON text with `indent` blanks a level, as `JSON.stringify(event, null, indent)` writes it.
    ///
    /// # Errors
    /// [`JsonError`] as [`Event::data`].
    pub fn to_json_indented(&self, indent: usize) -> Result<String, JsonError> {
        Ok(json::write(&self.to_value()?, indent))
    }

    /// The whole event as a JSON value.
    ///
    /// # Errors
    /// [`JsonError`] as [`Event::data`].
    pub fn to_value(&self) -> Result<Value, JsonError> {
        Ok(self.0.envelope.to_value(self.data()?.clone()))
    }

    /// The event's OpenTelemetry attributes; a null is written `N/A`.
    ///
    /// ```
    /// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("order/17")
    ///     .data(serde_json::json!({})).build(&arvo::Environment::system())?;
    /// let attributes = event.otel_attributes();
    /// assert!(attributes.contains(&("cloudevents.arvo.event_domain", serde_json::json!("N/A"))));
    /// # Ok::<(), arvo::EventError>(())
    /// ```
    pub fn otel_attributes(&self) -> [(&'static str, Value); 13] {
        self.0.envelope.otel_attributes().map(|(name, value)| (name, value.to_value()))
    }
}

impl PartialEq for Event {
    /// Equal attributes and data; numbers by value, keys in any order.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.0.envelope == other.0.envelope
                && (self.data_text() == other.data_text()
                    || matches!((self.data(), other.data()), (Ok(own), Ok(others)) if json::equal(own, others)))
    }
}

impl fmt::Debug for Event {
    /// The envelope alone: data may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("envelope", &self.0.envelope).finish_non_exhaustive()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl serde::Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Event {
    /// Reads by the rules of [`Event::parse`], with the default limits.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?, &Limits::DEFAULT).map_err(serde::de::Error::custom)
    }
}

impl Envelope {
    /// The event's type, such as `com.order.placed`.
    pub fn type_(&self) -> &str {
        &self.type_
    }

    pub(crate) fn shared_type(&self) -> Arc<str> {
        self.type_.clone()
    }

    pub(crate) fn shared_source(&self) -> Arc<str> {
        self.source.clone()
    }

    pub(crate) fn shared_subject(&self) -> Arc<str> {
        self.subject.clone()
    }

    /// The whole JSON object around `data`, its members in the order of `Envelope::write`.
    pub fn to_value(&self, data: Value) -> Value {
        let text = |text: &str| Value::String(text.to_owned());
        let or_null = |given: &Option<Arc<str>>| given.as_deref().map_or(Value::Null, text);
        let values = [
            text(&self.id),
            text(&self.source),
            text("1.0"),
            text(&self.type_),
            text(&self.subject),
            text(&self.datacontenttype),
            or_null(&self.dataschema),
            data,
            text(&self.time),
            or_null(&self.to),
            or_null(&self.accesscontrol),
            or_null(&self.redirectto),
            self.executionunits.map_or(Value::Null, json::number),
            or_null(&self.traceparent),
            or_null(&self.tracestate),
            or_null(&self.parentid),
            or_null(&self.domain),
        ];
        if self.extensions.is_empty() {
            let mut map = MEMBERS.clone();
            map.values_mut().zip(values).for_each(|(place, value)| *place = value);
            return Value::Object(map);
        }
        let mut map = Map::with_capacity(values.len() + self.extensions.len());
        for (attribute, value) in Attribute::ALL.into_iter().zip(values) {
            if attribute == Attribute::To {
                map.extend(self.extensions.iter().map(|(key, value)| (key.as_ref().to_owned(), value.to_value())));
            }
            map.insert(attribute.name().to_owned(), value);
        }
        Value::Object(map)
    }

    /// Writes the whole JSON object around `data`, which is JSON text.
    pub(crate) fn write(&self, out: &mut String, data: &str) {
        text(out, "{\"id\":", Some(&self.id));
        text(out, ",\"source\":", Some(&self.source));
        text(out, ",\"specversion\":\"1.0\",\"type\":", Some(&self.type_));
        text(out, ",\"subject\":", Some(&self.subject));
        text(out, ",\"datacontenttype\":", Some(&self.datacontenttype));
        text(out, ",\"dataschema\":", self.dataschema.as_deref());
        out.push_str(",\"data\":");
        out.push_str(data);
        text(out, ",\"time\":", Some(&self.time));
        for (key, value) in &self.extensions {
            out.push_str(",\"");
            out.push_str(key); // a-z and 0-9: nothing to escape
            out.push_str("\":");
            match value {
                Scalar::Null => out.push_str("null"),
                Scalar::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
                Scalar::Number(number) => json::write_number(out, number),
                Scalar::Text(text) => json::write_text(out, text),
            }
        }
        text(out, ",\"to\":", self.to.as_deref());
        text(out, ",\"accesscontrol\":", self.accesscontrol.as_deref());
        text(out, ",\"redirectto\":", self.redirectto.as_deref());
        out.push_str(",\"executionunits\":");
        match self.executionunits {
            Some(units) => json::write_float(out, units),
            None => out.push_str("null"),
        }
        text(out, ",\"traceparent\":", self.traceparent.as_deref());
        text(out, ",\"tracestate\":", self.tracestate.as_deref());
        text(out, ",\"parentid\":", self.parentid.as_deref());
        text(out, ",\"domain\":", self.domain.as_deref());
        out.push('}');
    }
}

/// Every attribute's name, without values: copying a map costs no hashing of its keys.
static MEMBERS: LazyLock<Map<String, Value>> =
    LazyLock::new(|| Attribute::ALL.iter().map(|attribute| (attribute.name().to_owned(), Value::Null)).collect());

fn text(out: &mut String, label: &str, text: Option<&str>) {
    out.push_str(label);
    match text {
        Some(text) => json::write_text(out, text),
        None => out.push_str("null"),
    }
}
