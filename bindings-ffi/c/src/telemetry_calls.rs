//! The functions of telemetry, as C calls them: a tracer is installed or removed, and user code speaks to the span that
//! it runs in.

use std::ffi::c_void;

use arvo_core::telemetry::Mark;
use serde_json::{Map, Value};

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::execution::ExecutionHandle;
use crate::handle::{Handle, borrow};
use crate::span::{Active, context_of};
use crate::telemetry::{CAttribute, CSpanContext, CTracer, Tracer, install, severity};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// # Safety
/// As `arvo.h` says of callbacks; `tracer` is NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_tracer_install(
    tracer: *const CTracer,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: `tracer` is NULL or readable during the call.
        let functions = unsafe { tracer.as_ref() }.copied();
        let functions = functions.ok_or_else(|| {
            Failure::argument("tracer is NULL; pass a table of functions, or call arvo_tracer_remove")
        })?;
        install(Some(Tracer { functions, user_data }));
        Ok(())
    })
}

/// # Safety
/// Takes nothing; safe to call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_tracer_remove() {
    read((), || {
        install(None);
        Ok(())
    });
}

/// # Safety
/// `attributes` is readable for `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_attributes_value(
    attributes: *const CAttribute,
    count: usize,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        let out = unsafe { slot(out, "out")? };
        if attributes.is_null() && count > 0 {
            return Err(Failure::argument(format!("attributes is NULL, but count is {count}")));
        }
        let list = match count {
            0 => &[],
            // SAFETY: not null; readable for `count` entries by the caller's promise.
            _ => unsafe { std::slice::from_raw_parts(attributes, count) },
        };
        let mut object = Map::new();
        for attribute in list {
            // SAFETY: arvo.h, "Texts".
            let (name, text) = unsafe { (attribute.name.read("name")?, attribute.text.read("text")?) };
            let value = match attribute.kind {
                2 => Value::Bool(attribute.boolean != 0),
                3 => number(attribute.number),
                4 => text.into(),
                _ => Value::Null,
            };
            object.insert(name.to_owned(), value);
        }
        out.give(Json::new(Value::Object(object)));
        Ok(())
    })
}

/// Whole numbers without a point; null for what JSON has no number for.
fn number(number: f64) -> Value {
    #[allow(clippy::cast_possible_truncation)] // compared again
    let whole = number as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp)] // whether it is the same number is the question
    if whole as f64 == number { whole.into() } else { number.into() }
}

/// Writes on the span that user code runs in, if somebody listens.
fn write(tell: impl FnOnce(&Active, u64) -> Result<Mark, Failure>) {
    read((), || {
        let Some(active) = Active::now().filter(|active| active.is_recorded) else { return Ok(()) };
        let mark = tell(&active, active.environment.nanos())?;
        active.tracer.mark(active.pointer(), &mark);
        Ok(())
    });
}

/// # Safety
/// As `arvo.h` says of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_span_log(level: i32, message: Str) {
    write(|_, at| {
        // SAFETY: arvo.h, "Texts".
        Ok(Mark::log(at, severity(level), unsafe { message.read("message")? }))
    });
}

/// # Safety
/// As `arvo.h` says of errors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_span_exception(error: *const Handle<Failure>) {
    write(|active, at| {
        // SAFETY: arvo.h, "Handles".
        let failure = unsafe { borrow(error, "error")? };
        let (name, message) = (&failure.name, &failure.message);
        active.tracer.attributes(active.pointer(), &Mark::exception_attributes(name, message));
        Ok(Mark::exception(at, name, message, failure.stack.as_deref()))
    });
}

/// # Safety
/// `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_span_current(out: *mut CSpanContext) -> bool {
    read(false, || {
        // SAFETY: `out` is NULL or writable.
        let out = unsafe { slot(out, "out")? };
        // The text lives as long as the span is current, which is longer than this call.
        let context = Active::now().and_then(|active| context_of(&active.headers));
        Ok(context.map(|context| out.put(context)).is_some())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_span(execution: *const Handle<ExecutionHandle>) -> *mut c_void {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles".
        Ok(unsafe { borrow(execution, "execution")? }.lock()?.traced.pointer())
    })
}
