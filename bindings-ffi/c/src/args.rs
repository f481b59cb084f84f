//! `arvo_args`: what a function of a machine is given.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::boundary::{Str, read};
use crate::handle::{Handle, Lent, borrow, kind};
use crate::value::Json;

/// The content of an `arvo_args`.
#[derive(Default)]
pub struct Args {
    pub(crate) context: Part,
    pub(crate) event: Part,
    pub(crate) params: Part,
    pub(crate) input: Part,
}

kind!(Args, "arvo_args", b"machargs");

/// One of its parts; a handle is made when the function asks for it.
#[derive(Default)]
pub(crate) struct Part {
    value: Option<Arc<Value>>,
    view: OnceLock<Lent<Json>>,
}

impl Part {
    pub(crate) fn of(value: Option<Arc<Value>>) -> Self {
        Self { value, view: OnceLock::new() }
    }

    fn pointer(&self) -> *const Handle<Json> {
        let view = |value: &Arc<Value>| self.view.get_or_init(|| Lent::new(Json::shared(Arc::clone(value))));
        self.value.as_ref().map_or(std::ptr::null(), |value| view(value).pointer().cast_const())
    }
}

/// # Safety
/// As `arvo.h` says of handles.
unsafe fn part(args: *const Handle<Args>, pick: impl FnOnce(&Args) -> &Part) -> *const Handle<Json> {
    // SAFETY: promised by the caller.
    read(std::ptr::null(), || Ok(pick(unsafe { borrow(args, "args")? }).pointer()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_args_context(args: *const Handle<Args>) -> *const Handle<Json> {
    // SAFETY: arvo.h, "Handles".
    unsafe { part(args, |args| &args.context) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_args_event(args: *const Handle<Args>) -> *const Handle<Json> {
    // SAFETY: arvo.h, "Handles".
    unsafe { part(args, |args| &args.event) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_args_params(args: *const Handle<Args>) -> *const Handle<Json> {
    // SAFETY: arvo.h, "Handles".
    unsafe { part(args, |args| &args.params) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_args_input(args: *const Handle<Args>) -> *const Handle<Json> {
    // SAFETY: arvo.h, "Handles".
    unsafe { part(args, |args| &args.input) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_args_event_type(args: *const Handle<Args>) -> Str {
    read(Str::NONE, || {
        // SAFETY: arvo.h, "Handles".
        let event = &unsafe { borrow(args, "args")? }.event.value;
        Ok(Str::of_optional(event.as_ref().and_then(|event| event.get("type")).and_then(Value::as_str)))
    })
}
