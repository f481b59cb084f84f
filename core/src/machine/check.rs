//! A machine held against its contracts: what it sends, waits for and ends with (STATECHARTS §10).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::{NoHost, Refused, TypedSchema, VersionedContract};
use crate::environment::Limits;
use crate::event::Data;
use crate::statechart::{Chart, Given, nearest};
use crate::violation::{Issue, MachineProblem};

use super::machine::refusal;
use super::services::ServiceList;

pub(super) fn problems(chart: &Chart, own: &VersionedContract, services: &ServiceList) -> Vec<MachineProblem> {
    let given = chart.given_events();
    let mut problems = Vec::new();
    for event in given.iter().filter(|event| !event.raised) {
        problems.extend(sent(chart, event, own, services));
    }
    problems.extend(never(chart, &given, own, services));
    problems.extend(unhandled(chart, &given, services));
    if let (Some(output), [complete]) = (chart.fixed_output(), own.emits())
        && let Err(issues) = judge(complete, &without_marks(output))
    {
        let message = format!("the output breaks {}, which the machine completes with: {issues}", complete.type_);
        problems.push(warning("W-OUTPUT", "output", message));
    }
    problems
}

/// What is wrong with an event that goes to a service.
fn sent(chart: &Chart, event: &Given<'_>, own: &VersionedContract, services: &ServiceList) -> Option<MachineProblem> {
    let type_name = event.type_name?;
    let accepted = services.iter().map(|(_, service)| service.accepts()).find(|accepts| *accepts.type_ == *type_name);
    let Some(schema) = accepted.or_else(|| own.emit(type_name)) else {
        let known: Vec<String> = services.iter().map(|(_, service)| service.accepts().type_.to_string()).collect();
        let message = format!(
            "state '{}' emits '{type_name}', which no service accepts: it goes out unchecked.{}",
            event.state,
            suggestion(type_name, known.iter().map(String::as_str))
        );
        return Some(warning("W-EMIT", &chart.place(event.state), message));
    };
    let issues = judge(schema, event.data?).err()?;
    let message = format!("state '{}' emits '{type_name}' with data that its contract refuses: {issues}", event.state);
    Some(refusal("E-EMIT", &chart.place(event.state), message))
}

/// Event types that a transition waits for and nobody sends.
fn never(chart: &Chart, given: &[Given<'_>], own: &VersionedContract, services: &ServiceList) -> Vec<MachineProblem> {
    // What a function raises could be anything.
    if given.iter().any(|event| event.raised && event.type_name.is_none()) {
        return Vec::new();
    }
    let mut known: BTreeSet<&str> =
        given.iter().filter(|event| event.raised).filter_map(|event| event.type_name).collect();
    known.insert(own.contract().type_());
    for (_, service) in services {
        known.extend(answers(service));
    }
    let waits_in_vain = |(_, name): &(&str, &str)| !name.contains('*') && !known.contains(name);
    let text = |name: &str| {
        format!(
            "no service emits '{name}', and nothing raises it: a transition waits for it in vain.{}",
            suggestion(name, known.iter().copied())
        )
    };
    let path = |state: &str, name: &str| {
        let place = chart.place(state);
        if place.is_empty() { format!("on.{name}") } else { format!("{place}.on.{name}") }
    };
    chart
        .awaited()
        .filter(waits_in_vain)
        .map(|(state, name)| warning("W-NEVER", &path(state, name), text(name)))
        .collect()
}

/// Answers of a service that the states which wait for them do not handle.
fn unhandled(chart: &Chart, given: &[Given<'_>], services: &ServiceList) -> Vec<MachineProblem> {
    let mut problems: Vec<MachineProblem> = Vec::new();
    for event in given.iter().filter(|event| !event.raised && !event.waiting.is_empty()) {
        let called = services.iter().find(|(_, service)| Some(&*service.accepts().type_) == event.type_name);
        let Some((name, service)) = called else { continue };
        for answer in answers(service) {
            if event.waiting.iter().any(|state| chart.handles_around(state, answer)) {
                continue;
            }
            let waiting = event.waiting.join("', '");
            let message = format!(
                "service '{name}' is called and may answer '{answer}', which nothing handles in or around '{waiting}'"
            );
            if !problems.iter().any(|known| known.message == message) {
                problems.push(warning("W-UNHANDLED", &chart.place(event.state), message));
            }
        }
    }
    problems
}

/// The types that a service may answer with.
fn answers(service: &VersionedContract) -> impl Iterator<Item = &str> {
    let emits = service.emits().iter().map(|emit| &*emit.type_);
    emits.chain([service.contract().system_error_type()])
}

/// Whether data keeps a schema that can be asked now; a host's own is asked when the event is made.
fn judge(schema: &TypedSchema, data: &Value) -> Result<(), String> {
    if schema.schema.is_host() {
        return Ok(());
    }
    match schema.schema.validate(&Data::from(data.clone()), &Limits::DEFAULT, &NoHost) {
        Err(Refused::Issues(issues)) => Err(issues.iter().map(Issue::to_string).collect::<Vec<_>>().join("; ")),
        _ => Ok(()),
    }
}

/// An output without what is the completion event's own.
fn without_marks(output: &Value) -> Value {
    let mut output = output.clone();
    if let Value::Object(map) = &mut output {
        map.retain(|key, _| !matches!(key.as_str(), "__id" | "__domain" | "__executionunits"));
    }
    output
}

fn suggestion<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    nearest(name, known).map(|nearest| format!(" Did you mean '{nearest}'?")).unwrap_or_default()
}

fn warning(code: &'static str, path: &str, message: String) -> MachineProblem {
    MachineProblem { refuses: false, ..refusal(code, path, message) }
}
