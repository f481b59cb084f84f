//! Where schemas stand in a schema: under the keywords that hold some, and where a `$ref` points.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::uri::encode_uri;

/// A schema object within a document.
pub(crate) struct Place<'a> {
    /// JSON Pointer from the document.
    pub(crate) pointer: String,
    pub(crate) schema: &'a Map<String, Value>,
    /// The place, by its number, of the schema around it that judges the same value.
    pub(crate) enclosing: Option<usize>,
    /// Whether it only judges: data is never shaped by it.
    pub(crate) judging: bool,
    /// Pointer of what its `$ref` of the form `#…` names.
    pub(super) target: Option<String>,
}

/// Keywords whose subschemas judge the same value as the schema they stand in, and shape it.
const IN_PLACE: [&str; 7] = ["allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas", "dependencies"];

/// Keywords by which other schemas judge the same value.
pub(crate) const COMPOSING: [&str; 10] =
    ["allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies", "$ref", "$dynamicRef"];

/// Keywords whose subschemas only judge: data is never shaped by them.
const JUDGING: [&str; 4] = ["if", "not", "contains", "propertyNames"];

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

/// All schema objects of `document`, each after the one around it.
///
/// What stands where a schema may stand comes first; then what only a `$ref` reaches, such as
/// `#/components/schemas/Order`.
pub(crate) fn places(document: &Value) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    let mut seen = HashSet::new();
    let mut targets = Vec::new();
    let mut open =
        vec![Open { pointer: String::new(), schema: document, enclosing: None, judging: false, resource: "".into() }];
    loop {
        while let Some(Open { pointer, schema, enclosing, judging, resource }) = open.pop() {
            let Value::Object(schema) = schema else { continue };
            if !seen.insert(pointer.clone()) {
                continue;
            }
            let resource = if schema.contains_key("$id") { pointer.as_str().into() } else { resource };
            let fragment = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
            let target = fragment.map(|fragment| format!("{resource}{}", percent_decoded(fragment)));
            targets.extend(target.clone());
            open.extend(subschemas(schema).map(|(keyword, rest, inner)| Open {
                pointer: format!("{pointer}{rest}"),
                schema: inner,
                enclosing: Some(places.len()).filter(|_| IN_PLACE.contains(&keyword)),
                judging: judging || JUDGING.contains(&keyword),
                resource: resource.clone(),
            }));
            places.push(Place { pointer, schema, enclosing, judging, target });
        }
        let Some(pointer) = targets.pop() else { return places };
        if let Some(schema) = document.pointer(&pointer) {
            open.push(Open { pointer, schema, enclosing: None, judging: false, resource: "".into() });
        }
    }
}

struct Open<'a> {
    pointer: String,
    schema: &'a Value,
    enclosing: Option<usize>,
    judging: bool,
    /// Pointer of the resource that a `$ref` of `#…` counts from.
    resource: Rc<str>,
}

/// The subschemas of `schema`: the keyword they stand under, and the rest of their JSON Pointer.
fn subschemas(schema: &Map<String, Value>) -> impl Iterator<Item = (&'static str, String, &Value)> {
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

/// A JSON Pointer as the fragment of a URI.
pub(super) fn fragment(pointer: &str) -> String {
    encode_uri(pointer).replace('#', "%23")
}

/// The JSON Pointer that a fragment is.
pub(super) fn percent_decoded(fragment: &str) -> String {
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
