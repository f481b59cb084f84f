//! `arvo_resumable`: a workflow as a C function for each version of its contract, called for every event of it.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Environment, HandlerError, InMemory, Plan, ResumableSpec};

use crate::boundary::{Failure, Status, Str, guard, guard_raised, read, slot};
use crate::contract::{ContractHandle, HostSchemas, VersionHandle, texts};
use crate::environment::{Surroundings, environment};
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free, kind};
use crate::memory::{Keeping, MemoryHandle};
use crate::names::domains;
use crate::run::{Code, Function, ResumableFn, Shared, in_order};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// The content of an `arvo_resumable`.
pub struct ResumableHandle(pub(crate) Arc<Shared>);

kind!(ResumableHandle, "arvo_resumable", b"resumabl");

/// The content of an `arvo_resumable_builder`.
pub struct BuilderHandle {
    spec: ResumableSpec,
    schemas: HostSchemas,
    service_schemas: Vec<HostSchemas>,
    memory: Option<Keeping>,
    environment: Arc<Environment>,
    functions: Vec<(String, Function)>,
}

kind!(BuilderHandle, "arvo_resumable_builder", b"r-build\0");

impl BuilderHandle {
    fn build(&self) -> Result<ResumableHandle, HandlerError> {
        let plan = Plan::resumable(self.spec.clone())?;
        let of_services = self.service_schemas.iter().flat_map(|schemas| schemas.iter());
        let service = |((name, version), schemas): (&(String, _), &HostSchemas)| {
            let (version, schemas) = (Clone::clone(version), Arc::clone(schemas));
            (name.clone(), Lent::new(VersionHandle { version, schemas }))
        };
        Ok(ResumableHandle(Arc::new(Shared {
            functions: in_order(&plan, &self.functions),
            plan,
            environment: Arc::clone(&self.environment),
            schemas: self.schemas.iter().chain(of_services).cloned().collect(),
            services: self.spec.services.iter().zip(&self.service_schemas).map(service).collect(),
            memory: Some(self.memory.clone().unwrap_or_else(|| Keeping::InProcess(InMemory::new()))),
        })))
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_new(
    contract: *const Handle<ContractHandle>,
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (contract, out) = unsafe { (borrow(contract, "contract")?, slot(out, "out")?) };
        out.give(BuilderHandle {
            spec: ResumableSpec::new(&contract.contract, [] as [&str; 0]),
            schemas: Arc::clone(&contract.schemas),
            service_schemas: Vec::new(),
            memory: None,
            environment: Environment::shared(),
            functions: Vec::new(),
        });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_service(
    builder: *mut Handle<BuilderHandle>,
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

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_on(
    builder: *mut Handle<BuilderHandle>,
    version: Str,
    function: Option<ResumableFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = Arc::new(UserData::new(user_data, destroy));
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, version) = unsafe { (borrow_mut(builder, "builder")?, version.read("version")?) };
        let function = function.ok_or_else(|| Failure::argument("function is NULL; pass an arvo_resumable_fn"))?;
        builder.spec.versions.push(version.to_owned());
        let function = Function { code: Some(Code::Resumable(function)), user_data };
        builder.functions.push((version.to_owned(), function));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_memory(
    builder: *mut Handle<BuilderHandle>,
    memory: *const Handle<MemoryHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, memory) = unsafe { (borrow_mut(builder, "builder")?, borrow(memory, "memory")?) };
        builder.memory = Some(memory.0.clone());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_locking(
    builder: *mut Handle<BuilderHandle>,
    locking: bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        unsafe { borrow_mut(builder, "builder")? }.spec.locking = Some(locking);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_executionunits(
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
pub unsafe extern "C" fn arvo_resumable_builder_domains(
    builder: *mut Handle<BuilderHandle>,
    services: *const Handle<Json>,
    complete: *const Handle<Json>,
    system_error: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, services, complete, system_error) = unsafe {
            (
                borrow_mut(builder, "builder")?,
                borrow_optional::<Json>(services, "services")?,
                borrow_optional::<Json>(complete, "complete")?,
                borrow_optional::<Json>(system_error, "system_error")?,
            )
        };
        builder.spec.domains.services = services.map(|list| domains(list, "services")).transpose()?;
        builder.spec.domains.complete = complete.map(|list| domains(list, "complete")).transpose()?;
        builder.spec.domains.system_error = system_error.map(|list| domains(list, "system_error")).transpose()?;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_builder_environment(
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
pub unsafe extern "C" fn arvo_resumable_builder_build(
    builder: *const Handle<BuilderHandle>,
    out: *mut *mut Handle<ResumableHandle>,
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
pub unsafe extern "C" fn arvo_resumable_builder_free(builder: *mut Handle<BuilderHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(builder) }
}

texts! { ResumableHandle, "resumable":
    arvo_resumable_source => |it| Some(it.0.plan.source()),
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_locking(resumable: *const Handle<ResumableHandle>) -> bool {
    // SAFETY: arvo.h, "Handles".
    read(false, || Ok(unsafe { borrow(resumable, "resumable")? }.0.plan.locking()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_free(resumable: *mut Handle<ResumableHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(resumable) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumable_execute(
    resumable: *const Handle<ResumableHandle>,
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Events>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (resumable, event, out) =
            unsafe { (borrow(resumable, "resumable")?, borrow(event, "event")?, slot(out, "out")?) };
        out.give(Events::new(resumable.0.execute(&event.0)?));
        Ok(())
    })
}
