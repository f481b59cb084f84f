//! `arvo_error`: read errors, and raise errors of the program's own.

use std::ffi::c_void;

use arvo_core::UserViolation;

use crate::boundary::{Failure, Status, Str, guard, read};
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// What a callback raised: the error it set, or one for the status it returned; nothing after `ARVO_OK`.
///
/// # Safety
/// `error` is NULL or an error that nobody else frees.
pub(crate) unsafe fn raised(status: Status, error: *mut Handle<Failure>, what: &str) -> Option<Lent<Failure>> {
    if !error.is_null() {
        // SAFETY: promised by the caller; checked to be an error that is alive.
        return Some(match unsafe { borrow(error, "*error") } {
            Ok(_) => unsafe { Lent::adopt(error) },
            Err(wrong) => Lent::new(wrong),
        });
    }
    (status != Status::OK).then(|| Lent::new(Failure::returned(status, what)))
}

/// Sets `*error`, unless an earlier error is there, and gives the status of the one that is there afterwards.
fn raise(error: *mut *mut Handle<Failure>, make: impl FnOnce() -> Result<Failure, Failure>) -> Status {
    if error.is_null() {
        return Status::BAD_ARGUMENT;
    }
    guard(error, || Err(make().unwrap_or_else(|wrong| wrong)))
}

/// # Safety
/// As `arvo.h` says of errors and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_raise(error: *mut *mut Handle<Failure>, name: Str, message: Str) -> Status {
    raise(error, || {
        // SAFETY: arvo.h, "Texts": arguments are readable during the call.
        let (name, message) = unsafe { (name.read("name")?, message.read("message")?) };
        Ok(Failure::new(Status::USER_ERROR, if name.is_empty() { "Error" } else { name }, message))
    })
}

/// # Safety
/// As `arvo.h` says of errors, texts and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_raise_violation(
    error: *mut *mut Handle<Failure>,
    type_name: Str,
    message: Str,
    metadata: *const Handle<Json>,
) -> Status {
    raise(error, || {
        // SAFETY: arvo.h, "Texts" and "Handles": arguments are readable during the call.
        let (type_name, message, metadata) =
            unsafe { (type_name.read("type")?, message.read("message")?, borrow_optional(metadata, "metadata")?) };
        let violation = UserViolation::new(type_name, message);
        let name = format!("ViolationError<{type_name}>");
        let mut failure = Failure::violation(violation.kind(), type_name, name, violation.to_string());
        if type_name.is_empty() {
            failure.status = Status::USER_ERROR; // without a type nobody can tell it from another: an ordinary error
        }
        Ok(match metadata {
            Some(metadata) => failure.with("metadata", metadata.value().clone()),
            None => failure,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_set_stack(error: *mut Handle<Failure>, stack: Str) -> Status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles" and "Texts": the caller's own error, used by nobody else now.
        let (failure, stack) = unsafe { (borrow_mut(error, "error")?, stack.read_optional("stack")?) };
        failure.stack = stack.map(str::to_owned);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and destroy functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_attach(
    error: *mut Handle<Failure>,
    object: *mut c_void,
    destroy: Option<DestroyFn>,
) -> Status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles": the caller's own error, used by nobody else now.
        let failure = unsafe { borrow_mut(error, "error")? };
        failure.object = Some(UserData::new(object, destroy));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_status(error: *const Handle<Failure>) -> Status {
    if error.is_null() {
        return Status::OK;
    }
    // SAFETY: arvo.h, "Handles".
    read(Status::BAD_ARGUMENT, || Ok(unsafe { borrow(error, "error")? }.status))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_name(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of(&unsafe { borrow(error, "error")? }.name)))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_message(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of(&unsafe { borrow(error, "error")? }.message)))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_stack(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of_optional(unsafe { borrow(error, "error")? }.stack.as_deref())))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_violation(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of_optional(unsafe { borrow(error, "error")? }.violation.as_deref())))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_is_violation(error: *const Handle<Failure>) -> bool {
    // SAFETY: arvo.h, "Handles".
    read(false, || Ok(unsafe { borrow(error, "error")? }.violation_type().is_some()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_details(error: *const Handle<Failure>) -> *const Handle<Json> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let failure = unsafe { borrow(error, "error")? };
        Ok(failure.details().pointer().cast_const())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_cause(error: *const Handle<Failure>) -> *const Handle<Failure> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let cause = unsafe { borrow(error, "error")? }.cause.as_ref();
        Ok(cause.map_or(std::ptr::null(), |cause| cause.pointer().cast_const()))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_object(error: *const Handle<Failure>) -> *mut c_void {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles".
        let failure = unsafe { borrow(error, "error")? };
        Ok(failure.object.as_ref().map_or(std::ptr::null_mut(), UserData::pointer))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_free(error: *mut Handle<Failure>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(error) }
}
