//! What an execution runs by: compiled once, when a handler or workflow is built (SPEC §10, §13).

use std::sync::Arc;

use crate::contract::{Contract, ContractKind, VersionedContract};
use crate::domain::Domain;
use crate::machine::{Machine, service_faults};
use crate::telemetry::SpanSpec;
use crate::violation::{ConfigFault, Violation};

/// A compiled handler or workflow. Shared by all its executions.
#[derive(Debug)]
pub struct Plan {
    pub(super) contract: Contract,
    pub(super) source: Arc<str>,
    pub(super) executionunits: f64,
    /// Default domains of a handler's outputs and a workflow's calls.
    pub(super) emits: Vec<Domain>,
    pub(super) system_error: Vec<Domain>,
    pub(super) kind: Kind,
    /// What is different about the spans of its executions.
    pub(super) span: SpanSpec,
}

#[derive(Debug)]
pub(super) enum Kind {
    Handler,
    Workflow(WorkflowPlan),
}

/// What a plan of a workflow has beside that of a handler.
#[derive(Debug)]
pub(super) struct WorkflowPlan {
    pub(super) locking: bool,
    /// Default domains of the completion.
    pub(super) complete: Vec<Domain>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Resumable { services: Services },
    Orchestrator { machines: Vec<Machine> },
}

/// Contracts that a workflow calls, by name.
pub(super) type Services = Vec<(String, VersionedContract)>;

/// What serves one version of a workflow.
#[derive(Debug)]
pub(super) struct Serving<'a> {
    /// The number by which the host knows it.
    pub(super) number: u32,
    pub(super) contract: VersionedContract,
    pub(super) services: &'a Services,
    pub(super) machine: Option<&'a Machine>,
}

/// What a handler is built from; its functions stay with the host.
#[derive(Clone, Debug)]
pub struct HandlerSpec {
    /// The contract it serves.
    pub contract: Contract,
    /// Versions that the host has a function for, as text; others than the contract's are passed over.
    pub versions: Vec<String>,
    /// What one event costs, unless an output says otherwise.
    pub executionunits: f64,
    /// Domains of outputs that name none; default [`Domain::OrchestrationContext`].
    pub emits: Option<Vec<Domain>>,
    /// Domains of system error events; default [`Domain::OrchestrationContext`].
    pub system_error: Option<Vec<Domain>>,
    /// What is different about the spans of its executions.
    pub span: SpanSpec,
}

impl HandlerSpec {
    /// A handler of `contract` with functions for these versions, costs nothing, default domains.
    pub fn new<V: Into<String>>(contract: &Contract, versions: impl IntoIterator<Item = V>) -> Self {
        Self {
            contract: contract.clone(),
            versions: versions.into_iter().map(Into::into).collect(),
            executionunits: 0.0,
            emits: None,
            system_error: None,
            span: SpanSpec::default(),
        }
    }
}

