//! `arvo_resumable`: a workflow as a C function for each version of its contract, called for every event of it.

use std::sync::Arc;

use arvo_core::telemetry::SpanSpec;
use arvo_core::{Contract, HandlerError, Plan, ResumableSpec, VersionedContract, WorkflowDomains};

use crate::boundary::{Failure, Status, Str, guard};
use crate::builder::{Builder, Built, FunctionSpec, Spec, WorkflowSpec};
use crate::contract::{VersionHandle, texts};
use crate::exports::{exports, function_exports, workflow_exports};
use crate::handle::{Handle, borrow, borrow_mut, kind};
use crate::run::{Code, ResumableFn};

/// The content of an `arvo_resumable_builder`.
pub type ResumableBuilder = Builder<ResumableSpec>;
/// The content of an `arvo_resumable`.
pub type ResumableHandle = Built<ResumableSpec>;

kind!(ResumableBuilder, "arvo_resumable_builder", b"r-build\0");
kind!(ResumableHandle, "arvo_resumable", b"resumabl");

impl Spec for ResumableSpec {
    fn plan(self) -> Result<Arc<Plan>, HandlerError> {
        Plan::resumable(self)
    }

    fn executionunits(&mut self) -> &mut f64 {
        &mut self.executionunits
    }

    fn span(&mut self) -> &mut SpanSpec {
        &mut self.span
    }

    fn services(&self) -> &[(String, VersionedContract)] {
        &self.services
    }
}

impl FunctionSpec for ResumableSpec {
    fn of(contract: &Contract) -> Self {
        Self::new(contract, [] as [&str; 0])
    }

    fn versions(&mut self) -> &mut Vec<String> {
        &mut self.versions
    }
}

impl WorkflowSpec for ResumableSpec {
    fn locking(&mut self) -> &mut Option<bool> {
        &mut self.locking
    }

    fn domains(&mut self) -> &mut WorkflowDomains {
        &mut self.domains
    }
}

exports! {
    builder: ResumableBuilder,
    handle: ResumableHandle,
    built: "resumable",
    executionunits: arvo_resumable_builder_executionunits,
    span: arvo_resumable_builder_span,
    environment: arvo_resumable_builder_environment,
    build: arvo_resumable_builder_build,
    free_builder: arvo_resumable_builder_free,
    free: arvo_resumable_free,
    execute: arvo_resumable_execute,
    inherit: arvo_resumable_execute_inherit,
    begin: arvo_execution_begin_resumable,
    add: arvo_broker_add_resumable,
    serve: arvo_worker_add_resumable,
    test: arvo_suite_add_resumable,
    conforms: arvo_resumable_conforms,
}

function_exports! {
    builder: ResumableBuilder,
    function: ResumableFn,
    code: Code::Resumable,
    new: arvo_resumable_builder_new,
    on: arvo_resumable_builder_on,
}

workflow_exports! {
    builder: ResumableBuilder,
    handle: ResumableHandle,
    built: "resumable",
    memory: arvo_resumable_builder_memory,
    locking: arvo_resumable_builder_locking,
    domains: arvo_resumable_builder_domains,
    is_locking: arvo_resumable_locking,
}

texts! { ResumableHandle, "resumable":
    arvo_resumable_source => |it| Some(it.shared.plan.source()),
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_service(
    builder: *mut Handle<ResumableBuilder>,
    name: Str,
    service: *const Handle<VersionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, name, service) =
            unsafe { (borrow_mut(builder, "builder")?, name.read("name")?, borrow(service, "service")?) };
        builder.spec.services.push((name.to_owned(), service.version.clone()));
        builder.service_schemas.push(Arc::clone(&service.schemas));
        Ok(())
    })
}
