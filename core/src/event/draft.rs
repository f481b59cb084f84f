//! Making an event: what the maker gives, what is filled in, what is encoded (SPEC §2).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::environment::{Environment, Limits};
use crate::json::JsonError;
use crate::uri;

use super::attributes::{Attribute, Attributes, Raw};
use super::data::Data;
use super::emitted::Emitted;
use super::error::{AttributeFault, BrokenAttribute, EventError};
use super::event::{Envelope, Event, Scalar};
use super::id::EventId;
use super::{clock_text, read};

/// Member of a draft's JSON form that holds the custom extensions.
const EXTENSIONS: &str = "__extensions";
/// Members of a draft's JSON form that are no plain attributes.
const SPECIAL: &[&str] = &["id", EXTENSIONS];

/// An event in the making. What is left out gets its default when it is built.
///
/// ```
/// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed")
///     .subject("order 17")
///     .data(serde_json::json!({"total": 12.5}))
///     .extension("tenant", arvo::Scalar::Text("acme".into()))
///     .build(&arvo::Environment::system())?;
/// assert_eq!(event.subject(), "order%2017");
/// assert_eq!(event.to(), Some("com.order.placed"));
/// # Ok::<(), arvo::EventError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventDraft {
    pub(crate) id: EventId,
    pub(crate) source: Option<Arc<str>>,
    pub(crate) specversion: Option<Arc<str>>,
    pub(crate) type_: Option<Arc<str>>,
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) datacontenttype: Option<Arc<str>>,
    pub(crate) dataschema: Option<Arc<str>>,
    pub(crate) data: Option<Data>,
    pub(crate) time: Option<Arc<str>>,
    pub(crate) to: Option<Arc<str>>,
    pub(crate) accesscontrol: Option<Arc<str>>,
    pub(crate) redirectto: Option<Arc<str>>,
    pub(crate) executionunits: Option<f64>,
    pub(crate) traceparent: Option<Arc<str>>,
    pub(crate) tracestate: Option<Arc<str>>,
    pub(crate) parentid: Option<Arc<str>>,
    pub(crate) domain: Option<Arc<str>>,
    pub(crate) extensions: Vec<(Arc<str>, Scalar)>,
    /// Not to be delivered before this time, milliseconds since 1970; never part of the event.
    pub(crate) deliver_at: Option<i64>,
    /// Faults found while the draft was read from JSON.
    pub(crate) broken: Vec<BrokenAttribute>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: impl Into<Arc<str>>) -> Self {
            self.$name = Some($name.into());
            self
        }
    )*};
}

impl EventDraft {
    /// A draft of an event that `source` makes.
    pub fn new(source: impl Into<Arc<str>>, type_: impl Into<Arc<str>>) -> Self {
        Self { source: Some(source.into()), type_: Some(type_.into()), ..Self::default() }
    }

    /// A draft whose type a factory sets.
    pub fn from_source(source: impl Into<Arc<str>>) -> Self {
        Self { source: Some(source.into()), ..Self::default() }
    }

    /// Reads a draft from JSON text: the attributes, `id` as the reference's `{deduplication, value}`, custom
    /// extensions in `__extensions`; other members are passed over. Attributes of a wrong kind are reported when
    /// the event is built.
    ///
    /// # Errors
    /// [`JsonError`] when the text is no JSON object, or over `limits.event`.
    ///
    /// ```
    /// let draft = arvo::EventDraft::from_json(
    ///     r#"{"source": "com.shop.web", "type": "com.order.placed", "subject": "s", "data": {}, "domain": 1}"#,
    ///     &arvo::Limits::default(),
    /// )?;
    /// let error = draft.build(&arvo::Environment::system()).unwrap_err();
    /// assert_eq!(error.broken()[0].attribute, "domain");
    /// # Ok::<(), arvo::JsonError>(())
    /// ```
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self, JsonError> {
        if text.len() > limits.event {
            return Err(JsonError::TooLarge { of: "event", size: text.len(), limit: limits.event });
        }
        Ok(Self::of(Attributes::of_json(text, SPECIAL, limits)?))
    }

    /// Takes a draft from the members of a JSON object, as [`EventDraft::from_json`] reads them.
    pub fn from_map(map: Map<String, Value>) -> Self {
        Self::of(Attributes::of_map(map, SPECIAL))
    }