impl Plan {
    /// Compiles a handler. Functions are numbered by the place of their version among the contract's, ascending.
    ///
    /// # Errors
    /// [`HandlerError::MissingFunction`] for the first version without a function;
    /// [`HandlerError::ExecutionUnits`] when they are not finite.
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// assert!(arvo::Plan::handler(arvo::HandlerSpec::new(&contract, ["1.0.0"])).is_ok());
    /// let error = arvo::Plan::handler(arvo::HandlerSpec::new(&contract, ["9.0.0"])).unwrap_err();
    /// assert!(error.to_string().contains("1.0.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handler(spec: HandlerSpec) -> Result<Arc<Self>, HandlerError> {
        let HandlerSpec { contract, versions, executionunits, emits, system_error, span } = spec;
        check_functions(&contract, &versions, executionunits)?;
        let or_default = |list: Option<Vec<Domain>>| list.unwrap_or_else(|| vec![Domain::OrchestrationContext]);
        Ok(Arc::new(Self {
            source: contract.shared_type(),
            contract,
            executionunits,
            emits: or_default(emits),
            system_error: or_default(system_error),
            kind: Kind::Handler,
            span,
        }))
    }

    /// Compiles a resumable workflow. Functions are numbered as a handler's. Services are checked first.
    ///
    /// # Errors
    /// [`HandlerError::Wiring`] for two services of one contract or the workflow as its own service; as
    /// [`Plan::handler`] otherwise; [`HandlerError::NotOrchestrator`] for another kind of contract.
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let plan = arvo::Plan::resumable(arvo::ResumableSpec::new(&contract, ["1.0.0"]))?;
    /// assert!(!plan.locking(), "one service or none: nothing happens at the same time");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resumable(spec: ResumableSpec) -> Result<Arc<Self>, HandlerError> {
        let ResumableSpec { contract, versions, services, executionunits, locking, domains, span } = spec;
        if contract.kind() != ContractKind::Orchestrator {
            return Err(HandlerError::NotOrchestrator { uri: contract.uri().into() });
        }
        check_services("ArvoResumable", &contract, &services)?;
        check_functions(&contract, &versions, executionunits)?;
        Ok(Arc::new(Self {
            source: contract.shared_type(),
            contract,
            executionunits,
            emits: domains.services.unwrap_or_else(|| vec![Domain::Local]),
            system_error: domains.system_error.unwrap_or_else(|| vec![Domain::OrchestrationContext]),
            kind: Kind::Workflow(WorkflowPlan {
                locking: locking.unwrap_or(services.len() > 1),
                complete: domains.complete.unwrap_or_else(|| vec![Domain::OrchestrationContext]),
                form: Form::Resumable { services },
            }),
            span,
        }))
    }

    /// Compiles an orchestrator of machines, one for each version that it shall serve.
    ///
    /// # Errors
    /// [`HandlerError::NoMachine`] without any; [`HandlerError::Wiring`] when two serve one version, or one follows
    /// another contract than the first; [`HandlerError::ExecutionUnits`] when they are not finite.
    ///
    /// ```
    /// use arvo::{Contract, Machine, MachineSpec, OrchestratorSpec, Plan};
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let definition = serde_json::json!({"id": "order", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"ok": true}});
    /// let machine = Machine::compile(MachineSpec::new(&contract.latest(), definition))?;
    /// let plan = Plan::orchestrator(OrchestratorSpec::new([machine]))?;
    /// assert!(plan.is_workflow() && !plan.locking());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn orchestrator(spec: OrchestratorSpec) -> Result<Arc<Self>, HandlerError> {
        let OrchestratorSpec { machines, executionunits, locking, domains, span } = spec;
        let Some(first) = machines.first() else { return Err(HandlerError::NoMachine) };
        let contract = first.contract().contract().clone();
        check_machines(&contract, &machines)?;
        check_units(&contract, executionunits)?;
        Ok(Arc::new(Self {
            source: contract.shared_type(),
            contract,
            executionunits,
            emits: domains.services.unwrap_or_else(|| vec![Domain::Local]),
            system_error: domains.system_error.unwrap_or_else(|| vec![Domain::OrchestrationContext]),
            kind: Kind::Workflow(WorkflowPlan {
                locking: locking.unwrap_or_else(|| machines.iter().any(Machine::requires_resource_locking)),
                complete: domains.complete.unwrap_or_else(|| vec![Domain::OrchestrationContext]),
                form: Form::Orchestrator { machines },
            }),
            span,
        }))
    }

    /// The machines of an orchestrator, in the order they were given; none for another kind.
    pub fn machines(&self) -> &[Machine] {
        match &self.kind {
            Kind::Workflow(WorkflowPlan { form: Form::Orchestrator { machines }, .. }) => machines,
            _ => &[],
        }
    }

    /// What the workflow is, in the words of errors.
    pub(super) fn form_name(&self) -> &'static str {
        if self.machines().is_empty() { "resumable" } else { "machine" }
    }

    /// What serves a version; none for a handler.
    pub(super) fn serving(&self, version: &str) -> Option<Serving<'_>> {
        let Kind::Workflow(workflow) = &self.kind else { return None };
        match &workflow.form {
            Form::Resumable { services } => {
                let at = self.contract.index_of(version)?;
                let contract = self.contract.exact(version)?;
                Some(Serving { number: number(at), contract, services, machine: None })
            }
            Form::Orchestrator { machines } => {
                let at = machines.iter().position(|machine| machine.version().as_str() == version)?;
                let machine = &machines[at];
                let contract = machine.contract().clone();
                Some(Serving { number: number(at), contract, services: machine.services(), machine: Some(machine) })
            }
        }
    }

    /// The versions that it serves, as text.
    pub fn served_versions(&self) -> Vec<String> {
        match self.machines() {
            [] => self.contract.versions().map(|version| version.version().to_string()).collect(),
            machines => machines.iter().map(|machine| machine.version().to_string()).collect(),
        }
    }

    /// Whether its executions lock their workflow; a handler's have none.
    pub fn locking(&self) -> bool {
        matches!(&self.kind, Kind::Workflow(workflow) if workflow.locking)
    }

    /// Whether it is a workflow: then its events go to it one at a time for each subject.
    pub fn is_workflow(&self) -> bool {
        matches!(self.kind, Kind::Workflow(_))
    }

    /// The contract that it serves.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The source of its events: the type that its contract accepts.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// What a resumable workflow is built from; its functions stay with the host.
