//! `arvo_execution`, as C calls it.

use arvo_core::{Answer, Committed, Found, Locked, Record};

use crate::boundary::{Failure, Status, Str, guard, guard_raised, read, slot};
use crate::event::Events;
use crate::execution::{At, ExecutionHandle, Waiting};
use crate::handle::{Handle, Lent, borrow, free};
use crate::input::Input;
use crate::outputs::Outputs;
use crate::resumed::Next;

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_step(execution: *const Handle<ExecutionHandle>) -> i32 {
    read(0, || {
        // SAFETY: arvo.h, "Handles".
        let running = unsafe { borrow(execution, "execution")? }.lock()?;
        Ok(match &running.at {
            At::Open(_, waiting) => waiting.number(),
            At::Done(_) | At::Over(_) => 3,
        })
    })
}

/// Reads something of the open step.
///
/// # Safety
/// As `arvo.h` says of handles.
unsafe fn of_step<T: Copy>(
    execution: *const Handle<ExecutionHandle>,
    nothing: T,
    look: impl FnOnce(&Waiting) -> Option<T>,
) -> T {
    read(nothing, || {
        // SAFETY: arvo.h, "Handles".
        let running = unsafe { borrow(execution, "execution")? }.lock()?;
        Ok(match &running.at {
            At::Open(_, waiting) => look(waiting).unwrap_or(nothing),
            At::Done(_) | At::Over(_) => nothing,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_input(execution: *const Handle<ExecutionHandle>) -> *const Handle<Input> {
    let look = |waiting: &Waiting| match waiting {
        Waiting::Call(input) => Some(input.pointer().cast_const()),
        _ => None,
    };
    // SAFETY: arvo.h, "Handles".
    unsafe { of_step(execution, std::ptr::null(), look) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_emitted(execution: *const Handle<ExecutionHandle>) -> *const Handle<Events> {
    let look = |waiting: &Waiting| match waiting {
        Waiting::Commit(_, events) => Some(events.pointer().cast_const()),
        _ => None,
    };
    // SAFETY: arvo.h, "Handles".
    unsafe { of_step(execution, std::ptr::null(), look) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_subject(execution: *const Handle<ExecutionHandle>) -> Str {
    // SAFETY: arvo.h, "Handles".
    unsafe { of_step(execution, Str::NONE, |waiting| waiting.subject().map(Str::of)) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_record(execution: *const Handle<ExecutionHandle>) -> Str {
    let look = |waiting: &Waiting| match waiting {
        Waiting::Commit(commit, _) => commit.record.as_ref().map(|write| Str::of(write.new.text())),
        _ => None,
    };
    // SAFETY: arvo.h, "Handles".
    unsafe { of_step(execution, Str::NONE, look) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_previous(execution: *const Handle<ExecutionHandle>) -> Str {
    let look = |waiting: &Waiting| match waiting {
        Waiting::Commit(commit, _) => {
            let previous = commit.record.as_ref().and_then(|write| write.previous.as_ref());
            previous.map(|record| Str::of(record.text()))
        }
        _ => None,
    };
    // SAFETY: arvo.h, "Handles".
    unsafe { of_step(execution, Str::NONE, look) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_locked(
    execution: *const Handle<ExecutionHandle>,
    held: bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        unsafe { borrow(execution, "execution")? }.answer("what became of a lock", |waiting, _| match waiting {
            Waiting::Lock(_) if held => Some(Answer::Locked(Ok(Locked::Held(None)))),
            Waiting::Lock(_) => Some(Answer::Locked(Ok(Locked::Denied))),
            _ => None,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_found(
    execution: *const Handle<ExecutionHandle>,
    record: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (execution, record) = unsafe { (borrow(execution, "execution")?, record.read_optional("record")?) };
        execution.answer("a record", |waiting, _| match waiting {
            Waiting::Read(_) => Some(Answer::Read(Ok(match record {
                None => Found::Nothing,
                Some(text) => Found::Record { record: Record::from_text(text), revision: None },
            }))),
            _ => None,
        })
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_answer(
    execution: *const Handle<ExecutionHandle>,
    outputs: *const Handle<Outputs>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let (execution, outputs) = unsafe { (borrow(execution, "execution")?, borrow(outputs, "outputs")?) };
        execution.answer("an answer", |waiting, _| match waiting {
            Waiting::Call(_) if !execution.is_workflow() => Some(outputs.answer(execution.shared.environment.limits())),
            _ => None,
        })
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_resume(
    execution: *const Handle<ExecutionHandle>,
    next: *const Handle<Next>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let (execution, next) = unsafe { (borrow(execution, "execution")?, borrow(next, "next")?) };
        execution.answer("what happens next", |waiting, _| match waiting {
            Waiting::Call(_) if execution.is_workflow() => Some(next.answer(execution.shared.environment.limits())),
            _ => None,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_commit(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || unsafe { committed(execution, "a commit", Committed::Done) })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_conflict(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || unsafe { committed(execution, "a conflict", Committed::Conflict) })
}

/// # Safety
/// As `arvo.h` says of handles.
unsafe fn committed(
    execution: *const Handle<ExecutionHandle>,
    what: &str,
    committed: Committed,
) -> Result<(), Failure> {
    // SAFETY: promised by the caller.
    unsafe { borrow(execution, "execution")? }.answer(what, |waiting, _| match waiting {
        Waiting::Commit(..) => Some(Answer::Committed(Ok(committed))),
        _ => None,
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_unlocked(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        unsafe { borrow(execution, "execution")? }.answer("an unlocking", |waiting, _| match waiting {
            Waiting::Unlock(_) => Some(Answer::Unlocked),
            _ => None,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles and errors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_raise(
    execution: *const Handle<ExecutionHandle>,
    raised: *mut *mut Handle<Failure>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles"; `raised` is NULL or points to an error of the caller's.
        let (execution, place) = unsafe { (borrow(execution, "execution")?, raised.as_mut()) };
        let place = place.ok_or_else(|| Failure::argument("raised is NULL; pass the address of your error"))?;
        // SAFETY: arvo.h, "Handles".
        unsafe { borrow(*place, "*raised")? };
        execution.answer("an error", |waiting, table| {
            if matches!(waiting, Waiting::Unlock(_)) {
                return None;
            }
            // SAFETY: arvo.h, `arvo_execution_raise`: an error that is alive, which the library takes over.
            let raised = unsafe { Lent::adopt(std::mem::replace(place, std::ptr::null_mut())) };
            let raised = table.keep(raised);
            Some(match waiting {
                Waiting::Lock(_) => Answer::Locked(Err(raised)),
                Waiting::Read(_) => Answer::Read(Err(raised)),
                Waiting::Commit(..) => Answer::Committed(Err(raised)),
                Waiting::Call(_) | Waiting::Unlock(_) => Answer::Raised(raised),
            })
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_cancel(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || unsafe { borrow(execution, "execution")? }.cancel())
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_finish(
    execution: *const Handle<ExecutionHandle>,
    out: *mut *mut Handle<Events>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (execution, out) = unsafe { (borrow(execution, "execution")?, slot(out, "out")?) };
        let mut running = execution.lock()?;
        match std::mem::replace(&mut running.at, At::Over("it was finished before")) {
            At::Done(outcome) => out.give(outcome?),
            other => {
                let message = format!("the execution can't be finished: {}", other.wanted(execution.is_workflow()));
                running.at = other;
                return Err(Failure::new(Status::WRONG_STEP, "WrongStep", message).into());
            }
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_free(execution: *mut Handle<ExecutionHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(execution) }
}
