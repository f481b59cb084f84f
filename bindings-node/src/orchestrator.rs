//! Orchestrators: machines as workflows, one for each version.

use arvo::{OrchestratorSpec, Plan};
use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use serde::Deserialize;

use crate::error::Failure;
use crate::machine::NodeMachine;
use crate::memory::NodeMemory;
use crate::telemetry::SpanParam;
use crate::text::Text;
use crate::workflow::{Domains, Flow, NodeWorkflow};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    /// Absent: not finite.
    executionunits: Option<f64>,
    locking: Option<bool>,
    #[serde(default)]
    domains: Domains,
    #[serde(default)]
    span: SpanParam,
}

/// Compiles an orchestrator. Without a memory its steps come to the face.
#[napi(catch_unwind)]
pub fn build_orchestrator(
    machines: Vec<ClassInstance<'_, NodeMachine>>,
    param: String,
    memory: Option<&NodeMemory>,
) -> Either<NodeWorkflow, Text> {
    match build(&machines, &param, memory) {
        Ok(workflow) => Either::A(workflow),
        Err(failure) => Either::B(failure.into()),
    }
}

fn build(
    machines: &[ClassInstance<'_, NodeMachine>],
    param: &str,
    memory: Option<&NodeMemory>,
) -> Result<NodeWorkflow, Failure> {
    let param: Param = serde_json::from_str(param)
        .map_err(|error| Failure::new("contract", format!("an orchestrator can't be built: {error}")))?;
    let mut spec = OrchestratorSpec::new(machines.iter().map(|machine| machine.machine.clone()));
    spec.executionunits = param.executionunits.unwrap_or(f64::NAN);
    spec.locking = param.locking;
    spec.domains = param.domains.into();
    spec.span = param.span.into();
    let flow = Flow {
        plan: Plan::orchestrator(spec)?,
        memory: memory.map(|memory| memory.0.clone()),
        functions: machines.iter().map(|machine| machine.has_functions).collect(),
    };
    Ok(flow.into())
}