    pub(crate) fn of(mut attributes: Attributes<'_>) -> Self {
        let mut draft = Self { data: attributes.data.take(), ..Self::default() };
        for (name, json) in std::mem::take(&mut attributes.special) {
            match name {
                EXTENSIONS => draft.read_extensions(&json),
                _ => match serde_json::from_str::<EventId>(&json) {
                    Ok(id) => draft.id = id,
                    Err(error) => {
                        draft.broken.push(BrokenAttribute::new(name, AttributeFault::NotId(error.to_string())))
                    }
                },
            }
        }
        let mut text = |attribute| draft_text(&mut attributes, attribute, &mut draft.broken);
        draft.source = text(Attribute::Source);
        draft.specversion = text(Attribute::Specversion);
        draft.type_ = text(Attribute::Type);
        draft.subject = text(Attribute::Subject);
        draft.datacontenttype = text(Attribute::Datacontenttype);
        draft.dataschema = text(Attribute::Dataschema);
        draft.time = text(Attribute::Time);
        draft.to = text(Attribute::To);
        draft.accesscontrol = text(Attribute::Accesscontrol);
        draft.redirectto = text(Attribute::Redirectto);
        draft.traceparent = text(Attribute::Traceparent);
        draft.tracestate = text(Attribute::Tracestate);
        draft.parentid = text(Attribute::Parentid);
        draft.domain = text(Attribute::Domain);
        match attributes.take(Attribute::Executionunits) {
            Raw::Missing | Raw::Null => {}
            Raw::Number(number) => draft.executionunits = number.as_f64(),
            other => draft.broken.push(BrokenAttribute::new(
                Attribute::Executionunits.name(),
                AttributeFault::Kind { found: other.kind(), wanted: "a finite number" },
            )),
        }
        draft
    }

    fn read_extensions(&mut self, json: &str) {
        match serde_json::from_str::<Option<Map<String, Value>>>(json) {
            Ok(Some(map)) => {
                let members = map.into_iter().map(|(key, value)| (Cow::Owned(key), Raw::of_value(value)));
                self.extensions = read::extensions(members, &mut self.broken);
            }
            Ok(None) => {}
            Err(_) => self.broken.push(BrokenAttribute::new(
                EXTENSIONS,
                AttributeFault::Kind { found: "no object", wanted: "an object of text, numbers, booleans and nulls" },
            )),
        }
    }

    /// How the id is made; without it, a fresh UUID.
    #[must_use]
    pub fn id(mut self, id: EventId) -> Self {
        self.id = id;
        self
    }

    setters! {
        /// What the event says. A factory sets it itself.
        type_,
        /// The workflow that the event belongs to; a factory makes a new one when it is left out.
        subject,
        /// Format of the data; Arvo's own when left out.
        datacontenttype,
        /// Contract and version that the data follows. A factory sets it itself.
        dataschema,
        /// When it was made; now when left out.
        time,
        /// Who shall get it; whoever accepts its type when left out.
        to,
        /// Who may see it.
        accesscontrol,
        /// Who shall get the answers.
        redirectto,
        /// The W3C trace header `traceparent`.
        traceparent,
        /// The W3C trace header `tracestate`.
        tracestate,
        /// Id of the event that caused it.
        parentid,
        /// Processing context it leaves the local flow for.
        domain,
    }

