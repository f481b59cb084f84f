//! The members of an event's JSON object, as they came: read borrowed, judged one by one afterwards, so that one
//! error can name every broken attribute (SPEC §2).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::environment::Limits;
use crate::json::JsonError;

use super::data::Data;

/// The attributes of an event, in the order of its JSON object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Attribute {
    Id,
    Source,
    Specversion,
    Type,
    Subject,
    Datacontenttype,
    Dataschema,
    Data,
    Time,
    To,
    Accesscontrol,
    Redirectto,
    Executionunits,
    Traceparent,
    Tracestate,
    Parentid,
    Domain,
}

impl Attribute {
    pub(crate) const ALL: [Self; 17] = [
        Self::Id,
        Self::Source,
        Self::Specversion,
        Self::Type,
        Self::Subject,
        Self::Datacontenttype,
        Self::Dataschema,
        Self::Data,
        Self::Time,
        Self::To,
        Self::Accesscontrol,
        Self::Redirectto,
        Self::Executionunits,
        Self::Traceparent,
        Self::Tracestate,
        Self::Parentid,
        Self::Domain,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Source => "source",
            Self::Specversion => "specversion",
            Self::Type => "type",
            Self::Subject => "subject",
            Self::Datacontenttype => "datacontenttype",
            Self::Dataschema => "dataschema",
            Self::Data => "data",
            Self::Time => "time",
            Self::To => "to",
            Self::Accesscontrol => "accesscontrol",
            Self::Redirectto => "redirectto",
            Self::Executionunits => "executionunits",
            Self::Traceparent => "traceparent",
            Self::Tracestate => "tracestate",
            Self::Parentid => "parentid",
            Self::Domain => "domain",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "source" => Self::Source,
            "specversion" => Self::Specversion,
            "type" => Self::Type,
            "subject" => Self::Subject,
            "datacontenttype" => Self::Datacontenttype,
            "dataschema" => Self::Dataschema,
            "data" => Self::Data,
            "time" => Self::Time,
            "to" => Self::To,
            "accesscontrol" => Self::Accesscontrol,
            "redirectto" => Self::Redirectto,
            "executionunits" => Self::Executionunits,
            "traceparent" => Self::Traceparent,
            "tracestate" => Self::Tracestate,
            "parentid" => Self::Parentid,
            "domain" => Self::Domain,
            _ => return None,
        })
    }
}

/// The value of one attribute, whatever it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Raw<'a> {
    #[default]
    Missing,
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    /// What no attribute can be.
    Other(&'static str),
}

impl<'a> Raw<'a> {
    /// Reads one JSON value that the JSON reader has checked already.
    fn of_json(text: &'a str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => match text.get(1..text.len().saturating_sub(1)) {
                Some(inner) if !inner.contains('\\') => Self::Text(Cow::Borrowed(inner)),
                _ => serde_json::from_str(text)
                    .map_or(Self::Other("text with a lone surrogate"), |text: String| Self::Text(Cow::Owned(text))),
            },
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'{') => Self::Other("an object"),
            Some(b'[') => Self::Other("a list"),
            _ => serde_json::from_str(text).map_or(Self::Other("a number out of range"), Self::Number),
        }
    }

    pub(crate) fn of_value(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(_) => Self::Other("a list"),
            Value::Object(_) => Self::Other("an object"),
        }
    }

    /// What it is, for an error's text.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Other(kind) => kind,
        }
    }
}

/// Everything that stands in an event's JSON object.
#[derive(Debug, Default)]
pub(crate) struct Attributes<'a> {
    known: [Raw<'a>; 17],
    /// `data` as it came, if it is there.
    pub(crate) data: Option<Data>,
    /// Members that are no attribute, in order; the last of equal names wins.
    pub(crate) extensions: Vec<(Cow<'a, str>, Raw<'a>)>,
    /// Members of `special` names, as JSON text.
    pub(crate) special: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> Attributes<'a> {
    /// Reads the text of one JSON object.
    pub(crate) fn of_json(text: &'a str, special: &'static [&'static str], limits: &Limits) -> Result<Self, JsonError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.disable_recursion_limit(); // nothing recurses here: `data` is skipped over, its depth counted when read
        let attributes = reader.deserialize_map(AttributesVisitor { special })?;
        reader.end()?;
        attributes.without_duplicates(limits)
    }

    /// Takes the members of a value that is there already.
    pub(crate) fn of_map(map: Map<String, Value>, special: &'static [&'static str]) -> Self {
        let mut attributes = Self::default();
        for (key, value) in map {
            if let Some(name) = special.iter().find(|name| ***name == key) {
                attributes.special.push((name, Cow::Owned(value.to_string())));
                continue;
            }
            match Attribute::named(&key) {
                Some(Attribute::Data) => attributes.data = Some(value.into()),
                Some(attribute) => attributes.known[attribute as usize] = Raw::of_value(value),
                None => attributes.extensions.push((Cow::Owned(key), Raw::of_value(value))),
            }
        }
        attributes
    }

    pub(crate) fn take(&mut self, attribute: Attribute) -> Raw<'a> {
        std::mem::take(&mut self.known[attribute as usize])
    }

    /// Of equal names the last counts, at the place of the first.
    fn without_duplicates(mut self, limits: &Limits) -> Result<Self, JsonError> {
        if self.extensions.len() > 1 {
            let mut places: HashMap<_, usize> = HashMap::new();
            let mut kept: Vec<(Cow<'a, str>, Raw<'a>)> = Vec::with_capacity(self.extensions.len());
            for (name, value) in self.extensions {
                match places.get(&name) {
                    Some(at) => kept[*at].1 = value,
                    None => {
                        places.insert(name.clone(), kept.len());
                        kept.push((name, value));
                    }
                }
            }
            self.extensions = kept;
        }
        if self.extensions.len() > limits.keys {
            return Err(JsonError::TooManyKeys { keys: self.extensions.len(), limit: limits.keys });
        }
        Ok(self)
    }
}

struct AttributesVisitor {
    special: &'static [&'static str],
}

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = Attributes<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event, a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Attributes<'de>, A::Error> {
        let mut attributes = Attributes::default();
        while let Some(Key(key)) = access.next_key()? {
            let value = access.next_value::<&'de RawValue>()?.get();
            if let Some(name) = self.special.iter().find(|name| **name == key) {
                attributes.special.retain(|(known, _)| known != name);
                attributes.special.push((name, Cow::Borrowed(value)));
                continue;
            }
            match Attribute::named(&key) {
                Some(Attribute::Data) => attributes.data = Some(Data::Text(Arc::from(value))),
                Some(attribute) => attributes.known[attribute as usize] = Raw::of_json(value),
                None => attributes.extensions.push((key, Raw::of_json(value))),
            }
        }
        Ok(attributes)
    }
}

/// A member's name, borrowed where the text has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
