//! `arvo_orchestrator`: workflows whose work machines do, one for each version of a contract.

use std::sync::Arc;

use arvo_core::telemetry::SpanSpec;
use arvo_core::{HandlerError, Machine, OrchestratorSpec, Plan, WorkflowDomains};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::builder::{Builder, Built, Spec, WorkflowSpec};
use crate::contract::{HostSchemas, texts};
use crate::exports::{exports, workflow_exports};
use crate::functions::Functions;
use crate::handle::{Handle, borrow, borrow_mut, kind};
use crate::machine::MachineHandle;

/// The content of an `arvo_orchestrator_builder`.
pub type OrchestratorBuilder = Builder<Machines>;
/// The content of an `arvo_orchestrator`.
pub type OrchestratorHandle = Built<Machines>;

kind!(OrchestratorBuilder, "arvo_orchestrator_builder", b"o-build\0");
kind!(OrchestratorHandle, "arvo_orchestrator", b"orchestr");

/// What an orchestrator is built from, with the functions of its machines.
#[derive(Clone)]
pub struct Machines {
    plan: OrchestratorSpec,
    functions: Vec<Arc<Functions>>,
}

impl Spec for Machines {
    fn plan(self) -> Result<Arc<Plan>, HandlerError> {
        Plan::orchestrator(self.plan)
    }

    fn executionunits(&mut self) -> &mut f64 {
        &mut self.plan.executionunits
    }

    fn span(&mut self) -> &mut SpanSpec {
        &mut self.plan.span
    }

    fn machines(&self) -> Vec<Arc<Functions>> {
        self.functions.clone()
    }
}

impl WorkflowSpec for Machines {
    fn locking(&mut self) -> &mut Option<bool> {
        &mut self.plan.locking
    }

    fn domains(&mut self) -> &mut WorkflowDomains {
        &mut self.plan.domains
    }
}

impl OrchestratorBuilder {
    fn empty() -> Self {
        let none: HostSchemas = Arc::new([]);
        Self::with(Machines { plan: OrchestratorSpec::new([] as [Machine; 0]), functions: Vec::new() }, &none)
    }

    fn add(&mut self, machine: &MachineHandle) {
        self.spec.plan.machines.push(machine.machine.clone());
        self.spec.functions.push(Arc::clone(&machine.functions));
        self.service_schemas.push(Arc::clone(&machine.schemas));
    }
}

exports! {
    builder: OrchestratorBuilder,
    handle: OrchestratorHandle,
    built: "orchestrator",
    executionunits: arvo_orchestrator_builder_executionunits,
    span: arvo_orchestrator_builder_span,
    environment: arvo_orchestrator_builder_environment,
    build: arvo_orchestrator_builder_build,
    free_builder: arvo_orchestrator_builder_free,
    free: arvo_orchestrator_free,
    execute: arvo_orchestrator_execute,
    inherit: arvo_orchestrator_execute_inherit,
    begin: arvo_execution_begin_orchestrator,
    add: arvo_broker_add_orchestrator,
    serve: arvo_worker_add_orchestrator,
    test: arvo_suite_add_orchestrator,
    conforms: arvo_orchestrator_conforms,
}

workflow_exports! {
    builder: OrchestratorBuilder,
    handle: OrchestratorHandle,
    built: "orchestrator",
    memory: arvo_orchestrator_builder_memory,
    locking: arvo_orchestrator_builder_locking,
    domains: arvo_orchestrator_builder_domains,
    is_locking: arvo_orchestrator_locking,
}

texts! { OrchestratorHandle, "orchestrator":
    arvo_orchestrator_source => |it| Some(it.shared.plan.source()),
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_orchestrator_new(
    machine: *const Handle<MachineHandle>,
    out: *mut *mut Handle<OrchestratorHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (machine, out) = unsafe { (borrow(machine, "machine")?, slot(out, "out")?) };
        let mut builder = OrchestratorBuilder::empty();
        builder.add(machine);
        out.give(builder.build()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_orchestrator_builder_new(
    out: *mut *mut Handle<OrchestratorBuilder>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(OrchestratorBuilder::empty());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_orchestrator_builder_machine(
    builder: *mut Handle<OrchestratorBuilder>,
    machine: *const Handle<MachineHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, machine) = unsafe { (borrow_mut(builder, "builder")?, borrow(machine, "machine")?) };
        builder.add(machine);
        Ok(())
    })
}
