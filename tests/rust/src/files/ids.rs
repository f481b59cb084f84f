//! ids.json: how events get their ids, and what an id tells.

use arvo::{Environment, EventDraft, EventId, Limits, ManagedId};
use serde_json::{Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::input;
use crate::matcher::differences;

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for (index, case) in group(data, "create").enumerate() {
        run.case("create", &index.to_string(), case, |expect| create(case, expect));
    }
    for case in group(data, "parse") {
        run.case("parse", text(case, "name"), case, |expect| parse(case, expect));
    }
}

fn create(case: &Value, expect: &Value) -> Problems {
    let asked: EventId = serde_json::from_str(&input::json(&case["input"])).unwrap_or_else(|error| panic!("{error}"));
    let draft = EventDraft::new("com.test.source", "com.test.event").subject("s").data(json!({})).id(asked);
    let event = draft.build(&Environment::system()).unwrap_or_else(|error| panic!("{error}"));
    match text(expect, "kind") {
        "uuid4" => differences(&json!({"$uuid": "u"}), &event.id().into()),
        "exact" => differences(&expected(&expect["id"]), &event.id().into()),
        _ => differences(&expected(&expect["decoded"]), &decoded(event.id())),
    }
}

fn parse(case: &Value, expect: &Value) -> Problems {
    let wanted = if expect["plain"] == true { Value::Null } else { expected(&expect["decoded"]) };
    let id = expected(&case["id"]);
    differences(&wanted, &decoded(id.as_str().unwrap_or_default()))
}

fn expected(recorded: &Value) -> Value {
    input::value(recorded).unwrap_or_else(|| panic!("a lone surrogate in {recorded}"))
}

/// What a managed id holds; null for a plain one.
fn decoded(id: &str) -> Value {
    ManagedId::parse(id, &Limits::DEFAULT).map_or(Value::Null, |id| json!({"uuid": id.uuid, "value": id.value}))
}
