//! From the core's names, values and times to OpenTelemetry's.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{KeyValue, Value};

use crate::event::{Headers, Scalar};
use crate::telemetry::{self, Attribute};

pub(super) fn time(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}

pub(super) fn attribute((name, value): Attribute) -> KeyValue {
    let value = match value {
        Scalar::Null => Value::from("null"),
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Number(number) => match number.as_i64() {
            Some(whole) => Value::I64(whole),
            None => Value::F64(number.as_f64().unwrap_or(f64::NAN)),
        },
        Scalar::Text(text) => Value::from(text),
    };
    KeyValue::new(name, value)
}

pub(super) fn attributes(list: Vec<Attribute>) -> Vec<KeyValue> {
    list.into_iter().map(attribute).collect()
}

pub(super) fn kind(kind: telemetry::SpanKind) -> SpanKind {
    match kind {
        telemetry::SpanKind::Internal => SpanKind::Internal,
        telemetry::SpanKind::Consumer => SpanKind::Consumer,
        telemetry::SpanKind::Producer => SpanKind::Producer,
    }
}

pub(super) fn status(status: telemetry::Status) -> Status {
    match status {
        telemetry::Status::Ok => Status::Ok,
        telemetry::Status::Error(message) => Status::error(message),
    }
}

/// The headers of a span; none of one that is nobody's.
pub(super) fn headers(context: &SpanContext) -> Headers {
    if !context.is_valid() {
        return Headers::default();
    }
    let flags = context.trace_flags().to_u8();
    let state = context.trace_state().header();
    Headers {
        traceparent: Some(format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id()).into()),
        tracestate: Some(state).filter(|state| !state.is_empty()).map(Into::into),
    }
}

/// The remote span that well-formed headers name.
pub(super) fn remote(headers: &Headers) -> Option<SpanContext> {
    let mut parts = headers.traceparent.as_deref()?.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?) & TraceFlags::SAMPLED;
    let state = headers.tracestate.as_deref().and_then(|state| TraceState::from_str(state).ok()).unwrap_or_default();
    Some(SpanContext::new(trace, span, flags, true, state))
}
