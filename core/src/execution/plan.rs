//! What an execution runs by: compiled once, when a handler or workflow is built (SPEC §10, §13).

use std::sync::Arc;

use crate::contract::{Contract, ContractKind, VersionedContract};
use crate::domain::Domain;
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
}

#[derive(Debug)]
pub(super) enum Kind {
    Handler,
    Resumable(WorkflowPlan),
}

/// What a plan of a workflow has beside that of a handler.
#[derive(Debug)]
pub(super) struct WorkflowPlan {
    pub(super) services: Vec<(String, VersionedContract)>,
    pub(super) locking: bool,
    /// Default domains of the completion.
    pub(super) complete: Vec<Domain>,
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
        let HandlerSpec { contract, versions, executionunits, emits, system_error } = spec;
        check_functions(&contract, &versions, executionunits)?;
        let or_default = |list: Option<Vec<Domain>>| list.unwrap_or_else(|| vec![Domain::OrchestrationContext]);
        Ok(Arc::new(Self {
            source: contract.shared_type(),
            contract,
            executionunits,
            emits: or_default(emits),
            system_error: or_default(system_error),
            kind: Kind::Handler,
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
        let ResumableSpec { contract, versions, services, executionunits, locking, domains } = spec;
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
            kind: Kind::Resumable(WorkflowPlan {
                locking: locking.unwrap_or(services.len() > 1),
                services,
                complete: domains.complete.unwrap_or_else(|| vec![Domain::OrchestrationContext]),
            }),
        }))
    }

    /// Whether its executions lock their workflow; a handler's have none.
    pub fn locking(&self) -> bool {
        matches!(&self.kind, Kind::Resumable(workflow) if workflow.locking)
    }

    /// Whether it is a workflow: then its events go to it one at a time for each subject.
    pub fn is_workflow(&self) -> bool {
        matches!(self.kind, Kind::Resumable(_))
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
        }
    }
}

fn check_functions(contract: &Contract, versions: &[String], executionunits: f64) -> Result<(), HandlerError> {
    let is_missing = |known: &VersionedContract| !versions.iter().any(|given| given == known.version().as_str());
    if let Some(missing) = contract.versions().find(is_missing) {
        let version = missing.version().to_string();
        return Err(HandlerError::MissingFunction { uri: contract.uri().into(), version });
    }
    if !executionunits.is_finite() {
        return Err(HandlerError::ExecutionUnits { uri: contract.uri().into() });
    }
    Ok(())
}

fn check_services(
    workflow: &'static str,
    contract: &Contract,
    services: &[(String, VersionedContract)],
) -> Result<(), HandlerError> {
    for (at, (name, service)) in services.iter().enumerate() {
        let uri = service.contract().uri();
        if uri == contract.uri() {
            let fault = ConfigFault::SelfService { workflow, uri: uri.to_owned(), service: name.clone() };
            return Err(HandlerError::Wiring(Violation::Config(fault)));
        }
        if let Some((first, _)) = services[..at].iter().find(|(_, known)| known.contract().uri() == uri) {
            return Err(HandlerError::Wiring(Violation::Config(ConfigFault::DuplicateService {
                workflow,
                second: name.clone(),
                first: first.clone(),
                uri: uri.to_owned(),
            })));
        }
    }
    Ok(())
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
