//! What happens to keys that an object schema does not name (SPEC §5).
//!
//! JSON Schema knows two answers, the reference three: `strip` drops them, `strict` refuses them, `passthrough`
//! keeps them, and its export says `additionalProperties: false` for the first two. So every object schema here
//! carries its answer in the keyword `x-arvo-unknown-keys`, and this file settles it once, when a schema is made:
//! one copy says it everywhere (for export), another says it in JSON Schema's own words (for the validator).

use std::collections::HashSet;

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::schema::SchemaError;

pub(crate) const KEYWORD: &str = "x-arvo-unknown-keys";

/// How an import reads object schemas that do not say `x-arvo-unknown-keys`.
///
/// A schema whose `additionalProperties` is `true` or a schema keeps unknown keys in any mode.
///
/// ```
/// use arvo::{Schema, UnknownKeys};
/// use serde_json::json;
///
/// let schema = json!({"properties": {"a": {"type": "number"}}, "additionalProperties": false});
/// let data = json!({"a": 1, "b": 2});
/// assert!(Schema::from_json(&schema, UnknownKeys::AsWritten)?.apply(&data).is_err());
/// assert_eq!(Schema::from_json(&schema, UnknownKeys::Strip)?.apply(&data), Ok(Some(json!({"a": 1}))));
/// # Ok::<(), arvo::SchemaError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UnknownKeys {
    /// JSON Schema's own rule: `additionalProperties: false` refuses, anything else keeps.
    ///
    /// A subschema of `allOf`, `anyOf`, `oneOf`, `then`, `else` or `dependentSchemas` that leaves it open takes
    /// `strip` from the schema around it, so that its keys count as known there.
    #[default]
    AsWritten,
    /// Drop them, also where the schema says `additionalProperties: false`: contracts that the reference exported.
    Strip,
    /// Refuse them, except where `additionalProperties: false` is missing in a part of an intersection.
    Strict,
    /// Keep them, also where the schema says `additionalProperties: false`.
    Passthrough,
    /// Refuse them where the schema says `additionalProperties: false`, drop them elsewhere: what types of serde
    /// (`deny_unknown_fields`) and Pydantic (`extra="forbid"`) do.
    StripUnlessClosed,
}

/// What one object schema does with unknown keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Strip,
    Strict,
    Passthrough,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Strip, Self::Strict, Self::Passthrough];

    fn as_str(self) -> &'static str {
        match self {
            Self::Strip => "strip",
            Self::Strict => "strict",
            Self::Passthrough => "passthrough",
        }
    }

    /// The mode that a settled schema says.
    pub(crate) fn of(schema: &Map<String, Value>) -> Option<Self> {
        let said = schema.get(KEYWORD)?.as_str()?;
        Self::ALL.into_iter().find(|mode| mode.as_str() == said)
    }
}

/// The two copies of a schema in which every object schema has its mode.
pub(crate) struct Settled {
    /// As it came, with `x-arvo-unknown-keys` on each object schema.
    pub(crate) exported: Value,
    /// For the validator, which reads data after stripping.
    pub(crate) judged: Value,
    /// Whether a part of it takes data because a schema refuses (`not`, `if`, …), or by what other parts took.
    pub(crate) refuses: bool,
}

/// Settles the mode of every object schema in `schema`.
pub(crate) fn settle(schema: Value, unmarked: UnknownKeys) -> Result<Settled, SchemaError> {
    let Survey { modes, refuses } = Survey::of(&schema, unmarked)?;
    let knows_unevaluated = !matches!(Draft::default().detect(&schema), Draft::Draft4 | Draft::Draft6 | Draft::Draft7);
    let mut exported = schema;
    for (pointer, mode) in &modes {
        if let Some(Value::Object(object)) = exported.pointer_mut(pointer) {
            object.insert(KEYWORD.to_owned(), mode.as_str().into());
        }
    }
    let mut judged = exported.clone();
    for (pointer, mode) in &modes {
        if let Some(Value::Object(object)) = judged.pointer_mut(pointer) {
            match mode {
                Mode::Strip | Mode::Passthrough => open(object),
                Mode::Strict => close(object, knows_unevaluated),
            }
        }
    }
    Ok(Settled { exported, judged, refuses })
}

const CLOSING: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

fn is_closed(object: &Map<String, Value>) -> bool {
    CLOSING.iter().any(|keyword| object.get(*keyword) == Some(&Value::Bool(false)))
}

/// Whether a schema (not `true`, `{}` or `false`) judges unknown keys.
pub(crate) fn judges_unknown(object: &Map<String, Value>) -> bool {
    CLOSING.iter().any(|keyword| matches!(object.get(*keyword), Some(Value::Object(schema)) if !schema.is_empty()))
}

fn open(object: &mut Map<String, Value>) {
    for keyword in CLOSING {
        if object.get(keyword) == Some(&Value::Bool(false)) {
            object.shift_remove(keyword);
        }
    }
}

fn close(object: &mut Map<String, Value>, knows_unevaluated: bool) {
    if is_closed(object) || judges_unknown(object) {
        return;
    }
    let composed = IN_PLACE.iter().chain(&["$ref", "$dynamicRef"]).any(|keyword| object.contains_key(*keyword));
    let keyword = CLOSING[usize::from(composed && knows_unevaluated)];
    object.shift_remove(CLOSING[0]);
    object.insert(keyword.to_owned(), Value::Bool(false));
}

/// Keywords whose subschemas judge the same value as the schema they stand in, and shape it.
const IN_PLACE: [&str; 8] = ["allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas", "dependencies", "if"];

