//! An orchestrator with its machines and its memory, as Rust users hold it.

use std::fmt;
use std::sync::Arc;

use crate::contract::Contract;
use crate::environment::Environment;
use crate::execution::Plan;
use crate::memory::Keeping;

use super::builder::OrchestratorBuilder;
use super::functions::Functions;

/// A workflow as machines, one for each version that it serves. Between two events it is its record in the memory,
/// and nothing else: a machine is never run again to find out where it was. Cloning copies a pointer.
///
/// ```
/// use arvo::{Contract, EventDraft, Machine, Orchestrator};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let object = || json!({"type": "object"});
/// let add = Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build()?;
/// let sums = Contract::orchestrator("#/flows/sum", "sum").version("1.0.0", object(), object()).build()?;
/// let machine = Machine::builder(&sums.latest())
///     .service("add", &add.latest())
///     .definition(json!({
///         "id": "sum", "context": {"total": 0}, "initial": "adding", "output": {"total": {"$": "context.total"}},
///         "states": {
///             "adding": {
///                 "entry": {"emit": {"type": "com.calc.add", "data": {"a": 1, "b": 2}}},
///                 "on": {"evt.calc.add.success": {"target": "done", "actions": {"assign": {"total": {"$": "event.data.sum"}}}}},
///             },
///             "done": {"type": "final"},
///         },
///     }))
///     .build()?;
/// let orchestrator = Orchestrator::builder().machine(machine).build()?;
/// let init = sums.latest().factory().init(EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null})))?;
/// let calls = orchestrator.execute(init).await?;
/// assert_eq!(calls[0].type_(), "com.calc.add");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Orchestrator(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) plan: Arc<Plan>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) memory: Keeping,
    /// By machine, in the order of the plan's.
    pub(crate) functions: Vec<Arc<Functions>>,
}

impl Orchestrator {
    /// Begins an orchestrator.
    pub fn builder() -> OrchestratorBuilder {
        OrchestratorBuilder::new()
    }

    /// The contract of its machines.
    pub fn contract(&self) -> &Contract {
        self.0.plan.contract()
    }

    /// The source of its events: the type that its contract accepts.
    pub fn source(&self) -> &str {
        self.0.plan.source()
    }

    /// Whether it locks its workflows.
    pub fn locking(&self) -> bool {
        self.0.plan.locking()
    }
}

impl fmt::Debug for Orchestrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orchestrator").field("machines", &self.0.plan.machines()).finish_non_exhaustive()
    }
}
