//! Reading an event from JSON: nothing is encoded, nothing defaulted but the content type (SPEC §2).

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use crate::environment::Limits;
use crate::json::{self, JsonError};
use crate::uri;

use super::attributes::{Attribute, Attributes, Raw};
use super::data::{Data, EventData};
use super::error::{AttributeFault, BrokenAttribute, EventError};
use super::event::{ARVO_CONTENT_TYPE, Envelope, Event, Scalar};
use super::grammar;

impl Event {
    /// Reads an event from JSON text. Every attribute must be there, the absent ones as null.
    ///
    /// # Errors
    /// [`EventError`], which names every broken attribute; [`JsonError::TooLarge`] inside when the text is over
    /// `limits.event` bytes. Depth and keys of the data are checked when it is read.
    ///
    /// ```
    /// let error = arvo::Event::parse(r#"{"id": "", "type": "x"}"#, &arvo::Limits::default()).unwrap_err();
    /// assert!(error.broken().iter().any(|broken| broken.attribute == "id"));
    /// assert!(error.broken().iter().any(|broken| broken.attribute == "source"));
    /// ```
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, EventError> {
        read(of_text(text, limits)?, Absent::IsAnError, limits)
    }

    /// Reads a CloudEvent of another origin: attributes of Arvo's own may be missing and are null then; without
    /// a content type the data is `application/json`, as CloudEvents says.
    ///
    /// # Errors
    /// As [`Event::parse`].
    ///
    /// ```
    /// let text = r#"{"id": "1", "source": "/sensors", "specversion": "1.0", "type": "io.cloud.seen",
    ///     "subject": "s1", "time": "2026-01-31T12:00:00Z", "data": {}}"#;
    /// assert!(arvo::Event::parse(text, &arvo::Limits::default()).is_err());
    /// let event = arvo::Event::parse_lenient(text, &arvo::Limits::default())?;
    /// assert_eq!((event.to(), event.domain()), (None, None));
    /// # Ok::<(), arvo::EventError>(())
    /// ```
    pub fn parse_lenient(text: &str, limits: &Limits) -> Result<Self, EventError> {
        read(of_text(text, limits)?, Absent::IsNull, limits)
    }

    /// Reads an event from a JSON value, by the rules of [`Event::parse`].
    ///
    /// # Errors
    /// As [`Event::parse`].
    pub fn from_value(value: Value, limits: &Limits) -> Result<Self, EventError> {
        match value {
            Value::Object(map) => Self::from_map(map, limits),
            other => Err(not_an_object(&other).into()),
        }
    }

    /// Reads an event from the members of a JSON object, by the rules of [`Event::parse`].
    ///
    /// # Errors
    /// As [`Event::parse`].
    pub fn from_map(map: Map<String, Value>, limits: &Limits) -> Result<Self, EventError> {
        if map.len() > limits.keys {
            return Err(JsonError::TooManyKeys { keys: map.len(), limit: limits.keys }.into());
        }
        read(Attributes::of_map(map, &[]), Absent::IsAnError, limits)
    }
}

/// What a missing nullable attribute means.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Absent {
    IsAnError,
    IsNull,
}

pub(super) fn of_text<'a>(text: &'a str, limits: &Limits) -> Result<Attributes<'a>, JsonError> {
    if text.len() > limits.event {
        return Err(JsonError::TooLarge { of: "event", size: text.len(), limit: limits.event });
    }
    Attributes::of_json(text, &[], limits)
}

fn not_an_object(value: &Value) -> JsonError {
    JsonError::Syntax { reason: format!("{}, expected an event, a JSON object", json::kind(value)), line: 1, column: 1 }
}

