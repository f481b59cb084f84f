//! What a store gives, as it is shown: short names for people, whole values for programs.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::environment::Limits;
use crate::store::{Posting, WorkflowRow};
use crate::subject::Subject;

/// A text without what could move the cursor, colour the screen or turn the line around.
pub(super) fn plain(text: &str) -> String {
    let moves = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(moves) {
        return text.to_owned();
    }
    text.chars().map(|c| if moves(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// What `arvo show` finds a subject by: the beginning of the execution's id, or the subject itself where it is no
/// workflow's.
pub(super) fn short_name(subject: &str) -> String {
    match Subject::parse(subject, &Limits::default()) {
        Ok(subject) => subject.execution().chars().take(8).collect(),
        Err(_) => cut(subject, 24),
    }
}

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

/// A number and what it counts: `1 event`, `1,204 events`.
pub(super) fn count(number: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Its digits by thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{count, cut, plain};

    #[test]
    fn texts_are_plain_short_and_counted() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\nb\\u{202e}");
        assert_eq!((cut("größer", 6), cut("größer", 4)), ("größer".to_owned(), "grö…".to_owned()));
        assert_eq!(
            (count(1, "event"), count(0, "event"), count(1_204_000, "event")),
            ("1 event".into(), "0 events".into(), "1,204,000 events".into())
        );
    }
}
