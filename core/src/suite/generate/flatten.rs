//! From a schema with references and alternatives to one without: each choice is made by chance, and what must hold
//! together is merged. What can't be merged is left out: the validator judges the result.

use serde_json::{Map, Value, json};

use super::make::{Maker, Nothing};
use crate::contract::escape;
use crate::json;

/// Schemas that are merged into one another, at most: references can go in circles.
const MERGED: usize = 200;

/// Keywords that are worked off here.
const CHOICES: [&str; 7] = ["$ref", "allOf", "anyOf", "oneOf", "if", "then", "else"];

/// A schema without references and alternatives, and where it began.
pub(super) struct Flat {
    pub(super) keywords: Map<String, Value>,
    pub(super) path: String,
}

impl Maker<'_> {
    /// Makes the schema flat. `deep`: prefer the alternatives that end soonest.
    pub(super) fn flatten(&mut self, schema: &Value, path: &str, deep: bool) -> Result<Flat, Nothing> {
        let mut flat = Flat { keywords: Map::new(), path: path.to_owned() };
        let mut open = vec![(schema.clone(), path.to_owned())];
        let mut merged = 0;
        while let Some((schema, path)) = open.pop() {
            merged += 1;
            if merged > MERGED {
                return Err(Nothing::at(&path, "refers to itself without end"));
            }
            let map = match schema {
                Value::Bool(false) => return Err(Nothing::at(&path, "allows nothing")),
                Value::Object(map) => map,
                _ => continue,
            };
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let target = self
                    .target(reference)
                    .ok_or_else(|| Nothing::at(&path, "refers to a place that is not in it; only `#/…` is followed"))?;
                open.push((target.clone(), reference.trim_start_matches('#').to_owned()));
            }
            for (at, part) in list(&map, "allOf").iter().enumerate() {
                open.push((part.clone(), format!("{path}/allOf/{at}")));
            }
            for keyword in ["anyOf", "oneOf"] {
                let parts = list(&map, keyword);
                if let Some(at) = self.choose(parts, deep) {
                    open.push((parts[at].clone(), format!("{path}/{keyword}/{at}")));
                }
            }
            if let Some(condition) = map.get("if") {
                let holds = self.random.chance(50);
                if holds {
                    open.push((condition.clone(), format!("{path}/if")));
                }
                let branch = if holds { "then" } else { "else" };
                if let Some(part) = map.get(branch) {
                    open.push((part.clone(), format!("{path}/{branch}")));
                }
            }
            let rest = map.into_iter().filter(|(key, _)| !CHOICES.contains(&key.as_str()));
            for (key, value) in rest {
                match flat.keywords.shift_remove(&key) {
                    None => drop(flat.keywords.insert(key, value)),
                    Some(known) => {
                        let both = merge(&key, known, value)
                            .ok_or_else(|| Nothing::at(&path, "contradicts what else must hold there"))?;
                        flat.keywords.insert(key, both);
                    }
                }
            }
        }
        Ok(flat)
    }

    /// Which alternative. Deep down those without references and parts come first.
    fn choose(&mut self, parts: &[Value], deep: bool) -> Option<usize> {
        let weight = |part: &Value| {
            let has = |keyword: &str| usize::from(part.get(keyword).is_some());
            has("$ref") + has("items") + has("prefixItems") + has("properties") + has("anyOf") + has("oneOf")
        };
        let least = parts.iter().map(weight).min()?;
        let fits: Vec<usize> = (0..parts.len()).filter(|at| !deep || weight(&parts[*at]) == least).collect();
        self.random.pick(&fits).copied()
    }

    fn target(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix('#')?;
        self.root.pointer(&pointer.replace("%24", "$").replace("%25", "%"))
    }
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    map.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Both of two values of a keyword; none if they exclude each other.
fn merge(keyword: &str, one: Value, other: Value) -> Option<Value> {
    let larger = |one: Value, other: Value| if one.as_f64() >= other.as_f64() { one } else { other };
    let smaller = |one: Value, other: Value| if one.as_f64() <= other.as_f64() { one } else { other };
    Some(match keyword {
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => larger(one, other),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => smaller(one, other),
        "multipleOf" => common_multiple(one, other),
        "required" => {
            let mut all = one.as_array().cloned().unwrap_or_default();
            let new = other.as_array().into_iter().flatten().filter(|key| !all.contains(key)).cloned();
            let new: Vec<Value> = new.collect();
            all.extend(new);
            Value::Array(all)
        }
        "properties" | "patternProperties" => members(one, other),
        "items" | "additionalProperties" | "propertyNames" | "contains" => both(one, other),
        "enum" => {
            let other = other.as_array().cloned().unwrap_or_default();
            let is_in = |value: &Value| other.iter().any(|other| json::equal(value, other));
            let common: Vec<Value> = one.as_array()?.iter().filter(|value| is_in(value)).cloned().collect();
            if common.is_empty() { return None } else { common.into() }
        }
        "const" => {
            if json::equal(&one, &other) {
                one
            } else {
                return None;
            }
        }
        "type" => {
            let common = types_of(&one).filter_map(|one| narrower(one, &other)).map(Value::from).collect::<Vec<_>>();
            if common.is_empty() { return None } else { common.into() }
        }
        "prefixItems" => {
            let (one, other) =
                (one.as_array().cloned().unwrap_or_default(), other.as_array().cloned().unwrap_or_default());
            let length = one.len().max(other.len());
            let item = |list: &[Value], at: usize| list.get(at).cloned().unwrap_or(Value::Bool(true));
            (0..length).map(|at| both(item(&one, at), item(&other, at))).collect()
        }
        _ => one,
    })
}

/// A schema of both.
fn both(one: Value, other: Value) -> Value {
    match (&one, &other) {
        (Value::Bool(false), _) | (_, Value::Bool(true)) => one,
        (Value::Bool(true), _) | (_, Value::Bool(false)) => other,
        _ => json!({"allOf": [one, other]}),
    }
}

fn members(one: Value, other: Value) -> Value {
    let (Value::Object(mut all), Value::Object(other)) = (one, other) else { return Value::Null };
    for (key, schema) in other {
        let merged = match all.get(&key) {
            Some(known) => both(known.clone(), schema),
            None => schema,
        };
        all.insert(key, merged);
    }
    Value::Object(all)
}

fn types_of(types: &Value) -> impl Iterator<Item = &str> {
    let one = types.as_str();
    let many = types.as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many)
}

/// What a type and others have in common.
fn narrower<'a>(type_: &'a str, others: &'a Value) -> Option<&'a str> {
    types_of(others).find_map(|other| match (type_, other) {
        _ if type_ == other => Some(type_),
        ("number", "integer") | ("integer", "number") => Some("integer"),
        _ => None,
    })
}

/// For whole numbers, else the larger.
fn common_multiple(one: Value, other: Value) -> Value {
    fn divisor(one: u64, other: u64) -> u64 {
        if other == 0 { one } else { divisor(other, one % other) }
    }
    let (Some(a), Some(b)) = (one.as_u64().filter(|a| *a > 0), other.as_u64().filter(|b| *b > 0)) else {
        return if one.as_f64() >= other.as_f64() { one } else { other };
    };
    (a / divisor(a, b)).checked_mul(b).map_or(one, Value::from)
}

/// JSON Pointer of a member.
pub(super) fn member(path: &str, key: &str) -> String {
    format!("{path}/{}", escape(key))
}
