//! What is written on an execution's span while it runs.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use super::metric::Measure;
use super::span::Attribute;

/// One thing to record. Times are nanoseconds since 1970.
///
/// As JSON, for hosts that take notes as text: `{"mark": …}`, `{"attributes": {…}}`, `{"status": …}`, `{"child": …}` or
/// `{"measure": …}`; times are `[seconds, nanoseconds]`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Note {
    /// Something that happened: an event on the span.
    Mark(Mark),
    /// Attributes of the span; of equal names the last counts.
    Attributes(#[serde(serialize_with = "map")] Vec<Attribute>),
    /// How it ended.
    Status(Status),
    /// A span inside it that is over already.
    Child(Box<Child>),
    /// A measurement.
    Measure(Measure),
}

/// Something that happened in a span: a line of its log, or an exception.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Mark {
    /// When.
    #[serde(serialize_with = "time")]
    pub at: u64,
    /// `log` or `exception`.
    pub name: &'static str,
    /// `log.severity` and `log.message`, or `exception.type`, `exception.message` and `exception.stacktrace`.
    #[serde(serialize_with = "map")]
    pub attributes: Vec<Attribute>,
}

/// A span that began and ended inside the execution's.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Child {
    /// Its name; its kind is [`SpanKind::Internal`](super::SpanKind::Internal).
    pub name: Cow<'static, str>,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub started: u64,
    /// When it ended.
    #[serde(serialize_with = "time")]
    pub ended: u64,
    /// Its attributes.
    #[serde(serialize_with = "map")]
    pub attributes: Vec<Attribute>,
    /// What happened in it.
    pub marks: Vec<Mark>,
    /// How it ended.
    pub status: Status,
}

/// OpenTelemetry's status of a span.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "code", content = "message", rename_all = "UPPERCASE")]
pub enum Status {
    /// All went well.
    Ok,
    /// It failed, with this message.
    Error(String),
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// For whoever looks for a bug.
    Debug,
    /// As it should be.
    Info,
    /// Unusual.
    Warning,
    /// Something failed.
    Error,
    /// Somebody must look.
    Critical,
}

impl Severity {
    /// The value of `log.severity`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

impl Mark {
    /// A line of the log: what the reference's `logToSpan` writes.
    ///
    /// ```
    /// use arvo::telemetry::{Mark, Severity};
    /// let mark = Mark::log(1_000, Severity::Info, "half way");
    /// assert_eq!(mark.name, "log");
    /// ```
    pub fn log(at: u64, severity: Severity, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let attributes = vec![("log.severity".into(), severity.name().into()), ("log.message".into(), message.into())];
        Self { at, name: "log", attributes }
    }

    /// An exception: what the reference's `exceptionToSpan` records. Without a stack, name and message stand for it.
    ///
    /// ```
    /// let mark = arvo::telemetry::Mark::exception(1_000, "TypeError", "boom", None);
    /// assert_eq!((mark.name, mark.attributes.len()), ("exception", 3));
    /// ```
    pub fn exception(at: u64, name: &str, message: &str, stack: Option<&str>) -> Self {
        let stack = stack.map_or_else(|| format!("{name}: {message}"), str::to_owned);
        let mut attributes = Self::exception_attributes(name, message);
        attributes.push(("exception.stacktrace".into(), stack.into()));
        Self { at, name: "exception", attributes }
    }

    /// What a failure leaves on the span itself.
    ///
    /// ```
    /// let attributes = arvo::telemetry::Mark::exception_attributes("TypeError", "boom");
    /// assert_eq!(attributes[0].0, "exception.type");
    /// ```
    pub fn exception_attributes(name: &str, message: &str) -> Vec<Attribute> {
        vec![("exception.type".into(), name.into()), ("exception.message".into(), message.into())]
    }
}

pub(super) fn map<S: Serializer>(attributes: &[Attribute], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(attributes.len()))?;
    for (name, value) in attributes {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// Exact where numbers are doubles.
fn time<S: Serializer>(nanos: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    let mut pair = serializer.serialize_seq(Some(2))?;
    pair.serialize_element(&(nanos / 1_000_000_000))?;
    pair.serialize_element(&(nanos % 1_000_000_000))?;
    pair.end()
}