fn read(mut attributes: Attributes<'_>, absent: Absent, limits: &Limits) -> Result<Event, EventError> {
    let mut reader = Reader { attributes: &mut attributes, absent, broken: Vec::new() };
    let id = reader.required(Attribute::Id, non_empty);
    let source = reader.required(Attribute::Source, uri);
    reader.required(Attribute::Specversion, specversion);
    let type_ = reader.required(Attribute::Type, event_type);
    let subject = reader.required(Attribute::Subject, uri);
    let datacontenttype = reader.content_type();
    let dataschema = reader.nullable(Attribute::Dataschema, uri);
    let data = reader.data();
    let time = reader.required(Attribute::Time, date_time);
    let to = reader.nullable(Attribute::To, uri);
    let accesscontrol = reader.nullable(Attribute::Accesscontrol, non_empty);
    let redirectto = reader.nullable(Attribute::Redirectto, uri);
    let executionunits = reader.units();
    let traceparent = reader.nullable(Attribute::Traceparent, non_empty);
    let tracestate = reader.nullable(Attribute::Tracestate, non_empty);
    let parentid = reader.nullable(Attribute::Parentid, non_empty);
    let domain = reader.nullable(Attribute::Domain, domain);
    let to_is_broken = reader.broken.iter().any(|broken| broken.attribute == "to");
    if to.is_none() && !to_is_broken && datacontenttype.as_deref() == Some(ARVO_CONTENT_TYPE) {
        reader.broken.push(BrokenAttribute::new("to", AttributeFault::NoAddress));
    }
    let mut broken = reader.broken;
    let extensions = extensions(attributes.extensions.into_iter(), &mut broken);
    match (id, source, type_, subject, datacontenttype, time, data) {
        (Some(id), Some(source), Some(type_), Some(subject), Some(datacontenttype), Some(time), Some(data))
            if broken.is_empty() =>
        {
            let envelope = Envelope {
                id,
                source,
                type_,
                subject,
                datacontenttype,
                dataschema,
                time,
                extensions,
                to,
                accesscontrol,
                redirectto,
                executionunits,
                traceparent,
                tracestate,
                parentid,
                domain,
            };
            Ok(Event::of(envelope, event_data(data, limits)))
        }
        _ => Err(EventError::Attributes { broken }),
    }
}

pub(super) fn event_data(data: Data, limits: &Limits) -> EventData {
    match data {
        Data::Text(text) => EventData::from_text(text, limits),
        Data::Value(value) => EventData::from_value(value, limits),
        Data::Host(_) => EventData::from_text("{}".into(), limits), // unreachable: asked for as text before
    }
}

struct Reader<'r, 'a> {
    attributes: &'r mut Attributes<'a>,
    absent: Absent,
    broken: Vec<BrokenAttribute>,
}

type Rule = fn(&str) -> Result<(), AttributeFault>;

impl Reader<'_, '_> {
    fn fault(&mut self, attribute: Attribute, fault: AttributeFault) {
        self.broken.push(BrokenAttribute::new(attribute.name(), fault));
    }

    fn required(&mut self, attribute: Attribute, rule: Rule) -> Option<Arc<str>> {
        let raw = self.attributes.take(attribute);
        self.text(attribute, raw, rule)
    }

    fn nullable(&mut self, attribute: Attribute, rule: Rule) -> Option<Arc<str>> {
        match self.attributes.take(attribute) {
            Raw::Null => None,
            Raw::Missing if self.absent == Absent::IsNull => None,
            raw => self.text(attribute, raw, rule),
        }
    }

    fn text(&mut self, attribute: Attribute, raw: Raw<'_>, rule: Rule) -> Option<Arc<str>> {
        let checked = match raw {
            Raw::Missing => Err(AttributeFault::Missing),
            Raw::Text(text) => rule(&text).map(|()| shared(text)),
            other => Err(AttributeFault::Kind { found: other.kind(), wanted: "text" }),
        };
        match checked {
            Ok(text) => Some(text),
            Err(fault) => {
                self.fault(attribute, fault);
                None
            }
        }
    }

    fn content_type(&mut self) -> Option<Arc<str>> {
        match self.attributes.take(Attribute::Datacontenttype) {
            Raw::Missing if self.absent == Absent::IsNull => Some("application/json".into()),
            Raw::Missing => Some(arvo_content_type()),
            Raw::Text(text) if text == ARVO_CONTENT_TYPE => Some(arvo_content_type()),
            raw => self.text(Attribute::Datacontenttype, raw, json_content),
        }
    }

