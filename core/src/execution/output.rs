//! What user code returns: events in the making, read from JSON by the same rules in every language (SPEC §10).

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::Domain;
use crate::environment::Limits;
use crate::event::{
    Attribute, AttributeFault, Attributes, BrokenAttribute, Data, EventDraft, EventId, Scalar, millis_of,
};
use crate::json::{self, JsonError};
use crate::violation::{ContractFault, Issue};

/// Members of an output that are no plain attributes; `domain` is a list here.
const SPECIAL: &[&str] = &["id", "__extensions", DOMAIN, DELIVERAT];
const DOMAIN: &str = "domain";
const DELIVERAT: &str = "deliverat";
/// Members that are passed over, whatever they are: these attributes are not the output's to set.
const OF_THE_EXECUTION: [Attribute; 6] = [
    Attribute::Source,
    Attribute::Specversion,
    Attribute::Datacontenttype,
    Attribute::Traceparent,
    Attribute::Tracestate,
    Attribute::Parentid,
];

/// One event that user code asks for. Source, subject, parent and dataschema are the execution's to set.
///
/// ```
/// let output = arvo::Output::new("evt.greeting.made", serde_json::json!({"text": "hello"}))
///     .domains([arvo::Domain::Named("human.review".into())]);
/// assert_eq!(output.type_(), Some("evt.greeting.made"));
/// ```
#[derive(Clone, Debug)]
pub struct Output {
    pub(super) draft: EventDraft,
    /// The data; a host may put a token here.
    pub data: Data,
    pub(super) domains: Option<Vec<Domain>>,
}

impl Output {
    /// An output of this type and data.
    pub fn new(type_: impl Into<Arc<str>>, data: impl Into<Data>) -> Self {
        Self { draft: EventDraft::default().type_(type_), data: data.into(), domains: None }
    }

