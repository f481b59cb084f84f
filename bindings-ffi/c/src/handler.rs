//! `arvo_handler`: a contract with a C function for each version, made and run.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Environment, HandlerError, HandlerSpec, Plan};

use crate::boundary::{Failure, Status, Str, guard, guard_raised, slot};
use crate::contract::{ContractHandle, HostSchemas, texts};
use crate::environment::{Surroundings, environment};
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, borrow, borrow_mut, borrow_optional, free, kind};
use crate::names::domains;
use crate::run::{Code, Function, HandlerFn, Shared, in_order};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// The content of an `arvo_handler`.
pub struct HandlerHandle(pub(crate) Arc<Shared>);

kind!(HandlerHandle, "arvo_handler", b"handler\0");

impl From<HandlerError> for Failure {
    fn from(error: HandlerError) -> Self {
        match error {
            HandlerError::Wiring(violation) => Self::of_violation(&violation),
            other => Self::new(Status::INVALID_CONTRACT, "InvalidHandler", other.to_string()),
        }
    }
}

/// The content of an `arvo_handler_builder`.
pub struct BuilderHandle {
    spec: HandlerSpec,
    schemas: HostSchemas,
    environment: Arc<Environment>,
    functions: Vec<(String, Function)>,
}

kind!(BuilderHandle, "arvo_handler_builder", b"h-build\0");

impl BuilderHandle {
    fn new(contract: &ContractHandle) -> Self {
        Self {
            spec: HandlerSpec::new(&contract.contract, [] as [&str; 0]),
            schemas: Arc::clone(&contract.schemas),
            environment: Environment::shared(),
            functions: Vec::new(),
        }
    }

    fn on(&mut self, version: &str, function: Function) {
        self.spec.versions.push(version.to_owned());
        self.functions.push((version.to_owned(), function));
    }

    fn build(&self) -> Result<HandlerHandle, Failure> {
        let plan = Plan::handler(self.spec.clone())?;
        Ok(HandlerHandle(Arc::new(Shared {
            functions: in_order(&plan, &self.functions),
            plan,
            environment: Arc::clone(&self.environment),
            schemas: Arc::clone(&self.schemas),
            services: Vec::new(),
            memory: None,
        })))
    }
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
        let function = Function { code: function.map(Code::Handler), user_data };
        let mut builder = BuilderHandle::new(contract);
        for version in contract.contract.versions() {
            builder.on(version.version().as_str(), function.clone());
        }
        out.give(builder.build()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_new(
    contract: *const Handle<ContractHandle>,
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (contract, out) = unsafe { (borrow(contract, "contract")?, slot(out, "out")?) };
        out.give(BuilderHandle::new(contract));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_on(
    builder: *mut Handle<BuilderHandle>,
    version: Str,
    function: Option<HandlerFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = Arc::new(UserData::new(user_data, destroy));
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, version) = unsafe { (borrow_mut(builder, "builder")?, version.read("version")?) };
        builder.on(version, Function { code: function.map(Code::Handler), user_data });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_executionunits(
    builder: *mut Handle<BuilderHandle>,
    units: f64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        unsafe { borrow_mut(builder, "builder")? }.spec.executionunits = units;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_domains(
    builder: *mut Handle<BuilderHandle>,
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

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_environment(
    builder: *mut Handle<BuilderHandle>,
    within: *const Handle<Surroundings>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, within) = unsafe { (borrow_mut(builder, "builder")?, environment(within)?) };
        builder.environment = Arc::clone(within);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_build(
    builder: *const Handle<BuilderHandle>,
    out: *mut *mut Handle<HandlerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (builder, out) = unsafe { (borrow(builder, "builder")?, slot(out, "out")?) };
        out.give(builder.build()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_builder_free(builder: *mut Handle<BuilderHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(builder) }
}

texts! { HandlerHandle, "handler":
    arvo_handler_source => |it| Some(it.0.plan.source()),
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_free(handler: *mut Handle<HandlerHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(handler) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_handler_execute(
    handler: *const Handle<HandlerHandle>,
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Events>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (handler, event, out) =
            unsafe { (borrow(handler, "handler")?, borrow(event, "event")?, slot(out, "out")?) };
        out.give(Events::new(handler.0.execute(&event.0)?));
        Ok(())
    })
}
