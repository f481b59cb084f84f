//! What a shift says and takes: the jobs and questions that it hands out, the replies, what it did.

use std::sync::Arc;

use crate::event::Event;
use crate::execution::Plan;
use crate::memory::Record;

use super::backend::{Exchange, Exchanged, Outlook, WorkerId};
use super::depth::Depth;
use super::error::StoreError;
use super::retry::Retry;

/// What a shift is made of.
#[derive(Clone, Debug)]
pub struct ShiftSpec {
    /// The worker's name: a worker that starts under the name of another takes over what that one held.
    pub name: Arc<str>,
    /// What it serves.
    pub plans: Vec<Arc<Plan>>,
    /// How many events it holds at once, running or about to; at least 1.
    pub capacity: usize,
    /// How long its claims outlive its last heartbeat, in milliseconds. It beats three times as often.
    pub lease: i64,
    /// What becomes of failures.
    pub retry: Retry,
    /// Whether somebody measures when it begins; [`Shift::measure`](super::Shift::measure) tells it later on.
    pub is_measured: bool,
}

impl ShiftSpec {
    /// A worker of this name for these plans: 100 events at once, a lease of 30 s, default retries.
    pub fn new(name: impl Into<Arc<str>>, plans: impl IntoIterator<Item = Arc<Plan>>) -> Self {
        Self {
            name: name.into(),
            plans: plans.into_iter().collect(),
            capacity: 100,
            lease: 30_000,
            retry: Retry::default(),
            is_measured: false,
        }
    }
}

/// Something to run: one execution.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Job {
    /// To settle it with, once.
    pub number: u64,
    /// Which of the plans.
    pub plan: usize,
    /// The event to handle.
    pub event: Event,
    /// The workflow's record and its revision.
    pub record: Option<(Record, u64)>,
    /// Which try it is, from 1.
    pub tries: u32,
}

/// What a worker does next.
#[derive(Debug)]
pub enum Duty {
    /// Run it, and settle it with [`Shift::done`](super::Shift::done) or [`Shift::failed`](super::Shift::failed). Many may run at once.
    Run(Job),
    /// Tell whoever measures: so many events wait. Given after [`Shift::measure`](super::Shift::measure) only.
    Measure(Depth),
    /// Nothing until then (milliseconds since 1970), unless something is settled, replied or woken before.
    Wait(Option<i64>),
    /// It is over; with the reason, if that is none of the worker's own.
    Over(Result<(), StoreError>),
}

/// What to ask of the store.
#[derive(Clone, Debug)]
pub enum Ask {
    /// [`Backend::register`](super::Backend::register), with a lease until then.
    Register(i64),
    /// [`Backend::outlook`](super::Backend::outlook).
    Outlook,
    /// [`Backend::exchange`](super::Backend::exchange).
    Exchange(Exchange),
    /// [`Backend::leave`](super::Backend::leave).
    Leave(WorkerId),
}

/// The reply to it.
#[derive(Clone, Debug)]
pub enum Replied {
    /// To [`Ask::Register`].
    Registered(WorkerId),
    /// To [`Ask::Outlook`].
    Outlook(Outlook),
    /// To [`Ask::Exchange`].
    Exchanged(Exchanged),
    /// To [`Ask::Leave`].
    Left,
}

/// What a shift did so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tally {
    /// Events claimed.
    pub claimed: u64,
    /// Of these, claimed before, by whomever.
    pub repeated: u64,
    /// Executions whose effects are real.
    pub handled: u64,
    /// Executions that failed and go again later, or are dead letters now.
    pub failed: u64,
    /// Executions that ended after somebody else had taken over: without effect.
    pub lost: u64,
}
