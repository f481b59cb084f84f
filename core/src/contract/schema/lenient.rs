//! What exporters write although no draft allows it, put right: the reference's exporter names the target of a `$ref`
//! by its keys as they are, whatever they hold, and says a type twice where a schema allows the same twice.

use serde_json::Value;

use super::places::{Place, escape, fragment, percent_decoded, places};

/// The schema, with every `$ref` of the form `#…` as URIs and JSON Pointers must be written, and each type said once.
pub(super) fn mended(mut schema: Value) -> Value {
    let mut corrections = Vec::new();
    for place in places(&schema) {
        let reference = reference(&schema, &place);
        let types = place.schema.get("type").and_then(Value::as_array).and_then(|types| once(types));
        corrections.extend(reference.map(|text| (place.pointer.clone(), "$ref", Value::from(text))));
        corrections.extend(types.map(|types| (place.pointer, "type", Value::from(types))));
    }
    for (pointer, keyword, value) in corrections {
        if let Some(Value::Object(object)) = schema.pointer_mut(&pointer) {
            object.insert(keyword.to_owned(), value);
        }
    }
    schema
}

/// The `$ref` of a place as it must be written; `None` if it is, or names no place.
fn reference(schema: &Value, place: &Place<'_>) -> Option<String> {
    let said = place.schema.get("$ref")?.as_str()?;
    let keys = said.strip_prefix("#/")?;
    let is_found = place.target.as_deref().is_some_and(|target| schema.pointer(target).is_some());
    let named = if is_found { None } else { by_keys(schema, keys) };
    let text = format!("#{}", fragment(&named.unwrap_or_else(|| percent_decoded(&said[1..]))));
    (text != said).then_some(text)
}

/// The JSON Pointer of what `keys` name: keys and places in lists with `/` between, nothing in them escaped.
fn by_keys(value: &Value, keys: &str) -> Option<String> {
    let ends = keys.match_indices('/').map(|(at, _)| at).chain([keys.len()]);
    ends.into_iter().find_map(|end| {
        let (key, rest) = (&keys[..end], keys.get(end + 1..));
        let inner = match value {
            Value::Object(object) => object.get(key)?,
            Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
        let deeper = rest.map_or(Some(String::new()), |rest| by_keys(inner, rest))?;
        Some(format!("/{}{deeper}", escape(key)))
    })
}

/// The types without repetition; `None` if there is none.
fn once(types: &[Value]) -> Option<Vec<Value>> {
    let mut kept: Vec<Value> = Vec::with_capacity(types.len());
    for kind in types {
        if !kept.contains(kind) {
            kept.push(kind.clone());
        }
    }
    (kept.len() < types.len()).then_some(kept)
}
