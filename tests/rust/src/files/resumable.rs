//! resumable.json: whole workflows, event by event, with the record after each.

use arvo::{
    BoxError, Domain, Event, HandlerError, Limits, Record, Resumable, ResumableInput, Resumed, Violation,
    WorkflowDomains,
};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::behaviour::throw;
use crate::case::{Problems, Run, group, text};
use crate::files::handler::{JS_ONLY, domains};
use crate::matcher::{Labels, compare, differences};
use crate::memory::RecordedMemory;
use crate::outcome::{self, event};
use crate::template::{evaluate, truth};
use crate::{contracts, input};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        if group(case, "tags").any(|tag| tag == JS_ONLY) {
            continue;
        }
        run.check("cases", text(case, "name"), || steps(data, case));
    }
    for case in group(data, "construction") {
        run.case("construction", text(case, "name"), case, |expect| differences(expect, &construction(data, case)));
    }
}

/// Runs all steps of a case; labels hold for all of them.
fn steps(data: &Value, case: &Value) -> Problems {
    let (mut problems, found) = execute(data, case);
    let mut labels = Labels::default();
    for (index, (step, found)) in group(case, "steps").zip(&found).enumerate() {
        let ours = case.pointer(&format!("/oursExpect/{index}"));
        match (ours, case.get("ours"), case.get("oursExpect")) {
            (Some(expect), ..) => check(expect, found, &mut labels, index, &mut problems),
            (None, Some(_), None) => {} // executed; what comes of it is left open
            _ => check(&step["expect"], found, &mut labels, index, &mut problems),
        }
    }
    problems
}

