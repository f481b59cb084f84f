//! What a machine may not say, in the reference's words: actors, delays, the reserved action, another version
//! (STATECHARTS §2).

use serde_json::{Map, Value};

use crate::event::Version;
use crate::violation::MachineProblem;

use super::machine::{Machine, refusal};

/// Parts of a set-up that XState has and machines have not: key, name in the text, what it stands for.
const REFUSED: [(&str, &str, &str); 2] = [("actors", "actor", "actors"), ("delays", "delays", "delay transitions")];

pub(super) fn problems(setup: &Map<String, Value>, definition: &Value, own: &Version) -> Vec<MachineProblem> {
    let mut problems = Vec::new();
    for (key, name, plural) in REFUSED {
        if setup.contains_key(key) {
            let message = format!(
                "Configuration Error: '{name}' not supported in Arvo machines\nArvo machines do not support XState \
                 {plural} as they introduce asynchronous behavior.\nTo fix:\n1. Remove the '{name}' configuration\n2. \
                 Use Arvo's event-driven patterns instead for asynchronous operations"
            );
            problems.push(refusal("E-UNSUPPORTED", key, message));
        }
    }
    let name = Machine::ENQUEUE;
    if setup.get("actions").is_some_and(|actions| actions.get(name).is_some()) {
        let message = format!(
            "Configuration Error: Reserved action name '{name}'\n'{name}' is an internal Arvo system action and cannot \
             be overridden.\nTo fix: Use a different name for your action, such as:\n- 'queueCustomEvent'\n- \
             'scheduleEvent'\n- 'dispatchEvent'"
        );
        problems.push(refusal("E-RESERVED", &format!("actions.{name}"), message));
    }
    let version = definition.get("version").filter(|version| !version.is_null());
    if let Some(version) = version.filter(|version| version.as_str() != Some(own.as_str())) {
        let found = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        let message = format!("Version mismatch: Machine version must be '{own}' or undefined, received '{found}'");
        problems.push(refusal("E-VERSION", "version", message));
    }
    let mut place = Vec::new();
    if let Some(states) = definition.get("states")
        && find(states, name, &mut place, 0)
    {
        let message = format!(
            "Configuration Error: Reserved action name '{name}'\nLocation: {}\n'{name}' is an internal Arvo system action \
             and cannot be used in machine configurations.\nTo fix: Use a different name for your action",
            place.join(" > ")
        );
        problems.push(refusal("E-RESERVED", &format!("states.{}", place.join(".")), message));
    }
    problems
}

/// The way to the first key of this name, and from there to the first leaf, which the reference names too.
fn find(value: &Value, name: &str, place: &mut Vec<String>, depth: usize) -> bool {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), inner)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, inner)| (at.to_string(), inner)).collect(),
        _ => return false,
    };
    for (key, inner) in children {
        let found = key == name && value.is_object();
        place.push(key);
        if found {
            first_leaf(inner, place);
            return true;
        }
        if depth < DEEPEST && find(inner, name, place, depth + 1) {
            return true;
        }
        place.pop();
    }
    false
}

fn first_leaf(value: &Value, place: &mut Vec<String>) {
    let mut here = value;
    loop {
        let next = match here {
            Value::Object(map) => map.iter().next().map(|(key, inner)| (key.clone(), inner)),
            Value::Array(list) => list.first().map(|inner| ("0".to_owned(), inner)),
            _ => None,
        };
        let Some((key, inner)) = next else { return };
        place.push(key);
        here = inner;
    }
}

/// A chart is refused for its depth long before.
const DEEPEST: usize = 1_024;
