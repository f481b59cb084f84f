//! The table that all languages share: every row of `tests/cases/expressions.json` gives what it says.

use arvo::Limits;
use arvo::expression::{Expression, Member, Object, Template, View};
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

/// An object that shows its members one by one, as an event does.
#[derive(Debug)]
struct Shown<'t>(&'t Value);

impl Object for Shown<'_> {
    fn member(&self, key: &str) -> Option<Member<'_>> {
        self.0.get(key).map(|value| match value {
            Value::Null => Member::Null,
            Value::Bool(value) => Member::Bool(*value),
            Value::Number(number) => Member::Number(number.clone()),
            Value::String(text) => Member::Text(text),
            other => Member::Json(other),
        })
    }

    fn json(&self) -> &Value {
        self.0
    }
}

/// Whether objects of the scope are JSON, or shown.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Shown,
}

fn run(row: &Value, scope: &Map<String, Value>, form: Form, limits: &Limits) -> Outcome {
    let names: Vec<&str> = scope.keys().map(String::as_str).collect();
    let template = if let Some(text) = row["expression"].as_str() {
        match Expression::compile(text, &names) {
            Ok(expression) => expression.into(),
            Err(error) => return Outcome::Refused(error.to_string()),
        }
    } else {
        match Template::compile(&row["template"], &names) {
            Ok(template) => template,
            Err(errors) => return Outcome::Refused(errors.iter().map(ToString::to_string).collect()),
        }
    };
    let found = match form {
        Form::Json => template.evaluate(&scope.values().collect::<Vec<_>>(), limits),
        Form::Shown => {
            let shown: Vec<Shown<'_>> = scope.values().map(Shown).collect();
            let views = shown.iter().map(|shown| match shown.0 {
                Value::Object(_) => View::Object(shown),
                other => View::Json(other),
            });
            template.evaluate_views(&views.collect::<Vec<_>>(), limits)
        }
    };
    match found.map_err(|error| error.to_string()) {
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
        let found = run(row, scope(&table, row), Form::Json, &Limits::default());
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

/// Within every small budget too: an object that is shown costs what JSON costs.
#[test]
fn every_row_gives_the_same_for_objects_that_show_their_members() {
    let table = table();
    for row in table["cases"].as_array().expect("cases are a list") {
        let scope = scope(&table, row);
        let budgets = (0..24).map(|expression_steps| Limits { expression_steps, ..Limits::default() });
        for limits in budgets.chain([Limits::default()]) {
            let [json, shown] = [Form::Json, Form::Shown].map(|form| format!("{:?}", run(row, scope, form, &limits)));
            assert_eq!(json, shown, "{row} within {} steps", limits.expression_steps);
        }
    }
}
