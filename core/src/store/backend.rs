//! What a durable store does, as one interface: SQLite stands behind it today, and nothing in it is SQLite's.
//!
//! A backend keeps rows and runs statements; when to ask what is the shift's and the client's business. The words of
//! a worker are here, those of a client in `look.rs`.

use std::sync::Arc;

use crate::event::Event;
use crate::memory::Record;

use super::depth::Depth;
use super::error::StoreError;
use super::incoming::Incoming;
use super::look::{Answered, Columns, Counts, Posting, Receipt, Which, WorkflowRow};
use super::retry::Retry;

/// A worker's number in the store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct WorkerId(pub i64);

/// A consumer and version that a worker serves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Served {
    /// The consumer's type.
    pub consumer: Arc<str>,
    /// The version; empty: events that name none.
    pub version: Arc<str>,
    /// Whether its events are in order, one at a time for each subject.
    pub lane: bool,
}

/// The right to handle one event, until somebody takes it over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Number of the delivery.
    pub seq: i64,
    /// The fence: whoever claims it next has a higher one.
    pub epoch: i64,
    /// Number of the subject's row.
    pub workflow: i64,
    /// Revision of the record that was read, where the event is in a lane.
    pub lane: Option<i64>,
}

/// An event that was claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// To settle it with.
    pub claim: Claim,
    /// The event.
    pub event: Posted,
    /// Its consumer.
    pub consumer: Arc<str>,
    /// How often it was claimed, this time included.
    pub tries: u32,
    /// The workflow's record, where there is one.
    pub record: Option<Record>,
}

/// An event as the store had it at hand.
#[derive(Clone, Debug)]
pub enum Posted {
    /// Just stored by the same worker.
    Event(Event),
    /// Read from the store.
    Text(Arc<str>),
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Of what.
    pub claim: Claim,
    /// How.
    pub how: How,
}

/// What becomes of a claimed event.
#[derive(Clone, Debug)]
pub enum How {
    /// It is handled: its record, its answers and the acknowledgement become real together.
    Done {
        /// The workflow's new record; `None` for handlers and ignored events.
        record: Option<Kept>,
        /// The answers.
        emitted: Arc<[Incoming]>,
    },
    /// It was not handled through no fault of its own: again from `due`, in its old place; the try does not count.
    Again {
        /// Milliseconds since 1970.
        due: i64,
    },
    /// It failed: again from `due`, unless it is `dead` or its tries are used up.
    Failed {
        /// Milliseconds since 1970.
        due: i64,
        /// To the dead letters at once.
        dead: bool,
        /// What happened, a JSON object for the history of causes.
        cause: Arc<str>,
    },
}

/// A record to keep.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The record.
    pub record: Record,
    /// What it says of the workflow.
    pub status: Status,
}

/// How far a workflow is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// An event names it, nothing is recorded yet.
    New,
    /// It goes on.
    Active,
    /// It is complete.
    Done,
    /// It failed.
    Failed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::New, Self::Active, Self::Done, Self::Failed];

    /// As the store writes it: `new`, `active`, `done`, `failed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The status that is written so.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// All that a worker wants done, in one transaction.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who.
    pub worker: WorkerId,
    /// The executions that ended, each settled wholly or not at all.
    pub settled: Vec<Settled>,
    /// What it serves, in the order to claim by.
    pub served: Arc<[Served]>,
    /// How many more events it can take.
    pub room: usize,
    /// Whether to look for waiting events, too; answers that were just stored are claimed in any case.
    pub claim: bool,
    /// After a reply that never came: all that the worker holds; what the store thinks it holds beyond that is freed.
    pub holds: Option<Vec<Claim>>,
    /// A heartbeat: the lease goes on until then, and the claims of the dead are freed.
    pub beat: Option<i64>,
    /// Whether to count what waits then.
    pub count: bool,
    /// For events whose tries are used up.
    pub retry: Retry,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Exchanged {
    /// For each settled execution, whether it took effect: if not, somebody else has taken the event over.
    pub outcomes: Vec<Effect>,
    /// Events claimed.
    pub claimed: Vec<Claimed>,
    /// Whether there may be more to claim than there was room for.
    pub more: bool,
    /// Whether rows became claimable, so that other workers should look.
    pub produced: bool,
    /// For each consumer that is served, how many events wait, if that was to be counted.
    pub depths: Vec<Depth>,
}

/// Whether a settled execution took effect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// All of it.
    Real,
    /// Nothing: the claim was somebody else's by then, or the workflow was cancelled.
    Lost,
    /// Nothing: the database refused it, for this reason.
    Refused(String),
}

/// What is there for a worker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outlook {
    /// Something can be claimed now.
    pub ready: bool,
    /// When the next thing becomes claimable, milliseconds since 1970.
    pub next: Option<i64>,
}

/// Where events come: row of a subject, and who shall handle them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The subject's row.
    pub workflow: i64,
    /// The consumer.
    pub consumer: String,
}

/// Opens a store, on another thread.
pub type Reopen = Box<dyn FnOnce() -> Result<Box<dyn Backend>, StoreError> + Send>;

