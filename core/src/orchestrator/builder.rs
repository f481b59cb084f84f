//! Building an orchestrator: machines, memory, costs.

use std::sync::Arc;

use crate::environment::Environment;
use crate::execution::{HandlerError, OrchestratorSpec, Plan, WorkflowDomains};
use crate::memory::{InMemory, Keeping, Memory};
use crate::telemetry::SpanSpec;

use super::functions::Functions;
use super::machine_builder::HostedMachine;
use super::orchestrator::{Inner, Orchestrator};

/// Builds an [`Orchestrator`].
#[must_use]
pub struct OrchestratorBuilder {
    spec: OrchestratorSpec,
    functions: Vec<Arc<Functions>>,
    memory: Option<Keeping>,
    environment: Arc<Environment>,
}

impl OrchestratorBuilder {
    pub(super) fn new() -> Self {
        let spec = OrchestratorSpec::new([]);
        Self { spec, functions: Vec::new(), memory: None, environment: Environment::shared() }
    }

    /// A machine, for the version of its contract.
    pub fn machine(mut self, machine: impl Into<HostedMachine>) -> Self {
        let HostedMachine { machine, functions } = machine.into();
        self.spec.machines.push(machine);
        self.functions.push(functions);
        self
    }

    /// Keeps the workflows in this process; without a word, each orchestrator has such a memory of its own.
    pub fn memory(mut self, memory: InMemory) -> Self {
        self.memory = Some(Keeping::InProcess(memory));
        self
    }

    /// Keeps the workflows in a memory of the user's own.
    pub fn own_memory(mut self, memory: impl Memory) -> Self {
        self.memory = Some(Keeping::Own(Arc::new(memory)));
        self
    }

    /// What one event costs, unless an output says otherwise; 0 when left out.
    pub fn executionunits(mut self, units: f64) -> Self {
        self.spec.executionunits = units;
        self
    }

    /// Whether to lock; when left out, if one of the machines asks for it.
    pub fn locking(mut self, locking: bool) -> Self {
        self.spec.locking = Some(locking);
        self
    }

    /// Default domains of calls, completion and system errors.
    pub fn domains(mut self, domains: WorkflowDomains) -> Self {
        self.spec.domains = domains;
        self
    }

    /// What is different about the spans of its executions.
    pub fn span(mut self, span: SpanSpec) -> Self {
        self.spec.span = span;
        self
    }

    /// Another clock, other ids or limits.
    pub fn environment(mut self, environment: Arc<Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// The orchestrator.
    ///
    /// # Errors
    /// As [`Plan::orchestrator`].
    pub fn build(self) -> Result<Orchestrator, HandlerError> {
        let Self { spec, functions, memory, environment } = self;
        let plan = Plan::orchestrator(spec)?;
        let memory = memory.unwrap_or_else(|| Keeping::InProcess(InMemory::new()));
        Ok(Orchestrator(Arc::new(Inner { plan, environment, memory, functions })))
    }
}
