//! What a C program puts right in an `arvo_store`: domains, dead letters, old subjects, copies.

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::event::EventHandle;
use crate::handle::{Handle, borrow};
use crate::store::{StoreHandle, events_of};

/// # Safety
/// As `arvo.h` says of handles; the list is readable for `count` of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_answer(
    store: *const Handle<StoreHandle>,
    seq: i64,
    events: *const *const Handle<EventHandle>,
    count: usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles"; the list is readable during the call.
        let (store, events) = unsafe { (&borrow(store, "store")?.0, events_of(events, count)?) };
        Ok(store.answer(seq, &events).wait()?)
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_admit(
    store: *const Handle<StoreHandle>,
    seq: i64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || Ok(unsafe { borrow(store, "store")? }.0.admit(seq).wait()?))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_retry(
    store: *const Handle<StoreHandle>,
    seq: i64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || Ok(unsafe { borrow(store, "store")? }.0.retry(seq).wait()?))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_drop(
    store: *const Handle<StoreHandle>,
    seq: i64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    guard(error, || Ok(unsafe { borrow(store, "store")? }.0.drop_dead(seq).wait()?))
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_purge(
    store: *const Handle<StoreHandle>,
    before: i64,
    limit: usize,
    out: *mut usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (store, out) = unsafe { (&borrow(store, "store")?.0, slot(out, "out")?) };
        out.put(store.purge(before, limit).wait()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_domain_add(
    store: *const Handle<StoreHandle>,
    domain: Str,
    out: *mut usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (store, domain, out) = unsafe { (&borrow(store, "store")?.0, domain.read("domain")?, slot(out, "out")?) };
        out.put(store.add_domain(domain).wait()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_domain_remove(
    store: *const Handle<StoreHandle>,
    domain: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (store, domain) = unsafe { (&borrow(store, "store")?.0, domain.read("domain")?) };
        Ok(store.remove_domain(domain).wait()?)
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_backup(
    store: *const Handle<StoreHandle>,
    path: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (store, path) = unsafe { (&borrow(store, "store")?.0, path.read("path")?) };
        Ok(store.backup(path).wait()?)
    })
}
