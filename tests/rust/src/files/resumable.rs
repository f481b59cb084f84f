//! resumable.json: whole workflows, event by event, with the record after each.

use arvo::{BoxError, Domain, HandlerError, Record, Resumable, ResumableInput, Resumed, Violation, WorkflowDomains};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::behaviour::throw;
use crate::case::{Run, group, text};
use crate::contracts;
use crate::files::handler::{JS_ONLY, domains};
use crate::matcher::differences;
use crate::memory::RecordedMemory;
use crate::outcome::{self, event};
use crate::template::{evaluate, truth};
use crate::workflow::{self, Workflow};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        if group(case, "tags").any(|tag| tag == JS_ONLY) {
            continue;
        }
        run.check("cases", text(case, "name"), || workflow::steps(case, |memory| made(data, case, memory)));
    }
    for case in group(data, "construction") {
        run.case("construction", text(case, "name"), case, |expect| differences(expect, &construction(data, case)));
    }
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let named = |case: &&Value| case["name"] == name;
    let executed = group(data, "cases")
        .filter(named)
        .flat_map(|case| workflow::execute(case, |memory| made(data, case, memory), |_, _, _| ()).1);
    executed.chain(group(data, "construction").filter(named).map(|case| construction(data, case))).collect()
}

fn made(data: &Value, case: &Value, memory: RecordedMemory) -> Result<Workflow, HandlerError> {
    resumable(data, &case["resumable"], |builder| builder.own_memory(memory)).map(Workflow::Resumable)
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
