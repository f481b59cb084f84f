//! The local broker: whose event is it, who is busy, what is left of a conversation? The core's dispatcher decides;
//! the face runs what it hands out, all of it at the same time.
//!
//! Work is told as a letter and a JSON array, and the event in a line of its own: `E` delivery, subscriber; `O` (it
//! leaves the local flow) delivery, errand; `F` the failure's text; `R` errand (no line: nothing came back). Nothing at
//! all: there is no work now.

use std::cell::RefCell;

use arvo::{BrokerError, Delivery, Dispatcher, Environment, Errand, Event, Subscriber, Work};
use napi_derive::napi;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Failure, answer};
use crate::recent;
use crate::text::Text;

/// A dispatcher.
#[napi]
pub struct NodeBroker(RefCell<Dispatcher>);

#[napi]
impl NodeBroker {
    /// A dispatcher that queues at most `limit` events.
    #[napi(constructor, catch_unwind)]
    pub fn new(limit: f64) -> Self {
        Self(RefCell::new(Dispatcher::new(limit as usize)))
    }

    /// Says that somebody takes events that leave the local flow.
    #[napi(catch_unwind)]
    pub fn take_domained(&self) {
        self.0.borrow_mut().take_domained();
    }

    /// Adds a subscriber; gives its number.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, topic: String, alone: bool, serial: bool) -> Text {
        told(self.0.borrow_mut().subscribe(&topic, alone, serial).map(|subscriber| u64::from(subscriber.0)))
    }

    /// Takes a subscriber away.
    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, subscriber: u32) {
        self.0.borrow_mut().unsubscribe(Subscriber(subscriber));
    }

    /// Queues an event, within an errand or as the beginning of one.
    #[napi(catch_unwind)]
    pub fn publish(&self, event: String, errand: Option<f64>) -> Text {
        let errand = errand.map(|errand| Errand(errand as u64));
        answer(read(event).and_then(|event| number(self.0.borrow_mut().publish(event, errand).map(|errand| errand.0))))
    }

    /// Queues an event whose answer is asked for; gives the errand.
    #[napi(catch_unwind)]
    pub fn resolve(&self, event: String) -> Text {
        answer(read(event).and_then(|event| number(self.0.borrow_mut().resolve(event).map(|errand| errand.0))))
    }

    /// Nobody waits for the answer any more.
    #[napi(catch_unwind)]
    pub fn forget(&self, errand: f64) {
        self.0.borrow_mut().forget(Errand(errand as u64));
    }

    /// What to do next.
    #[napi(catch_unwind)]
    pub fn next(&self) -> Text {
        let work = self.0.borrow_mut().next();
        work.map_or_else(String::new, |work| match work {
            Work::Deliver { delivery, subscriber, event, .. } => {
                format!("E[{},{}]\n{}", delivery.0, subscriber.0, event.to_json())
            }
            Work::Domained { delivery, event, errand } => {
                format!("O[{},{}]\n{}", delivery.0, errand.0, event.to_json())
            }
            Work::Failed { error, event } => format!("F[{}]\n{}", Value::from(error.to_string()), event.to_json()),
            Work::Resolved { errand, answer: None } => format!("R[{}]", errand.0),
            Work::Resolved { errand, answer: Some(event) } => format!("R[{}]\n{}", errand.0, event.to_json()),
        })
        .into()
    }

    /// A delivery gave these events, a JSON array.
    #[napi(catch_unwind)]
    pub fn answer(&self, delivery: f64, events: String) -> Text {
        let read_all = || {
            let texts: Vec<&RawValue> = serde_json::from_str(&events).map_err(|error| Failure::new("broker", error))?;
            texts.into_iter().map(|text| read(text.get().to_owned())).collect::<Result<Vec<_>, _>>()
        };
        answer(read_all().map(|events| {
            self.0.borrow_mut().answer(Delivery(delivery as u64), events);
            String::new()
        }))
    }

    /// A delivery failed.
    #[napi(catch_unwind)]
    pub fn fail(&self, delivery: f64) {
        self.0.borrow_mut().fail(Delivery(delivery as u64));
    }

    /// Whether nothing is queued, waiting or running.
    #[napi(catch_unwind)]
    pub fn is_quiet(&self) -> bool {
        self.0.borrow().is_quiet()
    }

    /// Events queued.
    #[napi(catch_unwind)]
    pub fn queued(&self) -> f64 {
        self.0.borrow().queued() as f64
    }

    /// How many events were published so far.
    #[napi(catch_unwind)]
    pub fn published(&self) -> f64 {
        self.0.borrow().history().len() as f64
    }

    /// One of them.
    #[napi(catch_unwind)]
    pub fn published_at(&self, index: f64) -> Text {
        self.0.borrow().history().get(index as usize).map_or_else(String::new, Event::to_json).into()
    }

    /// Forgets them.
    #[napi(catch_unwind)]
    pub fn clear_history(&self) {
        self.0.borrow_mut().clear_history();
    }

    /// Topics that somebody has, as JSON.
    #[napi(catch_unwind)]
    pub fn topics(&self) -> Text {
        self.0.borrow().topics().collect::<Value>().into()
    }

    /// How many subscribers a topic has.
    #[napi(catch_unwind)]
    pub fn subscribers(&self, topic: String) -> f64 {
        self.0.borrow().subscribers(&topic) as f64
    }
}

fn read(text: String) -> Result<Event, Failure> {
    Ok(recent::event_of(text, &Environment::shared())?)
}

fn number(result: Result<u64, BrokerError>) -> Result<String, Failure> {
    result.map(|number| number.to_string()).map_err(|error| Failure::new("broker", error))
}

fn told(result: Result<u64, BrokerError>) -> Text {
    answer(number(result))
}
