//! `arvo_store`: a durable store, opened and asked by the thread that calls. Everything waits for the store's own thread.

use arvo_core::{Answered, Event, Receipt, Store, StoreError};
use serde_json::Value;

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::environment::{Surroundings, environment};
use crate::event::EventHandle;
use crate::handle::{Handle, borrow, free, kind};

/// The content of an `arvo_store`.
pub struct StoreHandle(pub(crate) Store);

kind!(StoreHandle, "arvo_store", b"store\0\0\0");

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (status, name) = match &error {
            StoreError::NoAddress { .. } => (Status::NOT_DELIVERED, "NotDelivered"),
            StoreError::UnknownSubject { .. } | StoreError::UnknownDelivery { .. } => (Status::NOT_FOUND, "NotFound"),
            StoreError::State { .. } | StoreError::Ended { .. } => (Status::WRONG_STATE, "WrongState"),
            StoreError::Domain(_) => (Status::BAD_ARGUMENT, "Domain"),
            StoreError::TooLarge { .. } => (Status::BAD_ARGUMENT, "TooLarge"),
            StoreError::NotReading { .. } => (Status::BAD_ARGUMENT, "NotReading"),
            StoreError::Url { .. } => (Status::STORE_FAILED, "StoreUrl"),
            StoreError::Open { .. } => (Status::STORE_FAILED, "StoreOpen"),
            StoreError::Foreign { .. } => (Status::STORE_FAILED, "StoreForeign"),
            StoreError::Corrupt { .. } => (Status::STORE_FAILED, "StoreCorrupt"),
            StoreError::Newer { .. } => (Status::STORE_FAILED, "StoreNewer"),
            StoreError::Io { .. } => (Status::STORE_FAILED, "StoreIo"),
            StoreError::ReadOnly => (Status::STORE_FAILED, "StoreReadOnly"),
            StoreError::Full => (Status::STORE_FAILED, "StoreFull"),
            StoreError::Busy { .. } => (Status::STORE_FAILED, "StoreBusy"),
            StoreError::Forked => (Status::STORE_FAILED, "StoreForked"),
            StoreError::Closed => (Status::STORE_FAILED, "StoreClosed"),
            StoreError::Lost => (Status::STORE_FAILED, "StoreLost"),
            _ => (Status::STORE_FAILED, "StoreRefused"),
        };
        Self::new(status, name, error.to_string())
    }
}

/// `arvo_receipt`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CReceipt {
    seq: i64,
    fresh: bool,
}

impl From<Receipt> for CReceipt {
    fn from(receipt: Receipt) -> Self {
        Self { seq: receipt.seq, fresh: receipt.fresh }
    }
}

/// The events of a list of handles.
///
/// # Safety
/// `events` is NULL or readable for `count` handles.
pub(crate) unsafe fn events_of(events: *const *const Handle<EventHandle>, count: usize) -> Result<Vec<Event>, Failure> {
    if events.is_null() && count > 0 {
        return Err(Failure::argument(format!("events is NULL, but count is {count}")));
    }
    (0..count)
        .map(|at| {
            // SAFETY: promised by the caller; arvo.h, "Handles".
            let event = unsafe { borrow(*events.add(at), "an event of the list")? };
            Ok(event.0.clone())
        })
        .collect()
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_open(
    within: *const Handle<Surroundings>,
    url: Str,
    out: *mut *mut Handle<StoreHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, url, out) = unsafe { (environment(within)?, url.read("url")?, slot(out, "out")?) };
        out.give(StoreHandle(Store::open_with(url, within)?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_free(store: *mut Handle<StoreHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(store) }
}

/// # Safety
/// As `arvo.h` says of handles; `receipt` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_publish(
    store: *const Handle<StoreHandle>,
    event: *const Handle<EventHandle>,
    deliver_at: i64,
    receipt: *mut CReceipt,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles"; `receipt` is NULL or writable during the call.
        let (store, event, receipt) =
            unsafe { (&borrow(store, "store")?.0, &borrow(event, "event")?.0, receipt.as_mut()) };
        let given = store.publish_at(event, (deliver_at > 0).then_some(deliver_at)).wait()?;
        if let Some(receipt) = receipt {
            *receipt = given.into();
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles; `receipts` is NULL or writable for `count` of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_publish_all(
    store: *const Handle<StoreHandle>,
    events: *const *const Handle<EventHandle>,
    count: usize,
    receipts: *mut CReceipt,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles"; the list is readable during the call.
        let (store, events) = unsafe { (&borrow(store, "store")?.0, events_of(events, count)?) };
        let given = store.publish_all(&events).wait()?;
        if !receipts.is_null() {
            for (at, receipt) in given.into_iter().enumerate().take(count) {
                // SAFETY: arvo.h, `arvo_store_publish_all`: room for `count` receipts.
                unsafe { receipts.add(at).write(receipt.into()) }
            }
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_wait(
    store: *const Handle<StoreHandle>,
    seq: i64,
    limit: i64,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (store, out) = unsafe { (&borrow(store, "store")?.0, slot(out, "out")?) };
        let answered = match limit {
            0 => store.answered(seq),
            _ => store.wait(seq, (limit > 0).then_some(limit)),
        };
        match answered.wait()? {
            Answered::By(text) => out.give(EventHandle(Event::parse(&text, store.environment().limits())?)),
            Answered::Not => out.put(std::ptr::null_mut()),
            Answered::Dead(causes) => return Err(dead(seq, &causes)),
            Answered::Dropped => {
                let message = format!("event {seq} will have no answer: it was dropped, or its workflow cancelled");
                return Err(Failure::new(Status::DEAD_LETTER, "Dropped", message));
            }
        }
        Ok(())
    })
}

fn dead(seq: i64, causes: &str) -> Failure {
    let causes: Value = serde_json::from_str(causes).unwrap_or_default();
    let last = causes.as_array().and_then(|causes| causes.last()).map(|cause| {
        let word = |key: &str| cause[key].as_str().unwrap_or_default();
        format!(": {}: {}", word("name"), word("message"))
    });
    let message = format!(
        "event {seq} is a dead letter{}; try it again with arvo_store_retry, or give it up with arvo_store_drop",
        last.unwrap_or_default()
    );
    Failure::new(Status::DEAD_LETTER, "DeadLetter", message).with("causes", causes)
}
