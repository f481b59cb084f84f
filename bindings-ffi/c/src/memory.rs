//! `arvo_memory`: where workflows are kept, inside the process or by functions of the C program.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Answer, Committed, Environment, Found, InMemory, Locked, MemoryError, Raised, Record, Step};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::error::raised;
use crate::handle::{Handle, Lent, borrow, free, kind, take};
use crate::host::RaisedTable;
use crate::text::Text;
use crate::user::{DestroyFn, UserData};

/// The content of an `arvo_memory`.
pub struct MemoryHandle(pub(crate) Keeping);

kind!(MemoryHandle, "arvo_memory", b"memory\0\0");

/// Where workflows are kept.
#[derive(Clone)]
pub(crate) enum Keeping {
    InProcess(InMemory),
    Own(Arc<OwnMemory>),
    /// Answered by the loop that runs an execution, step by step.
    Stepwise,
}

impl Default for Keeping {
    fn default() -> Self {
        Self::InProcess(InMemory::new())
    }
}

impl From<MemoryError> for Failure {
    fn from(error: MemoryError) -> Self {
        Self::new(Status::BAD_ARGUMENT, "MemoryError", error.to_string())
    }
}

impl MemoryHandle {
    fn in_process(&self) -> Result<&InMemory, Failure> {
        match &self.0 {
            Keeping::InProcess(memory) => Ok(memory),
            Keeping::Own(_) | Keeping::Stepwise => {
                let message = "this memory is the program's own: ask what keeps it yourself";
                Err(Failure::new(Status::WRONG_KIND, "WrongKind", message))
            }
        }
    }
}

/// `arvo_memory_read_fn`
type ReadFn = unsafe extern "C" fn(*mut c_void, Str, *mut *mut Handle<Text>, *mut *mut Handle<Failure>) -> Status;
/// `arvo_memory_write_fn`
type WriteFn = unsafe extern "C" fn(*mut c_void, Str, Str, Str, *mut *mut Handle<Failure>) -> Status;
/// `arvo_memory_lock_fn`; the C program writes a byte, which may be no `bool` at all.
type LockFn = unsafe extern "C" fn(*mut c_void, Str, *mut u8, *mut *mut Handle<Failure>) -> Status;
/// `arvo_memory_unlock_fn`
type UnlockFn = unsafe extern "C" fn(*mut c_void, Str, *mut *mut Handle<Failure>) -> Status;

/// `arvo_memory_functions`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CMemory {
    read: Option<ReadFn>,
    write: Option<WriteFn>,
    lock: Option<LockFn>,
    unlock: Option<UnlockFn>,
}

/// A memory of the C program.
pub(crate) struct OwnMemory {
    read: ReadFn,
    write: WriteFn,
    /// None: the memory has no locks, they count as got.
    lock: Option<LockFn>,
    unlock: Option<UnlockFn>,
    user_data: UserData,
}

impl OwnMemory {
    pub(crate) fn perform(&self, step: Step, table: &RaisedTable) -> Answer {
        match step {
            Step::Lock { subject } => Answer::Locked(self.lock(&subject).map_err(|error| table.keep(error))),
            Step::Read { subject } => Answer::Read(self.read(&subject).map_err(|error| table.keep(error))),
            Step::Commit(commit) => Answer::Committed(match commit.record {
                None => Ok(Committed::Done),
                Some(write) => {
                    let previous = write.previous.as_ref().map(Record::text);
                    self.write(&commit.subject, write.new.text(), previous, table).map(|()| Committed::Done)
                }
            }),
            Step::Unlock { subject } => {
                self.unlock(&subject);
                Answer::Unlocked
            }
            Step::Call(_) => Answer::Unlocked, // not reached: the driver calls
        }
    }

    fn lock(&self, id: &str) -> Result<Locked, Lent<Failure>> {
        let Some(lock) = self.lock else { return Ok(Locked::Held(None)) };
        let (mut held, mut error) = (0, std::ptr::null_mut());
        // SAFETY: arvo.h, `arvo_memory_lock_fn`: called with its user data; the other arguments outlive the call.
        let status = unsafe { lock(self.user_data.pointer(), Str::of(id), &mut held, &mut error) };
        // SAFETY: arvo.h, "Callbacks": `*error` is NULL or an error that the library takes over.
        match (unsafe { raised(status, error, "the memory's lock function") }, held) {
            (Some(raised), _) => Err(raised),
            (None, 0) => Ok(Locked::Denied),
            (None, 1) => Ok(Locked::Held(None)),
            (None, other) => Err(Lent::new(Failure::argument(format!(
                "the memory's lock function wrote {other} to *held, which is no bool; write true or false"
            )))),
        }
    }

