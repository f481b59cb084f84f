//! `arvo_value`, built member by member: at a place that a JSON Pointer names.

use serde_json::{Number, Value};

use crate::boundary::{Failure, Status, Str, guard};
use crate::handle::{Handle, borrow, borrow_mut};
use crate::pointer::Pointer;
use crate::value::Json;

/// Puts `make`'s value at a place; the body of every setter.
///
/// # Safety
/// As `arvo.h` says of handles and texts.
unsafe fn set(
    (value, pointer): (*mut Handle<Json>, Str),
    error: *mut *mut Handle<Failure>,
    make: impl FnOnce() -> Result<Value, Failure>,
) -> Status {
    guard(error, || {
        let member = make()?;
        // SAFETY: promised by the caller; `member` is a copy, so that a value may be put into itself.
        let (json, pointer) = unsafe { (borrow_mut(value, "value")?, Pointer::new(pointer.read("pointer")?)?) };
        pointer.check_depth(&member)?;
        pointer.fits(json.value())?;
        *pointer.place(json.make_mut()) = member;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set(
    value: *mut Handle<Json>,
    pointer: Str,
    member: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(borrow::<Json>(member, "member")?.value().clone())) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_text(
    value: *mut Handle<Json>,
    pointer: Str,
    text: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(text.read("text")?.into())) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_i64(
    value: *mut Handle<Json>,
    pointer: Str,
    number: i64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(number.into())) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_u64(
    value: *mut Handle<Json>,
    pointer: Str,
    number: u64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(number.into())) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_f64(
    value: *mut Handle<Json>,
    pointer: Str,
    number: f64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let make = || {
        let number = Number::from_f64(number);
        number.map(Value::Number).ok_or_else(|| Failure::argument("number is not finite; JSON has no NaN or infinity"))
    };
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, make) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_bool(
    value: *mut Handle<Json>,
    pointer: Str,
    boolean: bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(boolean.into())) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_set_null(
    value: *mut Handle<Json>,
    pointer: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe { set((value, pointer), error, || Ok(Value::Null)) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_remove(
    value: *mut Handle<Json>,
    pointer: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own value, used by nobody else now.
        let (json, pointer) = unsafe { (borrow_mut(value, "value")?, Pointer::new(pointer.read("pointer")?)?) };
        pointer.find(json.value())?;
        pointer.remove(json.make_mut())
    })
}
