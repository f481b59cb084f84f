//! A definition as a record shows it, for people: what JavaScript's `JSON.stringify` leaves of it where its functions
//! stood.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::json;

pub(super) fn without_functions(definition: &Value) -> Arc<str> {
    json::write(&stripped(definition), 0).into()
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !is_function(value));
            Value::Object(kept.map(|(key, value)| (key.clone(), stripped(value))).collect::<Map<_, _>>())
        }
        Value::Array(list) => {
            list.iter().map(|item| if is_function(item) { Value::Null } else { stripped(item) }).collect()
        }
        other => other.clone(),
    }
}

fn is_function(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.len() == 1 && map.contains_key("$fn"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_leave_no_trace_but_a_null_in_a_list() {
        let definition = serde_json::json!({"id": "m", "context": {"$fn": 0}, "entry": [{"$fn": 1}, "note"]});
        assert_eq!(&*without_functions(&definition), r#"{"id":"m","entry":[null,"note"]}"#);
    }
}