/// Runs all steps of a case: what is wrong with the workflow itself, and what came of each step.
fn execute(data: &Value, case: &Value) -> (Problems, Vec<Value>) {
    let memory = RecordedMemory::default();
    let resumable = resumable(data, &case["resumable"], |builder| builder.own_memory(memory.clone()));
    let resumable = resumable.unwrap_or_else(|error| panic!("{error}"));
    let mut problems = Vec::new();
    if resumable.locking() != case["locking"].as_bool().unwrap_or_default() {
        problems.push(format!("locking: found {}", resumable.locking()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap_or_else(|error| panic!("{error}"));
    let (mut done, mut all) = (Vec::new(), Vec::new());
    for (index, step) in group(case, "steps").enumerate() {
        let given = evaluate(&step["event"], &json!({"steps": done})).unwrap_or_else(|error| panic!("{error}"));
        let given = given.unwrap_or_else(|| panic!("step {index} has no event"));
        let event = Event::parse(&input::json(&given), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
        let subject = event.subject().to_owned();
        memory.prepare(&step["faults"], step["held"].as_bool().unwrap_or_default().then_some(&*subject));
        let mut found = match runtime.block_on(resumable.execute(event)) {
            Ok(events) => outcome::events(&events),
            Err(failure) => outcome::failure(&failure),
        };
        done.push(json!({"event": given, "events": found.get("events").cloned().unwrap_or_else(|| json!([]))}));
        (found["record"], found["memory"]) = memory.look(&subject);
        all.push(found);
    }
    (problems, all)
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let named = |case: &&Value| case["name"] == name;
    let executed = group(data, "cases").filter(named).flat_map(|case| execute(data, case).1);
    executed.chain(group(data, "construction").filter(named).map(|case| construction(data, case))).collect()
}

/// A failure record of ours may say more than the reference's.
fn check(expect: &Value, found: &Value, labels: &mut Labels, index: usize, problems: &mut Problems) {
    let mut expect = expect.clone();
    // The consumed event is joined to a violation where it leaves; in Rust the caller has it already.
    if expect.pointer("/violation/metadata/initiatingEvent").is_some() {
        expect["violation"]["metadata"] = Value::Null;
    }
    let mut found = found.clone();
    if found["record"]["executionStatus"] == "failure" {
        let wanted: Vec<String> = expect["record"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
        if let Some(record) = found["record"].as_object_mut() {
            record.retain(|key, _| wanted.contains(key));
        }
    }
    compare(&expect, &found, labels, &format!("/{index}"), problems);
}

fn construction(data: &Value, case: &Value) -> Value {
    match resumable(data, &case["resumable"], |builder| builder) {
        Err(HandlerError::Wiring(violation)) => json!({"error": outcome::of_violation(&violation)["violation"]}),
        Err(error) => outcome::error_of(&error.to_string(), []),
        Ok(made) => json!({"made": true, "source": made.source(), "locking": made.locking()}),
    }
}

/// A recorded resumable; its rules are real functions.
pub(crate) fn resumable(
    data: &Value,
    definition: &Value,
    finish: impl FnOnce(arvo::ResumableBuilder) -> arvo::ResumableBuilder,
) -> Result<Resumable, HandlerError> {
    let contract =
        |name: &str| contracts::contract(&data["contracts"][name]).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut builder = Resumable::builder(&contract(text(definition, "contract")));
    for (name, service) in definition["services"].as_object().into_iter().flatten() {
        let version = service["version"].as_str().unwrap_or("1.0.0");
        let service = contract(text(service, "contract")).version(version).unwrap_or_else(|error| panic!("{error}"));
        builder = builder.service(name, &service);
    }
    for (version, rules) in definition["rules"].as_object().into_iter().flatten() {
        let rules = rules.clone();
        builder = builder.version(version, move |input: ResumableInput| {
            let answer = perform(&rules, &input);
            async move { answer }
        });
    }
    if let Some(units) = definition["executionunits"].as_f64() {
        builder = builder.executionunits(units);
    }
    if let Some(locking) = definition["locking"].as_bool() {
        builder = builder.locking(locking);
    }
    let list = |place: &str| -> Option<Vec<Domain>> { domains(&definition["domains"][place]) };
    let domains =
        WorkflowDomains { services: list("services"), complete: list("complete"), system_error: list("systemError") };
    finish(builder.domains(domains)).build()
}

/// Does what the first rule that fits says.
fn perform(rules: &Value, input: &ResumableInput) -> Result<Resumed, BoxError> {
    let scope = scope(input)?;
    for rule in rules.as_array().into_iter().flatten() {
        let fits = match rule["on"].as_str() {
            None => true,
            Some("input") => input.init().is_some(),
            Some("service") => input.service().is_some(),
            Some(type_) => input.service().is_some_and(|service| service.type_() == type_),
        };
        let holds = match rule.get("if") {
            None => true,
            Some(condition) => truth(evaluate(condition, &scope)?.as_ref()),
        };
        if fits && holds {
            return apply(rule, &scope);
        }
    }
    Ok(Resumed::default())
}

fn apply(rule: &Value, scope: &Value) -> Result<Resumed, BoxError> {
    if let Some(thrown) = throw(rule) {
        return Err(thrown);
    }
    let mut returned = Map::new();
    for member in ["context", "services", "output"] {
        if let Some(value) = rule.get(member).map(|template| evaluate(template, scope)).transpose()?.flatten() {
            returned.insert(member.to_owned(), value);
        }
    }
    Resumed::take(Value::Object(returned)).map_err(|fault| Violation::Contract(fault).into())
}

/// What templates look things up in.
fn scope(input: &ResumableInput) -> Result<Value, BoxError> {
    let mut collected = Map::new();
    for event in input.all_collected()? {
        let list = collected.entry(event.type_().to_owned()).or_insert_with(|| json!([]));
        list.as_array_mut().into_iter().for_each(|list| list.push(outcome::event(event)));
    }
    let record = |record: &Record| serde_json::from_str::<Value>(record.text());
    Ok(json!({
        "context": input.context::<Value>()?,
        "metadata": input.metadata.as_ref().map(record).transpose()?,
        "collectedEvents": collected,
        "domain": {"self": input.contract.contract().domain(), "event": input.event.domain()},
        "input": input.init().map(event),
        "service": input.service().map(event),
    }))
}
