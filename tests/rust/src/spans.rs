//! OpenTelemetry's own SDK with an exporter in memory: what was recorded, as the expectations tell it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{Context, KeyValue, Value as Attribute, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, InMemorySpanExporterBuilder, Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use serde_json::{Map, Value, json};

/// A tracer for the whole process, as long as it lives.
pub(crate) struct Spans {
    exporter: InMemorySpanExporter,
    started: Started,
}

/// The spans in the order in which they began; an exporter sees them as they end.
#[derive(Clone, Debug, Default)]
struct Started(Arc<Mutex<Vec<SpanId>>>);

impl SpanProcessor for Started {
    fn on_start(&self, span: &mut Span, _: &Context) {
        let id = opentelemetry::trace::Span::span_context(span).span_id();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    }

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Spans {
    pub(crate) fn install() -> Self {
        let (exporter, started) = (InMemorySpanExporterBuilder::new().build(), Started::default());
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_span_processor(started.clone())
            .with_simple_exporter(exporter.clone())
            .build();
        global::set_tracer_provider(provider);
        arvo::otel::enable();
        Self { exporter, started }
    }

    /// What was recorded since the last time.
    pub(crate) fn take(&self) -> Value {
        let order = std::mem::take(&mut *self.started.0.lock().unwrap_or_else(PoisonError::into_inner));
        let spans = self.exporter.get_finished_spans().unwrap_or_else(|error| panic!("{error}"));
        self.exporter.reset();
        let place = |id: SpanId| order.iter().position(|known| *known == id);
        let of = |id: &SpanId| match spans.iter().find(|span| span.span_context.span_id() == *id) {
            Some(span) => written(span, place(span.parent_span_id)),
            None => json!({"ended": false}),
        };
        order.iter().map(of).collect()
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        arvo::otel::disable();
    }
}

fn written(span: &SpanData, parent: Option<usize>) -> Value {
    let parent = match parent {
        Some(index) => json!(index),
        None if span.parent_span_is_remote => json!("remote"),
        None => Value::Null,
    };
    let event = |event: &opentelemetry::trace::Event| json!({"name": event.name, "attributes": map(&event.attributes)});
    json!({
        "name": span.name,
        "kind": match span.span_kind {
            SpanKind::Internal => "INTERNAL",
            SpanKind::Consumer => "CONSUMER",
            SpanKind::Producer => "PRODUCER",
            SpanKind::Client => "CLIENT",
            SpanKind::Server => "SERVER",
        },
        "ended": span.end_time >= span.start_time,
        "trace": span.span_context.trace_id().to_string(),
        "span": span.span_context.span_id().to_string(),
        "parent": parent,
        "attributes": map(&span.attributes),
        "events": span.events.iter().map(event).collect::<Vec<_>>(),
        "status": match &span.status {
            Status::Unset => json!({"code": "UNSET"}),
            Status::Ok => json!({"code": "OK"}),
            Status::Error { description } => json!({"code": "ERROR", "message": description}),
        },
    })
}

/// Of equal names the last counts, as for every backend.
fn map(attributes: &[KeyValue]) -> Map<String, Value> {
    let of = |attribute: &KeyValue| (attribute.key.to_string(), value(&attribute.value));
    attributes.iter().map(of).collect()
}

fn value(value: &Attribute) -> Value {
    match value {
        Attribute::Bool(value) => json!(value),
        Attribute::I64(value) => json!(value),
        Attribute::F64(value) => json!(value),
        other => json!(other.as_str()),
    }
}
