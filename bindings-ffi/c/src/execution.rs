//! `arvo_execution`: one execution in a loop of the C program's own, step by step.
//!
//! While a call works on it the execution is taken out of its handle: a callback that answers its own execution, or
//! a second thread, finds it busy, and an answer that comes late finds it gone.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use arvo_core::{Answer, Committed, Event, Execution, Headers, SchemasOnly, Step, Turn};

use crate::boundary::{Caught, Failure, Status, guard, guard_raised, read, slot};
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, Lent, borrow, free, kind};
use crate::handler::HandlerHandle;
use crate::host::RaisedTable;
use crate::input::Input;
use crate::outputs::Outputs;
use crate::run::Shared;

/// The content of an `arvo_execution`.
pub struct ExecutionHandle {
    handler: Arc<Shared>,
    event: Event,
    running: Mutex<Running>,
}

kind!(ExecutionHandle, "arvo_execution", b"executn\0");

/// Where the execution stands, and what user code has raised in it.
struct Running {
    at: At,
    raised: RaisedTable,
}

enum At {
    Call(Execution, Lent<Input>),
    Commit(Execution, Lent<Events>),
    Done(Result<Events, Caught>),
    /// Finished, or lost in a panic: nothing is left to do.
    Over(&'static str),
}

impl At {
    fn of(turn: Turn, handler: &Arc<Shared>, event: &Event, raised: &RaisedTable) -> Result<Self, Failure> {
        let limits = handler.environment.limits();
        Ok(match turn {
            Turn::Step(execution, Step::Call(call), _) => Self::Call(execution, Lent::new(Input::new(*call, handler)?)),
            Turn::Step(execution, step @ (Step::Lock { .. } | Step::Read { .. } | Step::Unlock { .. }), _) => {
                // A handler keeps nothing: such a step is answered at once.
                let answer = step.answer_in_process(None, &handler.environment).unwrap_or(Answer::Unlocked);
                let turn =
                    execution.answer(answer, &arvo_core::NoHost).unwrap_or_else(|misfit| misfit.execution.cancel());
                return Self::of(turn, handler, event, raised);
            }
            Turn::Step(execution, Step::Commit(commit), _) => {
                Self::Commit(execution, Lent::new(Events::of(&commit.emitted, limits)))
            }
            Turn::Done(Ok(emitted), _) => Self::Done(Ok(Events::of(&emitted, limits))),
            Turn::Done(Err(violation), _) => Self::Done(Err(raised.caught(&violation, event))),
        })
    }

    /// What this state waits for, as a message says it.
    fn wanted(&self) -> &'static str {
        match self {
            Self::Call(..) => "it waits for arvo_execution_answer or arvo_execution_raise",
            Self::Commit(..) => "it waits for arvo_execution_commit or arvo_execution_raise",
            Self::Done(_) => "it is done: arvo_execution_finish gives what came of it",
            Self::Over(why) => why,
        }
    }
}

