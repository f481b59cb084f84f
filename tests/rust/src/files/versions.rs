//! versions.json: versions, and the dataschemas that name them.

use arvo::{Dataschema, Environment, EventDraft, Version, lenient_version};
use serde_json::{Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::matcher::differences;

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    if let Some(wildcard) = data.get("wildcard") {
        run.check("wildcard", "", || differences(wildcard, &Version::WILDCARD.as_str().into()));
    }
    for case in group(data, "compare") {
        run.case("compare", &format!("{} with {}", text(case, "a"), text(case, "b")), case, |expect| {
            compare(case, expect)
        });
    }
    for case in group(data, "valid") {
        run.check("valid", text(case, "version"), || valid(case));
    }
    for case in group(data, "dataschemaParse") {
        run.case("dataschemaParse", text(case, "dataschema"), case, |expect| {
            let found = halves(case["dataschema"].as_str());
            let is_valid = Value::from(!found.is_null());
            [differences(expect, &found), differences(&case["isValid"], &is_valid)].concat()
        });
    }
    for case in group(data, "dataschemaOfEvent") {
        run.case("dataschemaOfEvent", &case["dataschema"].to_string(), case, |expect| {
            differences(expect, &of_event(case))
        });
    }
    for case in group(data, "dataschemaBuild") {
        run.case("dataschemaBuild", text(case, "expect"), case, |expect| {
            let version = text(case, "version").parse().unwrap_or_else(|error| panic!("{error}"));
            differences(expect, &Dataschema::new(text(case, "uri"), version).to_string().into())
        });
    }
}

/// The sign of a comparison; beyond 2^53, where a `note` says so, the reference is wrong.
fn compare(case: &Value, expect: &Value) -> Problems {
    let [one, other] =
        ["a", "b"].map(|key| text(case, key).parse::<Version>().unwrap_or_else(|error| panic!("{error}")));
    let sign = one.compare(&other) as i8;
    if case.get("note").is_some() { Vec::new() } else { differences(expect, &sign.into()) }
}

fn valid(case: &Value) -> Problems {
    let text = text(case, "version");
    let version = text.parse::<Version>();
    let lenient = match lenient_version(text) {
        Ok([major, minor, patch]) => json!({"ok": {"major": major, "minor": minor, "patch": patch}}),
        Err(error) => json!({"error": {"name": "Error", "message": error.to_string()}}),
    };
    [
        differences(&case["valid"], &version.is_ok().into()),
        differences(&case["wildcard"], &version.is_ok_and(|version| version.is_wildcard()).into()),
        differences(&case["parse"], &lenient),
    ]
    .concat()
}

fn of_event(case: &Value) -> Value {
    let mut draft = EventDraft::new("com.test.source", "com.test.event").subject("s").data(json!({}));
    if let Some(dataschema) = case["dataschema"].as_str() {
        draft = draft.dataschema(dataschema);
    }
    let event = draft.build(&Environment::system()).unwrap_or_else(|error| panic!("{error}"));
    halves(event.dataschema())
}

/// The two halves of a dataschema, or null.
fn halves(text: Option<&str>) -> Value {
    match text.map(str::parse::<Dataschema>) {
        Some(Ok(schema)) => json!({"uri": schema.uri, "version": schema.version.as_str()}),
        Some(Err(_)) | None => Value::Null,
    }
}
