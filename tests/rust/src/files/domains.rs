//! domains.json: from the domains that emitting code gives to those of the events.

use std::sync::Arc;

use arvo::{Contract, Domain, DomainContext, Environment, EventDraft, Handler, Input, Output, Subject};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::case::{Run, group, text};
use crate::files::handler::execute;
use crate::matcher::differences;

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    if let Some(symbols) = data.get("symbols") {
        run.check("symbols", "", || differences(symbols, &named()));
    }
    for (index, case) in group(data, "resolve").enumerate() {
        run.case("resolve", &format!("{index}: {}", text(case, "symbol")), case, |expect| {
            differences(expect, &resolve(data, case))
        });
    }
    for (index, case) in group(data, "lists").enumerate() {
        run.case("lists", &format!("{index}: {}", text(case, "at")), case, |expect| {
            let found = match text(case, "at") {
                at @ ("handler output" | "handler error") => by_handler(data, case, at == "handler error"),
                _ => by_list(data, case),
            };
            differences(expect, &found)
        });
    }
}

/// The symbols' texts under the reference's names.
fn named() -> Value {
    let mut found = Map::from_iter([("LOCAL".to_owned(), Value::Null)]);
    for (symbol, name) in Domain::SYMBOLS {
        let constant = format!("{symbol:?}").char_indices().fold(String::new(), |mut constant, (at, letter)| {
            if at > 0 && letter.is_uppercase() {
                constant.push('_');
            }
            constant.push(letter.to_ascii_uppercase());
            constant
        });
        found.insert(constant, name.into());
    }
    Value::Object(found)
}

/// One entry, resolved.
fn resolve(data: &Value, case: &Value) -> Value {
    let of_contract = |key: &str| case[key].as_str().and_then(|name| data["contractDomains"][name].as_str());
    let context = DomainContext {
        self_contract: of_contract("selfContract"),
        event_contract: of_contract("eventContract"),
        triggering_event: case["triggeringDomain"].as_str(),
        current_subject: subject(&data["subjects"][text(case, "currentSubject")]),
        parent_subject: subject(&data["parents"][text(case, "parentSubject")]),
        ..DomainContext::default()
    };
    json!(Domain::of(case["value"].as_str()).resolve(&context))
}

fn subject(recorded: &Value) -> Option<&str> {
    recorded["subject"].as_str().or(recorded.as_str())
}

/// A list as a workflow gives it.
fn by_list(data: &Value, case: &Value) -> Value {
    let contracts = &data["listContracts"][text(case, "at")];
    let current = subject_in("arvo.orc.current", &case["subject"]);
    let parent = case.get("parent").filter(|parent| **parent != "no parent");
    let parent = parent.map(|domain| subject_in("arvo.orc.parent", domain));
    let context = DomainContext {
        self_contract: contracts["self"].as_str(),
        event_contract: contracts["event"].as_str(),
        triggering_event: case["event"].as_str(),
        current_subject: Some(&current),
        parent_subject: parent.as_deref(),
        ..DomainContext::default()
    };
    json!(Domain::resolve_all(&list(case), &context))
}

/// A list as a handler gives it, for its output or for its system errors: the domains of the events that come out.
fn by_handler(data: &Value, case: &Value, fails: bool) -> Value {
    let object = || json!({"type": "object"});
    let mut contract = Contract::simple("#/test/domains", "test.domains").version("1.0.0", object(), object());
    if let Some(domain) = data["listContracts"][text(case, "at")]["self"].as_str() {
        contract = contract.domain(domain);
    }
    let contract = contract.build().unwrap_or_else(|error| panic!("{error}"));
    let domains = list(case);
    let handler = Handler::builder(&contract)
        .system_errors_in(domains.clone())
        .version("1.0.0", move |_: Input| {
            let output = Output::new("evt.test.domains.success", json!({})).domains(domains.clone());
            async move { if fails { Err("boom".into()) } else { Ok(output) } }
        })
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let mut draft =
        EventDraft::from_source("com.test.client").subject(subject_in("arvo.orc.current", &case["subject"]));
    if let Some(domain) = case["event"].as_str() {
        draft = draft.domain(domain);
    }
    let event = contract.latest().factory().accepts(draft.data(json!({}))).unwrap_or_else(|error| panic!("{error}"));
    let events = execute(&handler, event).unwrap_or_else(|error| panic!("{error}"));
    json!(events.iter().map(|event| event.domain()).collect::<Vec<_>>())
}

fn list(case: &Value) -> Vec<Domain> {
    group(case, "list").map(|entry| Domain::of(entry.as_str())).collect()
}

/// A subject that carries this domain.
fn subject_in(orchestrator: &str, domain: &Value) -> Arc<str> {
    let draft = Subject::root(orchestrator, "com.test.client").version("1.0.0").domain(domain.as_str());
    draft.build(&Environment::system()).unwrap_or_else(|error| panic!("{error}")).encode().into()
}