    fn read(&self, id: &str) -> Result<Found, Lent<Failure>> {
        let (mut record, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: arvo.h, `arvo_memory_read_fn`: called with its user data; the other arguments outlive the call.
        let status = unsafe { (self.read)(self.user_data.pointer(), Str::of(id), &mut record, &mut error) };
        // SAFETY: arvo.h, `arvo_memory_read_fn`: `*record` is NULL or a text that the library takes over.
        let record = (!record.is_null()).then(|| unsafe { take(record, "*record") }).transpose();
        // SAFETY: arvo.h, "Callbacks": as in `lock`.
        match (unsafe { raised(status, error, "the memory's read function") }, record) {
            (Some(raised), _) => Err(raised),
            (None, Ok(None)) => Ok(Found::Nothing),
            (None, Ok(Some(text))) => Ok(Found::Record { record: Record::from_text(text.0), revision: None }),
            (None, Err(wrong)) => Err(Lent::new(wrong)),
        }
    }

    fn write(&self, id: &str, record: &str, previous: Option<&str>, table: &RaisedTable) -> Result<(), Raised> {
        let (previous, mut error) = (Str::of_optional(previous), std::ptr::null_mut());
        let (id, record, user_data) = (Str::of(id), Str::of(record), self.user_data.pointer());
        // SAFETY: arvo.h, `arvo_memory_write_fn`: called with its user data; the other arguments outlive the call.
        let status = unsafe { (self.write)(user_data, id, record, previous, &mut error) };
        // SAFETY: arvo.h, "Callbacks": as in `lock`.
        match unsafe { raised(status, error, "the memory's write function") } {
            None => Ok(()),
            Some(raised) => Err(table.keep(raised)),
        }
    }

    /// A lock that stays ends by itself: what came of the execution stands.
    fn unlock(&self, id: &str) {
        let Some(unlock) = self.unlock else { return };
        let mut error = std::ptr::null_mut();
        // SAFETY: arvo.h, `arvo_memory_unlock_fn`: called with its user data; the other arguments outlive the call.
        let status = unsafe { unlock(self.user_data.pointer(), Str::of(id), &mut error) };
        // SAFETY: arvo.h, "Callbacks": as in `lock`.
        drop(unsafe { raised(status, error, "the memory's unlock function") });
    }
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_new(
    out: *mut *mut Handle<MemoryHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(MemoryHandle(Keeping::default()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_new_stepwise(
    out: *mut *mut Handle<MemoryHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(MemoryHandle(Keeping::Stepwise));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and results; `functions` is NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_new_own(
    functions: *const CMemory,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    out: *mut *mut Handle<MemoryHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Results"; `functions` is NULL or readable during the call.
        let (functions, out) = unsafe { (functions.as_ref().copied(), slot(out, "out")?) };
        let functions = functions.ok_or_else(|| Failure::argument("functions is NULL; pass a table of functions"))?;
        let (Some(read), Some(write)) = (functions.read, functions.write) else {
            return Err(Failure::argument("a memory needs the functions read and write; lock and unlock may be NULL"));
        };
        let own = OwnMemory { read, write, lock: functions.lock, unlock: functions.unlock, user_data };
        out.give(MemoryHandle(Keeping::Own(Arc::new(own))));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_free(memory: *mut Handle<MemoryHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(memory) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_read(
    memory: *const Handle<MemoryHandle>,
    id: Str,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (memory, id, out) = unsafe { (borrow(memory, "memory")?, id.read("id")?, slot(out, "out")?) };
        match memory.in_process()?.read(id)? {
            Some(kept) => out.give(Text(kept.record.text().to_owned())),
            None => out.put(std::ptr::null_mut()),
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_write(
    memory: *const Handle<MemoryHandle>,
    id: Str,
    record: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (memory, id, record) =
            unsafe { (borrow(memory, "memory")?, id.read("id")?, record.read_optional("record")?) };
        let memory = memory.in_process()?;
        let record = match (id, record) {
            ("", _) => Record::from_text(""), // the memory says what is wrong
            (_, Some(record)) => Record::from_text(record),
            (_, None) => return Err(MemoryError::NoRecord.into()),
        };
        Ok(memory.put(id, record)?)
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_lock(
    memory: *const Handle<MemoryHandle>,
    id: Str,
    out: *mut bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (memory, id, out) = unsafe { (borrow(memory, "memory")?, id.read("id")?, slot(out, "out")?) };
        let guard = memory.in_process()?.lock(id, Environment::shared().now())?;
        out.put(guard.is_some());
        if let Some(guard) = guard {
            guard.keep(); // until arvo_memory_unlock, or its time is over
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_unlock(
    memory: *const Handle<MemoryHandle>,
    id: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (memory, id) = unsafe { (borrow(memory, "memory")?, id.read("id")?) };
        memory.in_process()?.unlock(id)?;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_memory_clear(
    memory: *const Handle<MemoryHandle>,
    id: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (memory, id) = unsafe { (borrow(memory, "memory")?, id.read_optional("id")?) };
        memory.in_process()?.clear(id);
        Ok(())
    })
}