#[derive(Clone, Debug)]
pub struct ResumableSpec {
    /// Its own contract, an orchestrator's.
    pub contract: Contract,
    /// Versions that the host has a function for, as text; others than the contract's are passed over.
    pub versions: Vec<String>,
    /// The services that it may call, by name.
    pub services: Vec<(String, VersionedContract)>,
    /// What one event costs, unless an output says otherwise.
    pub executionunits: f64,
    /// Whether to lock; `None`: with more than one service.
    pub locking: Option<bool>,
    /// Default domains.
    pub domains: WorkflowDomains,
    /// What is different about the spans of its executions.
    pub span: SpanSpec,
}

/// What an orchestrator is built from; the functions of its machines stay with the host.
#[derive(Clone, Debug)]
pub struct OrchestratorSpec {
    /// Its machines, one for each version that it serves, all of one contract.
    pub machines: Vec<Machine>,
    /// What one event costs, unless an output says otherwise.
    pub executionunits: f64,
    /// Whether to lock; `None`: when one of the machines asks for it.
    pub locking: Option<bool>,
    /// Default domains.
    pub domains: WorkflowDomains,
    /// What is different about the spans of its executions.
    pub span: SpanSpec,
}

impl OrchestratorSpec {
    /// An orchestrator of these machines, costs nothing, default domains.
    pub fn new(machines: impl IntoIterator<Item = Machine>) -> Self {
        Self {
            machines: machines.into_iter().collect(),
            executionunits: 0.0,
            locking: None,
            domains: WorkflowDomains::default(),
            span: SpanSpec::default(),
        }
    }
}

/// Default domains of a workflow's events.
#[derive(Clone, Debug, Default)]
pub struct WorkflowDomains {
    /// Of calls that name none; default [`Domain::Local`].
    pub services: Option<Vec<Domain>>,
    /// Of the completion; default [`Domain::OrchestrationContext`].
    pub complete: Option<Vec<Domain>>,
    /// Of system error events; default [`Domain::OrchestrationContext`].
    pub system_error: Option<Vec<Domain>>,
}

impl ResumableSpec {
    /// A workflow of `contract` with functions for these versions, no services, costs nothing, default domains.
    pub fn new<V: Into<String>>(contract: &Contract, versions: impl IntoIterator<Item = V>) -> Self {
        Self {
            contract: contract.clone(),
            versions: versions.into_iter().map(Into::into).collect(),
            services: Vec::new(),
            executionunits: 0.0,
            locking: None,
            domains: WorkflowDomains::default(),
            span: SpanSpec::default(),
        }
    }
}

fn check_functions(contract: &Contract, versions: &[String], executionunits: f64) -> Result<(), HandlerError> {
    let is_missing = |known: &VersionedContract| !versions.iter().any(|given| given == known.version().as_str());
    if let Some(missing) = contract.versions().find(is_missing) {
        let version = missing.version().to_string();
        return Err(HandlerError::MissingFunction { uri: contract.uri().into(), version });
    }
    check_units(contract, executionunits)
}

fn check_units(contract: &Contract, executionunits: f64) -> Result<(), HandlerError> {
    if executionunits.is_finite() {
        return Ok(());
    }
    Err(HandlerError::ExecutionUnits { uri: contract.uri().into() })
}

fn check_machines(contract: &Contract, machines: &[Machine]) -> Result<(), HandlerError> {
    let wiring = |fault| Err(HandlerError::Wiring(Violation::Config(fault)));
    for (at, machine) in machines.iter().enumerate() {
        if machine.contract().contract().uri() != contract.uri() {
            return wiring(ConfigFault::ForeignMachine { type_name: contract.type_().to_owned() });
        }
        if machines[..at].iter().any(|other| other.version() == machine.version()) {
            let (id, version) = (machine.id().to_owned(), machine.version().to_string());
            return wiring(ConfigFault::DuplicateMachine { id, version });
        }
    }
    Ok(())
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn check_services(
    workflow: &'static str,
    contract: &Contract,
    services: &[(String, VersionedContract)],
) -> Result<(), HandlerError> {
    match service_faults(workflow, contract, services).into_iter().next() {
        Some(fault) => Err(HandlerError::Wiring(Violation::Config(fault))),
        None => Ok(()),
    }
}

/// Why a handler or workflow can't be built.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// A version has no function.
    #[error("Contract {uri} requires handler implementation for version {version}")]
    MissingFunction {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
    },
    /// Its services don't fit together.
    #[error("{0}")]
    Wiring(#[source] Violation),
    /// An orchestrator was given no machine.
    #[error("At least one machine must be provided")]
    NoMachine,
    /// A workflow needs the contract of an orchestrator.
    #[error("contract {uri} is no orchestrator contract; a workflow needs one, made by Contract::orchestrator")]
    NotOrchestrator {
        /// The contract's URI.
        uri: Arc<str>,
    },
    /// The execution units are no finite number.
    #[error("the handler of contract {uri} has execution units that are not finite; give a finite number")]
    ExecutionUnits {
        /// The contract's URI.
        uri: Arc<str>,
    },
}
