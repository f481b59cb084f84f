//! The broker as a value: it hands out work and takes answers, and waits for nothing (SPEC §15, ARCHITECTURE §1).
//!
//! First in, first out. Deliveries run at the same time, but for the events of one workflow: those go to it one
//! after the other. Each event carries the number of the publishing that it descends from, so that a conversation
//! is over when nothing of it is left.

use std::collections::VecDeque;
use std::sync::Arc;

use foldhash::HashMap;

use crate::event::Event;

/// Events on their way from topic to subscriber.
///
/// ```
/// use arvo::{Dispatcher, Work};
///
/// let mut dispatcher = Dispatcher::new(10);
/// let greeter = dispatcher.subscribe("com.greet.user", false, false)?;
/// let event = arvo::EventDraft::new("com.shop.web", "com.greet.user").subject("s").data(serde_json::json!({}))
///     .build(&arvo::Environment::system())?;
/// dispatcher.publish(event.clone(), None)?;
/// let Some(Work::Deliver { delivery, subscriber, .. }) = dispatcher.next() else { panic!("there is work") };
/// assert_eq!(subscriber, greeter);
/// assert_eq!(dispatcher.delivered(delivery), Some(&event));
/// dispatcher.answer(delivery, Vec::new());
/// assert!(dispatcher.next().is_none() && dispatcher.is_quiet());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dispatcher {
    limit: usize,
    /// By number; a subscriber that left is gone.
    subscribers: HashMap<u32, Subscription>,
    /// Who gets the events of a topic, in the order they came.
    topics: Vec<(Arc<str>, Vec<u32>)>,
    queue: VecDeque<Queued>,
    /// What must be handed out before the queue goes on.
    due: VecDeque<Work>,
    running: HashMap<u64, Running>,
    /// Events of a workflow that is busy, by subscriber and subject.
    waiting: HashMap<(u32, Arc<str>), VecDeque<Queued>>,
    /// How much is left of each publishing.
    left: HashMap<u64, usize>,
    resolving: HashMap<u64, Resolving>,
    takes_domained: bool,
    history: Vec<Event>,
    last: u64,
}

#[derive(Debug)]
struct Subscription {
    topic: Arc<str>,
    alone: bool,
    serial: bool,
}

#[derive(Clone, Debug)]
struct Queued {
    event: Event,
    root: u64,
}

#[derive(Debug)]
struct Running {
    queued: Queued,
    /// The workflow that is busy with it.
    workflow: Option<(u32, Arc<str>)>,
}

#[derive(Debug)]
struct Resolving {
    source: Arc<str>,
    answer: Option<Event>,
}

/// Number of a subscriber.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Subscriber(pub u32);

/// Number of one delivery, to be answered once.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Delivery(pub u64);

/// Number of a publishing: of everything that descends from one event.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Errand(pub u64);

/// What must be done next. All of it may be done at the same time.
#[derive(Debug)]
pub enum Work {
    /// Give the event to the subscriber; answer with [`Dispatcher::answer`] or [`Dispatcher::fail`].
    Deliver {
        /// To answer with.
        delivery: Delivery,
        /// Who gets it.
        subscriber: Subscriber,
        /// The event.
        event: Event,
        /// What it descends from, for publishing more.
        errand: Errand,
    },
    /// Give the event to whoever takes events that leave the local flow; answer with [`Dispatcher::answer`].
    Domained {
        /// To answer with.
        delivery: Delivery,
        /// The event; it has a domain.
        event: Event,
        /// What it descends from, for publishing it back.
        errand: Errand,
    },
    /// Tell of a failure. No answer.
    Failed {
        /// What went wrong.
        error: BrokerError,
        /// With which event.
        event: Event,
    },
    /// A conversation is over. No answer.
    Resolved {
        /// As [`Dispatcher::resolve`] gave it.
        errand: Errand,
        /// The last event that came back to its source.
        answer: Option<Event>,
    },
}

