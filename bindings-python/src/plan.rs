//! A compiled handler or workflow; its functions stay with the face, `arvo/handler.py` and `arvo/resumable.py`.

use std::sync::Arc;

use arvo::{Domain, HandlerSpec, OrchestratorSpec, ResumableSpec, WorkflowDomains};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::contract::{Contract, VersionedContract};
use crate::environment;
use crate::error;
use crate::event::Event;
use crate::machine::Machine;
use crate::memory::InMemory;
use crate::running::{self, Keeping, Running};
use crate::telemetry::{self, Trace};

/// What an execution runs by.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Plan(pub(crate) Arc<Compiled>);

/// The core's plan, and the services whose schemas say how a call's data crosses.
pub(crate) struct Compiled {
    pub(crate) plan: Arc<arvo::Plan>,
    pub(crate) services: Vec<arvo::VersionedContract>,
}

#[pymethods]
impl Plan {
    #[new]
    #[pyo3(signature = (contract, versions, executionunits, emits, system_error, span = None))]
    fn new(
        py: Python<'_>,
        contract: &Contract,
        versions: Vec<String>,
        executionunits: Option<f64>,
        emits: Option<Vec<Option<String>>>,
        system_error: Option<Vec<Option<String>>>,
        span: Option<(Option<String>, Bound<'_, PyDict>)>,
    ) -> PyResult<Self> {
        let mut spec = HandlerSpec::new(&contract.0, versions);
        spec.executionunits = executionunits.unwrap_or(spec.executionunits);
        spec.emits = emits.map(domains);
        spec.system_error = system_error.map(domains);
        spec.span = telemetry::spec(span)?;
        let plan = arvo::Plan::handler(spec).map_err(|wrong| error::plan(py, &wrong))?;
        Ok(Self(Arc::new(Compiled { plan, services: Vec::new() })))
    }

    /// A workflow. Domains are those of calls, of the completion, and of system errors.
    #[staticmethod]
    #[pyo3(signature = (contract, versions, services, executionunits, locking, domains, span = None))]
    #[allow(clippy::too_many_arguments)] // keywords, in Python
    fn resumable(
        py: Python<'_>,
        contract: &Contract,
        versions: Vec<String>,
        services: Vec<(String, PyRef<'_, VersionedContract>)>,
        executionunits: Option<f64>,
        locking: Option<bool>,
        domains: [Option<Vec<Option<String>>>; 3],
        span: Option<(Option<String>, Bound<'_, PyDict>)>,
    ) -> PyResult<Self> {
        let mut spec = ResumableSpec::new(&contract.0, versions);
        spec.services = services.into_iter().map(|(name, service)| (name, service.0.clone())).collect();
        spec.executionunits = executionunits.unwrap_or(spec.executionunits);
        spec.locking = locking;
        spec.domains = workflow_domains(domains);
        spec.span = telemetry::spec(span)?;
        let services = spec.services.iter().map(|(_, service)| service.clone()).collect();
        let plan = arvo::Plan::resumable(spec).map_err(|wrong| error::plan(py, &wrong))?;
        Ok(Self(Arc::new(Compiled { plan, services })))
    }

    /// A workflow whose versions are machines; domains as above.
    #[staticmethod]
    #[pyo3(signature = (machines, executionunits, locking, domains, span = None))]
    fn orchestrator(
        py: Python<'_>,
        machines: Vec<PyRef<'_, Machine>>,
        executionunits: Option<f64>,
        locking: Option<bool>,
        domains: [Option<Vec<Option<String>>>; 3],
        span: Option<(Option<String>, Bound<'_, PyDict>)>,
    ) -> PyResult<Self> {
        let mut spec = OrchestratorSpec::new(machines.iter().map(|machine| machine.0.clone()));
        spec.executionunits = executionunits.unwrap_or(spec.executionunits);
        spec.locking = locking;
        spec.domains = workflow_domains(domains);
        spec.span = telemetry::spec(span)?;
        let plan = arvo::Plan::orchestrator(spec).map_err(|wrong| error::plan(py, &wrong))?;
        Ok(Self(Arc::new(Compiled { plan, services: Vec::new() })))
    }

    /// Whether executions lock their workflow.
    #[getter]
    fn locking(&self) -> bool {
        self.0.plan.locking()
    }

    /// How the span of an execution begins: name, kind, attributes, parent, time.
    fn opening<'py>(&self, py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyTuple>> {
        telemetry::opening(py, &self.0.plan.opening(&event.event, &environment::current()))
    }

    /// Begins an execution; its first step comes with it. Without `memory`, a workflow's memory is the caller's.
    /// `tables` are the functions of its machines, `trace` is what is to be known of its span.
    #[pyo3(signature = (event, checks, memory = None, tables = None, trace = None))]
    fn begin<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, Event>,
        checks: &Bound<'py, PyDict>,
        memory: Option<&InMemory>,
        tables: Option<&Bound<'py, PyList>>,
        trace: Option<&Bound<'py, Trace>>,
    ) -> PyResult<(Bound<'py, Running>, Bound<'py, PyAny>)> {
        let keeping = match memory {
            Some(memory) => Keeping::InProcess(memory.0.clone()),
            None if self.0.plan.is_workflow() => Keeping::Own,
            None => Keeping::Nothing,
        };
        running::begin(py, &self.0, event, checks, tables, keeping, trace)
    }
}

/// Those of calls, of the completion, and of system errors.
fn workflow_domains(lists: [Option<Vec<Option<String>>>; 3]) -> WorkflowDomains {
    let [services, complete, system_error] = lists.map(|list| list.map(domains));
    WorkflowDomains { services, complete, system_error }
}

fn domains(list: Vec<Option<String>>) -> Vec<Domain> {
    list.iter().map(|entry| Domain::of(entry.as_deref())).collect()
}
