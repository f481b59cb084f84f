//! handler.json: one event into a handler, and what comes out.

use arvo::{Domain, Event, Failure, Handler, HandlerBuilder, HandlerError, Input, Limits};
use serde_json::{Value, json};

use crate::Vectors;
use crate::behaviour::perform;
use crate::case::{Run, group, text};
use crate::matcher::differences;
use crate::outcome::{self, error_of, without_class};
use crate::{contracts, input};

/// Of what is thrown only where anything can be, so that it runs in Node alone.
pub(crate) const JS_ONLY: &str = "js-only";

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "cases") {
        if group(case, "tags").any(|tag| tag == JS_ONLY) {
            continue;
        }
        run.case("cases", text(case, "name"), case, |expect| differences(expect, &outcome(data, case)));
    }
    for case in group(data, "construction") {
        run.case("construction", text(case, "name"), case, |expect| {
            differences(&without_class(expect), &construction(data, case))
        });
    }
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let named = |case: &&Value| case["name"] == name;
    let executed = group(data, "cases").filter(named).map(|case| outcome(data, case));
    executed.chain(group(data, "construction").filter(named).map(|case| construction(data, case))).collect()
}

/// Runs the handler's future on this thread.
pub(crate) fn execute(handler: &Handler, event: Event) -> Result<Vec<Event>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(handler.execute(event))
}

fn outcome(data: &Value, case: &Value) -> Value {
    let event = Event::parse(&input::json(&case["event"]), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    let handler = handler(data, &case["handler"]).unwrap_or_else(|error| panic!("{error}"));
    match execute(&handler, event) {
        Ok(events) => outcome::events(&events),
        Err(failure) => outcome::failure(&failure),
    }
}

fn construction(data: &Value, case: &Value) -> Value {
    match handler(data, case) {
        Err(error) => error_of(&error.to_string(), []),
        Ok(handler) => json!({
            "made": true,
            "source": handler.source(),
            "domain": handler.contract().domain(),
            "systemErrorType": handler.contract().system_error_type(),
        }),
    }
}

/// A recorded handler; its behaviours are real functions.
pub(crate) fn handler(data: &Value, definition: &Value) -> Result<Handler, HandlerError> {
    builder(data, definition).build()
}

pub(crate) fn builder(data: &Value, definition: &Value) -> HandlerBuilder {
    let contract = &data["contracts"][text(definition, "contract")];
    let contract = contracts::contract(contract).unwrap_or_else(|error| panic!("{error}"));
    let mut builder = Handler::builder(&contract);
    for (version, behaviour) in definition["behaviours"].as_object().into_iter().flatten() {
        let behaviour = behaviour.clone();
        builder = builder.version(version, move |input: Input| {
            let answer = perform(&behaviour, &input);
            async move { answer }
        });
    }
    if let Some(units) = definition["executionunits"].as_f64() {
        builder = builder.executionunits(units);
    }
    if let Some(domains) = domains(&definition["domains"]["emits"]) {
        builder = builder.emits_in(domains);
    }
    if let Some(domains) = domains(&definition["domains"]["systemError"]) {
        builder = builder.system_errors_in(domains);
    }
    builder
}

pub(crate) fn domains(list: &Value) -> Option<Vec<Domain>> {
    Some(list.as_array()?.iter().map(|entry| Domain::of(entry.as_str())).collect())
}
