//! The table that all languages share: every row of `tests/cases/expressions.json` gives what it says.

use arvo::Limits;
use arvo::expression::{Expression, Template};
use serde_json::{Map, Value};

const TABLE: &str = include_str!("../../../../tests/cases/expressions.json");

/// What a row gives: a value, nothing, or an error's text.
#[derive(Debug)]
enum Outcome {
    Value(Value),
    Absent,
    Error(String),
    Refused(String),
}

pub(crate) fn table() -> Value {
    serde_json::from_str(TABLE).expect("the table is JSON")
}

fn scope<'t>(table: &'t Value, row: &'t Value) -> &'t Map<String, Value> {
    let scope = &row["scope"];
    scope.as_str().map_or(scope, |name| &table["scopes"][name]).as_object().expect("a scope is an object")
}

fn run(row: &Value, scope: &Map<String, Value>) -> Outcome {
    let names: Vec<&str> = scope.keys().map(String::as_str).collect();
    let values: Vec<&Value> = scope.values().collect();
    let limits = Limits::default();
    let found = if let Some(text) = row["expression"].as_str() {
        let expression = match Expression::compile(text, &names) {
            Ok(expression) => expression,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        expression.evaluate(&values, &limits).map_err(|error| error.to_string())
    } else {
        let template = match Template::compile(&row["template"], &names) {
            Ok(template) => template,
            Err(errors) => return Outcome::Refused(errors.iter().map(ToString::to_string).collect()),
        };
        template.evaluate(&values, &limits).map_err(|error| error.to_string())
    };
    match found {
        Ok(Some(value)) => Outcome::Value(value),
        Ok(None) => Outcome::Absent,
        Err(text) => Outcome::Error(text),
    }
}

#[test]
fn every_row_gives_what_it_says() {
    let table = table();
    let rows = table["cases"].as_array().expect("cases are a list");
    assert!(rows.len() > 300, "the table is not empty");
    let mut wrong = Vec::new();
    for row in rows {
        let found = run(row, scope(&table, row));
        let expect = &row["expect"];
        let fits = match &found {
            // Written out, so that 2.0 and 2 differ: made numbers have one form.
            Outcome::Value(value) => {
                expect.get("value").is_some_and(|wanted| format!("{value}") == format!("{wanted}"))
            }
            Outcome::Absent => expect["absent"] == true,
            Outcome::Error(text) => expect["error"].as_str().is_some_and(|wanted| text.contains(wanted)),
            Outcome::Refused(text) => expect["refused"].as_str().is_some_and(|wanted| text.contains(wanted)),
        };
        if !fits {
            wrong.push(format!("{row}\n    found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
