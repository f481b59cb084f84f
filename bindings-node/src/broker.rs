//! The local broker: whose event is it, who is busy, what is left of a conversation? The core's dispatcher decides;
//! the face runs what it hands out, all of it at the same time.
//!
//! Work is told as a letter, two numbers with a comma between, and the event in a line of its own: `E` delivery,
//! subscriber; `O` (it leaves the local flow) delivery, errand; `F` nothing, nothing, and the failure's text in a line
//! before the event's; `R` errand, nothing (no event: none came back). Several have a zero byte between them, which JSON
//! can't hold; a `+` alone says that there is more. Nothing at all: there is no work now.
//!
//! Handlers and workflows of this package take their event from here and leave their answers here: neither crosses.
//! The end of their execution is told as `P` and the work that it made.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use arvo::{
    BrokerError, Delivery, Desk, Dispatcher, Emitted, Errand, Event, ExecutionFault, Host, Subscriber, Ticket,
    Violation, Work,
};
use foldhash::HashMap;
use napi_derive::napi;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::environment;
use crate::error::{Failure, answer};
use crate::execution::DESK;
use crate::numbers::Number;
use crate::recent;
use crate::source::{SOURCES, Source};
use crate::text::{Given, Text};

/// How much work is told at once at most.
const TOLD: usize = 32;

/// A dispatcher, as deliveries of it find it.
#[derive(Clone)]
pub struct Broker(Rc<RefCell<Dispatcher>>);

/// A dispatcher.
#[napi]
pub struct NodeBroker {
    broker: Broker,
    number: Number<Source>,
}

thread_local! {
    /// Where the answers of an execution go, by its ticket, if a broker began it.
    static DELIVERIES: RefCell<HashMap<u64, Delivered>> = RefCell::default();
}

/// Where the answers of an execution go.
pub struct Delivered {
    dispatcher: Rc<RefCell<Dispatcher>>,
    delivery: Delivery,
}

impl Delivered {
    /// That of an execution which is over.
    pub fn of(ticket: Ticket) -> Option<Self> {
        DELIVERIES.with_borrow_mut(|deliveries| deliveries.remove(&ticket.number()))
    }

    /// Publishes what the execution gave, and tells the work that it made. Data that the host keeps becomes text here.
    pub fn answer(self, events: &[Emitted], host: &dyn Host) -> Result<String, Failure> {
        let limits = environment::limits();
        let event_of = |emitted: &Emitted| {
            emitted.event_by(&limits, |token| host.text(token)).map_err(|raised| {
                let type_name = emitted.envelope.type_().into();
                Violation::Execution(ExecutionFault::Unwritable { type_name, raised: Box::new(raised) })
            })
        };
        let events = events.iter().map(event_of).collect::<Result<_, _>>()?;
        let mut dispatcher = self.dispatcher.borrow_mut(); // only now: the host may have come back in
        dispatcher.answer(self.delivery, events);
        let mut told = "P".to_owned();
        write_work(&mut dispatcher, &mut told);
        Ok(told)
    }
}

#[napi]
impl NodeBroker {
    /// A dispatcher that queues at most `limit` events.
    #[napi(constructor, catch_unwind)]
    pub fn new(limit: f64) -> Self {
        let broker = Broker(Rc::new(RefCell::new(Dispatcher::new(limit as usize))));
        Self { number: Number::of(Source::Broker(broker.clone()), &SOURCES), broker }
    }

