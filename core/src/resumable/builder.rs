//! Building a resumable: services, memory, a function for each version of its contract.

use std::sync::Arc;

use crate::contract::{Contract, VersionedContract};
use crate::environment::Environment;
use crate::execution::{HandlerError, Plan, ResumableSpec, WorkflowDomains};
use crate::handler::BoxError;
use crate::memory::{InMemory, Keeping, Memory};
use crate::telemetry::SpanSpec;

use super::input::{IntoResumed, ResumableInput};
use super::resumable::{Function, Inner, Resumable};

/// Builds a [`Resumable`].
#[must_use]
pub struct ResumableBuilder {
    spec: ResumableSpec,
    functions: Vec<(String, Function)>,
    memory: Option<Keeping>,
    environment: Arc<Environment>,
}

impl ResumableBuilder {
    pub(super) fn new(contract: &Contract) -> Self {
        let spec = ResumableSpec::new::<String>(contract, []);
        Self { spec, functions: Vec::new(), memory: None, environment: Environment::shared() }
    }

    /// A service that the workflow may call, under a name for errors and pictures.
    pub fn service(mut self, name: impl Into<String>, contract: &VersionedContract) -> Self {
        self.spec.services.push((name.into(), contract.clone()));
        self
    }

    /// The function for one version: it gets a [`ResumableInput`] and returns nothing, or a
    /// [`Resumed`](crate::Resumed).
    pub fn version<F, Answer, R>(mut self, version: impl Into<String>, function: F) -> Self
    where
        F: Fn(ResumableInput) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<R, BoxError>> + Send + 'static,
        R: IntoResumed,
    {
        let version = version.into();
        let boxed: Function = Box::new(move |input| {
            let answer = function(input);
            Box::pin(async move { Ok(answer.await?.into_resumed()) })
        });
        self.spec.versions.push(version.clone());
        self.functions.push((version, boxed));
        self
    }

    /// Keeps the workflows in this process; without a word, each resumable has such a memory of its own.
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

    /// Whether to lock; when left out, with more than one service.
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

    /// The resumable.
    ///
    /// # Errors
    /// [`HandlerError`]: its services don't fit together, or a version of its contract has no function.
    pub fn build(self) -> Result<Resumable, HandlerError> {
        let Self { spec, mut functions, memory, environment } = self;
        let contract = spec.contract.clone();
        let plan = Plan::resumable(spec)?;
        let functions = contract.versions().filter_map(|known| {
            // The last function given for a version counts.
            let at = functions.iter().rposition(|(version, _)| version == known.version().as_str())?;
            Some(functions.swap_remove(at).1)
        });
        let memory = memory.unwrap_or_else(|| Keeping::InProcess(InMemory::new()));
        Ok(Resumable(Arc::new(Inner { functions: functions.collect(), plan, environment, memory })))
    }
}
