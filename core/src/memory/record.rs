//! A workflow's record: all there is of it. JSON with the reference's fields (SPEC §12.11, §13, **wire**), held as
//! text or as parsed content, each made at most once.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::environment::Limits;
use crate::event::{Data, Event, EventError};
use crate::json::{self, JsonError};
use crate::statechart::Snapshot;

/// A workflow's record. Cloning it copies a pointer.
///
/// ```
/// let text = r#"{"executionStatus": "failure", "subject": "s", "error": {"name": "E", "message": "m", "stack": null}}"#;
/// let record = arvo::Record::from_text(text);
/// assert_eq!(record.text(), text);
/// assert!(record.is_failure(&arvo::Limits::default())?);
/// # Ok::<(), arvo::RecordError>(())
/// ```
#[derive(Clone)]
pub struct Record(Arc<Inner>);

struct Inner {
    text: OnceLock<Arc<str>>,
    content: OnceLock<Content>,
}

/// What a record says.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// The workflow failed: nothing happens in it any more.
    Failure,
    Normal(Workflow),
}

/// A workflow that goes on, or is done.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    pub(crate) done: bool,
    pub(crate) init_event_id: Arc<str>,
    pub(crate) parent_subject: Option<Arc<str>>,
    pub(crate) subject: Arc<str>,
    /// As it came.
    pub(crate) consumed: Option<Event>,
    pub(crate) produced: Vec<Event>,
    pub(crate) progress: Progress,
}

/// How far a workflow has come, in the terms of its kind.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    Resumable {
        /// Ids of the events last sent, each with the responses so far, as they came.
        expected: Option<Expected>,
        /// The user's own state, `state$$`.
        state: Option<Data>,
    },
    Machine {
        snapshot: Kept,
        /// The machine's definition as text; written for people, never read.
        definition: Arc<str>,
    },
}

/// A machine's snapshot: as it was kept, or as a step left it.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Text(Arc<str>),
    Snapshot(Arc<Snapshot>),
}

pub(crate) type Expected = Vec<(Arc<str>, Vec<Event>)>;

impl Workflow {
    /// The same workflow, that far.
    pub(crate) fn at(&self, progress: Progress) -> Self {
        Self {
            done: self.done,
            init_event_id: self.init_event_id.clone(),
            parent_subject: self.parent_subject.clone(),
            subject: self.subject.clone(),
            consumed: self.consumed.clone(),
            produced: self.produced.clone(),
            progress,
        }
    }
}

impl Record {
    /// A record that a memory kept as text. What it says is read when it is used.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(Inner { text: OnceLock::from(text.into()), content: OnceLock::new() }))
    }

    pub(crate) fn of(content: Workflow) -> Self {
        Self(Arc::new(Inner { text: OnceLock::new(), content: OnceLock::from(Content::Normal(content)) }))
    }

    /// The record as JSON text: as it was kept, or written when first asked for.
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| match self.0.content.get() {
            Some(Content::Normal(workflow)) => write(workflow).into(),
            Some(Content::Failure) | None => "null".into(), // unreachable: such a record is made of its text
        })
    }

    /// Whether the workflow failed.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no record.
    pub fn is_failure(&self, limits: &Limits) -> Result<bool, RecordError> {
        Ok(matches!(self.content(limits)?, Content::Failure))
    }

    /// Whether the workflow is complete.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no record.
    pub fn is_done(&self, limits: &Limits) -> Result<bool, RecordError> {
        Ok(matches!(self.content(limits)?, Content::Normal(workflow) if workflow.done))
    }

    pub(crate) fn content(&self, limits: &Limits) -> Result<&Content, RecordError> {
        if let Some(content) = self.0.content.get() {
            return Ok(content);
        }
        let content = read(self.text(), limits)?;
        Ok(self.0.content.get_or_init(|| content))
    }
}

impl fmt::Debug for Record {
    /// Without the state, which may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

/// Why a text is no record of a workflow.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is no JSON of that form, or over a limit.
    #[error("the record can't be read: {0}; was it written by something else?")]
    Json(#[source] JsonError),
    /// An event inside it is broken.
    #[error("the record holds a broken event at {path}: {source}")]
    Event {
        /// JSON Pointer of the event.
        path: &'static str,
        /// What is wrong with it.
        source: EventError,
    },
    /// It is of the other kind of workflow.
    #[error(
        "the record is a {found}'s, this workflow is a {wanted}; a workflow that was begun as one kind can't go on as the other"
    )]
    Kind {
        /// What wrote it: `machine` or `resumable`.
        found: &'static str,
        /// What wants to go on with it.
        wanted: &'static str,
    },
    /// It is another workflow's.
    #[error(
        "the record is of another workflow (subject={found}); a memory must give back what was written for the key"
    )]
    Subject {
        /// The subject that the record names.
        found: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'a> {
    execution_status: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    init_event_id: Option<Arc<str>>,
    #[serde(default)]
    parent_subject: Option<Arc<str>>,
    subject: Arc<str>,
    #[serde(borrow, default)]
    events: Option<EventsForm<'a>>,
    #[serde(borrow, rename = "state$$", default)]
    state: Option<&'a RawValue>,
    /// Of a machine.
    #[serde(borrow, rename = "state", default)]
    snapshot: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct EventsForm<'a> {
    #[serde(borrow, default)]
    consumed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    expected: Option<ExpectedForm<'a>>,
    #[serde(borrow, default)]
    produced: Option<Vec<&'a RawValue>>,
}

/// `expected` in the order it was written.
struct ExpectedForm<'a>(Vec<(Arc<str>, Vec<&'a RawValue>)>);

