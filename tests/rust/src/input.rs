//! Recorded input values: `$utf16` and `$repeat` become text (tests/vectors/README.md, section 1).

use serde_json::{Map, Value};

/// The value as Rust holds it; `None` if a text in it has a lone surrogate, which a Rust string refuses.
pub(crate) fn value(recorded: &Value) -> Option<Value> {
    Some(match recorded {
        Value::Object(map) => match special(map) {
            Some(units) => Value::String(String::from_utf16(&units).ok()?),
            None => {
                let members = map.iter().map(|(key, inner)| Some((key.clone(), value(inner)?)));
                Value::Object(members.collect::<Option<_>>()?)
            }
        },
        Value::Array(list) => Value::Array(list.iter().map(value).collect::<Option<_>>()?),
        other => other.clone(),
    })
}

/// The value as JSON text, lone surrogates escaped, as a sender that can hold them writes it.
pub(crate) fn json(recorded: &Value) -> String {
    match recorded {
        Value::Object(map) => match special(map) {
            Some(units) => units.iter().fold(String::from("\""), |out, unit| format!("{out}\\u{unit:04x}")) + "\"",
            None => {
                let members = map.iter().map(|(key, inner)| format!("{}:{}", Value::from(key.as_str()), json(inner)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        },
        Value::Array(list) => format!("[{}]", list.iter().map(json).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn special(map: &Map<String, Value>) -> Option<Vec<u16>> {
    if map.len() != 1 {
        return None;
    }
    if let Some(units) = map.get("$utf16") {
        let units = units.as_array()?.iter().map(|unit| u16::try_from(unit.as_u64()?).ok());
        return units.collect();
    }
    let repeat = map.get("$repeat")?;
    let (text, times) = (repeat[0].as_str()?, usize::try_from(repeat[1].as_u64()?).ok()?);
    Some(text.repeat(times).encode_utf16().collect())
}