    /// The data, a JSON object.
    #[must_use]
    pub fn data(mut self, data: impl Into<Data>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// What handling cost. Infinities and NaN are refused when the event is built.
    #[must_use]
    pub fn executionunits(mut self, units: f64) -> Self {
        self.executionunits = Some(units);
        self
    }

    /// Adds a custom extension.
    #[must_use]
    pub fn extension(mut self, key: impl Into<Arc<str>>, value: Scalar) -> Self {
        self.extensions.push((key.into(), value));
        self
    }

    /// Makes the event.
    ///
    /// # Errors
    /// [`EventError::Attributes`] names every broken attribute.
    pub fn build(self, environment: &Environment) -> Result<Event, EventError> {
        let limits = *environment.limits();
        let emitted = self.emit(environment)?;
        Ok(Event::of(emitted.envelope, read::event_data(emitted.data, &limits)))
    }

    /// Makes the event, its data left as it is.
    pub(crate) fn emit(self, environment: &Environment) -> Result<Emitted, EventError> {
        let mut broken = Vec::new();
        let mut check = |attribute: Attribute, text: Option<Arc<str>>, known: &[BrokenAttribute], rule: Rule| {
            match text.as_deref().map(rule) {
                Some(Err(fault)) => broken.push(BrokenAttribute::new(attribute.name(), fault)),
                None if !known.iter().any(|broken| broken.attribute == attribute.name()) => {
                    broken.push(BrokenAttribute::new(attribute.name(), AttributeFault::Missing));
                }
                _ => {}
            }
            text
        };
        let known = &self.broken;
        let source = check(Attribute::Source, self.source.map(encoded), known, read::non_empty);
        let specversion = Some(self.specversion.unwrap_or_else(|| "1.0".into()));
        check(Attribute::Specversion, specversion, known, read::specversion);
        let type_ = check(Attribute::Type, self.type_, known, read::event_type);
        let subject = check(Attribute::Subject, self.subject.map(encoded), known, read::non_empty);
        let datacontenttype = match self.datacontenttype {
            Some(given) => check(Attribute::Datacontenttype, Some(given), known, read::json_content),
            None => Some(read::arvo_content_type()),
        };
        let to = self.to.filter(|to| !to.is_empty()).map(encoded).or_else(|| type_.clone().map(encoded));
        let time = match self.time {
            Some(given) => check(Attribute::Time, Some(given), known, read::date_time),
            None => Some(clock_text::of(environment.now())),
        };
        let mut optional = |attribute, text: Option<Arc<str>>, rule: Rule| match text {
            Some(text) => check(attribute, Some(text), known, rule),
            None => None,
        };
        let to = optional(Attribute::To, to, read::non_empty);
        let accesscontrol = optional(Attribute::Accesscontrol, self.accesscontrol, read::non_empty);
        let traceparent = optional(Attribute::Traceparent, self.traceparent, read::non_empty);
        let tracestate = optional(Attribute::Tracestate, self.tracestate, read::non_empty);
        let domain = optional(Attribute::Domain, self.domain, read::domain);
        let or_null = |text: Option<Arc<str>>| text.filter(|text| !text.is_empty()).map(encoded);
        if self.executionunits.is_some_and(|units| !units.is_finite()) {
            let fault = AttributeFault::Kind { found: "not finite", wanted: "a finite number" };
            broken.push(BrokenAttribute::new(Attribute::Executionunits.name(), fault));
        }
        for (key, _) in &self.extensions {
            if Attribute::named(key).is_some() {
                broken.push(BrokenAttribute::new(key.as_ref(), AttributeFault::Reserved));
            } else if !super::grammar::is_extension_key(key) {
                broken.push(BrokenAttribute::new(key.as_ref(), AttributeFault::NotExtensionName));
            }
        }
        match self.data.as_ref().map(read::kind_of_data) {
            Some("an object") => {}
            Some(found) => {
                let fault = AttributeFault::Kind { found, wanted: "an object" };
                broken.push(BrokenAttribute::new(Attribute::Data.name(), fault));
            }
            None => broken.push(BrokenAttribute::new(Attribute::Data.name(), AttributeFault::Missing)),
        }
        if !self.broken.is_empty() || !broken.is_empty() {
            broken.extend(self.broken);
            broken.sort_by_key(|broken| Attribute::named(&broken.attribute).map_or(usize::MAX, |known| known as usize));
            return Err(EventError::Attributes { broken });
        }
        match (source, type_, subject, datacontenttype, time, self.data) {
            (Some(source), Some(type_), Some(subject), Some(datacontenttype), Some(time), Some(data)) => Ok(Emitted {
                envelope: Envelope {
                    id: self.id.shared(environment),
                    source,
                    type_,
                    subject,
                    datacontenttype,
                    dataschema: or_null(self.dataschema),
                    time,
                    extensions: self.extensions,
                    to,
                    accesscontrol,
                    redirectto: or_null(self.redirectto),
                    executionunits: self.executionunits,
                    traceparent,
                    tracestate,
                    parentid: or_null(self.parentid),
                    domain,
                },
                data,
                deliver_at: self.deliver_at,
            }),
            _ => Err(EventError::Attributes { broken }), // unreachable: each missing one is in `broken`
        }
    }
}

type Rule = fn(&str) -> Result<(), AttributeFault>;

fn draft_text(
    attributes: &mut Attributes<'_>,
    attribute: Attribute,
    broken: &mut Vec<BrokenAttribute>,
) -> Option<Arc<str>> {
    match attributes.take(attribute) {
        Raw::Missing | Raw::Null => None,
        Raw::Text(Cow::Borrowed(text)) => Some(text.into()),
        Raw::Text(Cow::Owned(text)) => Some(text.into()),
        other => {
            let fault = AttributeFault::Kind { found: other.kind(), wanted: "text" };
            broken.push(BrokenAttribute::new(attribute.name(), fault));
            None
        }
    }
}

/// Applies `encodeURI` unless the text is properly encoded already.
fn encoded(text: Arc<str>) -> Arc<str> {
    if uri::is_properly_encoded(&text) { text } else { uri::encode_uri(&text).into() }
}