/// A durable store. Every method is one transaction, or part of a larger one that its caller opened.
pub trait Backend: Send {
    /// Gives a worker its number, frees what an earlier life of the same name had claimed. The lease ends at `until`.
    fn register(&mut self, name: &str, until: i64, retry: &Retry, now: i64) -> Result<WorkerId, StoreError>;
    /// What is there to claim; reads only.
    fn outlook(&mut self, served: &[Served], now: i64) -> Result<Outlook, StoreError>;
    /// Settles, claims, beats, counts; in this order, but for the beat, which is first.
    fn exchange(&mut self, exchange: &Exchange, now: i64) -> Result<Exchanged, StoreError>;
    /// Forgets a worker that holds nothing any more.
    fn leave(&mut self, worker: WorkerId, retry: &Retry, now: i64) -> Result<(), StoreError>;

    /// Stores events; one that is there already changes nothing.
    fn publish(&mut self, events: &[Incoming], now: i64) -> Result<Vec<Receipt>, StoreError>;
    /// How far a published event has come by now.
    fn answered(&mut self, seq: i64, now: i64) -> Result<Answered, StoreError>;
    /// The newest delivery's number.
    fn newest(&mut self) -> Result<i64, StoreError>;
    /// The places of deliveries newer than `seq`, by number.
    fn arrived(&mut self, seq: i64) -> Result<Vec<(i64, Place)>, StoreError>;
    /// Where the answer to a delivery is likely to come.
    fn place(&mut self, seq: i64) -> Result<Place, StoreError>;
    /// Whether another connection has written since this was last asked.
    fn changed(&mut self) -> Result<bool, StoreError>;

    /// Workflows, newest change first.
    fn workflows(&mut self, which: &Which) -> Result<Vec<WorkflowRow>, StoreError>;
    /// One workflow.
    fn workflow(&mut self, subject: &str) -> Result<Option<WorkflowRow>, StoreError>;
    /// A subject and all that descend from it by `parentSubject$$`, parents first.
    fn tree(&mut self, subject: &str) -> Result<Vec<WorkflowRow>, StoreError>;
    /// The events of a subject, in the order they came.
    fn history(&mut self, subject: &str) -> Result<Vec<Posting>, StoreError>;
    /// Dead letters, oldest first.
    fn dead(&mut self, limit: usize) -> Result<Vec<Posting>, StoreError>;
    /// Events that wait in a domain, oldest first.
    fn waiting(&mut self, domain: &str, limit: usize) -> Result<Vec<Posting>, StoreError>;
    /// How many there are of what.
    fn counts(&mut self, now: i64) -> Result<Counts, StoreError>;

    /// Answers an event that waits in a domain: it is handled, and these events go on.
    fn answer(&mut self, seq: i64, events: &[Incoming], now: i64) -> Result<(), StoreError>;
    /// Lets an event that waits in a domain into the local flow.
    fn admit(&mut self, seq: i64, now: i64) -> Result<(), StoreError>;
    /// A dead letter is tried again, with all its tries.
    fn retry(&mut self, seq: i64, now: i64) -> Result<(), StoreError>;
    /// A dead letter is given up.
    fn drop_dead(&mut self, seq: i64, now: i64) -> Result<(), StoreError>;
    /// Cancels a workflow and its children; `told` is what whoever began it gets. Gives the subjects.
    fn cancel(&mut self, subject: &str, told: Option<&Incoming>, now: i64) -> Result<Vec<String>, StoreError>;
    /// Removes whole subjects that ended before a time, at most `limit`; gives how many.
    fn purge(&mut self, before: i64, limit: usize) -> Result<usize, StoreError>;
    /// How many subjects that would be without a limit.
    fn removable(&mut self, before: i64) -> Result<usize, StoreError>;
    /// The domains whose events are handled here.
    fn domains(&mut self) -> Result<Vec<String>, StoreError>;
    /// Lists a domain as local, or no longer; what waits in it is let in.
    fn set_domain(&mut self, domain: &str, local: bool, now: i64) -> Result<usize, StoreError>;
    /// How to open the same store once more, for what only reads and may take long; none where there is but one
    /// connection.
    fn apart(&self) -> Option<Reopen> {
        None
    }
    /// Runs a statement that reads.
    fn query(&mut self, sql: &str) -> Result<Columns, StoreError>;
    /// Writes a copy of the store, whole and consistent, to a file that does not exist.
    fn backup(&mut self, path: &str) -> Result<(), StoreError>;

    /// Opens a transaction that takes in several calls which read; [`Backend::commit`] ends it.
    fn begin_reading(&mut self) -> Result<(), StoreError>;
    /// Opens a transaction that takes in several calls.
    fn begin(&mut self) -> Result<(), StoreError>;
    /// Marks a place in it.
    fn mark(&mut self) -> Result<(), StoreError>;
    /// Ends the last mark: keeps what came since, or takes it back.
    fn unmark(&mut self, keep: bool) -> Result<(), StoreError>;
    /// Makes the transaction real.
    fn commit(&mut self) -> Result<(), StoreError>;
    /// Takes the transaction back.
    fn rollback(&mut self);
}
