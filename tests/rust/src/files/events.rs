//! events.json: making, reading and writing events.

use std::collections::BTreeSet;

use arvo::uri::{encode_uri, is_properly_encoded};
use arvo::{Environment, Event, EventDraft, EventError, Limits};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::matcher::differences;
use crate::{input, outcome};

/// Attributes of the CloudEvents half of an event.
const CLOUD_EVENT: [&str; 9] =
    ["id", "source", "specversion", "type", "subject", "datacontenttype", "dataschema", "data", "time"];

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "create") {
        run.case("create", text(case, "name"), case, |expect| create(case, expect));
    }
    for case in group(data, "parse") {
        run.case("parse", text(case, "name"), case, |expect| parse(&case["json"], expect));
    }
    for (index, case) in group(data, "uri").enumerate() {
        run.check("uri", &index.to_string(), || uri(case));
    }
    for case in group(data, "toString") {
        run.case("toString", text(case, "name"), case, |expect| to_string(case, expect));
    }
    for (index, case) in group(data, "otelAttributes").enumerate() {
        run.case("otelAttributes", &index.to_string(), case, |expect| {
            let found = read(&case["json"]).otel_attributes();
            let found: Map<String, Value> = found.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            differences(expect, &Value::Object(found))
        });
    }
    for (index, case) in group(data, "parts").enumerate() {
        run.check("parts", &index.to_string(), || parts(case));
    }
}

/// Makes an event of what is given, from text and, where a value can hold it, from a value.
fn create(case: &Value, expect: &Value) -> Problems {
    let mut given = case["input"].clone();
    if let Some(extensions) = case.get("extensions") {
        given["__extensions"] = extensions.clone();
    }
    let environment = Environment::system();
    let mut problems = match EventDraft::from_json(&input::json(&given), &Limits::DEFAULT) {
        Ok(draft) => judged(expect, draft.build(&environment)),
        Err(error) => vec![format!("no draft: {error}")],
    };
    if let Some(Value::Object(map)) = input::value(&given) {
        problems.extend(judged(expect, EventDraft::from_map(map).build(&environment)));
    }
    problems
}

/// Reads an event from text, and from a value; nothing differs.
fn parse(event: &Value, expect: &Value) -> Problems {
    let mut problems = judged(expect, Event::parse(&input::json(event), &Limits::DEFAULT));
    if let Some(event) = input::value(event) {
        problems.extend(judged(expect, Event::from_value(event, &Limits::DEFAULT)));
    }
    problems
}

/// Compares what came of making an event; the wording of reasons is free.
fn judged(expect: &Value, made: Result<Event, EventError>) -> Problems {
    let mut wanted = Map::new();
    for key in ["valid", "json"] {
        if let Some(value) = expect.get(key) {
            wanted.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(invalid) = expect["invalid"].as_array() {
        let invalid: BTreeSet<&str> = invalid.iter().filter_map(Value::as_str).collect();
        wanted.insert("invalid".to_owned(), json!(invalid));
    }
    let wanted = if expect.get("$open").is_some() { expect.clone() } else { Value::Object(wanted) };
    match made {
        Err(error) => {
            let invalid: BTreeSet<&str> = error.broken().iter().map(|broken| broken.attribute.as_str()).collect();
            differences(&wanted, &json!({"valid": false, "invalid": invalid}))
        }
        Ok(event) => {
            let json = outcome::event(&event);
            let mut problems = differences(&wanted, &json!({"valid": true, "json": json}));
            if let Some(order) = expect.get("keyOrder") {
                let keys: Vec<&String> = json.as_object().into_iter().flat_map(Map::keys).collect();
                problems.extend(differences(order, &json!(keys)));
            }
            problems
        }
    }
}

/// The text as `encodeURI` makes it, and whether it is so already. A text with a lone surrogate can't become a Rust
/// string; that refusal stands for the error which the reference throws.
fn uri(case: &Value) -> Problems {
    let text = input::value(&case["input"]);
    let text = text.as_ref().and_then(Value::as_str);
    let encoded = text.map_or(Value::Null, |text| encode_uri(text).into());
    let properly = text.is_some_and(is_properly_encoded);
    [differences(&case["encoded"], &encoded), differences(&case["properlyEncoded"], &properly.into())].concat()
}

fn to_string(case: &Value, expect: &Value) -> Problems {
    let event = read(&case["json"]);
    let spacing = case["spacing"].as_u64().unwrap_or(0) as usize;
    let text = event.to_json_indented(spacing).unwrap_or_else(|error| panic!("{error}"));
    differences(expect, &text.into())
}

/// The extensions alone, and the two halves of the event. (`frozen` is for the borrow checker: nothing sets a member.)
fn parts(case: &Value) -> Problems {
    let event = read(&case["json"]);
    let extensions: Map<String, Value> =
        event.extensions().map(|(key, value)| (key.to_owned(), value.to_value())).collect();
    let whole = outcome::event(&event);
    let half = |of_cloud_event: bool| -> Value {
        let members = whole.as_object().into_iter().flatten();
        let members = members.filter(|(key, _)| CLOUD_EVENT.contains(&key.as_str()) == of_cloud_event);
        Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    [
        differences(&case["extensions"], &Value::Object(extensions)),
        differences(&case["cloudeventDefault"], &half(true)),
        differences(&case["cloudeventExtensions"], &half(false)),
    ]
    .concat()
}

fn read(event: &Value) -> Event {
    Event::parse(&input::json(event), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"))
}
