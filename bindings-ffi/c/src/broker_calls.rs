//! `arvo_broker` and `arvo_errand`, as C calls them.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Event, Subscriber};
use serde_json::Value;

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::broker::{Broker, BrokerHandle, Callback, ErrandHandle, ErrorFn, EventFn, Receiver, StopFn};
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, borrow, free};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_new(
    queue_limit: usize,
    out: *mut *mut Handle<BrokerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(BrokerHandle(Arc::new(Broker::new(queue_limit))));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_free(broker: *mut Handle<BrokerHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(broker) }
}

/// # Safety
/// As `arvo.h` says of callbacks, handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_subscribe(
    broker: *mut Handle<BrokerHandle>,
    topic: Str,
    alone: bool,
    function: Option<EventFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    out: *mut u64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (broker, topic, out) = unsafe { (&borrow(broker, "broker")?.0, topic.read("topic")?, slot(out, "out")?) };
        let receiver = Receiver::Function(Arc::new(Callback::new(function, user_data)?));
        out.put(broker.subscribe(topic, alone, receiver)?.0.into());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_unsubscribe(
    broker: *mut Handle<BrokerHandle>,
    subscriber: u64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let broker = &unsafe { borrow(broker, "broker")? }.0;
        let gone = u32::try_from(subscriber).ok().and_then(|number| broker.unsubscribe(Subscriber(number)));
        match gone {
            Some(_) => Ok(()),
            None => Err(Failure::new(Status::NOT_FOUND, "NotFound", format!("no subscriber {subscriber}"))),
        }
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_on_domained_event(
    broker: *mut Handle<BrokerHandle>,
    function: Option<EventFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let broker = &unsafe { borrow(broker, "broker")? }.0;
        drop(broker.on_domained(Arc::new(Callback::new(function, user_data)?)));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_on_error(
    broker: *mut Handle<BrokerHandle>,
    function: Option<ErrorFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let broker = &unsafe { borrow(broker, "broker")? }.0;
        let callback = Arc::new(Callback::new(function, user_data)?);
        let before = broker.state().on_error.replace(callback);
        drop(before); // when the lock is gone: its destructor is C
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_publish(
    broker: *const Handle<BrokerHandle>,
    event: *const Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let (broker, event) = unsafe { (&borrow(broker, "broker")?.0, &borrow(event, "event")?.0) };
        broker.publish(event.clone(), None)
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_errand_publish(
    errand: *const Handle<ErrandHandle>,
    event: *const Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let (errand, event) = unsafe { (borrow(errand, "errand")?, &borrow(event, "event")?.0) };
        errand.broker.publish(event.clone(), Some(errand.errand))
    })
}

/// The program's word on whether to go on.
fn stopper(stop: Option<StopFn>, user_data: *mut c_void) -> impl Fn() -> bool {
    // SAFETY: arvo.h, `arvo_stop_fn`: called on this thread with its user data.
    move || stop.is_some_and(|stop| unsafe { stop(user_data) })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_resolve(
    broker: *const Handle<BrokerHandle>,
    event: *const Handle<EventHandle>,
    stop: Option<StopFn>,
    user_data: *mut c_void,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (broker, event, out) =
            unsafe { (Arc::clone(&borrow(broker, "broker")?.0), &borrow(event, "event")?.0, slot(out, "out")?) };
        match broker.resolve(event.clone(), stopper(stop, user_data))? {
            Some(answer) => out.give(EventHandle(answer)),
            None => out.put(std::ptr::null_mut()),
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_run(
    broker: *const Handle<BrokerHandle>,
    stop: Option<StopFn>,
    user_data: *mut c_void,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        let broker = Arc::clone(&unsafe { borrow(broker, "broker")? }.0);
        broker.run(stopper(stop, user_data))
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_history(
    broker: *const Handle<BrokerHandle>,
    out: *mut *mut Handle<Events>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (broker, out) = unsafe { (&borrow(broker, "broker")?.0, slot(out, "out")?) };
        let events: Vec<Event> = broker.state().dispatcher.history().to_vec();
        out.give(Events::new(events));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_clear_history(
    broker: *const Handle<BrokerHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles".
        unsafe { borrow(broker, "broker")? }.0.state().dispatcher.clear_history();
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_topics(
    broker: *const Handle<BrokerHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (broker, out) = unsafe { (&borrow(broker, "broker")?.0, slot(out, "out")?) };
        let topics: Value = broker.state().dispatcher.topics().collect();
        out.give(Json::new(topics));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_subscribers(broker: *const Handle<BrokerHandle>, topic: Str) -> usize {
    read(0, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (broker, topic) = unsafe { (&borrow(broker, "broker")?.0, topic.read("topic")?) };
        Ok(broker.state().dispatcher.subscribers(topic))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_broker_queued(broker: *const Handle<BrokerHandle>) -> usize {
    // SAFETY: arvo.h, "Handles".
    read(0, || Ok(unsafe { borrow(broker, "broker")? }.0.state().dispatcher.queued()))
}