impl<'de: 'a, 'a> Deserialize<'de> for ExpectedForm<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> serde::de::Visitor<'de> for Pairs {
            type Value = ExpectedForm<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of lists of events")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = access.next_entry()? {
                    pairs.push(pair);
                }
                Ok(ExpectedForm(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

fn read(text: &str, limits: &Limits) -> Result<Content, RecordError> {
    if text.len() > limits.record {
        return Err(RecordError::Json(JsonError::TooLarge { of: "record", size: text.len(), limit: limits.record }));
    }
    let form: Form<'_> = serde_json::from_str(text).map_err(|error| RecordError::Json(error.into()))?;
    if form.execution_status == "failure" {
        return Ok(Content::Failure);
    }
    let within = Limits { event: limits.record, ..*limits };
    let event =
        |path, raw: &RawValue| Event::parse(raw.get(), &within).map_err(|source| RecordError::Event { path, source });
    let events = form.events.unwrap_or(EventsForm { consumed: None, expected: None, produced: None });
    let expected = events.expected.map(|pairs| {
        let responses = |list: Vec<&RawValue>| {
            list.into_iter().map(|raw| event("/events/expected", raw)).collect::<Result<Vec<Event>, RecordError>>()
        };
        pairs.0.into_iter().map(|(id, list)| Ok((id, responses(list)?))).collect::<Result<Expected, RecordError>>()
    });
    let produced = events.produced.unwrap_or_default();
    let progress = match form.snapshot {
        Some(raw) => Progress::Machine { snapshot: Kept::Text(raw.get().into()), definition: Arc::default() },
        None => Progress::Resumable {
            expected: expected.transpose()?,
            state: form.state.filter(|raw| raw.get() != "null").map(|raw| Data::Text(raw.get().into())),
        },
    };
    Ok(Content::Normal(Workflow {
        done: form.status.as_deref() == Some("done"),
        init_event_id: form.init_event_id.unwrap_or_default(),
        parent_subject: form.parent_subject,
        subject: form.subject,
        consumed: events.consumed.map(|raw| event("/events/consumed", raw)).transpose()?,
        produced: produced.into_iter().map(|raw| event("/events/produced", raw)).collect::<Result<_, _>>()?,
        progress,
    }))
}

fn write(workflow: &Workflow) -> String {
    let mut out = String::with_capacity(4096);
    out.push_str(r#"{"executionStatus":"normal","status":"#);
    out.push_str(if workflow.done { r#""done""# } else { r#""active""# });
    if let Progress::Machine { snapshot: Kept::Snapshot(snapshot), .. } = &workflow.progress {
        out.push_str(r#","value":"#);
        json::write_to(&mut out, &snapshot.value);
        out.push_str(r#","state":"#);
        snapshot.write(&mut out);
    }
    out.push_str(r#","initEventId":"#);
    json::write_text(&mut out, &workflow.init_event_id);
    out.push_str(r#","parentSubject":"#);
    match &workflow.parent_subject {
        Some(parent) => json::write_text(&mut out, parent),
        None => out.push_str("null"),
    }
    out.push_str(r#","subject":"#);
    json::write_text(&mut out, &workflow.subject);
    out.push_str(r#","events":{"consumed":"#);
    match &workflow.consumed {
        Some(event) => event.envelope().write(&mut out, event.data_text()),
        None => out.push_str("null"),
    }
    if let Progress::Resumable { expected, .. } = &workflow.progress {
        out.push_str(r#","expected":"#);
        write_expected(&mut out, expected.as_ref());
    }
    out.push_str(r#","produced":"#);
    write_events(&mut out, &workflow.produced);
    match &workflow.progress {
        Progress::Resumable { state, .. } => {
            out.push_str(r#"},"state$$":"#);
            match state {
                Some(Data::Text(text)) => out.push_str(text),
                Some(Data::Value(value)) => json::write_to(&mut out, value),
                Some(Data::Host(_)) | None => out.push_str("null"), // a host's object was asked for its text before
            }
        }
        Progress::Machine { definition, .. } => {
            out.push_str(r#"},"machineDefinition":"#);
            json::write_text(&mut out, definition);
        }
    }
    out.push('}');
    out
}

fn write_expected(out: &mut String, expected: Option<&Expected>) {
    let Some(expected) = expected else { return out.push_str("null") };
    out.push('{');
    for (at, (id, responses)) in expected.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        json::write_text(out, id);
        out.push(':');
        write_events(out, responses);
    }
    out.push('}');
}

fn write_events(out: &mut String, events: &[Event]) {
    out.push('[');
    for (at, event) in events.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        event.envelope().write(out, event.data_text());
    }
    out.push(']');
}

/// The record of a workflow that failed: the error as plain fields, the last good record beside it.
pub(crate) fn failure(
    subject: &str,
    name: &str,
    message: &str,
    stack: Option<&str>,
    previous: Option<&Record>,
) -> Record {
    let mut out = String::with_capacity(1024);
    out.push_str(r#"{"executionStatus":"failure","subject":"#);
    json::write_text(&mut out, subject);
    for (label, text) in
        [(r#","error":{"name":"#, Some(name)), (r#","message":"#, Some(message)), (r#","stack":"#, stack)]
    {
        out.push_str(label);
        match text {
            Some(text) => json::write_text(&mut out, text),
            None => out.push_str("null"),
        }
    }
    out.push_str(r#"},"previous":"#);
    out.push_str(previous.map_or("null", Record::text));
    out.push('}');
    Record(Arc::new(Inner { text: OnceLock::from(Arc::from(out)), content: OnceLock::from(Content::Failure) }))
}