    fn data(&mut self) -> Option<Data> {
        let data = self.attributes.data.take();
        match data.as_ref().map(kind_of_data) {
            Some("an object") => return data,
            Some(found) => self.fault(Attribute::Data, AttributeFault::Kind { found, wanted: "an object" }),
            None => self.fault(Attribute::Data, AttributeFault::Missing),
        }
        None
    }

    fn units(&mut self) -> Option<f64> {
        match self.attributes.take(Attribute::Executionunits) {
            Raw::Null => {}
            Raw::Missing if self.absent == Absent::IsNull => {}
            Raw::Missing => self.fault(Attribute::Executionunits, AttributeFault::Missing),
            Raw::Number(number) => return number.as_f64(),
            other => {
                let fault = AttributeFault::Kind { found: other.kind(), wanted: "a finite number" };
                self.fault(Attribute::Executionunits, fault);
            }
        }
        None
    }
}

/// What data is: an event's must be an object.
pub(super) fn kind_of_data(data: &Data) -> &'static str {
    match data {
        Data::Host(_) => "an object", // the host's schema has judged it
        Data::Value(value) => json::kind(value),
        Data::Text(text) => match text.trim_start().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "text",
            Some(b'n') => "null",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        },
    }
}

/// Custom extensions, checked; the faults are added to `broken`.
pub(super) fn extensions<'a>(
    members: impl Iterator<Item = (Cow<'a, str>, Raw<'a>)>,
    broken: &mut Vec<BrokenAttribute>,
) -> Vec<(Arc<str>, Scalar)> {
    let mut found = Vec::new();
    for (key, raw) in members {
        if Attribute::named(&key).is_some() {
            broken.push(BrokenAttribute::new(key, AttributeFault::Reserved));
        } else if !grammar::is_extension_key(&key) {
            broken.push(BrokenAttribute::new(key, AttributeFault::NotExtensionName));
        } else {
            let value = match raw {
                Raw::Null | Raw::Missing => Scalar::Null,
                Raw::Bool(value) => Scalar::Bool(value),
                Raw::Number(number) => Scalar::Number(number),
                Raw::Text(text) => Scalar::Text(shared(text)),
                Raw::Other(kind) => {
                    let wanted = "text, a finite number, a boolean or null";
                    broken.push(BrokenAttribute::new(key, AttributeFault::Kind { found: kind, wanted }));
                    continue;
                }
            };
            found.push((shared(key), value));
        }
    }
    found
}

/// One shared copy of the content type that nearly every event has.
pub(super) fn arvo_content_type() -> Arc<str> {
    static SHARED: LazyLock<Arc<str>> = LazyLock::new(|| ARVO_CONTENT_TYPE.into());
    SHARED.clone()
}

fn shared(text: Cow<'_, str>) -> Arc<str> {
    match text {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => text.into(),
    }
}

pub(super) fn non_empty(text: &str) -> Result<(), AttributeFault> {
    if text.is_empty() { Err(AttributeFault::Empty) } else { Ok(()) }
}

pub(super) fn uri(text: &str) -> Result<(), AttributeFault> {
    non_empty(text)?;
    if uri::is_properly_encoded(text) { Ok(()) } else { Err(AttributeFault::NotEncoded) }
}

pub(super) fn event_type(text: &str) -> Result<(), AttributeFault> {
    non_empty(text)?;
    if grammar::is_event_type(text) { Ok(()) } else { Err(AttributeFault::NotType) }
}

pub(super) fn specversion(text: &str) -> Result<(), AttributeFault> {
    if text == "1.0" { Ok(()) } else { Err(AttributeFault::NotSpecversion) }
}

pub(super) fn json_content(text: &str) -> Result<(), AttributeFault> {
    if grammar::is_json_content_type(text) { Ok(()) } else { Err(AttributeFault::NotJsonContent) }
}

pub(super) fn date_time(text: &str) -> Result<(), AttributeFault> {
    if grammar::is_date_time(text) { Ok(()) } else { Err(AttributeFault::NotDateTime) }
}

pub(super) fn domain(text: &str) -> Result<(), AttributeFault> {
    non_empty(text)?;
    if grammar::is_domain(text) { Ok(()) } else { Err(AttributeFault::NotDomain) }
}