    /// Its number as a source.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number.get()
    }

    /// Says that somebody takes events that leave the local flow.
    #[napi(catch_unwind)]
    pub fn take_domained(&self) {
        self.broker.0.borrow_mut().take_domained();
    }

    /// Adds a subscriber; gives its number.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, topic: String, alone: bool, serial: bool) -> Text {
        told(self.broker.0.borrow_mut().subscribe(&topic, alone, serial).map(|subscriber| u64::from(subscriber.0)))
    }

    /// Takes a subscriber away.
    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, subscriber: u32) {
        self.broker.0.borrow_mut().unsubscribe(Subscriber(subscriber));
    }

    /// Queues an event, within an errand or as the beginning of one.
    #[napi(catch_unwind)]
    pub fn publish(&self, event: Given, errand: Option<f64>) -> Text {
        let errand = errand.map(|errand| Errand(errand as u64));
        let queue = |event| self.broker.0.borrow_mut().publish(event, errand);
        answer(read(event.0).and_then(|event| number(queue(event).map(|errand| errand.0))))
    }

    /// Queues an event whose answer is asked for; gives the errand.
    #[napi(catch_unwind)]
    pub fn resolve(&self, event: Given) -> Text {
        let queue = |event| self.broker.0.borrow_mut().resolve(event);
        answer(read(event.0).and_then(|event| number(queue(event).map(|errand| errand.0))))
    }

    /// Nobody waits for the answer any more.
    #[napi(catch_unwind)]
    pub fn forget(&self, errand: f64) {
        self.broker.0.borrow_mut().forget(Errand(errand as u64));
    }

    /// What to do next.
    #[napi(catch_unwind)]
    pub fn next(&self) -> Text {
        let mut told = String::new();
        write_work(&mut self.broker.0.borrow_mut(), &mut told);
        told.into()
    }

    /// A delivery gave these events, a JSON array.
    #[napi(catch_unwind)]
    pub fn answer(&self, delivery: f64, Given(events): Given) -> Text {
        let read_all = || {
            let texts: Vec<&RawValue> = serde_json::from_str(&events).map_err(|error| Failure::new("broker", error))?;
            texts.into_iter().map(|text| read(text.get().to_owned())).collect::<Result<Vec<_>, _>>()
        };
        answer(read_all().map(|events| {
            self.broker.0.borrow_mut().answer(Delivery(delivery as u64), events);
            String::new()
        }))
    }

    /// A delivery failed.
    #[napi(catch_unwind)]
    pub fn fail(&self, delivery: f64) {
        self.broker.0.borrow_mut().fail(Delivery(delivery as u64));
    }

    /// Whether nothing is queued, waiting or running.
    #[napi(catch_unwind)]
    pub fn is_quiet(&self) -> bool {
        self.broker.0.borrow().is_quiet()
    }

    /// Events queued.
    #[napi(catch_unwind)]
    pub fn queued(&self) -> f64 {
        self.broker.0.borrow().queued() as f64
    }

    /// How many events were published so far.
    #[napi(catch_unwind)]
    pub fn published(&self) -> f64 {
        self.broker.0.borrow().history().len() as f64
    }

    /// One of them.
    #[napi(catch_unwind)]
    pub fn published_at(&self, index: f64) -> Text {
        self.broker.0.borrow().history().get(index as usize).map_or_else(String::new, Event::to_json).into()
    }

    /// Forgets them.
    #[napi(catch_unwind)]
    pub fn clear_history(&self) {
        self.broker.0.borrow_mut().clear_history();
    }

    /// Topics that somebody has, as JSON.
    #[napi(catch_unwind)]
    pub fn topics(&self) -> Text {
        self.broker.0.borrow().topics().collect::<Value>().into()
    }

    /// How many subscribers a topic has.
    #[napi(catch_unwind)]
    pub fn subscribers(&self, topic: String) -> f64 {
        self.broker.0.borrow().subscribers(&topic) as f64
    }
}

impl Broker {
    /// The event of a delivery, and a ticket for its execution.
    pub fn begun(&self, delivery: u64) -> Result<(Event, Ticket), Failure> {
        let delivery = Delivery(delivery);
        let event = self.0.borrow().delivered(delivery).cloned();
        let event = event.ok_or_else(|| Failure::new("broker", "the delivery was answered already"))?;
        let ticket = DESK.with_borrow_mut(Desk::open);
        let delivered = Delivered { dispatcher: Rc::clone(&self.0), delivery };
        DELIVERIES.with_borrow_mut(|deliveries| deliveries.insert(ticket.number(), delivered));
        Ok((event, ticket))
    }
}

/// Appends what to do next.
fn write_work(dispatcher: &mut Dispatcher, out: &mut String) {
    for told in 0..TOLD {
        let Some(work) = dispatcher.next() else { return };
        if told > 0 {
            out.push('\0');
        }
        let (head, event) = match work {
            Work::Deliver { delivery, subscriber, event, .. } => {
                (write!(out, "E{},{}", delivery.0, subscriber.0), Some(event))
            }
            Work::Domained { delivery, event, errand } => (write!(out, "O{},{}", delivery.0, errand.0), Some(event)),
            Work::Failed { error, event } => (write!(out, "F0,0\n{}", Value::from(error.to_string())), Some(event)),
            Work::Resolved { errand, answer } => (write!(out, "R{},0", errand.0), answer),
        };
        let Ok(()) = head else { unreachable!("a `String` takes all that is written") };
        if let Some(event) = event {
            out.push('\n');
            out.push_str(&event.to_json());
        }
    }
    if dispatcher.has_work() {
        out.push_str("\0+");
    }
}

fn read(text: String) -> Result<Event, Failure> {
    Ok(recent::event_of(text, &environment::limits())?)
}

fn number(result: Result<u64, BrokerError>) -> Result<String, Failure> {
    result.map(|number| number.to_string()).map_err(|error| Failure::new("broker", error))
}

fn told(result: Result<u64, BrokerError>) -> Text {
    answer(number(result))
}
