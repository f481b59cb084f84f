//! The broker with its handlers, as Rust users hold it.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::task::Waker;

use futures_util::stream::FuturesUnordered;

use crate::event::Event;
use crate::handler::{BoxError, Failure, Handler};
use crate::orchestrator::Orchestrator;
use crate::resumable::Resumable;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::builder::BrokerBuilder;
use super::dispatcher::{BrokerError, Delivery, Dispatcher, Errand};

/// Delivers events between handlers and workflows of one process. Clones share it.
///
/// ```
/// use arvo::{Broker, Contract, EventDraft, Handler, Input, Output};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let object = || json!({"type": "object"});
/// let contract = Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
/// let greeter = Handler::builder(&contract)
///     .version("1.0.0", |_: Input| async { Ok(Output::new("evt.greet.user.success", json!({"text": "hello"}))) })
///     .build()?;
/// let broker = Broker::builder().handler(&greeter).build()?;
/// let event = contract.latest().factory().accepts(EventDraft::from_source("com.shop.web").data(json!({})))?;
/// let answer = broker.resolve(event).await?.ok_or("nobody answered")?;
/// assert_eq!(answer.data()?["text"], "hello");
/// assert_eq!(broker.history().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Broker(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    /// Held for moments only, never while user code runs.
    pub(crate) state: Mutex<State>,
    /// What runs; held by whoever polls it.
    pub(crate) pump: Mutex<Pump>,
    pub(crate) receivers: HashMap<u32, Receiver>,
    pub(crate) on_error: Option<OnError>,
    pub(crate) on_domained: Option<OnDomained>,
}

pub(crate) struct State {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) resolved: HashMap<u64, Option<Event>>,
    /// Who waits for something to happen.
    pub(crate) waiters: Vec<Waker>,
}

pub(crate) type Pump = FuturesUnordered<Pin<Box<dyn Future<Output = Done> + Send>>>;

/// What became of one delivery.
pub(crate) struct Done {
    pub(crate) delivery: Delivery,
    pub(crate) outcome: Result<Vec<Event>, Problem>,
}

#[derive(Clone)]
pub(crate) enum Receiver {
    Handler(Handler),
    Resumable(Resumable),
    Orchestrator(Orchestrator),
}

pub(crate) type OnError = Box<dyn Fn(&BrokerFailure) + Send + Sync>;
pub(crate) type OnDomained =
    Box<dyn Fn(Event, Errand) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync>;

/// A failure that the broker tells of, with its event.
#[derive(Debug)]
pub struct BrokerFailure {
    /// What went wrong.
    pub problem: Problem,
    /// With which event.
    pub event: Event,
}

/// What can go wrong with an event.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It gets to nobody.
    #[error("{0}")]
    Broker(#[source] BrokerError),
    /// Its handler or workflow gave no events.
    #[error("{0}")]
    Execution(#[source] Failure),
    /// The callback for domained events failed.
    #[error("{0}")]
    Callback(#[source] BoxError),
}

impl Broker {
    /// Begins a broker.
    pub fn builder() -> BrokerBuilder {
        BrokerBuilder::new()
    }

    /// Queues an event; [`Broker::run`] and [`Broker::resolve`] deliver it.
    ///
    /// # Errors
    /// [`BrokerError::NoAddress`], [`BrokerError::Full`].
    pub fn publish(&self, event: Event) -> Result<(), BrokerError> {
        self.publish_within(event, None)
    }

    /// The same for an event that belongs to a conversation, such as one that a callback for domained events gives
    /// back.
    ///
    /// # Errors
    /// As [`Broker::publish`].
    pub fn publish_within(&self, event: Event, errand: Option<Errand>) -> Result<(), BrokerError> {
        let mut state = self.0.state();
        state.dispatcher.publish(event, errand)?;
        state.wake();
        Ok(())
    }

    /// All events published so far, in order.
    pub fn history(&self) -> Vec<Event> {
        self.0.state().dispatcher.history().to_vec()
    }

    /// Forgets the events published so far.
    pub fn clear_history(&self) {
        self.0.state().dispatcher.clear_history();
    }

    /// Topics that somebody has.
    pub fn topics(&self) -> Vec<String> {
        self.0.state().dispatcher.topics().map(str::to_owned).collect()
    }

    /// Events that wait in the queue.
    pub fn queued(&self) -> usize {
        self.0.state().dispatcher.queued()
    }
}

impl Inner {
    /// Nothing below can panic half-way, so a poisoned lock guards a whole state.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn wake(&mut self) {
        self.waiters.drain(..).for_each(Waker::wake);
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("topics", &self.topics()).finish_non_exhaustive()
    }
}
