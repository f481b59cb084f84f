//! orchestrator.json: machines as workflows, event by event, with the record after each; and what can't be made.

use arvo::{
    BoxError, Domain, HandlerError, HostedMachine, Machine, MachineBuilder, Orchestrator, OrchestratorBuilder, Scope,
    Violation, WorkflowDomains,
};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::behaviour::{ordinary_error, throw};
use crate::case::{Run, group, text};
use crate::contracts;
use crate::files::handler::{JS_ONLY, domains};
use crate::matcher::differences;
use crate::memory::RecordedMemory;
use crate::outcome;
use crate::template::{evaluate, truth};
use crate::workflow::{self, Workflow};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        if group(case, "tags").any(|tag| tag == JS_ONLY) {
            continue;
        }
        run.check("cases", text(case, "name"), || workflow::steps(case, |memory| made(data, case, memory)));
    }
    for case in group(data, "machines") {
        run.case("machines", text(case, "name"), case, |expect| differences(&plain(expect), &machine_of(data, case)));
    }
    for case in group(data, "construction") {
        run.case("construction", text(case, "name"), case, |expect| {
            differences(&plain(expect), &construction(data, case))
        });
    }
}

/// Violations are compared whole, other errors by their text.
fn plain(expect: &Value) -> Value {
    if expect.pointer("/error/violation").is_some() { expect.clone() } else { outcome::without_class(expect) }
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let named = |case: &&Value| case["name"] == name;
    let executed = group(data, "cases")
        .filter(named)
        .filter(|case| case.pointer("/oursExpect/construction").is_none())
        .flat_map(|case| workflow::execute(case, |memory| made(data, case, memory), |_, _, _| ()).1);
    let refused = group(data, "cases")
        .filter(named)
        .filter_map(|case| made(data, case, RecordedMemory::default()).err().map(|error| outcome::of_handler(&error)));
    let machines = group(data, "machines").filter(named).map(|case| machine_of(data, case));
    let construction = group(data, "construction").filter(named).map(|case| construction(data, case));
    executed.chain(refused).chain(machines).chain(construction).collect()
}

fn made(data: &Value, case: &Value, memory: RecordedMemory) -> Result<Workflow, HandlerError> {
    orchestrator(data, &case["orchestrator"], |builder| builder.own_memory(memory)).map(Workflow::Orchestrator)
}

fn machine_of(data: &Value, case: &Value) -> Value {
    match machine(data, &case["machine"]) {
        Err(violation) => json!({"error": outcome::of_violation(&violation)["violation"]}),
        Ok(made) => json!({
            "made": true,
            "id": made.machine().id(),
            "version": made.machine().version().as_str(),
            "source": made.machine().source(),
            "requiresResourceLocking": made.machine().requires_resource_locking(),
        }),
    }
}

fn construction(data: &Value, case: &Value) -> Value {
    match orchestrator(data, case, |builder| builder) {
        Err(error) => outcome::of_handler(&error),
        Ok(made) => json!({
            "made": true,
            "source": made.source(),
            "domain": made.contract().domain(),
            "locking": made.locking(),
            "systemErrorType": made.contract().system_error_type(),
        }),
    }
}

/// A recorded orchestrator; its templates are real functions.
pub(crate) fn orchestrator(
    data: &Value,
    definition: &Value,
    finish: impl FnOnce(OrchestratorBuilder) -> OrchestratorBuilder,
) -> Result<Orchestrator, HandlerError> {
    let mut builder = Orchestrator::builder();
    for recorded in group(definition, "machines") {
        builder = builder.machine(machine(data, recorded).map_err(HandlerError::Wiring)?);
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

fn machine(data: &Value, recorded: &Value) -> Result<HostedMachine, Violation> {
    let version = |reference: &Value| {
        let name = text(reference, "contract");
        let contract = contracts::contract(&data["contracts"][name]).unwrap_or_else(|error| panic!("{name}: {error}"));
        contract.version(reference["version"].as_str().unwrap_or("1.0.0")).unwrap_or_else(|error| panic!("{error}"))
    };
    let mut builder = Machine::builder(&version(&recorded["self"]));
    for (name, service) in recorded["services"].as_object().into_iter().flatten() {
        builder = builder.service(name, &version(service));
    }
    for key in recorded["extraSetup"].as_object().into_iter().flat_map(Map::keys) {
        builder = builder.setup(key, recorded["extraSetup"][key].clone());
    }
    for (name, action) in recorded["actions"].as_object().into_iter().flatten() {
        builder = add_action(builder, name, action);
    }
    for (name, guard) in recorded["guards"].as_object().into_iter().flatten() {
        let guard = guard.clone();
        builder = builder.guard(name, move |scope| match throw(&guard) {
            Some(error) => Err(error),
            None => Ok(truth(evaluate(&guard, &seen(scope))?.as_ref())),
        });
    }
    let mut templates = Vec::new();
    let config = with_functions(&recorded["config"], true, &mut templates);
    for (number, template) in templates.into_iter().enumerate() {
        builder = builder.function(&number.to_string(), move |scope| made_of(&template, scope));
    }
    builder.definition(config).build()
}

fn add_action(builder: MachineBuilder, name: &str, action: &Value) -> MachineBuilder {
    let form = ["assign", "emit", "raise"].into_iter().find(|form| action.get(*form).is_some());
    let action = action.clone();
    match form {
        Some(form) => {
            let template = action[form].clone();
            let make = move |scope: Scope<'_>| made_of(&template, scope);
            match form {
                "assign" => builder.assign(name, make),
                "emit" => builder.emit(name, make),
                _ => builder.raise(name, make),
            }
        }
        None => builder.action(name, move |_| throw(&action).map_or(Ok(()), Err)),
    }
}

/// Puts a function in the place of each template: the root's context, every output, all params.
fn with_functions(config: &Value, is_root: bool, templates: &mut Vec<Value>) -> Value {
    match config {
        Value::Array(list) => list.iter().map(|item| with_functions(item, false, templates)).collect(),
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| {
                let is_template = matches!(key.as_str(), "output" | "params") || is_root && key == "context";
                let value = if is_template {
                    templates.push(value.clone());
                    json!({"$fn": (templates.len() - 1).to_string()})
                } else {
                    with_functions(value, false, templates)
                };
                (key.clone(), value)
            });
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

fn made_of(template: &Value, scope: Scope<'_>) -> Result<Value, BoxError> {
    let made = evaluate(template, &seen(scope));
    let made = made.map_err(|error| ordinary_error(&json!({"name": "Error", "message": error.to_string()})))?;
    Ok(made.unwrap_or(Value::Null))
}

/// What templates look things up in.
fn seen(scope: Scope<'_>) -> Value {
    json!({"context": scope.context(), "event": scope.event(), "params": scope.params(), "input": scope.input()})
}
