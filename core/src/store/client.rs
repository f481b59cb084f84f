//! What programs ask of a store beside running workers: publish, wait, look, and put right.

use std::sync::Arc;

use crate::domain::DomainName;
use crate::event::Event;

use super::cancelled::notice;
use super::error::StoreError;
use super::find::subjects;
use super::incoming::Incoming;
use super::look::{Answered, Columns, Counts, Posting, Receipt, Which, WorkflowRow};
use super::reply::{Reply, pair};
use super::thread::Store;
use super::waiting::Waiter;

impl Store {
    /// Stores an event for whoever handles it. An event that is there already, by subject, consumer, domain and id,
    /// changes nothing: its receipt says so.
    pub fn publish(&self, event: &Event) -> Reply<Receipt> {
        self.publish_at(event, None)
    }

    /// The same, not to be handled before a time, in milliseconds since 1970: a durable timer.
    pub fn publish_at(&self, event: &Event, deliver_at: Option<i64>) -> Reply<Receipt> {
        match Incoming::of(event, deliver_at, self.environment().limits()) {
            Ok(event) => self.write(move |backend, now| {
                let receipts = backend.publish(std::slice::from_ref(&event), now)?;
                receipts.into_iter().next().ok_or(StoreError::Lost)
            }),
            Err(error) => Reply::now(Err(error)),
        }
    }

    /// Stores many events in one transaction: all of them, or none.
    pub fn publish_all(&self, events: &[Event]) -> Reply<Vec<Receipt>> {
        self.publish_all_at(events, None)
    }

    /// The same, none to be handled before a time, in milliseconds since 1970.
    pub fn publish_all_at(&self, events: &[Event], deliver_at: Option<i64>) -> Reply<Vec<Receipt>> {
        let limits = self.environment().limits();
        match events.iter().map(|event| Incoming::of(event, deliver_at, limits)).collect::<Result<Vec<_>, _>>() {
            Ok(events) => self.write(move |backend, now| backend.publish(&events, now)),
            Err(error) => Reply::now(Err(error)),
        }
    }

    /// Waits for the first event that comes back to the source of a published one, at most `limit` milliseconds; then
    /// the answer is [`Answered::Not`]. For a workflow that is its completion, or its system error. One that is
    /// delivered later (`deliverat`) has not come before its time.
    pub fn wait(&self, seq: i64, limit: Option<i64>) -> Reply<Answered> {
        let (promise, reply) = pair();
        let until = limit.map(|limit| self.environment().now().saturating_add(limit));
        self.wait_at(Waiter { seq, until, promise });
        reply
    }

    /// How far a published event has come.
    pub fn answered(&self, seq: i64) -> Reply<Answered> {
        let now = self.environment().now();
        self.read(move |backend| backend.answered(seq, now))
    }

    /// Workflows, the last changed first.
    pub fn workflows(&self, which: Which) -> Reply<Vec<WorkflowRow>> {
        self.read(move |backend| backend.workflows(&which))
    }

    /// One workflow, its record included.
    pub fn workflow(&self, subject: &str) -> Reply<Option<WorkflowRow>> {
        let subject = subject.to_owned();
        self.read(move |backend| backend.workflow(&subject))
    }

