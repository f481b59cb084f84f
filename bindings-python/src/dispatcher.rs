//! The core's dispatcher: whose event is it, who is busy, what is left of a conversation? The loop that does its work
//! is `arvo/broker.py`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arvo::{Delivery, Errand, Subscriber};
use pyo3::prelude::*;

use crate::error::BrokerError;
use crate::event::Event;

/// Local delivery without a loop.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Dispatcher(Mutex<arvo::Dispatcher>);

/// What must be done next.
#[pyclass(frozen, get_all, module = "arvo._arvo")]
pub(crate) struct Work {
    /// `deliver`, `domained`, `failed` or `resolved`.
    kind: &'static str,
    /// To answer with; 0 where there is no answer.
    delivery: u64,
    /// Who gets it.
    subscriber: u32,
    /// The event; None for a conversation to which nothing came back.
    event: Option<Py<Event>>,
    /// What the event descends from.
    errand: u64,
    /// What went wrong.
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl Dispatcher {
    #[new]
    fn new(limit: usize, takes_domained: bool) -> Self {
        let mut dispatcher = arvo::Dispatcher::new(limit);
        if takes_domained {
            dispatcher.take_domained();
        }
        Self(Mutex::new(dispatcher))
    }

    /// Adds a subscriber; gives its number.
    fn subscribe(&self, topic: &str, alone: bool, serial: bool) -> PyResult<u32> {
        self.state().subscribe(topic, alone, serial).map(|subscriber| subscriber.0).map_err(refused)
    }

    fn unsubscribe(&self, subscriber: u32) {
        self.state().unsubscribe(Subscriber(subscriber));
    }

    /// Queues an event; gives the number of its errand.
    #[pyo3(signature = (event, errand = None))]
    fn publish(&self, event: &Event, errand: Option<u64>) -> PyResult<u64> {
        let published = self.state().publish(event.event.clone(), errand.map(Errand));
        published.map(|errand| errand.0).map_err(refused)
    }

    /// Queues an event and asks for what comes back to its source.
    fn resolve(&self, event: &Event) -> PyResult<u64> {
        self.state().resolve(event.event.clone()).map(|errand| errand.0).map_err(refused)
    }

    /// Asks no longer.
    fn forget(&self, errand: u64) {
        self.state().forget(Errand(errand));
    }

    /// The next piece of work.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Work>> {
        let next = self.state().next();
        let work = |kind| Work { kind, delivery: 0, subscriber: 0, event: None, errand: 0, error: None };
        let event = |event: arvo::Event| Py::new(py, Event::from(event)).map(Some);
        Ok(Some(match next {
            None => return Ok(None),
            Some(arvo::Work::Deliver { delivery, subscriber, event: given, errand }) => Work {
                delivery: delivery.0,
                subscriber: subscriber.0,
                event: event(given)?,
                errand: errand.0,
                ..work("deliver")
            },
            Some(arvo::Work::Domained { delivery, event: given, errand }) => {
                Work { delivery: delivery.0, event: event(given)?, errand: errand.0, ..work("domained") }
            }
            Some(arvo::Work::Failed { error, event: given }) => {
                let error = refused(error).into_value(py).into_any();
                Work { error: Some(error), event: event(given)?, ..work("failed") }
            }
            Some(arvo::Work::Resolved { errand, answer }) => {
                let answer = answer.map_or(Ok(None), event)?;
                Work { event: answer, errand: errand.0, ..work("resolved") }
            }
        }))
    }

    /// Takes what a delivery gave.
    fn answer(&self, delivery: u64, events: Vec<PyRef<'_, Event>>) {
        let events = events.iter().map(|event| event.event.clone()).collect();
        self.state().answer(Delivery(delivery), events);
    }

    /// Ends a delivery that failed.
    fn fail(&self, delivery: u64) {
        drop(self.state().fail(Delivery(delivery)));
    }

    /// Whether nothing is queued, waiting or running.
    #[getter]
    fn is_quiet(&self) -> bool {
        self.state().is_quiet()
    }

    #[getter]
    fn queued(&self) -> usize {
        self.state().queued()
    }

    #[getter]
    fn history(&self) -> Vec<Event> {
        let events = self.state().history().to_vec();
        events.into_iter().map(Event::from).collect()
    }

    fn clear_history(&self) {
        self.state().clear_history();
    }

    #[getter]
    fn topics(&self) -> Vec<String> {
        self.state().topics().map(str::to_owned).collect()
    }

    fn subscribers(&self, topic: &str) -> usize {
        self.state().subscribers(topic)
    }
}

impl Dispatcher {
    /// Never held while Python runs.
    fn state(&self) -> MutexGuard<'_, arvo::Dispatcher> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(error: arvo::BrokerError) -> PyErr {
    BrokerError::new_err((error.to_string(),))
}
