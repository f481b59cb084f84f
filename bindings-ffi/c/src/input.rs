//! `arvo_input`: what a handler's function is given.

use std::sync::Arc;
use std::sync::OnceLock;

use arvo_core::{Call, Data, Event, Plan, VersionedContract};

use crate::boundary::{Failure, Str, read};
use crate::contract::texts;
use crate::event::EventHandle;
use crate::handle::{Handle, Lent, borrow, kind};
use crate::value::Json;

/// The content of an `arvo_input`. Handles are made when the function asks for them.
pub struct Input {
    event: Event,
    data: Data,
    version: VersionedContract,
    event_view: OnceLock<Lent<EventHandle>>,
    data_view: OnceLock<Lent<Json>>,
}

kind!(Input, "arvo_input", b"input\0\0\0");

impl Input {
    /// The input of a call; `Err` if the plan has no such version, which it has.
    pub(crate) fn new(call: Call, plan: &Arc<Plan>) -> Result<Self, Failure> {
        let version = plan.contract().versions().nth(call.function as usize);
        let version = version.ok_or_else(|| Failure::argument("the contract has fewer versions than the plan"))?;
        let (event_view, data_view) = (OnceLock::new(), OnceLock::new());
        Ok(Self { event: call.event, data: call.data, version, event_view, data_view })
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
