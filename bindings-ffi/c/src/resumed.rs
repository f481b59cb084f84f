//! `arvo_resumed`: what a workflow's function says of how the workflow goes on.

use std::sync::{Arc, OnceLock};

use arvo_core::{Answer, Completion, ContractFault, Data, Limits, Resumed};
use serde_json::{Map, Value, json};

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::handle::{Handle, Lent, borrow, borrow_mut, free, kind};
use crate::outputs::Outputs;
use crate::value::Json;

/// The content of an `arvo_resumed`. Empty: the workflow waits on.
#[derive(Default)]
pub struct Next {
    /// All of it at once: the core says whether that is a result.
    whole: Option<Whole>,
    context: Option<Lent<Json>>,
    output: Option<Lent<Json>>,
    services: OnceLock<Lent<Outputs>>,
}

kind!(Next, "arvo_resumed", b"resumed\0");

enum Whole {
    Text(String),
    Value(Arc<Value>),
}

impl Next {
    /// The answer of a function that gave this, or something that is no result.
    pub(crate) fn answer(&self, limits: &Limits) -> Answer {
        self.resumed(limits).map_or_else(Answer::Malformed, Answer::Resumed)
    }

    fn resumed(&self, limits: &Limits) -> Result<Resumed, ContractFault> {
        let mut resumed = match &self.whole {
            None => Resumed::default(),
            Some(Whole::Text(text)) => Resumed::read(text, limits)?,
            Some(Whole::Value(value)) => Resumed::take(value.as_ref().clone())?,
        };
        if let Some(Ok(context)) = self.context.as_ref().map(Lent::content) {
            resumed.context = Some(context.to_shared()).filter(|context| !context.is_null()).map(Data::Value);
        }
        if let Some(Ok(output)) = self.output.as_ref().map(Lent::content) {
            resumed.output = match output.value() {
                Value::Object(members) => Some(Completion::of_map(members.clone())?),
                other => Resumed::take(json!({ "output": other }))?.output,
            };
        }
        if let Some(Ok(services)) = self.services.get().map(Lent::content) {
            resumed.services.extend(services.outputs(limits)?);
        }
        Ok(resumed)
    }

    fn services(&self) -> &Lent<Outputs> {
        self.services.get_or_init(|| Lent::new(Outputs::default()))
    }
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_new(out: *mut *mut Handle<Next>, error: *mut *mut Handle<Failure>) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(Next::default());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_free(resumed: *mut Handle<Next>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(resumed) }
}

/// An empty object to be filled in.
fn object() -> Lent<Json> {
    Lent::new(Json::new(Value::Object(Map::new())))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_context(resumed: *mut Handle<Next>) -> *mut Handle<Json> {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles": a result of the caller's own, used by nobody else now.
        Ok(unsafe { borrow_mut(resumed, "resumed")? }.context.get_or_insert_with(object).pointer())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_output(resumed: *mut Handle<Next>) -> *mut Handle<Json> {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles": a result of the caller's own, used by nobody else now.
        Ok(unsafe { borrow_mut(resumed, "resumed")? }.output.get_or_insert_with(object).pointer())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_services(resumed: *mut Handle<Next>) -> *mut Handle<Outputs> {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles".
        Ok(unsafe { borrow(resumed, "resumed")? }.services().pointer())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_call(resumed: *mut Handle<Next>, type_: Str) -> *mut Handle<Json> {
    // SAFETY: arvo.h, "Handles", "Texts": a result of the caller's own, used by nobody else now.
    unsafe { crate::outputs::arvo_outputs_emit(arvo_resumed_services(resumed), type_) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_json(
    resumed: *mut Handle<Next>,
    json: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": a result of the caller's own, used by nobody else now.
        let (resumed, json) = unsafe { (borrow_mut(resumed, "resumed")?, json.read("json")?) };
        resumed.whole = Some(Whole::Text(json.to_owned()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_resumed_value(
    resumed: *mut Handle<Next>,
    value: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": a result of the caller's own, used by nobody else now.
        let (resumed, value) = unsafe { (borrow_mut(resumed, "resumed")?, borrow::<Json>(value, "value")?) };
        resumed.whole = Some(Whole::Value(value.to_shared()));
        Ok(())
    })
}
