//! The broker of a C program: the core's dispatcher, worked off on whatever threads are inside `arvo_broker_resolve` or
//! `arvo_broker_run`. No lock is held while code of the program runs.

use std::collections::{HashMap, HashSet};
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arvo_core::{BrokerError, Dispatcher, Errand, Event, Subscriber, Work};

use crate::boundary::{Caught, Failure, Status};
use crate::error::raised;
use crate::event::EventHandle;
use crate::handle::{Handle, Lent, kind};
use crate::run::Shared;
use crate::telemetry::measure_queue;
use crate::user::UserData;

/// `arvo_event_fn`
pub(crate) type EventFn = unsafe extern "C" fn(
    *mut c_void,
    *const Handle<EventHandle>,
    *const Handle<ErrandHandle>,
    *mut *mut Handle<Failure>,
) -> Status;
/// `arvo_broker_error_fn`
pub(crate) type ErrorFn = unsafe extern "C" fn(*mut c_void, *const Handle<Failure>, *const Handle<EventHandle>);
/// `arvo_stop_fn`
pub(crate) type StopFn = unsafe extern "C" fn(*mut c_void) -> bool;

/// The content of an `arvo_broker`.
pub struct BrokerHandle(pub(crate) Arc<Broker>);

kind!(BrokerHandle, "arvo_broker", b"broker\0\0");

impl BrokerHandle {
    /// Delivers to a handler or workflow what is addressed to its source.
    pub(crate) fn add(&self, shared: &Arc<Shared>) -> Result<(), Failure> {
        shared.check_memory()?;
        self.0.subscribe(shared.plan.source(), true, Receiver::Plan(Arc::clone(shared)))?;
        Ok(())
    }
}

/// The content of an `arvo_errand`: a conversation that a callback is in.
pub struct ErrandHandle {
    pub(crate) broker: Arc<Broker>,
    pub(crate) errand: Errand,
}

kind!(ErrandHandle, "arvo_errand", b"errand\0\0");

/// A callback of the program with what belongs to it.
pub(crate) struct Callback<F> {
    pub(crate) function: F,
    pub(crate) user_data: UserData,
}

impl<F> Callback<F> {
    /// Of what a caller passes.
    pub(crate) fn new(function: Option<F>, user_data: UserData) -> Result<Self, Failure> {
        let function = function.ok_or_else(|| Failure::argument("function is NULL; pass a function"))?;
        Ok(Self { function, user_data })
    }
}

/// Who gets what is addressed to a topic.
#[derive(Clone)]
pub(crate) enum Receiver {
    /// A handler or workflow.
    Plan(Arc<Shared>),
    Function(Arc<Callback<EventFn>>),
}

pub(crate) struct Broker {
    state: Mutex<State>,
    /// Told when a delivery ends, and when a thread leaves.
    changed: Condvar,
}

pub(crate) struct State {
    pub(crate) dispatcher: Dispatcher,
    receivers: HashMap<u32, Receiver>,
    resolved: HashMap<u64, Option<Event>>,
    pub(crate) on_error: Option<Arc<Callback<ErrorFn>>>,
    on_domained: Option<Arc<Callback<EventFn>>>,
    /// Threads that are inside code of the program, and not in a call of this broker again.
    working: HashSet<ThreadId>,
}

impl From<BrokerError> for Failure {
    fn from(error: BrokerError) -> Self {
        let (status, name) = match &error {
            BrokerError::Full { .. } => (Status::QUEUE_FULL, "QueueFull"),
            BrokerError::Taken { .. } | BrokerError::SourceTaken { .. } => (Status::TOPIC_TAKEN, "TopicTaken"),
            _ => (Status::NOT_DELIVERED, "NotDelivered"),
        };
        Self::new(status, name, error.to_string())
    }
}

impl State {
    /// How a call ends, if it does.
    fn end<T>(&mut self, stopped: bool, over: impl Fn(&mut Self) -> Option<T>) -> Option<Result<T, Failure>> {
        if stopped {
            let message = "the stop function of this call ended it; what is queued stays queued";
            return Some(Err(Failure::new(Status::CANCELLED, "Cancelled", message)));
        }
        over(self).map(Ok)
    }
}

