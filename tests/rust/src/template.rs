//! Templates of the little language of behaviours (tests/vectors/README.md, section 2).

use serde_json::{Map, Number, Value};

/// A template that can't be evaluated: an ordinary error of the user's code.
#[derive(Debug)]
pub(crate) struct TemplateError(String);

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

/// The value of a template in a scope; `None` where nothing is found.
pub(crate) fn evaluate(template: &Value, scope: &Value) -> Result<Option<Value>, TemplateError> {
    match template {
        Value::Array(parts) => Ok(Some(Value::Array(list(parts, scope)?))),
        Value::Object(map) => match operator(map) {
            Some((name, operand)) => apply(name, operand, map.get("default"), scope),
            None => {
                let mut object = Map::new();
                for (key, part) in map {
                    if let Some(value) = evaluate(part, scope)? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
        },
        plain => Ok(Some(plain.clone())),
    }
}

fn operator(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = map.iter().filter(|(key, _)| *key != "default");
    let (name, operand) = members.next()?;
    let alone = members.next().is_none() && name.starts_with('$') && !name.ends_with("$$");
    alone.then_some((name.as_str(), operand))
}

fn apply(name: &str, operand: &Value, default: Option<&Value>, scope: &Value) -> Result<Option<Value>, TemplateError> {
    let parts = || match operand {
        Value::Array(parts) => list(parts, scope),
        other => Ok(evaluate(other, scope)?.and_then(|value| value.as_array().cloned()).unwrap_or_default()),
    };
    let pair = || parts().map(|parts| (parts.first().cloned(), parts.get(1).cloned()));
    let compare = |test: fn(f64, f64) -> bool| {
        let (left, right) = pair()?;
        let (left, right) = (left.and_then(|left| left.as_f64()), right.and_then(|right| right.as_f64()));
        Ok::<_, TemplateError>(matches!((left, right), (Some(left), Some(right)) if test(left, right)))
    };
    let numbers = |parts: Vec<Value>| parts.into_iter().map(|part| part.as_f64().unwrap_or(f64::NAN));
    Ok(Some(match name {
        "$ref" => match (look_up(operand, scope), default) {
            (None, Some(default)) => return evaluate(default, scope),
            (found, _) => return Ok(found),
        },
        "$literal" => operand.clone(),
        "$sum" => number(numbers(parts()?).sum()),
        "$mul" => number(numbers(parts()?).product()),
        "$sub" => number(numbers(parts()?).reduce(|left, right| left - right).unwrap_or(f64::NAN)),
        "$concat" => parts()?.iter().map(as_javascript_writes).collect::<String>().into(),
        "$len" => match evaluate(operand, scope)? {
            Some(Value::String(text)) => text.encode_utf16().count().into(),
            Some(Value::Array(list)) => list.len().into(),
            _ => 0.into(),
        },
        "$eq" => {
            let (left, right) = pair()?;
            equal(&left.unwrap_or(Value::Null), &right.unwrap_or(Value::Null)).into()
        }
        "$gt" => compare(|left, right| left > right)?.into(),
        "$gte" => compare(|left, right| left >= right)?.into(),
        "$lt" => compare(|left, right| left < right)?.into(),
        "$not" => (!truth(evaluate(operand, scope)?.as_ref())).into(),
        "$and" => parts()?.iter().all(|part| truth(Some(part))).into(),
        "$or" => parts()?.iter().any(|part| truth(Some(part))).into(),
        "$if" => {
            let branch = if truth(evaluate(&operand[0], scope)?.as_ref()) { 1 } else { 2 };
            return evaluate(&operand[branch], scope);
        }
        "$append" => {
            let mut parts = parts()?.into_iter();
            let mut list = parts.next().and_then(|list| list.as_array().cloned()).unwrap_or_default();
            list.extend(parts);
            Value::Array(list)
        }
        "$merge" => Value::Object(parts()?.iter().filter_map(Value::as_object).flat_map(Map::clone).collect()),
        "$pluck" => {
            let items = evaluate(&operand[0], scope)?.and_then(|items| items.as_array().cloned()).unwrap_or_default();
            items.iter().map(|item| look_up(&operand[1], item).unwrap_or(Value::Null)).collect()
        }
        unknown => return Err(TemplateError(format!("unknown operator {unknown}"))),
    }))
}

fn list(parts: &[Value], scope: &Value) -> Result<Vec<Value>, TemplateError> {
    parts.iter().map(|part| Ok(evaluate(part, scope)?.unwrap_or(Value::Null))).collect()
}

/// What lies at `a.b.0.c`, or at a list of keys.
fn look_up(path: &Value, scope: &Value) -> Option<Value> {
    let parts: Vec<&str> = match path {
        Value::String(path) => path.split('.').collect(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let found = parts.into_iter().try_fold(scope, |value, part| match value {
        Value::Object(map) => map.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    });
    found.cloned()
}

/// Nothing, null, false, 0 and "" are false.
pub(crate) fn truth(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

/// A number as JSON writes it: whole ones without a point. JSON has no NaN; JavaScript writes it as null.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return (value as i64).into();
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn as_javascript_writes(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => arvo::json::write(other, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operator_gives_what_the_readme_says() {
        let scope = json!({"a": {"b": [1, 2, {"c": "ü😀"}]}, "key.with.dots": 7, "list": [{"n": 1}, {}]});
        for (template, wanted) in [
            (json!({"$ref": "a.b.0"}), json!(1)),
            (json!({"$ref": ["key.with.dots"]}), json!(7)),
            (json!({"$ref": "a.x", "default": {"$ref": "a.b.1"}}), json!(2)),
            (json!({"x": {"$ref": "none"}, "y": 1}), json!({"y": 1})),
            (json!({"$literal": {"$ref": "a"}}), json!({"$ref": "a"})),
            (json!({"$sum": [{"$ref": "a.b.0"}, 1.5]}), json!(2.5)),
            (json!({"$mul": [2, 3]}), json!(6)),
            (json!({"$sub": [2, 3]}), json!(-1)),
            (json!({"$concat": ["a", 1, 1.5, 1e21]}), json!("a11.51e+21")),
            (json!({"$len": {"$ref": "a.b.2.c"}}), json!(3)),
            (json!({"$len": {"$ref": "none"}}), json!(0)),
            (json!({"$eq": [{"$ref": "none"}, null]}), json!(true)),
            (json!({"$eq": [{"a": 1.0}, {"a": 1}]}), json!(true)),
            (json!({"$gt": [2, 1]}), json!(true)),
            (json!({"$gte": [{"$ref": "none"}, 0]}), json!(false)),
            (json!({"$lt": [1, 2]}), json!(true)),
            (json!({"$not": ""}), json!(true)),
            (json!({"$and": [1, "x", []]}), json!(true)),
            (json!({"$or": [0, null, false]}), json!(false)),
            (json!({"$if": [0, {"$fails": 1}, "no"]}), json!("no")),
            (json!({"$append": [[1], 2, [3]]}), json!([1, 2, [3]])),
            (json!({"$merge": [{"a": 1, "b": 1}, {"b": 2}]}), json!({"a": 1, "b": 2})),
            (json!({"$pluck": [{"$ref": "list"}, "n"]}), json!([1, null])),
            (json!({"$$": 1, "k$$": {"$ref": "a.b.0"}}), json!({"$$": 1, "k$$": 1})),
        ] {
            assert_eq!(evaluate(&template, &scope).unwrap(), Some(wanted), "{template}");
        }
        assert!(evaluate(&json!({"$fails": 1}), &scope).is_err());
    }
}
