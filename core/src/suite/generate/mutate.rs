//! Data with one detail changed: most often one that the schema speaks of.

use serde_json::{Map, Value, json};

use crate::json;
use crate::random::Random;

/// A copy of `value` with one part of it changed.
pub(super) fn changed(value: &Value, random: &mut Random) -> Value {
    let mut places = Vec::new();
    pointers(value, String::new(), &mut places);
    let mut changed = value.clone();
    let place = random.pick(&places).cloned().unwrap_or_default();
    if let Some(part) = changed.pointer_mut(&place) {
        change(part, random);
    }
    changed
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, part)| pointers(part, super::flatten::member(&at, key), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, part)| pointers(part, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}

fn change(part: &mut Value, random: &mut Random) {
    if !part.is_object() && random.chance(40) {
        let others = [json!(null), json!(true), json!(7), json!("text"), json!([]), json!({}), json!(1.5)];
        *part = random.pick(&others).cloned().unwrap_or_default();
        return;
    }
    *part = match std::mem::take(part) {
        Value::Object(map) => object(map, random),
        Value::Array(list) => array(list, random),
        Value::String(text) => string(&text, random).into(),
        Value::Number(number) => json::number(another(number.as_f64().unwrap_or(0.0), random)),
        Value::Bool(holds) => [json!(!holds), json!("true"), json!(0)][random.below(3)].clone(),
        Value::Null => [json!(0), json!(""), json!({})][random.below(3)].clone(),
    };
}

fn object(mut map: Map<String, Value>, random: &mut Random) -> Value {
    let keys: Vec<String> = map.keys().cloned().collect();
    match (random.pick(&keys), random.below(3)) {
        (Some(key), 0 | 1) => drop(map.shift_remove(key)),
        _ => drop(map.insert("unheardOf".to_owned(), json!(1))),
    }
    Value::Object(map)
}

fn array(mut list: Vec<Value>, random: &mut Random) -> Value {
    match random.below(4) {
        0 => drop(list.pop()),
        1 => list.clear(),
        2 => list.extend(list.last().cloned()),
        _ => list.extend(std::iter::repeat_n(json!({"unheardOf": 1}), 1 + random.below(100))),
    }
    Value::Array(list)
}

fn string(text: &str, random: &mut Random) -> String {
    match random.below(6) {
        0 => String::new(),
        1 => text.repeat(50) + "x",
        2 => text.chars().skip(1).collect(),
        3 => format!("{text}\u{1F600}"),
        4 => text.chars().rev().collect(),
        _ => text.to_uppercase(),
    }
}

fn another(number: f64, random: &mut Random) -> f64 {
    let others = [-number, number + 0.5, number - 1.0, number + 1.0, 1e21, -1e21, 0.0, number * 10.0, number / 3.0];
    let picked = others[random.below(others.len())];
    if picked.is_finite() { picked } else { 0.0 }
}
