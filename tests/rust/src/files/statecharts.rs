//! statecharts/: bare charts as XState 5.24.0 ran them, the engine of the reference, what it refuses and what it locks.

use arvo::statechart::{Chart, Outcome, Problem, Signal};
use arvo::{Contract, Data, Machine, MachineSpec, VersionedContract};
use serde_json::{Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::mini::{Mini, same};

/// Hand-picked and random charts.
pub(crate) fn charts(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    all(data, run, chart_case);
}

/// Steps as the reference's engine runs them.
pub(crate) fn engine(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    all(data, run, engine_case);
}

/// Definitions that are refused, and some that the reference wrongly accepts.
pub(crate) fn refused(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    all(data, run, refused_case);
}

/// Which machines ask for a lock.
pub(crate) fn locking(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    all(data, run, locking_case);
}

fn all(data: &Value, run: &mut Run<'_>, check: fn(&Value, &Value) -> Result<(), String>) {
    for case in group(data, "cases") {
        run.check("cases", text(case, "name"), || check(case, data).err().into_iter().collect::<Problems>());
    }
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
    for (at, step) in group(case, "steps").enumerate() {
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
        let order = |json: &Value| json["snapshot"]["value"].to_string();
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
    let snapshot = chart.snapshot(outcome.state, host).unwrap_or_else(|error| panic!("{error}"));
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
    for (at, step) in group(case, "steps").enumerate() {
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
                let state = chart.snapshot(outcome.state, &host).map_err(|error| error.to_string())?;
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

fn texts(problems: &[Problem]) -> String {
    let list: Vec<String> = problems.iter().map(|p| format!("{} {}: {}", p.code, p.path, p.message)).collect();
    format!("refused: {}", list.join("; "))
}

fn compare(what: &str, found: &Value, wanted: &Value) -> Result<(), String> {
    if same(found, wanted) { Ok(()) } else { Err(format!("{what}:\n  found  {found}\n  wanted {wanted}")) }
}

/// The contract that the recorder's machines have.
fn own() -> VersionedContract {
    let object = || json!({"type": "object"});
    let contract = Contract::orchestrator("#/vector/machine", "vector.machine").version("1.0.0", object(), object());
    contract.build().unwrap_or_else(|error| panic!("{error}")).latest()
}

/// A service that emits these types.
fn service(name: &str, emits: Vec<String>) -> VersionedContract {
    let object = || json!({"type": "object"});
    let emits = emits.into_iter().map(|type_| (type_, object()));
    let contract =
        Contract::builder(format!("#/vector/{name}"), format!("com.{name}.do")).version("1.0.0", object(), emits);
    contract.build().unwrap_or_else(|error| panic!("{error}")).latest()
}

fn refused_case(case: &Value, file: &Value) -> Result<(), String> {
    let wanted = case.get("oursExpect").unwrap_or(&case["reference"]);
    let given = Mini::new(case, file).implementations(case);
    let mut spec = MachineSpec::new(&own(), case["machine"].clone());
    spec.setup = case["setup"].as_object().cloned().unwrap_or_default();
    spec.setup.insert("guards".to_owned(), Value::Object(given.guards));
    spec.setup.insert("actions".to_owned(), Value::Object(given.actions));
    let named = case["implementations"]["actions"].as_object().into_iter().flatten().map(|(name, _)| name);
    for name in named.filter(|name| *name == Machine::ENQUEUE) {
        spec = spec.action(name, json!({"$fn": 0}));
    }
    // The file tells of services in words.
    match text(case, "name") {
        "refused/self-as-service" => spec = spec.service("me", &own()),
        "refused/duplicate-service" => {
            let one = service("one", vec!["evt.one.do.success".to_owned()]);
            spec = spec.service("one", &one).service("again", &one);
        }
        _ => {}
    }
    match (Machine::compile(spec), wanted.as_str()) {
        (Ok(_), Some("accepts")) => Ok(()),
        (Ok(_), _) => Err("compiles, but should be refused".to_owned()),
        (Err(violation), Some(_)) => Err(violation.to_string()),
        (Err(violation), None) => {
            let message = violation.to_string();
            // Where the wording is free, XState's is still there.
            let free = wanted["message"].is_object();
            let xstate = case["reference"]["message"].as_str().unwrap_or_default();
            let fits = if free {
                message.contains(xstate.trim_start_matches("ViolationError<Config> "))
            } else {
                message == wanted["message"]
            };
            if fits { Ok(()) } else { Err(format!("\n  found  {message}\n  wanted {wanted} {xstate}")) }
        }
    }
}

fn locking_case(case: &Value, _: &Value) -> Result<(), String> {
    let mut spec = MachineSpec::new(&own(), case["machine"].clone());
    for (name, types) in case["serviceEmits"].as_object().into_iter().flatten() {
        let types = types.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        spec = spec.service(name, &service(name, types));
    }
    let machine = Machine::compile(spec).map_err(|violation| violation.to_string())?;
    compare("locking", &json!(machine.requires_resource_locking()), &case["requiresResourceLocking"])
}