    /// An output whose data is written from a Rust type.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the type can't be written as JSON.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Made { text: String }
    /// let output = arvo::Output::of("evt.greeting.made", &Made { text: "hello".into() })?;
    /// assert!(matches!(output.data, arvo::Data::Value(value) if value["text"] == "hello"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(type_: impl Into<Arc<str>>, data: &(impl serde::Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Self::new(type_, Data::of(data)?))
    }

    /// The type asked for.
    pub fn type_(&self) -> Option<&str> {
        self.draft.type_.as_deref()
    }

    /// Who shall get it; otherwise whoever the consumed event names in `redirectto`, or its source.
    #[must_use]
    pub fn to(mut self, to: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.to(to);
        self
    }

    /// Who shall get the answers to it.
    #[must_use]
    pub fn redirectto(mut self, redirectto: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.redirectto(redirectto);
        self
    }

    /// The workflow that it belongs to; otherwise the one it is sent by. A handler's outputs stay in theirs.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.subject(subject);
        self
    }

    /// What its data follows, where the sender knows no contract of its type.
    #[must_use]
    pub fn dataschema(mut self, dataschema: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.dataschema(dataschema);
        self
    }

    /// Who may see it; otherwise as the consumed event says.
    #[must_use]
    pub fn accesscontrol(mut self, accesscontrol: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.accesscontrol(accesscontrol);
        self
    }

    /// What it cost; otherwise the handler's units.
    #[must_use]
    pub fn executionunits(mut self, units: f64) -> Self {
        self.draft = self.draft.executionunits(units);
        self
    }

    /// How its id is made.
    #[must_use]
    pub fn id(mut self, id: EventId) -> Self {
        self.draft = self.draft.id(id);
        self
    }

    /// When it was made; otherwise now.
    #[must_use]
    pub fn time(mut self, time: impl Into<Arc<str>>) -> Self {
        self.draft = self.draft.time(time);
        self
    }

    /// Not to be delivered before this time, in milliseconds since 1970: a durable timer where a store keeps the
    /// event. It is no part of the event; a broker inside the process delivers at once.
    #[must_use]
    pub fn deliver_at(mut self, millis: i64) -> Self {
        self.draft.deliver_at = Some(millis);
        self
    }

    /// Adds a custom extension.
    #[must_use]
    pub fn extension(mut self, key: impl Into<Arc<str>>, value: Scalar) -> Self {
        self.draft = self.draft.extension(key, value);
        self
    }

    /// One event for each of these; otherwise the handler's default list. An empty list emits nothing.
    #[must_use]
    pub fn domains(mut self, domains: impl IntoIterator<Item = Domain>) -> Self {
        self.domains = Some(domains.into_iter().collect());
        self
    }

    /// Reads what a function returned, as JSON text: nothing (`null`), one output, or a list of outputs.
    ///
    /// # Errors
    /// [`ContractFault::NoOutput`] for anything else, [`ContractFault::Output`] when the text can't be read.
    ///
    /// ```
    /// let limits = arvo::Limits::default();
    /// assert_eq!(arvo::Output::read("null", &limits)?.len(), 0);
    /// assert_eq!(arvo::Output::read(r#"[{"type": "evt.a.b", "data": {}, "domain": ["x", null]}]"#, &limits)?.len(), 1);
    /// assert!(arvo::Output::read(r#""done""#, &limits).is_err());
    /// assert!(arvo::Output::read("no JSON", &limits).is_err());
    /// # Ok::<(), arvo::ContractFault>(())
    /// ```
    pub fn read(text: &str, limits: &Limits) -> Result<Vec<Self>, ContractFault> {
        if text.len() > limits.event {
            return Err(unreadable(&JsonError::TooLarge { of: "event", size: text.len(), limit: limits.event }));
        }
        let text = text.trim_start();
        match text.as_bytes().first() {
            Some(b'n') => serde_json::from_str(text).map(|()| Vec::new()).map_err(|error| unreadable(&error.into())),
            Some(b'[') => {
                let items: Vec<&RawValue> =
                    serde_json::from_str(text).map_err(|error| unreadable(&JsonError::from(error)))?;
                items.iter().enumerate().map(|(index, item)| Self::read_one(item.get(), index, limits)).collect()
            }
            _ => Ok(vec![Self::read_one(text, 0, limits)?]),
        }
    }

    /// Takes what a function returned, as a JSON value.
    ///
    /// # Errors
    /// As [`Output::read`].
    pub fn take(value: Value) -> Result<Vec<Self>, ContractFault> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(index, item)| Self::take_one(item, index)).collect()
            }
            one => Ok(vec![Self::take_one(one, 0)?]),
        }
    }

    /// Takes one output from the members of a JSON object.
    pub fn from_map(map: Map<String, Value>) -> Self {
        Self::from_attributes(Attributes::of_map(map, SPECIAL))
    }

    fn read_one(text: &str, index: usize, limits: &Limits) -> Result<Self, ContractFault> {
        match text.as_bytes().first() {
            Some(b'{') => Attributes::of_json(text, SPECIAL, limits)
                .map(Self::from_attributes)
                .map_err(|error| unreadable(&error)),
            Some(b'[') => Err(ContractFault::NoOutput { index, found: "a list" }),
            Some(b'"') => Err(ContractFault::NoOutput { index, found: "text" }),
            Some(b'n') => Err(ContractFault::NoOutput { index, found: "null" }),
            Some(b't' | b'f') => Err(ContractFault::NoOutput { index, found: "a boolean" }),
            _ => Err(ContractFault::NoOutput { index, found: "a number" }),
        }
    }

    fn take_one(value: Value, index: usize) -> Result<Self, ContractFault> {
        match value {
            Value::Object(map) => Ok(Self::from_map(map)),
            other => Err(ContractFault::NoOutput { index, found: json::kind(&other) }),
        }
    }

    fn from_attributes(mut attributes: Attributes<'_>) -> Self {
        for attribute in OF_THE_EXECUTION {
            attributes.take(attribute);
        }
        let domains = match attributes.special.iter().position(|(name, _)| *name == DOMAIN) {
            Some(at) => match serde_json::from_str(&attributes.special.swap_remove(at).1) {
                Ok(value) => read_domains(&value),
                Err(_) => Err(not_domains("too deep, or holds a lone surrogate")),
            },
            None => Ok(None),
        };
        let deliver_at = match attributes.special.iter().position(|(name, _)| *name == DELIVERAT) {
            Some(at) => read_deliver_at(&attributes.special.swap_remove(at).1),
            None => Ok(None),
        };
        let mut draft = EventDraft::of(attributes);
        draft.deliver_at = deliver_at.unwrap_or_else(|fault| {
            draft.broken.push(BrokenAttribute::new(DELIVERAT, fault));
            None
        });
        let data = draft.data.take().unwrap_or(Data::Text("null".into()));
        let domains = domains.unwrap_or_else(|fault| {
            draft.broken.push(BrokenAttribute::new(DOMAIN, fault));
            None
        });
        Self { draft, data, domains }
    }
}

/// A list of names, symbols and nulls, or one of them; null is no list.
pub(super) fn read_domains(value: &Value) -> Result<Option<Vec<Domain>>, AttributeFault> {
    let entry = |value: &Value| match value {
        Value::Null => Ok(Domain::Local),
        Value::String(text) => Ok(Domain::of(Some(text))),
        other => Err(not_domains(json::kind(other))),
    };
    match value {
        Value::Null => Ok(None),
        Value::Array(list) => list.iter().map(entry).collect::<Result<_, _>>().map(Some),
        one => Ok(Some(vec![entry(one)?])),
    }
}

/// Milliseconds since 1970, or a date-time.
fn read_deliver_at(json: &str) -> Result<Option<i64>, AttributeFault> {
    let wanted = "milliseconds since 1970, or a date-time with an offset";
    match serde_json::from_str(json) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::Number(number)) => match number.as_f64() {
            Some(millis) if millis.abs() < 9e15 => Ok(Some(millis as i64)),
            _ => Err(AttributeFault::Kind { found: "a number too large", wanted }),
        },
        Ok(Value::String(text)) => {
            millis_of(&text).map(Some).ok_or(AttributeFault::Kind { found: "text that is no date-time", wanted })
        }
        Ok(other) => Err(AttributeFault::Kind { found: json::kind(&other), wanted }),
        Err(_) => Err(AttributeFault::Kind { found: "unreadable JSON", wanted }),
    }
}

fn not_domains(found: &'static str) -> AttributeFault {
    AttributeFault::Kind { found, wanted: "text, null, or a list of them" }
}

fn unreadable(error: &JsonError) -> ContractFault {
    ContractFault::Output { issues: vec![Issue { path: String::new(), message: error.to_string() }] }
}
