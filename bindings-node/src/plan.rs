//! Handlers, compiled; their functions stay in JavaScript.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::{Domain, HandlerSpec, Plan};
use napi::Either;
use napi_derive::napi;
use serde::Deserialize;
use slab::Slab;

use crate::contract::NodeContract;
use crate::error::Failure;
use crate::numbers::Number;
use crate::telemetry::SpanParam;
use crate::text::Text;

thread_local! {
    /// The handlers of this thread.
    pub static PLANS: RefCell<Slab<Arc<Plan>>> = RefCell::default();
}

/// A compiled handler.
#[napi]
pub struct NodePlan {
    pub(crate) plan: Arc<Plan>,
    number: Number<Arc<Plan>>,
}

#[napi]
impl NodePlan {
    /// Its number.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number.get()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    /// Versions that there is a function for.
    versions: Vec<String>,
    /// Absent: not finite.
    executionunits: Option<f64>,
    emits: Option<Vec<Option<String>>>,
    system_error: Option<Vec<Option<String>>>,
    #[serde(default)]
    span: SpanParam,
}

/// Compiles a handler.
#[napi(catch_unwind)]
pub fn build_plan(contract: &NodeContract, param: String) -> Either<NodePlan, Text> {
    match build(contract, &param) {
        Ok(plan) => Either::A(NodePlan { number: Number::of(Arc::clone(&plan), &PLANS), plan }),
        Err(failure) => Either::B(failure.into()),
    }
}

fn build(contract: &NodeContract, param: &str) -> Result<Arc<Plan>, Failure> {
    let param: Param = serde_json::from_str(param)
        .map_err(|error| Failure::new("contract", format!("a handler can't be built: {error}")))?;
    let domains = |list: Vec<Option<String>>| list.iter().map(|domain| Domain::of(domain.as_deref())).collect();
    let mut spec = HandlerSpec::new(&contract.0, param.versions);
    spec.executionunits = param.executionunits.unwrap_or(f64::NAN);
    spec.emits = param.emits.map(domains);
    spec.system_error = param.system_error.map(domains);
    spec.span = param.span.into();
    Ok(Plan::handler(spec)?)
}
