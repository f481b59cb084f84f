//! W3C trace headers, as they travel from span to event.

use std::sync::Arc;

/// `traceparent` and `tracestate` of the span that makes an event; both absent without a tracer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers {
    /// The header `traceparent`.
    pub traceparent: Option<Arc<str>>,
    /// The header `tracestate`.
    pub tracestate: Option<Arc<str>>,
}