/// Keywords whose subschemas only judge: data is never shaped by them, so no import mode applies to them.
const JUDGING: [&str; 4] = ["if", "not", "contains", "propertyNames"];

/// Keywords that may take data because a subschema refuses it, and references whose target depends on the way there.
const REFUSING: [&str; 7] =
    ["if", "not", "contains", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"];

fn is_anything(schema: &Value) -> bool {
    schema.as_object().map_or(schema.is_boolean(), Map::is_empty)
}

const ONE: [&str; 12] = [
    "additionalProperties",
    "unevaluatedProperties",
    "additionalItems",
    "unevaluatedItems",
    "items",
    "contains",
    "not",
    "if",
    "then",
    "else",
    "propertyNames",
    "contentSchema",
];
const LISTS: [&str; 5] = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const MAPS: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// The subschemas of `schema`: the keyword they stand under, and the rest of their JSON Pointer.
pub(crate) fn subschemas(schema: &Map<String, Value>) -> impl Iterator<Item = (&'static str, String, &Value)> {
    let one = ONE.iter().filter_map(|keyword| {
        let found = schema.get(*keyword).filter(|found| found.is_object() || found.is_boolean())?;
        Some((*keyword, format!("/{keyword}"), found))
    });
    let lists = LISTS.iter().flat_map(|keyword| {
        let list = schema.get(*keyword).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().enumerate().map(move |(at, found)| (*keyword, format!("/{keyword}/{at}"), found))
    });
    let maps = MAPS.iter().flat_map(|keyword| {
        let map = schema.get(*keyword).and_then(Value::as_object);
        map.into_iter().flatten().map(move |(key, found)| (*keyword, format!("/{keyword}/{}", escape(key)), found))
    });
    one.chain(lists).chain(maps)
}

/// A key as one step of a JSON Pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Place<'a> {
    pointer: String,
    schema: &'a Value,
    /// What the schema around it does, if it judges the same value.
    around: Option<Mode>,
    judging: bool,
    /// Pointer of the resource that a `$ref` of `#…` counts from.
    resource: String,
}

/// A walk over all schemas of a document that finds each object schema's mode.
struct Survey {
    modes: Vec<(String, Mode)>,
    refuses: bool,
}

impl Survey {
    fn of(document: &Value, unmarked: UnknownKeys) -> Result<Self, SchemaError> {
        let (mut modes, mut refuses) = (Vec::new(), false);
        let mut seen = HashSet::new();
        let mut targets = Vec::new();
        let root = || Place {
            pointer: String::new(),
            schema: document,
            around: None,
            judging: false,
            resource: String::new(),
        };
        let mut open = vec![root()];
        // What stands where a schema may stand comes first: there the schema around decides as well. Then what
        // only a `$ref` reaches, such as `#/components/schemas/Order`.
        loop {
            while let Some(place) = open.pop() {
                let Value::Object(object) = place.schema else { continue };
                if !seen.insert(place.pointer.clone()) {
                    continue;
                }
                let mode = mode_of(object, &place, unmarked)?;
                refuses |=
                    REFUSING.iter().any(|keyword| object.get(*keyword).is_some_and(|schema| !is_anything(schema)));
                modes.extend(mode.map(|mode| (place.pointer.clone(), mode)));
                let resource = if object.contains_key("$id") { &place.pointer } else { &place.resource };
                if let Some(fragment) = object.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#')) {
                    targets.push(format!("{resource}{}", percent_decoded(fragment)));
                }
                open.extend(subschemas(object).map(|(keyword, rest, schema)| Place {
                    pointer: format!("{}{rest}", place.pointer),
                    schema,
                    around: mode.or(place.around).filter(|_| IN_PLACE.contains(&keyword)),
                    judging: place.judging || JUDGING.contains(&keyword),
                    resource: resource.clone(),
                }));
            }
            let Some(pointer) = targets.pop() else { return Ok(Self { modes, refuses }) };
            if let Some(schema) = document.pointer(&pointer) {
                open.push(Place { pointer, schema, ..root() });
            }
        }
    }
}

fn mode_of(object: &Map<String, Value>, place: &Place<'_>, unmarked: UnknownKeys) -> Result<Option<Mode>, SchemaError> {
    if let Some(said) = object.get(KEYWORD) {
        return match Mode::of(object) {
            Some(mode) => Ok(Some(mode)),
            None => Err(SchemaError::UnknownKeysValue { at: place.pointer.clone(), found: said.to_string() }),
        };
    }
    let unsaid = CLOSING.iter().all(|keyword| !object.contains_key(*keyword));
    if unsaid && !object.contains_key("properties") && !object.contains_key("patternProperties") {
        return Ok(None);
    }
    let closed = is_closed(object);
    if !closed && !unsaid {
        return Ok(Some(Mode::Passthrough));
    }
    let as_written = if closed { Mode::Strict } else { Mode::Passthrough };
    if place.judging {
        return Ok(Some(as_written));
    }
    Ok(Some(match (unmarked, place.around) {
        (UnknownKeys::Strip, _) => Mode::Strip,
        (UnknownKeys::Passthrough, _) => Mode::Passthrough,
        (UnknownKeys::StripUnlessClosed, _) if unsaid => Mode::Strip,
        (UnknownKeys::AsWritten, Some(Mode::Strip)) if unsaid => Mode::Strip,
        (UnknownKeys::Strict, None) => Mode::Strict,
        _ => as_written,
    }))
}

fn percent_decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            bytes.push((high * 16 + low) as u8);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
