//! Resumable workflows: compiled, and what their functions may ask for while they run.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::{Data, Issue, Plan, Raised, Refused, ResumableSpec, Resumption, SchemaHost, Ticket, Token};
use foldhash::HashMap;
use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use serde::Deserialize;

use crate::contract::NodeContract;
use crate::error::{Failure, answer};
use crate::memory::NodeMemory;
use crate::telemetry::SpanParam;
use crate::text::Text;
use crate::workflow::{Domains, Flow, NodeWorkflow};

thread_local! {
    /// What the functions that run now may still ask for.
    static RESUMPTIONS: RefCell<HashMap<u64, Resumption>> = RefCell::default();
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    /// Versions that there is a function for.
    versions: Vec<String>,
    /// Name and version of each service, in the order of their contracts.
    services: Vec<(String, String)>,
    /// Absent: not finite.
    executionunits: Option<f64>,
    locking: Option<bool>,
    #[serde(default)]
    domains: Domains,
    #[serde(default)]
    span: SpanParam,
}

/// Compiles a resumable. Without a memory its steps come to the face.
#[napi(catch_unwind)]
pub fn build_workflow(
    contract: &NodeContract,
    services: Vec<ClassInstance<'_, NodeContract>>,
    param: String,
    memory: Option<&NodeMemory>,
) -> Either<NodeWorkflow, Text> {
    match build(contract, &services, &param) {
        Ok(plan) => {
            let memory = memory.map(|memory| memory.0.clone());
            Either::A(Flow { plan, memory, functions: Vec::new() }.into())
        }
        Err(failure) => Either::B(failure.into()),
    }
}

fn build(
    contract: &NodeContract,
    services: &[ClassInstance<'_, NodeContract>],
    param: &str,
) -> Result<Arc<Plan>, Failure> {
    let param: Param = serde_json::from_str(param)
        .map_err(|error| Failure::new("contract", format!("a resumable can't be built: {error}")))?;
    let mut spec = ResumableSpec::new(&contract.0, param.versions);
    for ((name, version), service) in param.services.into_iter().zip(services) {
        spec.services.push((name, service.0.version(&version)?));
    }
    spec.executionunits = param.executionunits.unwrap_or(f64::NAN);
    spec.locking = param.locking;
    spec.domains = param.domains.into();
    spec.span = param.span.into();
    Ok(Plan::resumable(spec)?)
}

/// The responses so far to the events last sent, as one JSON array; those under a host schema are as they came.
#[napi(catch_unwind)]
pub fn collected_events(ticket: f64) -> Text {
    let asked = resumption(ticket, |resumption| resumption.collected.clone());
    answer(asked.and_then(|collected| {
        let events = collected.events(&Unjudged)?;
        let texts: Vec<String> = events.iter().map(arvo::Event::to_json).collect();
        Ok(format!("[{}]", texts.join(",")))
    }))
}

/// The record, or `null`.
#[napi(catch_unwind)]
pub fn workflow_record(ticket: f64) -> Text {
    answer(resumption(ticket, |resumption| {
        resumption.metadata.as_ref().map_or_else(|| "null".to_owned(), |record| record.text().to_owned())
    }))
}

fn resumption<T>(ticket: f64, show: impl FnOnce(&Resumption) -> T) -> Result<T, Failure> {
    RESUMPTIONS.with_borrow(|resumptions| resumptions.get(&(ticket as u64)).map(show)).ok_or_else(|| {
        Failure::new("driver", "the function has answered already; read collectedEvents and metadata before that")
    })
}

/// Its function runs now.
pub fn remember(ticket: Ticket, resumption: Resumption) {
    RESUMPTIONS.with_borrow_mut(|resumptions| resumptions.insert(ticket.number(), resumption));
}

/// Its function has answered, or never will.
pub fn forget(ticket: Ticket) {
    RESUMPTIONS.with_borrow_mut(|resumptions| resumptions.remove(&ticket.number()));
}

/// Leaves host schemas to the face, which has the objects.
struct Unjudged;

impl SchemaHost for Unjudged {
    fn validate(&self, _schema: u32, _data: &Data) -> Result<Option<Data>, Refused> {
        Ok(None)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Err(Raised::error(token, "Error", "there is no object here"))
    }
}

/// How problems that the face finds in a response read.
#[napi(catch_unwind)]
pub fn refused_response(problems: String) -> Text {
    #[derive(Deserialize)]
    struct Problem {
        path: String,
        message: String,
    }
    let problems: Vec<Problem> = serde_json::from_str(&problems).unwrap_or_default();
    let issues = problems.into_iter().map(|Problem { path, message }| Issue { path, message }).collect();
    Failure::from(arvo::Violation::Contract(arvo::ContractFault::WorkflowInput { issues })).into()
}
