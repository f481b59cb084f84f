//! What a client sees of a store: receipts, workflows, deliveries, counts.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::environment::Limits;
use crate::event::{Event, EventError};
use crate::history::Entry;

use super::backend::Status;

/// That an event is in the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Receipt {
    /// Number of its delivery.
    pub seq: i64,
    /// Whether this call stored it; otherwise it was there already, and nothing was changed.
    pub fresh: bool,
}

/// How far a published event has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// Nothing came back to its source yet.
    Not,
    /// The first event that came back to its source, as JSON.
    By(Arc<str>),
    /// It is a dead letter; the causes as a JSON list.
    Dead(Arc<str>),
    /// It was dropped, or its workflow cancelled.
    Dropped,
}

/// Which workflows to list.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Only those of this status.
    pub status: Option<Status>,
    /// Only those under this control: `run`, `pause`, `cancel`.
    pub control: Option<String>,
    /// Only those of this type.
    pub consumer: Option<String>,
    /// How many at most; 0: 100.
    pub limit: usize,
    /// How many to pass over.
    pub skip: usize,
}

impl Which {
    /// Those that stand so: `new`, `active`, `done`, `failed`, `paused` or `cancelled`, as [`Counts`] counts them.
    ///
    /// ```
    /// assert_eq!(arvo::Which::standing("paused").and_then(|which| which.control), Some("pause".to_owned()));
    /// assert!(arvo::Which::standing("sleeping").is_none());
    /// ```
    pub fn standing(text: &str) -> Option<Self> {
        let (status, control) = match text {
            "paused" => (None, "pause"),
            "cancelled" => (None, "cancel"),
            status => (Some(Status::of(status)?), "run"),
        };
        Some(Self { status, control: Some(control.to_owned()), ..Self::default() })
    }
}

/// A workflow, or another subject that events name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowRow {
    /// Its subject.
    pub subject: String,
    /// Type of its orchestrator or resumable; `None`: no workflow.
    pub consumer: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Subject of the workflow that began it.
    pub parent: Option<String>,
    /// How often its record was written.
    pub revision: i64,
    /// `new`, `active`, `done` or `failed`.
    pub status: String,
    /// `run`, `pause` (a dead letter stops it) or `cancel`.
    pub control: String,
    /// Name of the worker that is at it.
    pub worker: Option<String>,
    /// Its last change, milliseconds since 1970.
    pub changed: i64,
    /// Its record as JSON text; only where one workflow was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Arc<str>>,
}

impl WorkflowRow {
    /// How it stands, in one word: `cancelled`, `paused`, or its status.
    pub fn standing(&self) -> &str {
        match self.control.as_str() {
            "cancel" => "cancelled",
            "pause" => "paused",
            _ => &self.status,
        }
    }
}

/// One delivery: an event, to one consumer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Posting {
    /// Its number; later ones are higher.
    pub seq: i64,
    /// Number of the delivery that led to it.
    pub cause: Option<i64>,
    /// The subject.
    pub subject: String,
    /// Who shall handle it.
    pub consumer: String,
    /// The domain that it waits in; empty: the local flow.
    pub domain: String,
    /// `waiting`, `claimed`, `done`, `dead` or `dropped`.
    pub state: &'static str,
    /// When it may be handled, milliseconds since 1970.
    pub due: i64,
    /// How often it was claimed.
    pub tries: i64,
    /// When it was handled, milliseconds since 1970.
    pub done: Option<i64>,
    /// Why it failed so far: a list of objects.
    pub failures: Value,
    /// The event as JSON text.
    pub event: Arc<str>,
}

impl Posting {
    /// The same for a picture of what happened.
    ///
    /// # Errors
    /// [`EventError`]: its text is no event.
    pub fn entry(&self, limits: &Limits) -> Result<Entry, EventError> {
        Ok(Entry::delivered(Event::parse(&self.event, limits)?, &self.consumer, self.state, self.tries))
    }
}

/// How many there are of what.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// Workflows by status; cancelled ones count as `cancelled`, paused ones as `paused`.
    pub workflows: Vec<(String, i64)>,
    /// Deliveries by state.
    pub deliveries: Vec<(String, i64)>,
    /// Waiting events by domain.
    pub domains: Vec<(String, i64)>,
    /// Workers whose lease goes on.
    pub workers: Vec<String>,
}

/// What a query gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Columns {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows; text, numbers, null.
    pub rows: Vec<Vec<Value>>,
}

/// The words of `delivery.state`, by number.
pub(super) const STATES: [&str; 5] = ["waiting", "claimed", "done", "dead", "dropped"];
