//! What happens to keys that an object schema does not name (SPEC §5).
//!
//! JSON Schema knows two answers, the reference three: `strip` drops them, `strict` refuses them, `passthrough`
//! keeps them, and its export says `additionalProperties: false` for the first two. So every object schema here
//! carries its answer in the keyword `x-arvo-unknown-keys`, and this file settles it once, when a schema is made:
//! one copy says it everywhere (for export), another says it in JSON Schema's own words (for the validator).

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::schema::SchemaError;
use super::schema::places::{COMPOSING, Place, places};

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
}

/// Settles the mode of every object schema in `schema`.
pub(crate) fn settle(schema: Value, unmarked: UnknownKeys) -> Result<Settled, SchemaError> {
    let modes = modes(&schema, unmarked)?;
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
    Ok(Settled { exported, judged })
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
    let composed = COMPOSING.iter().any(|keyword| object.contains_key(*keyword));
    let keyword = CLOSING[usize::from(composed && knows_unevaluated)];
    object.shift_remove(CLOSING[0]);
    object.insert(keyword.to_owned(), Value::Bool(false));
}

/// The mode of each object schema, by its pointer.
fn modes(document: &Value, unmarked: UnknownKeys) -> Result<Vec<(String, Mode)>, SchemaError> {
    let places = places(document);
    let mut around: Vec<Option<Mode>> = Vec::with_capacity(places.len());
    let mut modes = Vec::new();
    for place in places {
        let enclosing = place.enclosing.and_then(|at| around[at]);
        let mode = mode_of(&place, enclosing, unmarked)?;
        around.push(mode.or(enclosing));
        modes.extend(mode.map(|mode| (place.pointer, mode)));
    }
    Ok(modes)
}

fn mode_of(place: &Place<'_>, enclosing: Option<Mode>, unmarked: UnknownKeys) -> Result<Option<Mode>, SchemaError> {
    let object = place.schema;
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
    Ok(Some(match (unmarked, enclosing) {
        (UnknownKeys::Strip, _) => Mode::Strip,
        (UnknownKeys::Passthrough, _) => Mode::Passthrough,
        (UnknownKeys::StripUnlessClosed, _) if unsaid => Mode::Strip,
        (UnknownKeys::AsWritten, Some(Mode::Strip)) if unsaid => Mode::Strip,
        (UnknownKeys::Strict, None) => Mode::Strict,
        _ => as_written,
    }))
}
