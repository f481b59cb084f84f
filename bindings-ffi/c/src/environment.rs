//! `arvo_environment`: time, ids and limits from the C program, for tests, simulations and strict services.

use std::ffi::c_void;
use std::sync::{Arc, LazyLock};

use arvo_core::{Clock, Environment, IdSource, Limits};
use uuid::Uuid;

use crate::boundary::{Failure, Status, guard, slot};
use crate::handle::{Handle, borrow_optional, free, kind};
use crate::user::{DestroyFn, UserData};

/// The content of an `arvo_environment`.
pub struct Surroundings(pub(crate) Arc<Environment>);

kind!(Surroundings, "arvo_environment", b"environs");

/// The environment of an argument; NULL stands for the machine's own.
///
/// # Safety
/// As for [`borrow_optional`].
pub(crate) unsafe fn environment<'a>(pointer: *const Handle<Surroundings>) -> Result<&'a Arc<Environment>, Failure> {
    static SYSTEM: LazyLock<Arc<Environment>> = LazyLock::new(Arc::default);
    // SAFETY: promised by the caller.
    Ok(unsafe { borrow_optional(pointer, "environment")? }.map_or(&SYSTEM, |surroundings| &surroundings.0))
}

type ClockFn = unsafe extern "C" fn(*mut c_void) -> i64;
type UuidFn = unsafe extern "C" fn(*mut c_void, *mut u8);

/// A clock or source of ids of the C program; the machine's own where it gave none.
struct Given<F> {
    function: Option<F>,
    user_data: Arc<UserData>,
    system: Environment,
}

impl Clock for Given<ClockFn> {
    fn now(&self) -> i64 {
        match self.function {
            // SAFETY: arvo.h, `arvo_clock_fn`: may be called on any thread with its user data.
            Some(function) => unsafe { function(self.user_data.pointer()) },
            None => self.system.now(),
        }
    }
}

impl IdSource for Given<UuidFn> {
    fn uuid(&self) -> Uuid {
        let Some(function) = self.function else { return self.system.uuid() };
        let mut bytes = [0; 16];
        // SAFETY: arvo.h, `arvo_uuid_fn`: may be called on any thread, and writes 16 bytes.
        unsafe { function(self.user_data.pointer(), bytes.as_mut_ptr()) };
        Uuid::from_bytes(bytes)
    }
}

/// `arvo_limits`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CLimits {
    event: usize,
    depth: usize,
    keys: usize,
    encoded: usize,
    inflated: usize,
    record: usize,
    expression_steps: usize,
    expression_bytes: usize,
    error_stack: bool,
}

impl From<Limits> for CLimits {
    fn from(limits: Limits) -> Self {
        Self {
            event: limits.event,
            depth: limits.depth,
            keys: limits.keys,
            encoded: limits.encoded,
            inflated: limits.inflated,
            record: limits.record,
            expression_steps: limits.expression_steps,
            expression_bytes: limits.expression_bytes,
            error_stack: limits.error_stack,
        }
    }
}

impl From<CLimits> for Limits {
    fn from(limits: CLimits) -> Self {
        Self {
            event: limits.event,
            depth: limits.depth,
            keys: limits.keys,
            encoded: limits.encoded,
            inflated: limits.inflated,
            record: limits.record,
            expression_steps: limits.expression_steps,
            expression_bytes: limits.expression_bytes,
            error_stack: limits.error_stack,
        }
    }
}

/// # Safety
/// Takes nothing; safe to call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_limits_default() -> CLimits {
    Limits::DEFAULT.into()
}

/// # Safety
/// As `arvo.h` says of callbacks and results; `limits` is NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_environment_new(
    clock: Option<ClockFn>,
    uuid: Option<UuidFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    limits: *const CLimits,
    out: *mut *mut Handle<Surroundings>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = Arc::new(UserData::new(user_data, destroy));
    guard(error, || {
        // SAFETY: arvo.h, "Results"; `limits` is NULL or readable during the call.
        let (out, limits) = unsafe { (slot(out, "out")?, limits.as_ref()) };
        let system = Environment::system();
        let clock = Given { function: clock, user_data: Arc::clone(&user_data), system: system.clone() };
        let ids = Given { function: uuid, user_data, system };
        let environment = Environment::new(clock, ids).with_limits(limits.copied().map_or(Limits::DEFAULT, Into::into));
        out.give(Surroundings(Arc::new(environment)));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_environment_free(environment: *mut Handle<Surroundings>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(environment) }
}