impl ExecutionHandle {
    fn lock(&self) -> Result<MutexGuard<'_, Running>, Failure> {
        match self.running.try_lock() {
            Ok(running) => Ok(running),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                let message = "the execution is at work: a callback of its own, or a second thread, asked; answer each \
                               step once, after the call that gave it has returned";
                Err(Failure::new(Status::BUSY, "Busy", message))
            }
        }
    }

    /// Takes the execution out, for an answer that `fits` its state.
    fn take(running: &mut Running, fits: impl FnOnce(&At) -> bool, what: &str) -> Result<Execution, Failure> {
        if !fits(&running.at) {
            let message = format!("{what} does not fit the execution: {}", running.at.wanted());
            return Err(Failure::new(Status::WRONG_STEP, "WrongStep", message));
        }
        match std::mem::replace(&mut running.at, At::Over("it was lost in a defect of the library")) {
            At::Call(execution, _) | At::Commit(execution, _) => Ok(execution),
            other => {
                let message = format!("{what} does not fit the execution: {}", other.wanted());
                running.at = other;
                Err(Failure::new(Status::WRONG_STEP, "WrongStep", message))
            }
        }
    }

    fn answer(
        &self,
        fits: impl FnOnce(&At) -> bool,
        what: &str,
        answer: impl FnOnce(&At, &RaisedTable) -> Result<Answer, Failure>,
    ) -> Result<(), Failure> {
        let mut running = self.lock()?;
        let running = &mut *running;
        if !fits(&running.at) {
            Self::take(running, |_| false, what)?;
        }
        let answer = answer(&running.at, &running.raised)?;
        let execution = Self::take(running, |_| true, what)?;
        let host = self.handler.host(&self.event, &running.raised);
        let turn = match execution.answer(answer, &SchemasOnly(&host)) {
            Ok(turn) => turn,
            Err(misfit) => misfit.execution.cancel(), // `fits` has let only the right pairs through
        };
        running.at = At::of(turn, &self.handler, &self.event, &running.raised)?;
        Ok(())
    }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_begin(
    handler: *const Handle<HandlerHandle>,
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (handler, event, out) =
            unsafe { (borrow(handler, "handler")?, borrow(event, "event")?, slot(out, "out")?) };
        let (handler, event, raised) = (Arc::clone(&handler.0), event.0.clone(), RaisedTable::default());
        let host = handler.host(&event, &raised);
        let turn = Execution::start(
            &handler.plan,
            &handler.environment,
            event.clone(),
            Headers::default(),
            &SchemasOnly(&host),
        );
        let at = At::of(turn, &handler, &event, &raised)?;
        out.give(ExecutionHandle { handler, event, running: Mutex::new(Running { at, raised }) });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_step(execution: *const Handle<ExecutionHandle>) -> i32 {
    read(0, || {
        // SAFETY: arvo.h, "Handles".
        let running = unsafe { borrow(execution, "execution")? }.lock()?;
        Ok(match running.at {
            At::Call(..) => 1,
            At::Commit(..) => 2,
            At::Done(_) | At::Over(_) => 3,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_input(execution: *const Handle<ExecutionHandle>) -> *const Handle<Input> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let running = unsafe { borrow(execution, "execution")? }.lock()?;
        Ok(match &running.at {
            At::Call(_, input) => input.pointer().cast_const(),
            _ => std::ptr::null(),
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_emitted(execution: *const Handle<ExecutionHandle>) -> *const Handle<Events> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let running = unsafe { borrow(execution, "execution")? }.lock()?;
        Ok(match &running.at {
            At::Commit(_, events) => events.pointer().cast_const(),
            _ => std::ptr::null(),
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
        execution.answer(
            |at| matches!(at, At::Call(..)),
            "an answer",
            |_, _| Ok(outputs.answer(execution.handler.environment.limits())),
        )
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_commit(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let execution = unsafe { borrow(execution, "execution")? };
        let fits = |at: &At| matches!(at, At::Commit(..));
        execution.answer(fits, "a commit", |_, _| Ok(Answer::Committed(Ok(Committed::Done))))
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
        execution.answer(
            |at| matches!(at, At::Call(..) | At::Commit(..)),
            "an error",
            |at, table| {
                // SAFETY: arvo.h, `arvo_execution_raise`: an error that is alive, which the library takes over.
                let raised = unsafe { Lent::adopt(std::mem::replace(place, std::ptr::null_mut())) };
                let raised = table.keep(raised);
                Ok(match at {
                    At::Commit(..) => Answer::Committed(Err(raised)),
                    _ => Answer::Raised(raised),
                })
            },
        )
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_execution_cancel(
    execution: *const Handle<ExecutionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let execution = unsafe { borrow(execution, "execution")? };
        let mut running = execution.lock()?;
        let taken = ExecutionHandle::take(&mut running, |_| true, "a cancel")?;
        running.at = At::of(taken.cancel(), &execution.handler, &execution.event, &running.raised)?;
        Ok(())
    })
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
                let message = format!("the execution can't be finished: {}", other.wanted());
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
