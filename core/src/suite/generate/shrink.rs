//! Smaller data: shorter as text, or of the same length and earlier in order, so that making smaller ends.

use serde_json::{Map, Value, json};

use crate::json;

/// Everything that is one change smaller than `value`; the shortest first.
pub(super) fn smaller(value: &Value) -> Vec<Value> {
    let own = rank(value);
    let mut found: Vec<((usize, String), Value)> =
        changes(value).into_iter().map(|one| (rank(&one), one)).filter(|(rank, _)| *rank < own).collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.dedup_by(|(one, _), (other, _)| one == other);
    found.into_iter().map(|(_, one)| one).collect()
}

fn rank(value: &Value) -> (usize, String) {
    let text = json::write(value, 0);
    (text.len(), text)
}

fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Bool(_) => vec![json!(null), json!(false)],
        Value::Number(number) => numbers(number.as_f64().unwrap_or(0.0)),
        Value::String(text) => texts(text).into_iter().map(Value::from).chain([json!(null)]).collect(),
        Value::Array(list) => lists(list),
        Value::Object(map) => objects(map),
    }
}

/// Nearer and nearer from zero, so that a bound is found in few steps.
fn numbers(number: f64) -> Vec<Value> {
    let whole = number.trunc();
    let mut found = vec![0.0, 1.0, whole, number.abs()];
    let mut step = whole;
    while step.abs() >= 1.0 {
        step = (step / 2.0).trunc();
        found.push(whole - step);
        found.push(step);
    }
    found.push(whole - whole.signum());
    found.extend(with_smaller_digits(whole));
    found.into_iter().map(json::number).chain([json!(null)]).collect()
}

/// Without one of its digits, or with a smaller one: what only one number in a thousand fails by is found so.
fn with_smaller_digits(whole: f64) -> Vec<f64> {
    let digits: Vec<char> = format!("{:.0}", whole.abs()).chars().collect();
    let mut found = Vec::new();
    let mut push = |digits: &[char]| {
        let number = digits.iter().collect::<String>().parse::<f64>();
        found.extend(number.map(|number| number.copysign(whole)));
    };
    for at in 0..digits.len().min(17) {
        let mut changed = digits.clone();
        let digit = changed.remove(at);
        push(&changed);
        for smaller in '0'..digit {
            let mut changed = digits.clone();
            changed[at] = smaller;
            push(&changed);
        }
    }
    found
}

fn texts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = vec![String::new()];
    let mut part = letters.len();
    while part > 1 {
        part /= 2;
        found.push(letters[..part].iter().collect());
        found.push(letters[letters.len() - part..].iter().collect());
    }
    for at in 0..letters.len().min(64) {
        let without = letters.iter().enumerate().filter(|(index, _)| *index != at);
        found.push(without.map(|(_, letter)| *letter).collect());
        for plain in ['0', 'A', 'a'] {
            let mut plainer = letters.clone();
            plainer[at] = plain;
            found.push(plainer.into_iter().collect());
        }
    }
    found
}

fn lists(list: &[Value]) -> Vec<Value> {
    let mut found = vec![json!([])];
    let mut part = list.len();
    while part > 1 {
        part /= 2;
        found.push(list[..part].into());
        found.push(list[list.len() - part..].into());
    }
    for (at, item) in list.iter().enumerate() {
        let mut without = list.to_vec();
        without.remove(at);
        found.push(without.into());
        for smaller in changes(item) {
            let mut changed = list.to_vec();
            changed[at] = smaller;
            found.push(changed.into());
        }
    }
    found
}

fn objects(map: &Map<String, Value>) -> Vec<Value> {
    let mut found = vec![json!({})];
    for (key, item) in map {
        let mut without = map.clone();
        without.shift_remove(key);
        found.push(without.into());
        for smaller in changes(item) {
            let mut changed = map.clone();
            changed.insert(key.clone(), smaller);
            found.push(changed.into());
        }
    }
    found
}
