//! What exporters write although no draft allows it, put right: the reference's exporter names the target of a `$ref`
//! by its keys as they are, whatever they hold, and says a type twice where a schema allows the same twice.

use std::fmt::Write;

use serde_json::Value;

use super::places::{Place, escape, places};

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

/// The `$ref` of a place as it must be written; `None` if it is, or is none of the form `#…`.
fn reference(schema: &Value, place: &Place<'_>) -> Option<String> {
    let said = place.schema.get("$ref")?.as_str()?;
    let fragment = said.strip_prefix('#')?;
    let is_found = place.target.as_deref().is_some_and(|target| schema.pointer(target).is_some());
    let named = if is_found { None } else { fragment.strip_prefix('/').and_then(|keys| by_keys(schema, keys)) };
    let text = format!("#{}", encoded(named.as_deref().unwrap_or(fragment)));
    (text != said).then_some(text)
}

/// The fragment of what `keys` name: keys and places in lists with `/` between, nothing in them escaped.
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
        Some(format!("/{}{deeper}", escape(key).replace('%', "%25")))
    })
}

/// The fragment of a URI with what none may hold percent-encoded (RFC 3986 §3.5).
fn encoded(fragment: &str) -> String {
    let mut text = String::with_capacity(fragment.len());
    for (at, byte) in fragment.bytes().enumerate() {
        let hex = || fragment.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match byte {
            b'%' if hex() => text.push('%'),
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) => text.push(char::from(byte)),
            _ => drop(write!(text, "%{byte:02X}")), // writing to a text can't fail
        }
    }
    text
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
