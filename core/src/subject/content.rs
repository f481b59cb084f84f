//! What a subject consists of: read from a JSON value by the rules of SPEC §6, and written as JSON text.
//!
//! Keys that nobody knows are kept at every level, so that a subject of a later version passes through unchanged.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{BrokenField, FieldFault};
use crate::event::Version;
use crate::event::grammar;
use crate::json;

#[derive(Debug, Eq, PartialEq)]
pub(super) struct Content {
    pub(super) orchestrator: Orchestrator,
    pub(super) execution: Execution,
    pub(super) meta: BTreeMap<String, String>,
    pub(super) extra: Map<String, Value>,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) struct Orchestrator {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) extra: Map<String, Value>,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) struct Execution {
    pub(super) id: String,
    pub(super) initiator: String,
    pub(super) domain: Option<String>,
    pub(super) extra: Map<String, Value>,
}

impl TryFrom<Value> for Content {
    type Error = Vec<BrokenField>;

    fn try_from(content: Value) -> Result<Self, Vec<BrokenField>> {
        let mut broken = Vec::new();
        let content = match content {
            Value::Object(mut content) => {
                let orchestrator = Orchestrator::take(&mut content, &mut broken);
                let execution = Execution::take(&mut content, &mut broken);
                let meta = take_meta(&mut content, &mut broken);
                (|| Some(Self { orchestrator: orchestrator?, execution: execution?, meta: meta?, extra: content }))()
            }
            other => {
                broken.push(BrokenField::new(&[], wrong_kind(&other, "an object")));
                None
            }
        };
        content.filter(|_| broken.is_empty()).ok_or(broken)
    }
}

impl Orchestrator {
    fn take(content: &mut Map<String, Value>, broken: &mut Vec<BrokenField>) -> Option<Self> {
        let mut fields = Fields::take("orchestrator", content, broken)?;
        let name = fields.text("name", event_type, FieldFault::NotType);
        let version = fields.text("version", version, FieldFault::NotVersion);
        Some(Self { name: name?, version: version?, extra: fields.map })
    }
}

impl Execution {
    fn take(content: &mut Map<String, Value>, broken: &mut Vec<BrokenField>) -> Option<Self> {
        let mut fields = Fields::take("execution", content, broken)?;
        let id = fields.text("id", execution_id, FieldFault::NotExecutionId);
        let initiator = fields.text("initiator", event_type, FieldFault::NotType);
        let domain = fields.nullable("domain", domain, FieldFault::NotDomain);
        Some(Self { id: id?, initiator: initiator?, domain: domain?, extra: fields.map })
    }
}

fn take_meta(content: &mut Map<String, Value>, broken: &mut Vec<BrokenField>) -> Option<BTreeMap<String, String>> {
    let mut meta = BTreeMap::new();
    for (key, value) in Fields::take("meta", content, broken)?.map {
        match value {
            Value::String(text) => _ = meta.insert(key, text),
            other => broken.push(BrokenField::new(&["meta", &key], wrong_kind(&other, "text"))),
        }
    }
    Some(meta)
}

/// Content that has no unknown keys and all kinds right; its texts are still to be checked.
pub(super) struct Texts {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) id: String,
    pub(super) initiator: String,
    pub(super) domain: Option<String>,
    pub(super) meta: BTreeMap<String, String>,
}

impl Texts {
    /// The content; if a rule is broken none, and reading it as a value tells which.
    pub(super) fn check(self) -> Option<Content> {
        let Self { name, version: number, id, initiator, domain: place, meta } = self;
        let place = match place {
            Some(place) => Some(domain(place)?),
            None => None,
        };
        Some(Content {
            orchestrator: Orchestrator { name: event_type(name)?, version: version(number)?, extra: Map::new() },
            execution: Execution {
                id: execution_id(id)?,
                initiator: event_type(initiator)?,
                domain: place,
                extra: Map::new(),
            },
            meta,
            extra: Map::new(),
        })
    }
}

fn event_type(name: String) -> Option<String> {
    grammar::is_event_type(&name).then_some(name)
}

fn version(text: String) -> Option<Version> {
    Version::try_from(text).ok()
}

