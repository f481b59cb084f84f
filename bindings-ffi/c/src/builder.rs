//! What the builders of handlers and workflows share: what is collected, and what is built of it. The
//! functions of C for it are in `exports.rs`. A further kind gives a [`Spec`], and its names to those macros.

use std::marker::PhantomData;
use std::sync::Arc;

use arvo_core::telemetry::SpanSpec;
use arvo_core::{Contract, Environment, HandlerError, Plan, VersionedContract, WorkflowDomains};

use crate::boundary::{Failure, Status};
use crate::contract::{ContractHandle, HostSchemas, VersionHandle};
use crate::functions::Functions;
use crate::handle::Lent;
use crate::memory::Keeping;
use crate::run::{Code, Function, Shared, in_order};
use crate::user::UserData;

impl From<HandlerError> for Failure {
    fn from(error: HandlerError) -> Self {
        match error {
            HandlerError::Wiring(violation) => Self::of_violation(&violation),
            other => Self::new(Status::INVALID_CONTRACT, "InvalidHandler", other.to_string()),
        }
    }
}

/// What one kind is built from.
pub(crate) trait Spec: Clone {
    fn plan(self) -> Result<Arc<Plan>, HandlerError>;
    fn executionunits(&mut self) -> &mut f64;
    /// What is different about the spans of its executions.
    fn span(&mut self) -> &mut SpanSpec;
    /// The services that it may call, by name.
    fn services(&self) -> &[(String, VersionedContract)] {
        &[]
    }
    /// Functions of its machines, in the order of the plan.
    fn machines(&self) -> Vec<Arc<Functions>> {
        Vec::new()
    }
}

/// A [`Spec`] whose work functions of the program do, one for each version.
pub(crate) trait FunctionSpec: Spec {
    fn of(contract: &Contract) -> Self;
    fn versions(&mut self) -> &mut Vec<String>;
}

/// A [`Spec`] of workflows.
pub(crate) trait WorkflowSpec: Spec {
    fn locking(&mut self) -> &mut Option<bool>;
    fn domains(&mut self) -> &mut WorkflowDomains;
}

/// The content of a builder's handle.
pub struct Builder<S> {
    pub(crate) spec: S,
    pub(crate) memory: Option<Keeping>,
    pub(crate) environment: Arc<Environment>,
    schemas: HostSchemas,
    /// Those of the services, in the order of the [`Spec`]; of an orchestrator those of each machine.
    pub(crate) service_schemas: Vec<HostSchemas>,
    functions: Vec<(String, Function)>,
}

/// The content of the handle of what was built.
pub struct Built<S> {
    pub(crate) shared: Arc<Shared>,
    of: PhantomData<fn() -> S>,
}

impl<S: FunctionSpec> Builder<S> {
    pub(crate) fn new(contract: &ContractHandle) -> Self {
        Self::with(S::of(&contract.contract), &contract.schemas)
    }

    /// Without `code` executions are run step by step only.
    pub(crate) fn on(&mut self, version: &str, code: Option<Code>, user_data: Arc<UserData>) {
        self.spec.versions().push(version.to_owned());
        self.functions.push((version.to_owned(), Function { code, user_data }));
    }
}

impl<S: Spec> Builder<S> {
    /// `schemas`: those of the program's own in the contract that is served.
    pub(crate) fn with(spec: S, schemas: &HostSchemas) -> Self {
        Self {
            spec,
            memory: None,
            environment: Environment::shared(),
            schemas: Arc::clone(schemas),
            service_schemas: Vec::new(),
            functions: Vec::new(),
        }
    }

    pub(crate) fn build(&self) -> Result<Built<S>, Failure> {
        let plan = self.spec.clone().plan()?;
        let of_services = self.service_schemas.iter().flat_map(|schemas| schemas.iter());
        let service = |((name, version), schemas): (&(String, VersionedContract), &HostSchemas)| {
            let (version, schemas) = (version.clone(), Arc::clone(schemas));
            (name.clone(), Lent::new(VersionHandle { version, schemas }))
        };
        let shared = Shared {
            functions: in_order(&plan, &self.functions),
            machines: self.spec.machines(),
            environment: Arc::clone(&self.environment),
            schemas: self.schemas.iter().chain(of_services).cloned().collect(),
            services: self.spec.services().iter().zip(&self.service_schemas).map(service).collect(),
            memory: plan.is_workflow().then(|| self.memory.clone().unwrap_or_default()),
            plan,
        };
        Ok(Built { shared: Arc::new(shared), of: PhantomData })
    }
}