impl Broker {
    pub(crate) fn new(queue_limit: usize) -> Self {
        Self {
            state: Mutex::new(State {
                dispatcher: Dispatcher::new(queue_limit),
                receivers: HashMap::new(),
                resolved: HashMap::new(),
                on_error: None,
                on_domained: None,
                working: HashSet::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Nothing below can panic half-way, so a poisoned lock guards a whole state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscribe(&self, topic: &str, alone: bool, receiver: Receiver) -> Result<Subscriber, Failure> {
        let serial = matches!(&receiver, Receiver::Plan(shared) if shared.plan.is_workflow());
        let mut state = self.state();
        let subscriber = state.dispatcher.subscribe(topic, alone, serial)?;
        state.receivers.insert(subscriber.0, receiver);
        Ok(subscriber)
    }

    pub(crate) fn unsubscribe(&self, subscriber: Subscriber) -> Option<Receiver> {
        let mut state = self.state();
        state.dispatcher.unsubscribe(subscriber);
        state.receivers.remove(&subscriber.0) // dropped by the caller, when the lock is gone: its destructor is C
    }

    /// Gives back the callback that was there before, to be dropped when the lock is gone.
    pub(crate) fn on_domained(&self, callback: Arc<Callback<EventFn>>) -> Option<Arc<Callback<EventFn>>> {
        let mut state = self.state();
        state.dispatcher.take_domained();
        state.on_domained.replace(callback)
    }

    pub(crate) fn publish(&self, event: Event, within: Option<Errand>) -> Result<(), Failure> {
        self.state().dispatcher.publish(event, within)?;
        self.changed.notify_all();
        self.measure();
        Ok(())
    }

    pub(crate) fn resolve(self: &Arc<Self>, event: Event, stop: impl Fn() -> bool) -> Result<Option<Event>, Failure> {
        let errand = self.state().dispatcher.resolve(event)?;
        self.measure();
        let answer = self.work(stop, |state| state.resolved.remove(&errand.0));
        if answer.is_err() {
            let mut state = self.state();
            state.dispatcher.forget(errand);
            state.resolved.remove(&errand.0);
        }
        answer
    }

    pub(crate) fn run(self: &Arc<Self>, stop: impl Fn() -> bool) -> Result<(), Failure> {
        self.work(stop, |state| state.dispatcher.is_quiet().then_some(()))
    }

    /// Delivers one after the other until `over` has a result.
    fn work<T>(
        self: &Arc<Self>,
        stop: impl Fn() -> bool,
        over: impl Fn(&mut State) -> Option<T>,
    ) -> Result<T, Failure> {
        let me = thread::current().id();
        let within_callback = self.state().working.remove(&me); // it waits now
        let result = loop {
            let stopped = stop();
            let mut state = self.state();
            if let Some(result) = state.end(stopped, &over) {
                if within_callback {
                    state.working.insert(me);
                }
                break result;
            }
            match state.dispatcher.next() {
                Some(Work::Resolved { errand, answer }) => {
                    state.resolved.insert(errand.0, answer);
                    drop(state);
                    self.measure();
                    self.changed.notify_all();
                }
                Some(work) => {
                    state.working.insert(me);
                    drop(state);
                    self.measure();
                    self.perform(work);
                    self.state().working.remove(&me);
                    self.changed.notify_all();
                }
                None if within_callback && state.working.is_empty() && state.resolved.is_empty() => {
                    state.working.insert(me);
                    let message = "what is left waits for the callback that made this call; return from that one first";
                    break Err(Failure::new(Status::BUSY, "Busy", message));
                }
                None => {
                    // Another thread is at it. The time limit is for `stop` to be asked again.
                    let waited = self.changed.wait_timeout(state, Duration::from_millis(10));
                    drop(waited.unwrap_or_else(PoisonError::into_inner));
                }
            }
        };
        self.changed.notify_all(); // somebody else must look after what is left
        result
    }

    fn perform(self: &Arc<Self>, work: Work) {
        let (delivery, outcome) = match work {
            Work::Deliver { delivery, subscriber, event, errand } => {
                let receiver = self.state().receivers.get(&subscriber.0).cloned();
                let outcome = match receiver {
                    Some(Receiver::Plan(shared)) => shared.execute(&event, false),
                    Some(Receiver::Function(callback)) => self.call(&callback, event, errand),
                    None => Ok(Vec::new()), // unsubscribed meanwhile
                };
                (delivery, outcome)
            }
            Work::Domained { delivery, event, errand } => {
                let callback = self.state().on_domained.clone();
                (delivery, callback.map_or(Ok(Vec::new()), |callback| self.call(&callback, event, errand)))
            }
            Work::Failed { error, event } => return self.tell(Failure::from(error).into(), event),
            Work::Resolved { .. } => return, // not reached: `deliver_until` takes it
        };
        match outcome {
            Ok(events) => {
                let is_longer = !events.is_empty();
                self.state().dispatcher.answer(delivery, events);
                if is_longer {
                    self.measure();
                }
            }
            Err(caught) => {
                let event = self.state().dispatcher.fail(delivery);
                if let Some(event) = event {
                    self.tell(caught, event);
                }
            }
        }
    }

    fn call(
        self: &Arc<Self>,
        callback: &Callback<EventFn>,
        event: Event,
        errand: Errand,
    ) -> Result<Vec<Event>, Caught> {
        let errand = Lent::new(ErrandHandle { broker: Arc::clone(self), errand });
        let (event, mut error) = (Lent::new(EventHandle(event)), std::ptr::null_mut());
        let user_data = callback.user_data.pointer();
        // SAFETY: arvo.h, `arvo_event_fn`: called with its user data; the other arguments outlive the call.
        let status = unsafe { (callback.function)(user_data, event.pointer(), errand.pointer(), &mut error) };
        // SAFETY: arvo.h, "Callbacks": `*error` is NULL or an error that the library takes over.
        match unsafe { raised(status, error, "the broker's callback") } {
            None => Ok(Vec::new()),
            Some(raised) => Err(Caught::Raised(raised)),
        }
    }

    /// Tells whoever measures how many events wait.
    fn measure(&self) {
        measure_queue(|| self.state().dispatcher.queued());
    }

    fn tell(&self, caught: Caught, event: Event) {
        let callback = self.state().on_error.clone();
        if let Some(callback) = callback {
            callback.tell(caught, event);
        }
    }
}

impl Callback<ErrorFn> {
    /// Tells of a failure, and of the event that it happened to.
    pub(crate) fn tell(&self, caught: Caught, event: Event) {
        let failure = match caught {
            Caught::Failure(failure) => Lent::new(failure),
            Caught::Raised(raised) => raised,
        };
        let event = Lent::new(EventHandle(event));
        // SAFETY: arvo.h, `arvo_broker_error_fn`: called with its user data; the other arguments outlive the call.
        unsafe { (self.function)(self.user_data.pointer(), failure.pointer(), event.pointer()) }
    }
}
