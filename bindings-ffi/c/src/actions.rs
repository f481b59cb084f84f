//! `arvo_actions`: what an enqueue function chooses, and the guards that it may ask meanwhile.

use std::thread::{self, ThreadId};

use arvo_core::statechart::Check;
use arvo_core::{Limits, Raised, json};
use serde_json::{Value, json};

use crate::boundary::{Caught, Failure, Status, Str, guard, guard_raised, slot};
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, kind};
use crate::host::RaisedTable;
use crate::value::Json;

/// The content of an `arvo_actions`.
pub struct Actions {
    chosen: Vec<Value>,
    guards: *const Guards<'static>,
    /// The one that is inside the function: guards can be asked there alone.
    thread: ThreadId,
}

kind!(Actions, "arvo_actions", b"actions\0");

/// What answers questions about guards, while the function runs.
struct Guards<'a> {
    check: Check<'a>,
    table: &'a RaisedTable,
}

impl Actions {
    /// Lends a list to `choose`, and gives what it chose. The list ends with that call, before what it points to does.
    pub(crate) fn chosen(
        check: Check<'_>,
        table: &RaisedTable,
        choose: impl FnOnce(&Lent<Self>) -> Result<(), Raised>,
    ) -> Result<Vec<Value>, Raised> {
        let guards = Guards { check, table };
        let pointer = std::ptr::from_ref(&guards).cast::<Guards<'static>>();
        let actions = Lent::new(Self { chosen: Vec::new(), guards: pointer, thread: thread::current().id() });
        choose(&actions)?;
        actions.content().map(|actions| actions.chosen.clone()).map_err(|wrong| table.failed(wrong))
    }

    fn passes(&self, form: &Value) -> Result<bool, Caught> {
        if thread::current().id() != self.thread {
            let message = "guards can be asked on the thread alone that is inside the enqueue function";
            return Err(Failure::new(Status::BUSY, "Busy", message).into());
        }
        // SAFETY: `chosen` keeps it while this list is alive, and calls no function meanwhile but on this thread.
        let guards = unsafe { &*self.guards };
        guards.check.passes(form).map_err(|error| guards.table.of_chart(&error))
    }
}

/// A name with params, as definitions write it.
fn named(name: &str, params: Option<&Json>) -> Value {
    match params {
        None => name.into(),
        Some(params) => json!({"type": name, "params": {"$quote": params.value()}}),
    }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_actions_add(
    actions: *mut Handle<Actions>,
    name: Str,
    params: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the callback's own list, used by nobody else now.
        let (actions, name, params) = unsafe {
            (borrow_mut(actions, "actions")?, name.read("name")?, borrow_optional::<Json>(params, "params")?)
        };
        actions.chosen.push(named(name, params));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_actions_json(
    actions: *mut Handle<Actions>,
    json: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": the callback's own list, used by nobody else now.
        let (actions, json) = unsafe { (borrow_mut(actions, "actions")?, json.read("json")?) };
        actions.chosen.push(json::parse(json, &Limits::DEFAULT)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_actions_value(
    actions: *mut Handle<Actions>,
    value: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": the callback's own list, used by nobody else now.
        let (actions, value) = unsafe { (borrow_mut(actions, "actions")?, borrow::<Json>(value, "value")?) };
        actions.chosen.push(value.value().clone());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_actions_check(
    actions: *const Handle<Actions>,
    name: Str,
    params: *const Handle<Json>,
    out: *mut bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (actions, name, params, out) = unsafe {
            let params = borrow_optional::<Json>(params, "params")?;
            (borrow(actions, "actions")?, name.read("name")?, params, slot(out, "out")?)
        };
        out.put(actions.passes(&named(name, params))?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_actions_check_value(
    actions: *const Handle<Actions>,
    guard: *const Handle<Json>,
    out: *mut bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (actions, form, out) =
            unsafe { (borrow(actions, "actions")?, borrow::<Json>(guard, "guard")?, slot(out, "out")?) };
        out.put(actions.passes(form.value())?);
        Ok(())
    })
}
