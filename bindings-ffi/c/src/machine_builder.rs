//! `arvo_machine_builder`: a definition as JSON, the contracts that it speaks by, and its functions.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::statechart::{Bounds, Chart, Expressions, Implementations, Options, Problem, Severity};
use arvo_core::{
    ConfigFault, Contract, Limits, Machine, MachineProblem, MachineSpec, VersionedContract, Violation, json,
};
use serde_json::{Map, Value, json};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::chart::ChartHandle;
use crate::contract::{ContractHandle, VersionHandle};
use crate::environment::{Surroundings, environment};
use crate::functions::{ActionFn, Code, EnqueueFn, Functions, GuardFn, LogFn, ValueFn};
use crate::handle::{Handle, borrow, borrow_mut, borrow_optional, free, kind};
use crate::machine::MachineHandle;
use crate::schema::HostSchema;
use crate::user::{DestroyFn, UserData};

/// The content of an `arvo_machine_builder`.
#[derive(Default)]
pub struct MachineBuilder {
    /// None for charts by themselves.
    contract: Option<VersionedContract>,
    services: Vec<(String, VersionedContract)>,
    /// Host schemas of all of these.
    schemas: Vec<Arc<HostSchema>>,
    definition: Value,
    setup: Map<String, Value>,
    functions: Functions,
    strict: bool,
    limits: Limits,
}

kind!(MachineBuilder, "arvo_machine_builder", b"m-build\0");

