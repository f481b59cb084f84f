//! factories.json: events made by a contract's factories.

use arvo::{EventDraft, Limits};
use serde_json::{Value, json};

use crate::Vectors;
use crate::behaviour::ordinary_error;
use crate::case::{Run, group, text};
use crate::matcher::differences;
use crate::outcome::{self, error_of, of_factory, without_class};
use crate::{contracts, input};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        run.case("cases", text(case, "name"), case, |expect| differences(&without_class(expect), &outcome(data, case)));
    }
}

/// Every failure that the cases of this name produce, or tell of in a system error event (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let told = |case: &Value| {
        let found = outcome(data, case);
        match found.pointer("/event/data/errorMessage").and_then(Value::as_str) {
            Some(message) => error_of(message, []),
            None => found,
        }
    };
    group(data, "cases").filter(|case| case["name"] == name).map(told).collect()
}

/// Calls the factory's method.
fn outcome(data: &Value, case: &Value) -> Value {
    let definition = &data["contracts"][text(case, "contract")];
    let contract = contracts::contract(definition).unwrap_or_else(|error| panic!("{error}"));
    let factory = contract.version(text(case, "version")).unwrap_or_else(|error| panic!("{error}")).factory();
    let mut given = case["input"].clone();
    if let Some(extensions) = case.get("extensions") {
        given["__extensions"] = extensions.clone();
    }
    let error = given.as_object_mut().and_then(|given| given.remove("error"));
    let draft = EventDraft::from_json(&input::json(&given), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    let made = match text(case, "method") {
        "systemError" => factory.system_error(draft, &ordinary_error(&error.unwrap_or_default())),
        "emits" => factory.emits(draft),
        "init" => factory.init(draft),
        "complete" => factory.complete(draft),
        _ => factory.accepts(draft),
    };
    match made {
        Ok(event) => json!({"event": outcome::event(&event)}),
        Err(error) => of_factory(&error),
    }
}
