//! `arvo_handler`: a contract with a C function for each version, and the blocking driver that runs it.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Answer, Call, Environment, Event, Execution, HandlerError, HandlerSpec, Headers, Plan, Step, Turn};

use crate::boundary::{Caught, Failure, Status, Str, guard, guard_raised, slot};
use crate::contract::{ContractHandle, HostSchemas, texts};
use crate::environment::{Surroundings, environment};
use crate::error::raised;
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free, kind};
use crate::host::{CHost, RaisedTable};
use crate::input::Input;
use crate::names::domains;
use crate::outputs::Outputs;
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// `arvo_handler_fn`
type HandlerFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Input>, *mut Handle<Outputs>, *mut *mut Handle<Failure>) -> Status;

/// A function of the C program with what belongs to it.
#[derive(Clone)]
struct Function {
    function: Option<HandlerFn>,
    user_data: Arc<UserData>,
}

/// Everything that executions of one handler share.
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) environment: Arc<Environment>,
    schemas: HostSchemas,
    /// By the place of their version among the contract's, ascending.
    functions: Vec<Function>,
}

impl Shared {
    pub(crate) fn host<'a>(&'a self, event: &'a Event, raised: &'a RaisedTable) -> CHost<'a> {
        CHost { schemas: &self.schemas, consumed: Some(event), limits: self.environment.limits(), raised }
    }

    /// Calls the function of a version; its outputs, or what it raised, answer the step.
    fn call(&self, call: Call, table: &RaisedTable) -> Result<Answer, Failure> {
        let function = self.functions.get(call.function as usize);
        let function = function.ok_or_else(|| Failure::argument("the handler has fewer functions than versions"))?;
        let Some(code) = function.function else {
            let message = "the handler has no function; run its executions step by step (arvo_execution_begin)";
            return Err(Failure::argument(message));
        };
        let (input, outputs) = (Lent::new(Input::new(call, &self.plan)?), Lent::new(Outputs::default()));
        let mut error = std::ptr::null_mut();
        // SAFETY: arvo.h, `arvo_handler_fn`: called with its user data; the other arguments live through the call.
        let status = unsafe { code(function.user_data.pointer(), input.pointer(), outputs.pointer(), &mut error) };
        // SAFETY: arvo.h, `arvo_handler_fn`: `*error` is NULL or an error that the library takes over.
        if let Some(raised) = unsafe { raised(status, error, "the handler's function") } {
            return Ok(Answer::Raised(table.keep(raised)));
        }
        Ok(outputs.content()?.answer(self.environment.limits()))
    }

    fn execute(&self, event: &Event) -> Result<Events, Caught> {
        let table = RaisedTable::default();
        let host = self.host(event, &table);
        let mut turn = Execution::start(&self.plan, &self.environment, event.clone(), Headers::default(), &host);
        loop {
            let (execution, answer) = match turn {
                Turn::Done(outcome, _) => {
                    let emitted = outcome.map_err(|violation| table.caught(&violation))?;
                    return Ok(Events::of(&emitted, self.environment.limits()));
                }
                Turn::Step(execution, Step::Call(call), _) => (execution, self.call(*call, &table)?),
                Turn::Step(execution, step, _) => {
                    (execution, step.answer_in_process(None, &self.environment).unwrap_or(Answer::Unlocked))
                }
            };
            turn = match execution.answer(answer, &host) {
                Ok(turn) => turn,
                Err(misfit) => misfit.execution.cancel(), // the pairs above are the ones that fit
            };
        }
    }
}

/// The content of an `arvo_handler`.
pub struct HandlerHandle(pub(crate) Arc<Shared>);

kind!(HandlerHandle, "arvo_handler", b"handler\0");

impl From<HandlerError> for Failure {
    fn from(error: HandlerError) -> Self {
        Self::new(Status::INVALID_CONTRACT, "InvalidHandler", error.to_string())
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
        let functions = plan.contract().versions().filter_map(|known| {
            // The last function given for a version counts.
            let known = known.version();
            let (_, function) = self.functions.iter().rfind(|(version, _)| version == known.as_str())?;
            Some(function.clone())
        });
        Ok(HandlerHandle(Arc::new(Shared {
            functions: functions.collect(),
            plan,
            environment: Arc::clone(&self.environment),
            schemas: Arc::clone(&self.schemas),
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
        let function = Function { function, user_data: Arc::new(UserData::new(user_data, None)) };
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
        builder.on(version, Function { function, user_data });
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
        out.give(handler.0.execute(&event.0)?);
        Ok(())
    })
}
