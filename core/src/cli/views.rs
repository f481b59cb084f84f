//! What a store gives, as it is shown: short names for people, whole values for programs.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::environment::Limits;
pub(super) use crate::history::{count, cut, grouped, plain, short_name};
use crate::store::{Posting, WorkflowRow};
use crate::subject::Subject;

/// The whole id of a workflow's execution.
pub(super) fn execution(subject: &str) -> Option<String> {
    Subject::parse(subject, &Limits::default()).ok().map(|subject| subject.execution().to_owned())
}

/// A workflow, for programs.
#[derive(Serialize)]
pub(super) struct WorkflowView<'a> {
    subject: &'a str,
    execution: Option<String>,
    #[serde(rename = "type")]
    type_: Option<&'a str>,
    version: Option<&'a str>,
    parent: Option<&'a str>,
    status: &'a str,
    revision: i64,
    worker: Option<&'a str>,
    changed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a RawValue>,
}

impl<'a> WorkflowView<'a> {
    pub(super) fn of(row: &'a WorkflowRow) -> Self {
        Self {
            subject: &row.subject,
            execution: execution(&row.subject),
            type_: row.consumer.as_deref(),
            version: row.version.as_deref(),
            parent: row.parent.as_deref(),
            status: row.standing(),
            revision: row.revision,
            worker: row.worker.as_deref(),
            changed: row.changed,
            record: row.record.as_deref().and_then(raw),
        }
    }
}

/// One event on its way to one consumer, for programs.
#[derive(Serialize)]
pub(super) struct PostingView<'a> {
    seq: i64,
    cause: Option<i64>,
    subject: &'a str,
    consumer: &'a str,
    domain: Option<&'a str>,
    state: &'a str,
    due: i64,
    tries: i64,
    done: Option<i64>,
    failures: &'a Value,
    event: Option<&'a RawValue>,
}

impl<'a> PostingView<'a> {
    pub(super) fn of(posting: &'a Posting) -> Self {
        Self {
            seq: posting.seq,
            cause: posting.cause,
            subject: &posting.subject,
            consumer: &posting.consumer,
            domain: Some(posting.domain.as_str()).filter(|domain| !domain.is_empty()),
            state: posting.state,
            due: posting.due,
            tries: posting.tries,
            done: posting.done,
            failures: &posting.failures,
            event: raw(&posting.event),
        }
    }
}

/// JSON text as it is; none where it is no JSON.
pub(super) fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// One failure of a history of causes: when, and `Name: message`. Violations have their name in their message already.
pub(super) fn failure(cause: &Value) -> (Option<i64>, String) {
    let text = |key: &str| cause[key].as_str().unwrap_or("?");
    let (name, message) = (text("name"), text("message"));
    let what = if message.starts_with(name) { message.to_owned() } else { format!("{name}: {message}") };
    (cause["at"].as_i64(), what)
}
