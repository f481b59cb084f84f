//! `arvo_input`: what a function of a handler or workflow is given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arvo_core::{Call, Data, Event, Resumption, VersionedContract, json};

use crate::boundary::{Caught, Failure, Status, Str, guard, guard_raised, read, slot};
use crate::contract::{VersionHandle, texts};
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, Lent, borrow, kind};
use crate::host::RaisedTable;
use crate::run::Shared;
use crate::value::Json;

/// The content of an `arvo_input`. Handles are made when the function asks for them.
pub struct Input {
    event: Event,
    data: Data,
    version: VersionedContract,
    /// What a workflow's function is given beside the event.
    workflow: Option<Resumption>,
    shared: Arc<Shared>,
    event_view: OnceLock<Lent<EventHandle>>,
    data_view: OnceLock<Lent<Json>>,
    context_view: OnceLock<Lent<Json>>,
    version_view: OnceLock<Lent<VersionHandle>>,
    /// By type; all of them by "".
    collected_views: Mutex<HashMap<String, Lent<Events>>>,
}

kind!(Input, "arvo_input", b"input\0\0\0");

impl Input {
    /// The input of a call; `Err` if the plan has no such version, which it has.
    pub(crate) fn new(call: Call, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let version = shared.plan.contract().versions().nth(call.function as usize);
        let version = version.ok_or_else(|| Failure::argument("the contract has fewer versions than the plan"))?;
        Ok(Self {
            event: call.event,
            data: call.data,
            version,
            workflow: call.workflow,
            shared: Arc::clone(shared),
            event_view: OnceLock::new(),
            data_view: OnceLock::new(),
            context_view: OnceLock::new(),
            version_view: OnceLock::new(),
            collected_views: Mutex::default(),
        })
    }

    /// The workflow's state, if the last call left one.
    fn context(&self) -> Result<Option<&Lent<Json>>, Failure> {
        let context = self.workflow.as_ref().and_then(|workflow| workflow.context.as_ref());
        let context = match context {
            None | Some(Data::Host(_)) => return Ok(None), // C gives values, no tokens
            Some(Data::Value(value)) => Json::shared(Arc::clone(value)),
            Some(Data::Text(_)) if self.context_view.get().is_some() => return Ok(self.context_view.get()),
            Some(Data::Text(text)) => Json::new(json::parse(text, self.shared.environment.limits())?),
        };
        Ok(Some(self.context_view.get_or_init(|| Lent::new(context))))
    }

    /// The responses of a type, validated when they are first asked for.
    fn collected(&self, type_: &str) -> Result<*const Handle<Events>, Caught> {
        let table = RaisedTable::default();
        let events = match &self.workflow {
            None => &[],
            Some(workflow) => {
                let host = self.shared.host(&self.event, &table);
                workflow.collected.events(&host).map_err(|violation| table.caught(&violation, &self.event))?
            }
        };
        let mut views = self.collected_views.lock().unwrap_or_else(PoisonError::into_inner);
        let view = views.entry(type_.to_owned()).or_insert_with(|| {
            let fits = |event: &&Event| type_.is_empty() || event.type_() == type_;
            Lent::new(Events::new(events.iter().filter(fits).cloned()))
        });
        Ok(view.pointer().cast_const())
    }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_event(input: *const Handle<Input>) -> *const Handle<EventHandle> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let input = unsafe { borrow(input, "input")? };
        let event = || Lent::new(EventHandle(input.event.clone()));
        Ok(input.event_view.get_or_init(event).pointer().cast_const())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_data(input: *const Handle<Input>) -> *const Handle<Json> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let input = unsafe { borrow(input, "input")? };
        if input.data_view.get().is_none() {
            let data = match &input.data {
                Data::Value(value) => Json::shared(Arc::clone(value)),
                Data::Text(_) | Data::Host(_) => Json::of_event(&input.event)?,
            };
            let _ = input.data_view.set(Lent::new(data)); // another thread may have been first
        }
        Ok(input.data_view.get().map_or(std::ptr::null(), |data| data.pointer().cast_const()))
    })
}

texts! { Input, "input":
    arvo_input_source => |it| Some(it.version.contract().type_()),
    arvo_input_uri => |it| Some(it.version.contract().uri()),
    arvo_input_version => |it| Some(it.version.version().as_str()),
    arvo_input_domain_self => |it| it.version.contract().domain(),
    arvo_input_domain_event => |it| it.event.domain(),
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_is_init(input: *const Handle<Input>) -> bool {
    read(false, || {
        // SAFETY: arvo.h, "Handles".
        let input = unsafe { borrow(input, "input")? };
        Ok(input.workflow.as_ref().is_some_and(|workflow| workflow.is_init))
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_context(
    input: *const Handle<Input>,
    out: *mut *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (input, out) = unsafe { (borrow(input, "input")?, slot(out, "out")?) };
        out.put(input.context()?.map_or(std::ptr::null(), |context| context.pointer().cast_const()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_metadata(input: *const Handle<Input>) -> Str {
    read(Str::NONE, || {
        // SAFETY: arvo.h, "Handles".
        let workflow = unsafe { borrow(input, "input")? }.workflow.as_ref();
        let record = workflow.and_then(|workflow| workflow.metadata.as_ref());
        Ok(Str::of_optional(record.map(|record| record.text())))
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_collected(
    input: *const Handle<Input>,
    type_: Str,
    out: *mut *const Handle<Events>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (input, type_, out) = unsafe { (borrow(input, "input")?, type_.read("type")?, slot(out, "out")?) };
        out.put(input.collected(type_)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_contract(input: *const Handle<Input>) -> *const Handle<VersionHandle> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let input = unsafe { borrow(input, "input")? };
        let version =
            || Lent::new(VersionHandle { version: input.version.clone(), schemas: Arc::clone(&input.shared.schemas) });
        Ok(input.version_view.get_or_init(version).pointer().cast_const())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_input_service(input: *const Handle<Input>, name: Str) -> *const Handle<VersionHandle> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (input, name) = unsafe { (borrow(input, "input")?, name.read("name")?) };
        let service = input.shared.services.iter().find(|(known, _)| known == name);
        Ok(service.map_or(std::ptr::null(), |(_, version)| version.pointer().cast_const()))
    })
}
