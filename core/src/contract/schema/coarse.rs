//! Issues of data that would cost too much to tell in full.
//!
//! The validator gathers, for each value that fits no alternative of a union, the problems of every alternative, and
//! within them again: with unions in unions that is a power of the depth. So for large data, and data that goes deep
//! into a schema with unions, another validator is made when first needed, in which a union is one problem: `anyOf` is
//! asked through `not` of `not`, which gathers nothing.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::super::unknown_keys::{self, UnknownKeys};
use super::issues;
use super::judge::Judges;
use super::places::places;
use crate::violation::Issue;

/// Problems that may be gathered, roughly.
const GATHERED: usize = 50_000;

/// Parts of data of which all issues are told.
const PARTS: usize = 20_000;

/// When to tell less, and how.
pub(super) struct Coarse {
    /// The most alternatives that one union has; 1 if there is none.
    alternatives: usize,
    /// How many unions may lie in one another; `None` if references may repeat them.
    nested: Option<usize>,
    validator: OnceLock<Option<Validator>>,
}

impl Coarse {
    pub(super) fn new(judged: &Value) -> Self {
        let places = places(judged);
        let unions = || places.iter().flat_map(|place| UNIONS.map(|union| size(place.schema, union)));
        let repeats = places.iter().any(|place| REFERENCES.iter().any(|keyword| place.schema.contains_key(*keyword)));
        Self {
            alternatives: unions().max().unwrap_or(0).max(1),
            nested: Some(unions().filter(|size| *size > 1).count()).filter(|_| !repeats),
            validator: OnceLock::new(),
        }
    }

    /// Whether telling all issues of `value` could cost too much.
    pub(super) fn is_wanted(&self, value: &Value) -> bool {
        let (parts, depth) = measure(value);
        let nested = self.nested.map_or(depth + 1, |nested| nested.min(depth + 1));
        let each = self.alternatives.saturating_pow(u32::try_from(nested).unwrap_or(u32::MAX));
        parts > PARTS || parts.saturating_mul(each) > GATHERED && self.alternatives > 1
    }

    /// The issues of `value`, which the schema refuses: unions as one each, and of large data the first only.
    pub(super) fn issues(&self, exported: &Value, value: &Value) -> Vec<Issue> {
        let validator = self.validator.get_or_init(|| validator(exported));
        let large = measure(value).0 > PARTS;
        let mut issues = match validator {
            Some(validator) if large => validator.validate(value).err().iter().map(issues::issue).collect(),
            Some(validator) => issues::of(validator, value),
            None => Vec::new(),
        };
        if large || issues.is_empty() {
            let message = "does not fit the schema; the data is too large to tell all of its problems".to_owned();
            issues.push(Issue { path: String::new(), message });
        }
        issues
    }
}

const UNIONS: [&str; 2] = ["anyOf", "oneOf"];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

fn size(schema: &Map<String, Value>, union: &str) -> usize {
    schema.get(union).and_then(Value::as_array).map_or(0, Vec::len)
}

/// How many parts `value` has, and how deep they lie.
fn measure(value: &Value) -> (usize, usize) {
    let add = |(parts, depth): (usize, usize), inner: &Value| {
        let (more, below) = measure(inner);
        (parts + more, depth.max(below + 1))
    };
    match value {
        Value::Array(items) => items.iter().fold((1, 1), add),
        Value::Object(map) => map.values().fold((1, 1), add),
        _ => (1, 0),
    }
}

/// Whether `schema`, refused by a `not`, is how a union is asked here.
pub(super) fn is_union(schema: &Value) -> bool {
    let union = schema.get("not").and_then(Value::as_object);
    union.is_some_and(|union| UNIONS.iter().any(|keyword| union.contains_key(*keyword)))
}

/// The schema with its unions asked through the original; `None` where embedded `$id`s forbid moving references.
fn validator(exported: &Value) -> Option<Validator> {
    let judged = unknown_keys::settle(exported.clone(), UnknownKeys::AsWritten).ok()?.judged;
    let judges = Judges::new(&judged).ok()?;
    let places = places(&judged);
    if places.iter().any(|place| !place.pointer.is_empty() && place.schema.contains_key("$id")) {
        return None;
    }
    let mut schema = judged.clone();
    for place in &places {
        let Some(Value::Object(object)) = schema.pointer_mut(&place.pointer) else { continue };
        if place.pointer.is_empty() {
            ["$id", "id"].iter().for_each(|keyword| drop(object.shift_remove(*keyword)));
        }
        // What a `not` has looked at does not count as evaluated.
        ["unevaluatedProperties", "unevaluatedItems"].iter().for_each(|keyword| drop(object.shift_remove(*keyword)));
        for union in UNIONS.into_iter().filter(|union| size(place.schema, union) > 0) {
            let reference = |at| judges.reference(&format!("{}/{union}/{at}", place.pointer));
            let branches: Vec<Value> = (0..size(place.schema, union)).map(reference).collect();
            object.shift_remove(union);
            if let Value::Array(all) = object.entry("allOf").or_insert_with(|| json!([])) {
                all.push(json!({ "not": { "not": { union: branches } } }));
            }
        }
    }
    for place in &places {
        let Some(target) = &place.target else { continue };
        if schema.pointer(target).is_none()
            && let Some(Value::Object(object)) = schema.pointer_mut(&place.pointer)
        {
            object.insert("$ref".to_owned(), judges.reference(target)["$ref"].clone());
        }
    }
    judges.validator(&schema).ok()
}
