//! Telemetry: how a span begins goes to the face, its headers come back, and what is to be recorded stands in front of
//! what an execution says: `N`, the notes (notes.rs), a line feed.

use std::sync::Arc;

use arvo::telemetry::{Creation, EVENT_ATTRIBUTES, Instrument, Mark, Metric, Note, Opening, Severity, SpanSpec, Trace};
use arvo::{Envelope, Environment, Headers, Scalar};
use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Failure;
use crate::execution::ENVIRONMENT;
use crate::notes::{Events, Notes, Plain, time};
use crate::text::Text;

/// What the face passes while telemetry is on: it begins the span and gives a [`Begun`] as JSON.
pub type OpenCall<'env> = Function<'env, FnArgs<(String,)>, String>;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Begun {
    traceparent: Option<String>,
    tracestate: Option<String>,
    is_recorded: bool,
    is_measured: bool,
}

/// Begins a span, if telemetry is on. A face that fails counts as one that does not listen.
pub fn begin(open: Option<&OpenCall<'_>>, opening: impl FnOnce() -> Opening) -> Trace {
    let begun = open.and_then(|open| open.call((told(&opening()),).into()).ok());
    let begun: Begun = begun.and_then(|begun| serde_json::from_str(&begun).ok()).unwrap_or_default();
    let headers =
        Headers { traceparent: begun.traceparent.map(Into::into), tracestate: begun.tracestate.map(Into::into) };
    let (mut trace, is_recorded) = (Trace::from(headers), begun.is_recorded);
    (trace.is_recorded, trace.is_measured) = (is_recorded, begun.is_measured);
    trace
}

fn told(opening: &Opening) -> String {
    let parent = opening.parent.as_ref();
    let header = |of: fn(&Headers) -> &Option<Arc<str>>| parent.and_then(|headers| of(headers).as_deref());
    let (traceparent, tracestate) = (header(|headers| &headers.traceparent), header(|headers| &headers.tracestate));
    let (plain, events) = (Plain(&opening.attributes), Events(&opening.attributes));
    let told = (&opening.name, opening.kind.name(), plain, events, traceparent, tracestate, time(opening.at));
    serde_json::to_string(&told).unwrap_or_default()
}

/// What is to be recorded before the face goes on.
#[derive(Default)]
pub struct Noted {
    notes: Vec<Note>,
    ended: Option<u64>,
}

impl Noted {
    /// What a turn brings.
    pub fn add(&mut self, notes: Vec<Note>) {
        self.notes.extend(notes);
    }

    /// The same of the last one.
    pub fn end(&mut self, notes: Vec<Note>) {
        self.add(notes);
        if !self.notes.is_empty() {
            self.ended = Some(ENVIRONMENT.with(|environment| environment.nanos()));
        }
    }

    /// In front of what is said.
    pub fn before(self, said: String) -> String {
        if self.notes.is_empty() {
            return said;
        }
        let mut told = Vec::with_capacity(2048 + said.len());
        told.push(b'N');
        if serde_json::to_writer(&mut told, &Notes(&self.notes, self.ended)).is_err() {
            return said; // numbers that JSON does not know; nothing is recorded
        }
        told.push(b'\n');
        told.extend_from_slice(said.as_bytes());
        String::from_utf8(told).unwrap_or(said)
    }
}

/// An event that was made, as the face takes it.
pub trait Made {
    /// What it says of itself.
    fn envelope(&self) -> &Envelope;
    /// How it crosses.
    fn write(&self) -> String;
}

/// Makes an event, in a span of its own if telemetry is on: the span's headers are given to `make`.
pub fn making<T: Made>(
    open: Option<&OpenCall<'_>>,
    creation: impl FnOnce() -> Creation,
    make: impl FnOnce(Headers) -> Result<T, Failure>,
) -> Text {
    let written = |made: Result<T, Failure>| made.map_or_else(|failure| failure.to_text(), |made| made.write());
    if open.is_none() {
        return written(make(Headers::default())).into();
    }
    let (environment, creation) = (Environment::shared(), creation());
    let trace = begin(open, || creation.opening(&environment));
    let made = make(trace.headers);
    let mut noted = Noted::default();
    if trace.is_recorded {
        noted.end(match &made {
            Ok(made) => creation.notes(Ok(made.envelope()), &environment),
            Err(failure) => creation.notes(Err((&failure.class(), failure.message())), &environment),
        });
    }
    noted.before(written(made)).into()
}

/// What a user wants different about spans.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SpanParam {
    name: Option<String>,
    attributes: Map<String, Value>,
}

impl From<SpanParam> for SpanSpec {
    /// Attributes that are no text, number or boolean are left out.
    fn from(SpanParam { name, attributes }: SpanParam) -> Self {
        let scalar = |(name, value)| match value {
            Value::Bool(value) => Some((name, Scalar::Bool(value))),
            Value::Number(value) => Some((name, Scalar::Number(value))),
            Value::String(value) => Some((name, Scalar::from(value))),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        Self { name, attributes: attributes.into_iter().filter_map(scalar).collect() }
    }
}

/// A line that user code logs, as notes.
#[napi(catch_unwind)]
pub fn log_notes(level: String, message: String) -> Text {
    use Severity::{Critical, Debug, Error, Info, Warning};
    let severity = [Debug, Info, Warning, Error, Critical].into_iter().find(|severity| severity.name() == level);
    let at = ENVIRONMENT.with(|environment| environment.nanos());
    notes(&[Note::Mark(Mark::log(at, severity.unwrap_or(Info), message))])
}

/// An error that user code records, as notes.
#[napi(catch_unwind)]
pub fn exception_notes(name: String, message: String, stack: Option<String>) -> Text {
    let at = ENVIRONMENT.with(|environment| environment.nanos());
    notes(&[
        Note::Attributes(Mark::exception_attributes(&name, &message)),
        Note::Mark(Mark::exception(at, &name, &message, stack.as_deref())),
    ])
}

fn notes(notes: &[Note]) -> Text {
    serde_json::to_value(Notes(notes, None)).unwrap_or_default().into()
}

/// What telemetry calls the attributes of an event, as JSON, in the order in which their values cross.
#[napi(catch_unwind)]
pub fn event_attributes() -> Text {
    Value::from(EVENT_ATTRIBUTES.to_vec()).into()
}

/// Everything that is measured, as JSON: for the instruments of the face.
#[napi(catch_unwind)]
pub fn metrics() -> Text {
    let metric = |metric: Metric| {
        let bounds = (metric.instrument() == Instrument::Histogram).then_some(Metric::SECONDS);
        json!({
            "name": metric.name(),
            "instrument": format!("{:?}", metric.instrument()),
            "unit": metric.unit(),
            "description": metric.description(),
            "bounds": bounds,
        })
    };
    Metric::ALL.map(metric).into_iter().collect::<Value>().into()
}