fn execution_id(id: String) -> Option<String> {
    (!id.is_empty() && !id.contains(';')).then_some(id)
}

fn domain(name: String) -> Option<String> {
    grammar::is_domain(&name).then_some(name)
}

/// The fields of one object inside the content, taken out one by one; what is left is unknown.
struct Fields<'a> {
    section: &'static str,
    map: Map<String, Value>,
    broken: &'a mut Vec<BrokenField>,
}

impl<'a> Fields<'a> {
    fn take(section: &'static str, content: &mut Map<String, Value>, broken: &'a mut Vec<BrokenField>) -> Option<Self> {
        let fault = match content.shift_remove(section) {
            Some(Value::Object(map)) => return Some(Self { section, map, broken }),
            Some(other) => wrong_kind(&other, "an object"),
            None => FieldFault::Missing,
        };
        broken.push(BrokenField::new(&[section], fault));
        None
    }

    fn text<T>(&mut self, key: &str, read: impl FnOnce(String) -> Option<T>, otherwise: FieldFault) -> Option<T> {
        let found = match self.map.shift_remove(key) {
            Some(Value::String(text)) => read(text).ok_or(otherwise),
            Some(other) => Err(wrong_kind(&other, "text")),
            None => Err(FieldFault::Missing),
        };
        found.map_err(|fault| self.broken.push(BrokenField::new(&[self.section, key], fault))).ok()
    }

    fn nullable<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(String) -> Option<T>,
        otherwise: FieldFault,
    ) -> Option<Option<T>> {
        if self.map.get(key) == Some(&Value::Null) {
            self.map.shift_remove(key);
            return Some(None);
        }
        self.text(key, read, otherwise).map(Some)
    }
}

fn wrong_kind(value: &Value, wanted: &'static str) -> FieldFault {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    FieldFault::Kind { found, wanted }
}

impl Content {
    pub(super) fn to_json(&self) -> String {
        let Self { orchestrator, execution, meta, extra } = self;
        let mut json = String::with_capacity(256);
        json.push_str(r#"{"orchestrator":{"name":"#);
        json::write_text(&mut json, &orchestrator.name);
        json.push_str(r#","version":"#);
        json::write_text(&mut json, orchestrator.version.as_str());
        write_extra(&mut json, &orchestrator.extra);
        json.push_str(r#"},"execution":{"id":"#);
        json::write_text(&mut json, &execution.id);
        json.push_str(r#","initiator":"#);
        json::write_text(&mut json, &execution.initiator);
        json.push_str(r#","domain":"#);
        match &execution.domain {
            Some(domain) => json::write_text(&mut json, domain),
            None => json.push_str("null"),
        }
        write_extra(&mut json, &execution.extra);
        json.push_str(r#"},"meta":{"#);
        for (at, (key, value)) in meta.iter().enumerate() {
            json.push_str(if at > 0 { "," } else { "" });
            json::write_text(&mut json, key);
            json.push(':');
            json::write_text(&mut json, value);
        }
        json.push('}');
        write_extra(&mut json, extra);
        json.push('}');
        json
    }

    /// Bytes that it takes in memory, near enough for a cache; none with unknown keys, whose cost nobody knows.
    pub(super) fn weight(&self) -> Option<usize> {
        const META_ENTRY: usize = 128; // two headers of texts, their allocations, a half-filled node of the map
        let Self { orchestrator, execution, meta, extra } = self;
        if !(extra.is_empty() && orchestrator.extra.is_empty() && execution.extra.is_empty()) {
            return None;
        }
        let texts = [&orchestrator.name, &execution.id, &execution.initiator];
        let texts = texts.into_iter().chain(&execution.domain).map(String::len).sum::<usize>();
        let meta = meta.iter().map(|(key, value)| META_ENTRY + key.len() + value.len()).sum::<usize>();
        Some(size_of::<Self>() + texts + orchestrator.version.as_str().len() + meta)
    }
}

fn write_extra(json: &mut String, extra: &Map<String, Value>) {
    for (key, value) in extra {
        json.push(',');
        json::write_text(json, key);
        json.push(':');
        json.push_str(&json::write(value, 0));
    }
}