impl MachineBuilder {
    fn new(contract: Option<&VersionHandle>) -> Self {
        Self {
            contract: contract.map(|contract| contract.version.clone()),
            schemas: contract.map(|contract| contract.schemas.to_vec()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// A machine from its portable form; functions may be added.
    pub(crate) fn from_json(file: Value, contracts: &[&ContractHandle]) -> Result<Self, Failure> {
        let known: Vec<Contract> = contracts.iter().map(|handle| handle.contract.clone()).collect();
        let spec = MachineSpec::from_json(file, &known).map_err(|refused| Failure::of_violation(&refused))?;
        let MachineSpec { contract, services, definition, setup, .. } = spec;
        let schemas = contracts.iter().flat_map(|handle| handle.schemas.iter().cloned()).collect();
        Ok(Self { contract: Some(contract), services, schemas, definition, setup, ..Self::default() })
    }

    /// Lets a name of this kind, "guards" or "actions", stand for a form.
    fn implement(&mut self, kind: &str, name: &str, form: Value) {
        if let Value::Object(forms) = self.setup.entry(kind).or_insert_with(|| Map::new().into()) {
            forms.insert(name.to_owned(), form);
        }
    }

    fn add(&mut self, name: &str, code: Code, user_data: Arc<UserData>) {
        let function = json!({ "$fn": self.functions.add(name, code, user_data) });
        match code {
            Code::Guard(_) => self.implement("guards", name, function),
            Code::Action(_) => self.implement("actions", name, function),
            Code::Enqueue(_) => self.implement("actions", name, json!({ "enqueueActions": function })),
            Code::Value(_) => {}
        }
    }

    /// Adds parts of the set-up to those that are there.
    fn set_up(&mut self, parts: Map<String, Value>) {
        for (key, part) in parts {
            match (self.setup.get_mut(&key), part) {
                (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
                (_, part) => drop(self.setup.insert(key, part)),
            }
        }
    }

    pub(crate) fn build(&self) -> Result<MachineHandle, Failure> {
        let Some(contract) = &self.contract else {
            let message = "a machine needs a contract; pass one to arvo_machine_builder_new, or make a chart by itself \
                           (arvo_chart_compile)";
            return Err(Failure::argument(message));
        };
        let mut spec = MachineSpec::new(contract, self.definition.clone());
        spec.services.clone_from(&self.services);
        spec.setup.clone_from(&self.setup);
        spec.functions = Some(self.functions.names());
        spec.strict = self.strict;
        spec.limits = self.limits;
        let machine = Machine::compile(spec).map_err(|refused| Failure::of_violation(&refused))?;
        let (functions, schemas) = (Arc::new(self.functions.clone()), self.schemas.as_slice().into());
        Ok(MachineHandle { machine, functions, schemas, limits: self.limits })
    }

    /// The chart alone, held against no contract.
    pub(crate) fn chart(&self) -> Result<ChartHandle, Failure> {
        let part = |key: &str| self.setup.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let given = Implementations {
            guards: part("guards"),
            actions: part("actions"),
            appending: vec![(Machine::ENQUEUE.to_owned(), Machine::QUEUE.map(str::to_owned).to_vec())],
        };
        let options = Options { language: Arc::new(Expressions::new(&self.limits)), bounds: Bounds::default() };
        let chart = Chart::compile_with(&self.definition, &given, options).map_err(|problems| refused(&problems))?;
        Ok(ChartHandle { chart, functions: Arc::new(self.functions.clone()), limits: self.limits })
    }
}

/// The same violation as of a machine.
fn refused(problems: &[Problem]) -> Failure {
    let problem = |problem: &Problem| MachineProblem {
        code: problem.code.text(),
        refuses: problem.severity() == Severity::Error,
        path: problem.path.clone(),
        message: problem.message.clone(),
    };
    let problems = problems.iter().map(problem).collect();
    Failure::of_violation(&Violation::Config(ConfigFault::Machine { problems }))
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_new(
    contract: *const Handle<VersionHandle>,
    out: *mut *mut Handle<MachineBuilder>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (contract, out) = unsafe { (borrow_optional(contract, "contract")?, slot(out, "out")?) };
        out.give(MachineBuilder::new(contract));
        Ok(())
    })
}

/// A portable machine's text and the contracts that it may name.
///
/// # Safety
/// As `arvo.h` says of handles and texts; `contracts` is readable for `count` entries.
pub(crate) unsafe fn portable(
    file: Str,
    contracts: *const *const Handle<ContractHandle>,
    count: usize,
) -> Result<MachineBuilder, Failure> {
    if contracts.is_null() && count > 0 {
        return Err(Failure::argument("contracts is NULL; pass an array of `count` contracts"));
    }
    // SAFETY: promised by the caller.
    let (file, contracts) = unsafe {
        let entries = if count == 0 { &[] } else { std::slice::from_raw_parts(contracts, count) };
        let contracts = entries.iter().map(|contract| borrow(*contract, "one of the contracts"));
        (file.read("file")?, contracts.collect::<Result<Vec<_>, Failure>>()?)
    };
    MachineBuilder::from_json(json::parse(file, &Limits::DEFAULT)?, &contracts)
}

/// # Safety
/// As `arvo.h` says of handles, texts and results; `contracts` is readable for `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_from_json(
    file: Str,
    contracts: *const *const Handle<ContractHandle>,
    count: usize,
    out: *mut *mut Handle<MachineBuilder>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (out, builder) = unsafe { (slot(out, "out")?, portable(file, contracts, count)?) };
        out.give(builder);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_service(
    builder: *mut Handle<MachineBuilder>,
    name: Str,
    service: *const Handle<VersionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, name, service) =
            unsafe { (borrow_mut(builder, "builder")?, name.read("name")?, borrow(service, "service")?) };
        builder.services.push((name.to_owned(), service.version.clone()));
        builder.schemas.extend(service.schemas.iter().cloned());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_definition(
    builder: *mut Handle<MachineBuilder>,
    json: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, json) = unsafe { (borrow_mut(builder, "builder")?, json.read("json")?) };
        builder.definition = json::parse(json, &Limits::DEFAULT)?;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_setup(
    builder: *mut Handle<MachineBuilder>,
    json: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
        let (builder, json) = unsafe { (borrow_mut(builder, "builder")?, json.read("json")?) };
        let Value::Object(parts) = json::parse(json, &Limits::DEFAULT)? else {
            return Err(Failure::argument("json is no object; write {\"guards\": {...}, \"actions\": {...}}"));
        };
        builder.set_up(parts);
        Ok(())
    })
}

/// Adds a function; the body of every such call.
///
/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
unsafe fn add(
    (builder, name): (*mut Handle<MachineBuilder>, Str),
    code: Option<Code>,
    (user_data, destroy): (*mut c_void, Option<DestroyFn>),
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = Arc::new(UserData::new(user_data, destroy));
    guard(error, || {
        // SAFETY: promised by the caller.
        let (builder, name) = unsafe { (borrow_mut(builder, "builder")?, name.read("name")?) };
        let code = code.ok_or_else(|| Failure::argument(format!("function is NULL; pass one for '{name}'")))?;
        builder.add(name, code, user_data);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_guard(
    builder: *mut Handle<MachineBuilder>,
    name: Str,
    function: Option<GuardFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
    unsafe { add((builder, name), function.map(Code::Guard), (user_data, destroy), error) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_value(
    builder: *mut Handle<MachineBuilder>,
    name: Str,
    function: Option<ValueFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
    unsafe { add((builder, name), function.map(Code::Value), (user_data, destroy), error) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_action(
    builder: *mut Handle<MachineBuilder>,
    name: Str,
    function: Option<ActionFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
    unsafe { add((builder, name), function.map(Code::Action), (user_data, destroy), error) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_enqueue(
    builder: *mut Handle<MachineBuilder>,
    name: Str,
    function: Option<EnqueueFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts": the caller's own builder, used by nobody else now.
    unsafe { add((builder, name), function.map(Code::Enqueue), (user_data, destroy), error) }
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_log(
    builder: *mut Handle<MachineBuilder>,
    function: Option<LogFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = Arc::new(UserData::new(user_data, destroy));
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let builder = unsafe { borrow_mut(builder, "builder")? };
        let function = function.ok_or_else(|| Failure::argument("function is NULL; pass an arvo_log_fn"))?;
        builder.functions.log = Some((function, user_data));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_strict(
    builder: *mut Handle<MachineBuilder>,
    strict: bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        unsafe { borrow_mut(builder, "builder")? }.strict = strict;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_environment(
    builder: *mut Handle<MachineBuilder>,
    within: *const Handle<Surroundings>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own builder, used by nobody else now.
        let (builder, within) = unsafe { (borrow_mut(builder, "builder")?, environment(within)?) };
        builder.limits = *within.limits();
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_builder_build(
    builder: *const Handle<MachineBuilder>,
    out: *mut *mut Handle<MachineHandle>,
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
pub unsafe extern "C" fn arvo_machine_builder_free(builder: *mut Handle<MachineBuilder>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(builder) }
}
