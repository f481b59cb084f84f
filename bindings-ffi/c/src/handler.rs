//! `arvo_handler`: a contract with a C function for each version, made and run.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::telemetry::SpanSpec;
use arvo_core::{Contract, HandlerError, HandlerSpec, Plan};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::builder::{Builder, Built, FunctionSpec, Spec};
use crate::contract::{ContractHandle, texts};
use crate::exports::{exports, function_exports};
use crate::handle::{Handle, borrow, borrow_mut, borrow_optional, kind};
use crate::names::domains;
use crate::run::{Code, HandlerFn};
use crate::user::UserData;
use crate::value::Json;

/// The content of an `arvo_handler_builder`.
pub type HandlerBuilder = Builder<HandlerSpec>;
/// The content of an `arvo_handler`.
pub type HandlerHandle = Built<HandlerSpec>;

kind!(HandlerBuilder, "arvo_handler_builder", b"h-build\0");
kind!(HandlerHandle, "arvo_handler", b"handler\0");

impl Spec for HandlerSpec {
    fn plan(self) -> Result<Arc<Plan>, HandlerError> {
        Plan::handler(self)
    }

    fn executionunits(&mut self) -> &mut f64 {
        &mut self.executionunits
    }

    fn span(&mut self) -> &mut SpanSpec {
        &mut self.span
    }
}

impl FunctionSpec for HandlerSpec {
    fn of(contract: &Contract) -> Self {
        Self::new(contract, [] as [&str; 0])
    }

    fn versions(&mut self) -> &mut Vec<String> {
        &mut self.versions
    }
}

exports! {
    builder: HandlerBuilder,
    handle: HandlerHandle,
    built: "handler",
    executionunits: arvo_handler_builder_executionunits,
    span: arvo_handler_builder_span,
    environment: arvo_handler_builder_environment,
    build: arvo_handler_builder_build,
    free_builder: arvo_handler_builder_free,
    free: arvo_handler_free,
    execute: arvo_handler_execute,
    inherit: arvo_handler_execute_inherit,
    begin: arvo_execution_begin,
    add: arvo_broker_add_handler,
    serve: arvo_worker_add_handler,
    test: arvo_suite_add_handler,
    conforms: arvo_handler_conforms,
}

function_exports! {
    builder: HandlerBuilder,
    function: HandlerFn,
    code: Code::Handler,
    new: arvo_handler_builder_new,
    on: arvo_handler_builder_on,
}

texts! { HandlerHandle, "handler":
    arvo_handler_source => |it| Some(it.shared.plan.source()),
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_new(
    contract: *const Handle<ContractHandle>,
    function: Option<HandlerFn>,
    user_data: *mut c_void,
    out: *mut *mut Handle<HandlerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (contract, out) = unsafe { (borrow(contract, "contract")?, slot(out, "out")?) };
        let user_data = Arc::new(UserData::new(user_data, None));
        let mut builder = HandlerBuilder::new(contract);
        for version in contract.contract.versions() {
            builder.on(version.version().as_str(), function.map(Code::Handler), Arc::clone(&user_data));
        }
        out.give(builder.build()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_domains(
    builder: *mut Handle<HandlerBuilder>,
    emits: *const Handle<Json>,
    system_error: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, emits, system_error) = unsafe {
            (
                borrow_mut(builder, "builder")?,
                borrow_optional::<Json>(emits, "emits")?,
                borrow_optional::<Json>(system_error, "system_error")?,
            )
        };
        builder.spec.emits = emits.map(|list| domains(list, "emits")).transpose()?;
        builder.spec.system_error = system_error.map(|list| domains(list, "system_error")).transpose()?;
        Ok(())
    })
}
