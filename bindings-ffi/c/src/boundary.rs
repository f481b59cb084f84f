//! What every exported function shares: text in, results out, failures as a status and an error, panics kept in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

pub(crate) use crate::failure::Failure;
use crate::handle::{Handle, Kind, Lent, borrow};

/// `arvo_status`; a value never changes its meaning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(transparent)]
pub struct Status(pub(crate) i32);

impl Status {
    pub(crate) const OK: Self = Self(0);
    pub(crate) const CONTRACT_VIOLATION: Self = Self(1);
    pub(crate) const CONFIG_VIOLATION: Self = Self(2);
    pub(crate) const EXECUTION_VIOLATION: Self = Self(3);
    pub(crate) const TRANSACTION_VIOLATION: Self = Self(4);
    pub(crate) const CUSTOM_VIOLATION: Self = Self(5);
    pub(crate) const USER_ERROR: Self = Self(10);
    pub(crate) const INVALID_JSON: Self = Self(20);
    pub(crate) const INVALID_EVENT: Self = Self(21);
    pub(crate) const INVALID_DATA: Self = Self(22);
    pub(crate) const INVALID_SCHEMA: Self = Self(23);
    pub(crate) const INVALID_CONTRACT: Self = Self(24);
    pub(crate) const INVALID_SUBJECT: Self = Self(25);
    pub(crate) const INVALID_NAME: Self = Self(26);
    pub(crate) const INVALID_EXPRESSION: Self = Self(27);
    pub(crate) const EXPRESSION_FAILED: Self = Self(28);
    pub(crate) const INVALID_SUITE: Self = Self(29);
    pub(crate) const NOT_FOUND: Self = Self(30);
    pub(crate) const WRONG_KIND: Self = Self(31);
    pub(crate) const WRONG_STEP: Self = Self(41);
    pub(crate) const BUSY: Self = Self(42);
    pub(crate) const CANCELLED: Self = Self(43);
    pub(crate) const NOT_DELIVERED: Self = Self(50);
    pub(crate) const QUEUE_FULL: Self = Self(51);
    pub(crate) const TOPIC_TAKEN: Self = Self(52);
    pub(crate) const STORE_FAILED: Self = Self(60);
    pub(crate) const DEAD_LETTER: Self = Self(61);
    pub(crate) const WRONG_STATE: Self = Self(62);
    pub(crate) const BREACH: Self = Self(70);
    pub(crate) const BAD_ARGUMENT: Self = Self(100);
    pub(crate) const PANIC: Self = Self(101);
}

/// `arvo_str`: UTF-8 by pointer and length.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Str {
    ptr: *const u8,
    len: usize,
}

impl Str {
    /// No text at all, unlike an empty one.
    pub(crate) const NONE: Self = Self { ptr: std::ptr::null(), len: 0 };

    /// The text as long as its owner lives; C is told who that is.
    pub(crate) fn of(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    pub(crate) fn of_optional(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }

    pub(crate) fn is_none(self) -> bool {
        self.ptr.is_null()
    }

    /// The text of argument `what`.
    ///
    /// # Safety
    /// `ptr` is NULL or readable for `len` bytes during `'a`.
    pub(crate) unsafe fn read<'a>(self, what: &str) -> Result<&'a str, Failure> {
        if self.ptr.is_null() {
            return match self.len {
                0 => Ok(""),
                len => Err(Failure::argument(format!("{what} has no bytes (ptr is NULL) but the length {len}"))),
            };
        }
        if isize::try_from(self.len).is_err() {
            return Err(Failure::argument(format!("{what} has the impossible length {}", self.len)));
        }
        // SAFETY: not null, of a possible length, readable by the caller's promise.
        let bytes = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            Failure::argument(format!("{what} is no UTF-8: byte {at} of {} is wrong; pass UTF-8", self.len))
        })
    }

    /// As [`Str::read`]; NULL stands for nothing.
    ///
    /// # Safety
    /// As for [`Str::read`].
    pub(crate) unsafe fn read_optional<'a>(self, what: &str) -> Result<Option<&'a str>, Failure> {
        // SAFETY: promised by the caller.
        let text = unsafe { self.read(what)? };
        Ok((!self.is_none()).then_some(text))
    }
}

/// Where a result goes: checked before the work, written after it.
pub(crate) struct Slot<T>(NonNull<T>);

impl<T> Slot<T> {
    pub(crate) fn put(self, value: T) {
        // SAFETY: `slot` was promised that the place is writable until the call returns.
        unsafe { self.0.write(value) }
    }
}

impl<T: Kind> Slot<*mut Handle<T>> {
    pub(crate) fn give(self, content: T) {
        self.put(Handle::give(content));
    }
}

/// The place of result `what`.
///
/// # Safety
/// `out` is NULL or writable until the exported function returns.
pub(crate) unsafe fn slot<T>(out: *mut T, what: &str) -> Result<Slot<T>, Failure> {
    NonNull::new(out)
        .map(Slot)
        .ok_or_else(|| Failure::argument(format!("{what} is NULL; pass the address of a variable for the result")))
}

/// What ends a call: a failure of its own, or an error of user code, which is to be the very handle that was raised.
pub(crate) enum Caught {
    Failure(Failure),
    Raised(Lent<Failure>),
}

impl Caught {
    /// Gives name and message to `tell`.
    pub(crate) fn told<T>(&self, tell: impl FnOnce(&str, &str) -> T) -> T {
        match self {
            Self::Failure(failure) => tell(&failure.name, &failure.message),
            Self::Raised(raised) => match raised.content() {
                Ok(failure) => tell(&failure.name, &failure.message),
                Err(wrong) => tell(&wrong.name, &wrong.message),
            },
        }
    }
}

impl From<Failure> for Caught {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Runs `body`. Its failure, or its panic, becomes a status and, when asked for, an error handle.
///
/// An error that is there already stays, and `body` does not run: so a row of calls needs one check at its end.
pub(crate) fn guard(error: *mut *mut Handle<Failure>, body: impl FnOnce() -> Result<(), Failure>) -> Status {
    guard_raised(error, || body().map_err(Caught::from))
}

/// As [`guard`], for calls that run user code.
pub(crate) fn guard_raised(error: *mut *mut Handle<Failure>, body: impl FnOnce() -> Result<(), Caught>) -> Status {
    // SAFETY: arvo.h, "Errors": `error` is NULL or points to NULL or to an error that is alive.
    let error = unsafe { error.as_mut() };
    if let Some(earlier) = error.as_deref().filter(|earlier| !earlier.is_null()) {
        // SAFETY: as above.
        return unsafe { borrow(*earlier, "*error") }.map_or(Status::BAD_ARGUMENT, |failure| failure.status);
    }
    let caught = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return Status::OK,
        Ok(Err(Caught::Failure(failure))) => Lent::new(failure),
        Ok(Err(Caught::Raised(raised))) => raised,
        Err(panic) => Lent::new(Failure::panic(&*panic)),
    };
    let status = caught.content().map_or(Status::BAD_ARGUMENT, |failure| failure.status);
    if let Some(place) = error {
        *place = caught.release();
    }
    status
}

/// Runs a reader: it returns what it reads, and `nothing` for a handle it cannot read.
pub(crate) fn read<T>(nothing: T, body: impl FnOnce() -> Result<T, Failure>) -> T {
    catch_unwind(AssertUnwindSafe(body)).ok().and_then(Result::ok).unwrap_or(nothing)
}
