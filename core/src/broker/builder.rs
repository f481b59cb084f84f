//! Building a broker: handlers, workflows, callbacks.

use std::collections::HashMap;

use crate::event::Event;
use crate::handler::{BoxError, Handler};
use crate::orchestrator::Orchestrator;
use crate::resumable::Resumable;
use crate::sync::{Arc, Mutex};

use super::broker::{Broker, BrokerFailure, Inner, OnDomained, OnError, Pump, Receiver, State};
use super::dispatcher::{BrokerError, Dispatcher, Errand};

/// Events that wait, unless the builder says otherwise.
const QUEUE: usize = 100_000;

/// Builds a [`Broker`].
#[must_use]
pub struct BrokerBuilder {
    receivers: Vec<Receiver>,
    queue: usize,
    on_error: Option<OnError>,
    on_domained: Option<OnDomained>,
}

impl BrokerBuilder {
    pub(super) fn new() -> Self {
        Self { receivers: Vec::new(), queue: QUEUE, on_error: None, on_domained: None }
    }

    /// Delivers to this handler; nobody else may have its source.
    pub fn handler(mut self, handler: &Handler) -> Self {
        self.receivers.push(Receiver::Handler(handler.clone()));
        self
    }

    /// Delivers to this workflow, the events of one subject one after the other; nobody else may have its source.
    pub fn resumable(mut self, resumable: &Resumable) -> Self {
        self.receivers.push(Receiver::Resumable(resumable.clone()));
        self
    }

    /// Delivers to this workflow of machines, as to a resumable.
    pub fn orchestrator(mut self, orchestrator: &Orchestrator) -> Self {
        self.receivers.push(Receiver::Orchestrator(orchestrator.clone()));
        self
    }

    /// How many events may wait; 100,000 when left out.
    pub fn queue_limit(mut self, limit: usize) -> Self {
        self.queue = limit;
        self
    }

    /// Told of every failure: a violation, an event that gets to nobody, a full queue.
    pub fn on_error(mut self, callback: impl Fn(&BrokerFailure) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(callback));
        self
    }

    /// Given every event that has a domain. To bring it back into the flow, give it to
    /// [`Broker::publish_within`] with its errand.
    pub fn on_domained_event<F, A>(mut self, callback: F) -> Self
    where
        F: Fn(Event, Errand) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.on_domained = Some(Box::new(move |event, errand| Box::pin(callback(event, errand))));
        self
    }

    /// The broker.
    ///
    /// # Errors
    /// [`BrokerError::Taken`] when two of them have one source.
    pub fn build(self) -> Result<Broker, BrokerError> {
        let mut dispatcher = Dispatcher::new(self.queue);
        if self.on_domained.is_some() {
            dispatcher.take_domained();
        }
        let mut receivers = HashMap::new();
        for receiver in self.receivers {
            let subscriber = match &receiver {
                Receiver::Handler(handler) => dispatcher.subscribe(handler.source(), true, false)?,
                Receiver::Resumable(resumable) => dispatcher.subscribe(resumable.source(), true, true)?,
                Receiver::Orchestrator(orchestrator) => dispatcher.subscribe(orchestrator.source(), true, true)?,
            };
            receivers.insert(subscriber.0, receiver);
        }
        let state = State { dispatcher, resolved: HashMap::new(), waiters: Vec::new() };
        Ok(Broker(Arc::new(Inner {
            state: Mutex::new(state),
            pump: Mutex::new(Pump::new()),
            receivers,
            on_error: self.on_error,
            on_domained: self.on_domained,
        })))
    }
}
