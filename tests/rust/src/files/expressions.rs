//! expressions.json: expressions and templates; ours, not recorded (`tests/cases`).

use arvo::Limits;
use arvo::expression::Template;
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        let scope = case["scope"].as_str().map_or(&case["scope"], |name| &data["scopes"][name]);
        let scope = scope.as_object().unwrap_or_else(|| panic!("the case has no scope: {case}"));
        run.case("cases", text(case, "name"), case, |expect| evaluate(case, scope, expect));
    }
}

/// Compiled for the names of its scope, and worked out.
fn evaluate(case: &Value, scope: &Map<String, Value>, expect: &Value) -> Problems {
    let names: Vec<&str> = scope.keys().map(String::as_str).collect();
    let definition = case["expression"].as_str().map_or_else(|| case["template"].clone(), |text| json!({"$": text}));
    let template = match Template::compile(&definition, &names) {
        Ok(template) => template,
        Err(errors) => return part_of(expect, "refused", &errors.iter().map(ToString::to_string).collect::<String>()),
    };
    match template.evaluate_named(scope, &Limits::DEFAULT) {
        Ok(Some(found)) => same(expect, &json!({"value": found})),
        Ok(None) => same(expect, &json!({"absent": true})),
        Err(error) => part_of(expect, "error", &error.to_string()),
    }
}

/// Compared as it is: `$` is no matcher here.
fn same(expect: &Value, found: &Value) -> Problems {
    if expect == found { Vec::new() } else { vec![format!("wanted {expect}, found {found}")] }
}

/// The expected text is a part of the message.
fn part_of(expect: &Value, kind: &str, found: &str) -> Problems {
    if expect[kind].as_str().is_some_and(|part| found.contains(part)) {
        return Vec::new();
    }
    vec![format!("wanted {expect}, found {kind}: {found}")]
}
