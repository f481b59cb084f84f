//! testsuites.json: whole suites, and what a runner's report says of them.

use std::cell::Cell;

use arvo::suite::{Answer, Next, Run as Case, Suite, Thrown, Verdict};
use arvo::{Environment, Event, Handler};
use serde_json::{Value, json};

use super::handler::{execute, handler};
use crate::Vectors;
use crate::case::{Run, group, text};
use crate::matcher::{differences, message_of};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for suite in group(data, "suites") {
        run.case("suites", text(suite, "name"), suite, |expect| differences(expect, &report(data, suite)));
    }
}

/// What is tested: a recorded handler, or a function that fails on some of its calls and gives back its input.
enum Tested {
    Handler(Handler),
    Function { fails_on: Vec<u64>, calls: Cell<u64> },
}

/// The groups and tests as they are reported.
fn report(data: &Value, recorded: &Value) -> Value {
    let configs: Vec<&Value> = match &recorded["config"] {
        Value::Array(configs) => configs.iter().collect(),
        one => vec![one],
    };
    let tested: Vec<Tested> = configs.iter().map(|config| tested(data, config)).collect();
    let written: Vec<Value> = configs.iter().zip(&tested).map(|(config, tested)| written(config, tested)).collect();
    let suite = Suite::from_json(&json!({"config": written, "cases": recorded["cases"]}));
    let suite = suite.unwrap_or_else(|error| panic!("{error}"));
    let groups = suite.configs.iter().zip(&tested).map(|(config, tested)| {
        let tests = suite.cases.iter().map(|case| {
            let mut found = json!({"name": case.name(), "passes": true});
            if let Some((message, paths)) = failure(Case::new(case, &Environment::shared()), tested) {
                found["passes"] = false.into();
                found["error"] = message_of(&message, paths);
            }
            found
        });
        json!({"describe": config.group(), "tests": tests.collect::<Vec<_>>()})
    });
    groups.collect()
}

fn tested(data: &Value, config: &Value) -> Tested {
    match config.get("handler") {
        Some(definition) => Tested::Handler(handler(data, definition).unwrap_or_else(|error| panic!("{error}"))),
        None => Tested::Function {
            fails_on: group(&config["fn"], "failOn").filter_map(Value::as_u64).collect(),
            calls: Cell::default(),
        },
    }
}

/// The config as a suite's file has it.
fn written(config: &Value, tested: &Tested) -> Value {
    let mut written = match tested {
        Tested::Handler(handler) => json!({"handler": handler.source()}),
        Tested::Function { .. } => json!({"function": ""}),
    };
    if let Some(name) = config.get("name") {
        written["name"] = name.clone();
    }
    written
}

/// Why a case fails, with the places that its last error names.
fn failure(mut case: Case, tested: &Tested) -> Option<(String, Vec<String>)> {
    let mut paths = Vec::new();
    loop {
        let answer = match case.next() {
            Next::Execute { event, .. } => perform(tested, event, &mut paths),
            Next::Done(Verdict::Passed) => return None,
            Next::Done(Verdict::Failed(message)) => return Some((message, paths)),
            other => panic!("a recorded suite asks for no function: {other:?}"),
        };
        case.answer(answer).unwrap_or_else(|misfit| panic!("{misfit}"));
    }
}

fn perform(tested: &Tested, event: Event, paths: &mut Vec<String>) -> Answer {
    match tested {
        Tested::Handler(handler) => match execute(handler, event) {
            Ok(events) => Answer::Executed(events),
            Err(failure) => {
                let issues = failure.violation().map(|violation| violation.issues()).unwrap_or_default();
                *paths = issues.iter().map(|issue| issue.path.clone()).collect();
                Answer::Thrown(Thrown::from(&failure))
            }
        },
        Tested::Function { fails_on, calls } => {
            calls.set(calls.get() + 1);
            if fails_on.contains(&calls.get()) {
                return Answer::Thrown(Thrown::error("Error", format!("call {} failed", calls.get())));
            }
            Answer::Executed(vec![event])
        }
    }
}
