//! What exporters write although no draft allows it, put right: the reference's exporter names the target of a `$ref`
//! by its keys as they are, and says a type twice where a schema allows the same twice.

use std::fmt::Write;

use serde_json::Value;

use super::places::places;

/// The schema, with every `$ref` of the form `#…` percent-encoded where a URI must be, and each type said once.
pub(super) fn mended(mut schema: Value) -> Value {
    let mut corrections = Vec::new();
    for place in places(&schema) {
        let reference = place.schema.get("$ref").and_then(Value::as_str).and_then(encoded);
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

/// The reference with what no fragment may hold percent-encoded (RFC 3986 §3.5); `None` if it is one, or is not `#…`.
fn encoded(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let mut text = String::from("#");
    for (at, byte) in fragment.bytes().enumerate() {
        let is_escape =
            || fragment.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match byte {
            b'%' if is_escape() => text.push('%'),
            _ if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) => text.push(char::from(byte)),
            _ => write!(text, "%{byte:02X}").ok()?,
        }
    }
    (text != reference).then_some(text)
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
