//! Telemetry: how a span begins goes to the face, its headers come back, and what is to be recorded stands in front of
//! what an execution says: `N`, the notes (notes.rs), a line feed.

use arvo::telemetry::{Creation, Instrument, Mark, Metric, Note, Opening, Severity, SpanSpec, Trace};
use arvo::{Envelope, Headers, Scalar};
use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::environment;
use crate::error::Failure;
use crate::notes::Told;
use crate::text::Text;

/// What the face passes while telemetry is on: it begins the span that it is told of, and gives what [`begun`] reads.
pub type OpenCall<'env> = Function<'env, FnArgs<(Text,)>, String>;

/// Begins a span, if telemetry is on. A face that fails counts as one that does not listen.
pub fn begin(open: Option<&OpenCall<'_>>, opening: impl FnOnce() -> Opening) -> Trace {
    let Some(open) = open else { return Trace::default() };
    let mut told = Told::new();
    told.opening(&opening());
    open.call((told.end().into(),).into()).map_or_else(|_| Trace::default(), |answer| begun(&answer))
}

/// Reads what the face says of a span: whether it is recorded and whether there are measurements (`0` or `1` each),
/// `traceparent`, a line feed, `tracestate`; empty where there is none.
fn begun(answer: &str) -> Trace {
    let (who, headers) = answer.split_at_checked(2).unwrap_or_default();
    let (traceparent, tracestate) = headers.split_once('\n').unwrap_or_default();
    let header = |text: &str| (!text.is_empty()).then(|| text.into());
    let mut trace = Trace::from(Headers { traceparent: header(traceparent), tracestate: header(tracestate) });
    (trace.is_recorded, trace.is_measured) = (who.starts_with('1'), who.ends_with('1'));
    trace
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
            self.ended = Some(environment::current().nanos());
        }
    }

    /// In front of what is said.
    pub fn before(self, said: String) -> String {
        if self.notes.is_empty() {
            return said;
        }
        let mut told = told(&self.notes, self.ended);
        told.insert(0, 'N');
        told.push('\n');
        told.push_str(&said);
        told
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
    let (environment, creation) = (environment::current(), creation());
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
    let at = environment::current().nanos();
    told(&[Note::Mark(Mark::log(at, severity.unwrap_or(Info), message))], None).into()
}

/// An error that user code records, as notes.
#[napi(catch_unwind)]
pub fn exception_notes(name: String, message: String, stack: Option<String>) -> Text {
    let at = environment::current().nanos();
    let attributes = Note::Attributes(Mark::exception_attributes(&name, &message));
    told(&[attributes, Note::Mark(Mark::exception(at, &name, &message, stack.as_deref()))], None).into()
}

/// Notes, and the time at which the span ends if it does.
fn told(notes: &[Note], ended: Option<u64>) -> String {
    let mut told = Told::new();
    for note in notes {
        told.note(note);
    }
    if let Some(at) = ended {
        told.over(at);
    }
    told.end()
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
