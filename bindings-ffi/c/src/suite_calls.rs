//! `arvo_suite`, as C calls it. Its `_add_` functions for handlers and workflows are made with those of each kind
//! (`exports.rs`).

use std::ffi::c_void;

use arvo_core::suite::{Suite, Verdict};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::broker::Callback;
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, borrow, borrow_mut, free};
use crate::suite::{CTestAdapter, Check, EventsFn, FunctionFn, InputFn, Step, SuiteHandle, ThrownFn, Told};
use crate::user::{DestroyFn, UserData};

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_parse(
    json: Str,
    out: *mut *mut Handle<SuiteHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (json, out) = unsafe { (json.read("json")?, slot(out, "out")?) };
        out.give(SuiteHandle::of(Suite::read(json)?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_new(
    out: *mut *mut Handle<SuiteHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(SuiteHandle::new());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_free(suite: *mut Handle<SuiteHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(suite) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_add_function(
    suite: *mut Handle<SuiteHandle>,
    name: Str,
    group: Str,
    function: Option<FunctionFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own suite, used by nobody else now.
        let (suite, name, group) =
            unsafe { (borrow_mut(suite, "suite")?, name.read("name")?, group.read_optional("group")?) };
        suite.add_function(name, group, Callback::new(function, user_data)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_case(
    suite: *mut Handle<SuiteHandle>,
    name: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the caller's own suite, used by nobody else now.
        let (suite, name) = unsafe { (borrow_mut(suite, "suite")?, name.read("name")?) };
        suite.begin_case(name);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_repeat(
    suite: *mut Handle<SuiteHandle>,
    times: usize,
    threshold: f64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles": the caller's own suite, used by nobody else now.
    guard(error, || unsafe { borrow_mut(suite, "suite")? }.repeat(times, threshold))
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_step(
    suite: *mut Handle<SuiteHandle>,
    input: Option<InputFn>,
    events: Option<EventsFn>,
    thrown: Option<ThrownFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the caller's own suite, used by nobody else now.
        let suite = unsafe { borrow_mut(suite, "suite")? };
        let input = input.ok_or_else(|| Failure::argument("input is NULL; pass a function that makes the event"))?;
        let check = match (events, thrown) {
            (None, None) => Check::Nothing,
            (Some(events), None) => Check::Events(events),
            (None, Some(thrown)) => Check::Thrown(thrown),
            (Some(_), Some(_)) => {
                return Err(Failure::argument("a step expects events or an error, not both; pass NULL for one"));
            }
        };
        suite.step(Step { input, check, user_data })
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results; `adapter` is NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_suite_run(
    suite: *const Handle<SuiteHandle>,
    adapter: *const CTestAdapter,
    user_data: *mut c_void,
    out: *mut usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results"; `adapter` is NULL or readable during the call.
        let (suite, adapter, out) = unsafe { (borrow(suite, "suite")?, adapter.as_ref(), slot(out, "out")?) };
        let mut failed = 0;
        suite.run(|told| {
            if let Told::Test(_, Verdict::Failed(_)) = &told {
                failed += 1;
            }
            if let Some(adapter) = adapter {
                adapter.tell(user_data, &told);
            }
        })?;
        out.put(failed);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_events_add(
    events: *mut Handle<Events>,
    event: *const Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the callback's own list, used by nobody else now.
        let (events, event) = unsafe { (borrow_mut(events, "events")?, borrow(event, "event")?) };
        events.add(event.0.clone());
        Ok(())
    })
}
