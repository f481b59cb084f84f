//! `arvo_resumable`: a workflow as a C function for each version of its contract, called for every event of it.

use std::sync::Arc;

use arvo_core::{Contract, HandlerError, Plan, ResumableSpec, VersionedContract, WorkflowDomains};

use crate::boundary::Str;
use crate::builder::{Builder, Built, Spec, WorkflowSpec};
use crate::contract::texts;
use crate::exports::{exports, function_exports, workflow_exports};
use crate::handle::{Handle, borrow, kind};
use crate::run::{Code, ResumableFn};

/// The content of an `arvo_resumable_builder`.
pub type ResumableBuilder = Builder<ResumableSpec>;
/// The content of an `arvo_resumable`.
pub type ResumableHandle = Built<ResumableSpec>;

kind!(ResumableBuilder, "arvo_resumable_builder", b"r-build\0");
kind!(ResumableHandle, "arvo_resumable", b"resumabl");

impl Spec for ResumableSpec {
    fn of(contract: &Contract) -> Self {
        Self::new(contract, [] as [&str; 0])
    }

    fn plan(self) -> Result<Arc<Plan>, HandlerError> {
        Plan::resumable(self)
    }

    fn versions(&mut self) -> &mut Vec<String> {
        &mut self.versions
    }

    fn executionunits(&mut self) -> &mut f64 {
        &mut self.executionunits
    }

    fn services(&self) -> &[(String, VersionedContract)] {
        &self.services
    }
}

impl WorkflowSpec for ResumableSpec {
    fn services_mut(&mut self) -> &mut Vec<(String, VersionedContract)> {
        &mut self.services
    }

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
    new: arvo_resumable_builder_new,
    executionunits: arvo_resumable_builder_executionunits,
    environment: arvo_resumable_builder_environment,
    build: arvo_resumable_builder_build,
    free_builder: arvo_resumable_builder_free,
    free: arvo_resumable_free,
    execute: arvo_resumable_execute,
    begin: arvo_execution_begin_resumable,
    add: arvo_broker_add_resumable,
}

function_exports! {
    builder: ResumableBuilder,
    function: ResumableFn,
    code: Code::Resumable,
    on: arvo_resumable_builder_on,
}

workflow_exports! {
    builder: ResumableBuilder,
    handle: ResumableHandle,
    built: "resumable",
    service: arvo_resumable_builder_service,
    memory: arvo_resumable_builder_memory,
    locking: arvo_resumable_builder_locking,
    domains: arvo_resumable_builder_domains,
    is_locking: arvo_resumable_locking,
}

texts! { ResumableHandle, "resumable":
    arvo_resumable_source => |it| Some(it.shared.plan.source()),
}
