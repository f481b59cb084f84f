//! Every recorded case: the interpreter must do what XState 5.24.0 did.

use std::path::PathBuf;

use arvo::Data;
use arvo::statechart::{Chart, Implementations, Outcome, Problem, Signal};
use serde_json::{Value, json};

use crate::statechart::mini::{Mini, same};

fn file(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
    let path = PathBuf::from(folder).join("statecharts").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Runs all cases of a file; the names and reasons of those that fail.
pub(crate) fn failures(name: &str, run: impl Fn(&Value, &Value) -> Result<(), String>) -> usize {
    let file = file(name);
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty(), "{name} holds no cases");
    let mut failed = 0;
    for case in cases {
        if let Err(why) = run(case, &file) {
            failed += 1;
            println!("{name} {}: {why}", case["name"]);
        }
    }
    println!("{name}: {} of {} pass", cases.len() - failed, cases.len());
    failed
}

#[test]
fn handpicked_charts_run_as_recorded() {
    assert_eq!(failures("handpicked.json", chart_case), 0);
}

#[test]
fn random_charts_run_as_recorded() {
    let failed: usize = (1..=4).map(|number| failures(&format!("random-{number}.json"), chart_case)).sum();
    assert_eq!(failed, 0);
}

#[test]
fn engine_steps_run_as_recorded() {
    assert_eq!(failures("arvo-engine.json", engine_case), 0);
}

#[test]
fn parallel_states_are_seen() {
    let failed = failures("arvo-locking.json", |case, _| {
        let chart = Chart::compile(&case["machine"], &Implementations::default()).map_err(|p| texts(&p))?;
        let services = case["serviceEmits"].as_object().unwrap();
        let several = services.values().any(|types| types.as_array().unwrap().len() > 1);
        compare("locking", &json!(chart.has_parallel_states() || several), &case["requiresResourceLocking"])
    });
    assert_eq!(failed, 0);
}

fn chart_case(case: &Value, file: &Value) -> Result<(), String> {
    let host = Mini::new(case, file);
    let compiled = Chart::compile(&case["machine"], &host.implementations(case));
    let ours = &case["oursExpect"];
    if let Some(wanted) = ours.get("construction") {
        let problems = compiled.err().ok_or("compiles, but should be refused")?;
        let found: Vec<&str> =
            problems.iter().filter(|p| p.code.text().starts_with("E-")).map(|p| p.code.text()).collect();
        return compare("problems", &json!({"problems": found}), wanted);
    }
    let chart = compiled.map_err(|problems| texts(&problems))?;
    let mut before = Value::Null;
    for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let wanted = ours.get(at.to_string()).unwrap_or(&step["expect"]);
        host.ran.borrow_mut().clear();
        let outcome = if step.get("start").is_some() {
            chart.start(case.get("input").cloned().map(Data::from), &host)
        } else {
            Signal::from_json(step["event"].clone()).and_then(|event| chart.resume(before, event, &host))
        };
        let found = match outcome {
            Ok(outcome) => report(&chart, outcome, &host),
            Err(error) => json!({"error": error.to_string(), "actions": *host.ran.borrow()}),
        };
        compare(&format!("step {at}"), &found, wanted)?;
        let order = |json: &Value| serde_json::to_string(&json["snapshot"]["value"]).unwrap();
        if order(&found) != order(wanted) {
            return Err(format!("step {at}: value in order {}, wanted {}", order(&found), order(wanted)));
        }
        before = wanted["snapshot"].clone();
    }
    Ok(())
}

fn report(chart: &Chart, outcome: Outcome, host: &Mini) -> Value {
    let (tags, meta) = (chart.tags(&outcome.state), chart.meta(&outcome.state));
    let emitted: Vec<Value> = outcome.emitted.iter().map(plain).collect();
    let snapshot = chart.snapshot(outcome.state, host).unwrap();
    let mut found = json!({"snapshot": snapshot, "emitted": emitted, "actions": *host.ran.borrow()});
    if !tags.is_empty() {
        found["tags"] = json!(tags);
    }
    if !meta.is_empty() {
        found["meta"] = Value::Object(meta);
    }
    found
}

/// A step as the reference's engine runs it.
fn engine_case(case: &Value, file: &Value) -> Result<(), String> {
    let host = Mini::new(case, file);
    let mut implementations = host.implementations(case);
    let queue = ["arvo$$", "volatile$$", "eventQueue$$"].map(str::to_owned).to_vec();
    implementations.appending.push(("enqueueArvoEvent".to_owned(), queue));
    let chart = Chart::compile(&case["machine"], &implementations).map_err(|problems| texts(&problems))?;
    let mut before = Value::Null;
    for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let wanted = case["oursExpect"].get(at.to_string()).unwrap_or(&step["expect"]);
        if wanted["error"]["message"].as_str().is_some_and(|text| text.starts_with("Invalid initialization event")) {
            return Ok(()); // the orchestrator's own check
        }
        host.ran.borrow_mut().clear();
        let event = step["event"].clone();
        let outcome = if before.is_null() {
            chart.start(Some(event.into()), &host)
        } else {
            Signal::from_json(event).and_then(|event| chart.resume(before.clone(), event, &host))
        };
        let found = match outcome {
            Ok(outcome) => {
                let events: Vec<Value> = outcome.emitted.iter().chain(&outcome.appended).map(plain).collect();
                let state = chart.snapshot(outcome.state, &host).unwrap();
                let output = |state: &Value| state.get("output").filter(|o| !o.is_null()).cloned().unwrap_or(json!({}));
                let same_output = same(&output(&state), &output(&before));
                let last = if same_output { Value::Null } else { state.get("output").cloned().unwrap_or_default() };
                json!({"state": state, "events": events, "finalOutput": last, "actions": *host.ran.borrow()})
            }
            Err(error) => {
                json!({"error": {"name": "Error", "message": error.to_string()}, "actions": *host.ran.borrow()})
            }
        };
        compare(&format!("step {at}"), &found, wanted)?;
        before = wanted["state"].clone();
    }
    Ok(())
}

fn plain(data: &Data) -> Value {
    match data {
        Data::Value(value) => Value::clone(value),
        other => panic!("{other:?} was emitted"),
    }
}

pub(crate) fn texts(problems: &[Problem]) -> String {
    let list: Vec<String> = problems.iter().map(|p| format!("{} {}: {}", p.code, p.path, p.message)).collect();
    format!("refused: {}", list.join("; "))
}

fn compare(what: &str, found: &Value, wanted: &Value) -> Result<(), String> {
    if same(found, wanted) { Ok(()) } else { Err(format!("{what}:\n  found  {found}\n  wanted {wanted}")) }
}
