//! Domains: what the entries of a list stand for.

use arvo::{Domain, DomainContext};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::Value;

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// A list of domains and what it is resolved in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    domains: Vec<Option<String>>,
    self_contract: Option<String>,
    event_contract: Option<String>,
    triggering_event: Option<String>,
    current_subject: Option<String>,
    parent_subject: Option<String>,
}

/// The domains that a list stands for, each once, as JSON.
#[napi(catch_unwind)]
pub fn resolve_domains(question: String) -> Text {
    answer(
        serde_json::from_str(&question)
            .map(|question: Question| resolved(&question))
            .map_err(|error| Failure::new("domain", format!("domains can't be resolved: {error}"))),
    )
}

fn resolved(question: &Question) -> Value {
    let context = DomainContext {
        self_contract: question.self_contract.as_deref(),
        event_contract: question.event_contract.as_deref(),
        triggering_event: question.triggering_event.as_deref(),
        current_subject: question.current_subject.as_deref(),
        parent_subject: question.parent_subject.as_deref(),
        limits: environment::limits(),
    };
    let domains: Vec<Domain> = question.domains.iter().map(|domain| Domain::of(domain.as_deref())).collect();
    Domain::resolve_all(&domains, &context)
        .iter()
        .map(|domain| domain.as_deref().map_or(Value::Null, Value::from))
        .collect()
}