    /// The subjects that a text stands for, at most `limit`: the one that it is; else those that begin with it; else
    /// those of workflows whose execution's id begins with it, for which all workflows are read.
    ///
    /// ```
    /// let store = arvo::Store::open("sqlite::memory:")?;
    /// let event = arvo::EventDraft::new("com.shop.web", "com.greet.user").subject("greeting/1").to("com.greet.user")
    ///     .data(serde_json::json!({})).build(&arvo::Environment::system())?;
    /// store.publish(&event).wait()?;
    /// assert_eq!(store.find("greet", 2).wait()?, ["greeting/1"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find(&self, text: &str, limit: usize) -> Reply<Vec<String>> {
        let (text, environment) = (text.to_owned(), Arc::clone(self.environment()));
        self.read(move |backend| subjects(backend, &text, environment.limits(), limit))
    }

    /// A workflow and all that descend from it, parents first.
    pub fn tree(&self, subject: &str) -> Reply<Vec<WorkflowRow>> {
        let subject = subject.to_owned();
        self.read(move |backend| backend.tree(&subject))
    }

    /// The events of a subject, in the order they came.
    pub fn history(&self, subject: &str) -> Reply<Vec<Posting>> {
        let subject = subject.to_owned();
        self.read(move |backend| backend.history(&subject))
    }

    /// Dead letters, oldest first, with the causes.
    pub fn dead(&self, limit: usize) -> Reply<Vec<Posting>> {
        self.read(move |backend| backend.dead(limit))
    }

    /// How many there are of what.
    pub fn counts(&self) -> Reply<Counts> {
        let now = self.environment().now();
        self.read(move |backend| backend.counts(now))
    }

    /// Runs an SQL statement that reads. Tables are told in `docs/durable.md`. However long it takes, the store goes on:
    /// it has a thread and a connection of its own, but for a store in memory.
    pub fn query(&self, sql: &str) -> Reply<Columns> {
        let sql = sql.to_owned();
        self.read_apart(move |backend| backend.query(&sql))
    }

    /// Events that wait in a domain, oldest first.
    pub fn take(&self, domain: &str, limit: usize) -> Reply<Vec<Posting>> {
        let domain = domain.to_owned();
        self.read(move |backend| backend.waiting(&domain, limit))
    }

    /// Answers an event that waits in a domain, with events that go on in the flow.
    pub fn answer(&self, seq: i64, events: &[Event]) -> Reply<()> {
        let limits = self.environment().limits();
        match events.iter().map(|event| Incoming::of(event, None, limits)).collect::<Result<Vec<_>, _>>() {
            Ok(events) => self.write(move |backend, now| backend.answer(seq, &events, now)),
            Err(error) => Reply::now(Err(error)),
        }
    }

    /// Lets an event that waits in a domain into the local flow, to be handled as if it had none.
    pub fn admit(&self, seq: i64) -> Reply<()> {
        self.write(move |backend, now| backend.admit(seq, now))
    }

    /// Tries a dead letter again, with all its tries; a workflow that it paused goes on.
    pub fn retry(&self, seq: i64) -> Reply<()> {
        self.write(move |backend, now| backend.retry(seq, now))
    }

    /// Gives a dead letter up; a workflow that it paused goes on without it.
    pub fn drop_dead(&self, seq: i64) -> Reply<()> {
        self.write(move |backend, now| backend.drop_dead(seq, now))
    }

    /// Cancels a workflow with all its children, also those not yet begun. Whoever began it gets its contract's system
    /// error with the name `WorkflowCancelled`. Records stay as they are. Gives the subjects that were cancelled.
    pub fn cancel(&self, subject: &str) -> Reply<Vec<String>> {
        let (subject, environment) = (subject.to_owned(), Arc::clone(self.environment()));
        self.write(move |backend, now| {
            let told = notice(backend, &subject, &environment)?;
            backend.cancel(&subject, told.as_ref(), now)
        })
    }

    /// Removes whole subjects that ended before a time (milliseconds since 1970), at most `limit` in one transaction;
    /// gives how many. An event of a removed subject that comes again is a new one: that time is the window in which
    /// duplicates are known.
    pub fn purge(&self, before: i64, limit: usize) -> Reply<usize> {
        self.write(move |backend, _| backend.purge(before, limit))
    }

    /// How many subjects [`Store::purge`] would remove.
    pub fn removable(&self, before: i64) -> Reply<usize> {
        self.read(move |backend| backend.removable(before))
    }

    /// The domains whose events are handled here.
    pub fn domains(&self) -> Reply<Vec<String>> {
        self.read(|backend| backend.domains())
    }

    /// Lists a domain as local for all workers of this store; what waits in it is handled. Gives how many that are. A
    /// text that is no domain's name is [`StoreError::Domain`].
    pub fn add_domain(&self, domain: &str) -> Reply<usize> {
        match domain.parse::<DomainName>() {
            Ok(name) => self.write(move |backend, now| backend.set_domain(name.as_str(), true, now)),
            Err(error) => Reply::now(Err(error.into())),
        }
    }

    /// Takes a domain off the list: its events wait from now on.
    pub fn remove_domain(&self, domain: &str) -> Reply<()> {
        let domain = domain.to_owned();
        self.write(move |backend, now| backend.set_domain(&domain, false, now).map(drop))
    }

    /// Writes a copy of the store, whole and consistent, to a file that must not exist yet. Workers go on
    /// meanwhile.
    pub fn backup(&self, path: &str) -> Reply<()> {
        if path.is_empty() {
            // SQLite would write one that nobody ever finds.
            return Reply::now(Err(StoreError::Sql { why: "a backup needs the name of a file".to_owned() }));
        }
        let path = path.to_owned();
        self.read_apart(move |backend| backend.backup(&path))
    }
}
