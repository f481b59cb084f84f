//! `arvo_worker`, as C calls it. Its `_add_` functions are made with those of handlers and workflows (`exports.rs`).

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Retry, ShiftSpec, Store};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::broker::{Callback, ErrorFn};
use crate::contract::texts;
use crate::handle::{Handle, borrow, borrow_quietly, free};
use crate::store::StoreHandle;
use crate::user::{DestroyFn, UserData};
use crate::worker::WorkerHandle;

/// `arvo_worker_options`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CWorkerOptions {
    name: Str,
    capacity: usize,
    lease: i64,
    tries: usize,
    retry_after: i64,
    retry_longest: i64,
}

/// `arvo_tally`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CTally {
    claimed: u64,
    repeated: u64,
    handled: u64,
    failed: u64,
    lost: u64,
}

fn spec(store: &Store, options: Option<&CWorkerOptions>) -> Result<ShiftSpec, Failure> {
    let given = match options {
        // SAFETY: arvo.h, "Texts": arguments are readable during the call.
        Some(options) => unsafe { options.name.read_optional("name")? }.filter(|name| !name.is_empty()),
        None => None,
    };
    let mut spec = match given {
        Some(name) => ShiftSpec::new(name, []),
        None => {
            let random = store.environment().uuid().simple().to_string();
            ShiftSpec::new(format!("worker-{}-{}", std::process::id(), &random[..8]), [])
        }
    };
    let Some(options) = options else { return Ok(spec) };
    let millis = |given: i64, otherwise: i64| if given > 0 { given } else { otherwise };
    if options.capacity > 0 {
        spec.capacity = options.capacity;
    }
    spec.lease = millis(options.lease, spec.lease);
    let tries = if options.tries > 0 { u32::try_from(options.tries).unwrap_or(u32::MAX) } else { spec.retry.tries };
    spec.retry = Retry {
        tries,
        first: millis(options.retry_after, spec.retry.first),
        longest: millis(options.retry_longest, spec.retry.longest),
    };
    spec.check().map_err(|error| Failure::argument(error.to_string()))?;
    Ok(spec)
}

texts! { WorkerHandle, "worker":
    arvo_worker_name => |it| Some(&*it.name),
}

/// # Safety
/// As `arvo.h` says of handles and results; `options` is NULL or readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_new(
    store: *const Handle<StoreHandle>,
    options: *const CWorkerOptions,
    out: *mut *mut Handle<WorkerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results"; `options` is NULL or readable during the call.
        let (store, options, out) = unsafe { (&borrow(store, "store")?.0, options.as_ref(), slot(out, "out")?) };
        out.give(WorkerHandle::new(store, spec(store, options)?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_free(worker: *mut Handle<WorkerHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(worker) }
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_on_error(
    worker: *mut Handle<WorkerHandle>,
    function: Option<ErrorFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let worker = unsafe { borrow(worker, "worker")? };
        let callback = Arc::new(Callback::new(function, user_data)?);
        drop(worker.change(|setup| Ok(setup.on_error.replace(callback)))?); // outside the lock: its destructor is C
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_drain_on_signals(
    worker: *mut Handle<WorkerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || unsafe { borrow(worker, "worker")? }.drain_on_signals())
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_run(
    worker: *const Handle<WorkerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || unsafe { borrow(worker, "worker")? }.run())
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_stop(worker: *const Handle<WorkerHandle>) {
    // SAFETY: arvo.h, "Handles". Nothing here takes a lock or memory: a signal handler may call it.
    if let Some(worker) = unsafe { borrow_quietly(worker) } {
        worker.stop();
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_worker_tally(
    worker: *const Handle<WorkerHandle>,
    out: *mut CTally,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (worker, out) = unsafe { (borrow(worker, "worker")?, slot(out, "out")?) };
        let tally = worker.tally();
        out.put(CTally {
            claimed: tally.claimed,
            repeated: tally.repeated,
            handled: tally.handled,
            failed: tally.failed,
            lost: tally.lost,
        });
        Ok(())
    })
}