impl Dispatcher {
    /// A dispatcher that queues at most `limit` events.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            subscribers: HashMap::default(),
            topics: Vec::new(),
            queue: VecDeque::new(),
            due: VecDeque::new(),
            running: HashMap::default(),
            waiting: HashMap::default(),
            left: HashMap::default(),
            resolving: HashMap::default(),
            takes_domained: false,
            history: Vec::new(),
            last: 0,
        }
    }

    /// Says that somebody takes events that leave the local flow; otherwise such an event is a failure.
    pub fn take_domained(&mut self) {
        self.takes_domained = true;
    }

    /// Adds a subscriber of a topic. `alone`: nobody else may have it. `serial`: it is a workflow, so that the events
    /// of one subject go to it one after the other.
    ///
    /// # Errors
    /// [`BrokerError::Taken`] when somebody has the topic alone, or is there already.
    pub fn subscribe(&mut self, topic: &str, alone: bool, serial: bool) -> Result<Subscriber, BrokerError> {
        let known = self.topics.iter().position(|(known, _)| **known == *topic);
        let others = known.map_or(&[][..], |at| &self.topics[at].1);
        if !others.is_empty() && (alone || others.iter().any(|other| self.subscribers[other].alone)) {
            return Err(BrokerError::Taken { topic: topic.to_owned() });
        }
        self.last += 1;
        let number = u32::try_from(self.last).unwrap_or(u32::MAX);
        let topic: Arc<str> = topic.into();
        match known {
            Some(at) => self.topics[at].1.push(number),
            None => self.topics.push((topic.clone(), vec![number])),
        }
        self.subscribers.insert(number, Subscription { topic, alone, serial });
        Ok(Subscriber(number))
    }

    /// Takes a subscriber away; what runs goes on.
    pub fn unsubscribe(&mut self, subscriber: Subscriber) {
        let Some(gone) = self.subscribers.remove(&subscriber.0) else { return };
        if let Some((_, numbers)) = self.topics.iter_mut().find(|(topic, _)| *topic == gone.topic) {
            numbers.retain(|number| *number != subscriber.0);
        }
        self.topics.retain(|(_, numbers)| !numbers.is_empty());
    }

    /// Queues an event. `within` is the errand that it belongs to; without one it begins its own.
    ///
    /// # Errors
    /// [`BrokerError::NoAddress`], [`BrokerError::Full`]: it is not queued then.
    pub fn publish(&mut self, event: Event, within: Option<Errand>) -> Result<Errand, BrokerError> {
        if event.to().is_none() {
            return Err(BrokerError::NoAddress);
        }
        if self.queue.len() >= self.limit {
            return Err(BrokerError::Full { limit: self.limit });
        }
        let root = within.map_or_else(|| self.number(), |errand| errand.0);
        self.history.push(event.clone());
        *self.left.entry(root).or_insert(0) += 1;
        self.queue.push_back(Queued { event, root });
        Ok(Errand(root))
    }

    /// Publishes an event and asks for the last event that comes back to its source: [`Work::Resolved`] tells it,
    /// once nothing is left of the conversation. May run many times at once, from one source too.
    ///
    /// # Errors
    /// [`BrokerError::SourceTaken`] when the source is a subscriber's topic, and as [`Dispatcher::publish`].
    pub fn resolve(&mut self, event: Event) -> Result<Errand, BrokerError> {
        if self.topics.iter().any(|(topic, _)| **topic == *event.source()) {
            return Err(BrokerError::SourceTaken { given: event.source().to_owned() });
        }
        let source = event.envelope().shared_source();
        let errand = self.publish(event, None)?;
        self.resolving.insert(errand.0, Resolving { source, answer: None });
        Ok(errand)
    }

    /// Asks no longer for a conversation's end; what is left of it goes on.
    pub fn forget(&mut self, errand: Errand) {
        self.resolving.remove(&errand.0);
    }

    /// The next piece of work; `None` while there is nothing to do but to wait for answers.
    #[allow(clippy::should_implement_trait)] // it is no iterator: more work comes by answers
    pub fn next(&mut self) -> Option<Work> {
        loop {
            if let Some(due) = self.due.pop_front() {
                return Some(due);
            }
            let queued = self.queue.pop_front()?;
            self.deliver(queued);
        }
    }

    /// The event of a delivery that has not been answered.
    pub fn delivered(&self, delivery: Delivery) -> Option<&Event> {
        self.running.get(&delivery.0).map(|running| &running.queued.event)
    }

    /// Takes what a delivery gave: events of the local flow are published, others handed on.
    pub fn answer(&mut self, delivery: Delivery, events: Vec<Event>) {
        let Some(running) = self.running.remove(&delivery.0) else { return };
        let root = running.queued.root;
        for event in events {
            if event.domain().is_some() {
                self.hand_on(event, root);
            } else if let Err(error) = self.publish(event.clone(), Some(Errand(root))) {
                self.due.push_back(Work::Failed { error, event });
            }
        }
        self.finish(running);
    }

    /// Ends a delivery that failed; gives its event, to tell of the failure with.
    pub fn fail(&mut self, delivery: Delivery) -> Option<Event> {
        let running = self.running.remove(&delivery.0)?;
        let event = running.queued.event.clone();
        self.finish(running);
        Some(event)
    }

    /// Whether nothing is queued, waiting or running.
    pub fn is_quiet(&self) -> bool {
        self.queue.is_empty() && self.due.is_empty() && self.running.is_empty()
    }

    /// Whether [`Dispatcher::next`] would hand something out.
    pub fn has_work(&self) -> bool {
        !self.queue.is_empty() || !self.due.is_empty()
    }

    /// Events queued.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// All events published so far, in order.
    pub fn history(&self) -> &[Event] {
        &self.history
    }

    /// Forgets the events published so far.
    pub fn clear_history(&mut self) {
        self.history.clear();
    }

    /// Topics that somebody has, in the order they came.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|(topic, _)| &**topic)
    }

    /// How many subscribers a topic has.
    pub fn subscribers(&self, topic: &str) -> usize {
        self.topics.iter().find(|(known, _)| **known == *topic).map_or(0, |(_, numbers)| numbers.len())
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn deliver(&mut self, queued: Queued) {
        let to = queued.event.to().unwrap_or_default();
        if let Some(resolving) = self.resolving.get_mut(&queued.root).filter(|resolving| *resolving.source == *to) {
            resolving.answer = Some(queued.event);
            return self.release(queued.root);
        }
        let numbers = match self.topics.iter().find(|(topic, _)| **topic == *to) {
            Some((_, numbers)) => numbers.clone(),
            None => {
                let error = BrokerError::NoSubscriber { topic: to.to_owned() };
                self.due.push_back(Work::Failed { error, event: queued.event });
                return self.release(queued.root);
            }
        };
        *self.left.entry(queued.root).or_insert(0) += numbers.len();
        for number in numbers {
            self.deliver_to(number, queued.clone());
        }
        self.release(queued.root);
    }

    fn deliver_to(&mut self, number: u32, queued: Queued) {
        let is_serial = self.subscribers.get(&number).is_some_and(|subscription| subscription.serial);
        let workflow = is_serial.then(|| (number, queued.event.envelope().shared_subject()));
        if let Some(key) = &workflow {
            if let Some(waiting) = self.waiting.get_mut(key) {
                return waiting.push_back(queued);
            }
            self.waiting.insert(key.clone(), VecDeque::new());
        }
        let delivery = self.begin(&queued, workflow);
        let Queued { event, root } = queued;
        self.due.push_back(Work::Deliver { delivery, subscriber: Subscriber(number), event, errand: Errand(root) });
    }

    fn begin(&mut self, queued: &Queued, workflow: Option<(u32, Arc<str>)>) -> Delivery {
        let number = self.number();
        self.running.insert(number, Running { queued: queued.clone(), workflow });
        Delivery(number)
    }

    fn hand_on(&mut self, event: Event, root: u64) {
        if !self.takes_domained {
            let error = BrokerError::NobodyForDomain { domain: event.domain().unwrap_or_default().to_owned() };
            return self.due.push_back(Work::Failed { error, event });
        }
        *self.left.entry(root).or_insert(0) += 1;
        let delivery = self.begin(&Queued { event: event.clone(), root }, None);
        self.due.push_back(Work::Domained { delivery, event, errand: Errand(root) });
    }

    fn finish(&mut self, running: Running) {
        if let Some(key) = running.workflow {
            match self.waiting.get_mut(&key).and_then(VecDeque::pop_front) {
                None => drop(self.waiting.remove(&key)),
                Some(next) => {
                    let subscriber = Subscriber(key.0);
                    let delivery = self.begin(&next, Some(key));
                    let Queued { event, root } = next;
                    self.due.push_back(Work::Deliver { delivery, subscriber, event, errand: Errand(root) });
                }
            }
        }
        self.release(running.queued.root);
    }

    /// One thing less is left of a publishing.
    fn release(&mut self, root: u64) {
        let Some(left) = self.left.get_mut(&root) else { return };
        *left -= 1;
        if *left == 0 {
            self.left.remove(&root);
            if let Some(Resolving { answer, .. }) = self.resolving.remove(&root) {
                self.due.push_back(Work::Resolved { errand: Errand(root), answer });
            }
        }
    }
}

/// Why an event does not get to anybody, or nobody to a topic. Texts are the reference's where it has one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The event does not say where it goes.
    #[error("Event must have a \"to\" property")]
    NoAddress,
    /// Too many events wait.
    #[error("Event queue is full (max size: {limit})")]
    Full {
        /// Events allowed.
        limit: usize,
    },
    /// Nobody has the topic.
    #[error("No handlers registered for event type: {topic}")]
    NoSubscriber {
        /// The event's `to`.
        topic: String,
    },
    /// The topic has a subscriber that wants it alone, or a second one wants that.
    #[error("Only one subscriber allowed per topic: {topic}")]
    Taken {
        /// The topic.
        topic: String,
    },
    /// A conversation can't come back to a topic that a handler has.
    #[error(
        "The event source cannot be one of the handlers in the broker. Please update the event.source, the given is \
         '{given}'"
    )]
    SourceTaken {
        /// The event's source.
        given: String,
    },
    /// The event leaves the local flow, and nobody takes such events.
    #[error("nobody takes events of domain {domain}: give the broker a callback for domained events")]
    NobodyForDomain {
        /// The event's domain.
        domain: String,
    },
}
