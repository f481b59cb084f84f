//! How a span begins: its name, its kind, whose child it is, what is known of it from the start.

use std::borrow::Cow;

use crate::event::{Event, Headers, Scalar};

use super::traceparent::is_traceparent;
use super::tracestate::tracestate_of;

/// An attribute of a span, of something on it, or of a measurement.
pub type Attribute = (Cow<'static, str>, Scalar);

/// The span of an execution or of an event being made, before it begins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opening {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its kind.
    pub kind: SpanKind,
    /// What is known from the start, so that samplers see it.
    pub attributes: Vec<Attribute>,
    /// The remote span that it is a child of: the consumed event's headers, if they are well-formed. `None`: it is a
    /// child of whatever span is active.
    pub parent: Option<Headers>,
    /// When it begins, in nanoseconds since 1970.
    pub at: u64,
}

impl Opening {
    /// The headers of an event, where they can be a parent: a malformed `traceparent` counts as none, and of `tracestate`
    /// what is well-formed counts.
    ///
    /// ```
    /// let draft = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("s").data(serde_json::json!({}));
    /// let event = draft.clone().traceparent("nonsense").build(&arvo::Environment::system())?;
    /// assert!(arvo::telemetry::Opening::parent_of(&event).is_none());
    /// let event = draft.traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    ///     .tracestate("vendor=x,Broken=y")
    ///     .build(&arvo::Environment::system())?;
    /// let parent = arvo::telemetry::Opening::parent_of(&event);
    /// assert_eq!(parent.and_then(|headers| headers.tracestate).as_deref(), Some("vendor=x"));
    /// # Ok::<(), arvo::EventError>(())
    /// ```
    pub fn parent_of(event: &Event) -> Option<Headers> {
        let envelope = event.envelope();
        let traceparent = envelope.traceparent.as_ref().filter(|text| is_traceparent(text))?;
        let tracestate = envelope.tracestate.as_deref().and_then(tracestate_of).map(Into::into);
        Some(Headers { traceparent: Some(traceparent.clone()), tracestate })
    }
}

/// OpenTelemetry's kinds of spans, as far as they are used here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpanKind {
    /// A step inside an execution.
    Internal,
    /// A handler: it consumes an event.
    Consumer,
    /// A workflow: it sends events.
    Producer,
}

impl SpanKind {
    /// OpenTelemetry's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "INTERNAL",
            Self::Consumer => "CONSUMER",
            Self::Producer => "PRODUCER",
        }
    }
}

/// What a user wants different about the spans of a handler or workflow.
///
/// ```
/// let spec = arvo::telemetry::SpanSpec::default().named("Payments").attribute("team", "billing");
/// assert_eq!(spec.name.as_deref(), Some("Payments"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpanSpec {
    /// Their name; `None`: the usual one.
    pub name: Option<String>,
    /// Attributes, which may override the span kinds but not what the execution says of itself.
    pub attributes: Vec<(String, Scalar)>,
}

impl SpanSpec {
    /// The same with a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Scalar>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }
}

/// What an execution is told of its span: the headers that its events carry, and who listens.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The span's headers.
    pub headers: Headers,
    /// Whether the span records: a span that is not sampled does not.
    pub is_recorded: bool,
    /// Whether measurements are wanted.
    pub is_measured: bool,
}

impl From<Headers> for Trace {
    /// Headers to pass on, nobody listens.
    fn from(headers: Headers) -> Self {
        Self { headers, is_recorded: false, is_measured: false }
    }
}
