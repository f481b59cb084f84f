//! A tracer that panics, and an exporter that never comes back: no event is lost.

use std::borrow::Cow;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};

use crate::world::{alone, greeter, greeting, request, run, visiting, visitor};

/// Panics in the method of this name.
#[derive(Clone, Copy, Debug)]
struct Panics(&'static str);

impl Panics {
    fn at(self, method: &str) {
        assert_ne!(self.0, method, "as planned");
    }
}

const METHODS: [&str; 7] = ["build", "span_context", "is_recording", "set_attribute", "add_event", "set_status", "end"];

struct HostileSpan(Panics, SpanContext);

impl TracerProvider for Panics {
    type Tracer = Self;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> Self {
        *self
    }
}

impl Tracer for Panics {
    type Span = HostileSpan;

    fn build_with_context(&self, _: SpanBuilder, _: &Context) -> HostileSpan {
        self.at("build");
        let ids = (TraceId::from(1_u128), SpanId::from(1_u64));
        HostileSpan(*self, SpanContext::new(ids.0, ids.1, TraceFlags::SAMPLED, false, TraceState::default()))
    }
}

impl Span for HostileSpan {
    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(&mut self, _: T, _: SystemTime, _: Vec<KeyValue>) {
        self.0.at("add_event");
    }

    fn span_context(&self) -> &SpanContext {
        self.0.at("span_context");
        &self.1
    }

    fn is_recording(&self) -> bool {
        self.0.at("is_recording");
        true
    }

    fn set_attribute(&mut self, _: KeyValue) {
        self.0.at("set_attribute");
    }

    fn set_status(&mut self, _: Status) {
        self.0.at("set_status");
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, _: T) {}

    fn add_link(&mut self, _: SpanContext, _: Vec<KeyValue>) {}

    fn end_with_timestamp(&mut self, _: SystemTime) {
        self.0.at("end");
    }
}

#[test]
fn a_tracer_that_panics_in_any_of_its_methods_loses_no_event() {
    let _alone = alone();
    std::panic::set_hook(Box::new(|_| {})); // these are planned
    for method in METHODS {
        global::set_tracer_provider(Panics(method));
        arvo::otel::enable();
        let events = run(greeter(async |_| Ok(greeting())).execute(request())).unwrap();
        assert_eq!(events.len(), 1, "{method}");
        let events = run(visitor().execute(visiting())).unwrap();
        assert_eq!(events.len(), 1, "{method}");
    }
    let _ = std::panic::take_hook();
}

/// An exporter that hangs until the test lets it go.
#[derive(Debug)]
struct Hangs(std::sync::Mutex<mpsc::Receiver<()>>, mpsc::Sender<()>);

impl SpanExporter for Hangs {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.1.send(());
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

#[test]
fn an_exporter_that_hangs_holds_up_no_execution() {
    let _alone = alone();
    let (let_go, hangs) = mpsc::channel();
    let (began, has_begun) = mpsc::channel();
    let processor = BatchSpanProcessor::builder(Hangs(std::sync::Mutex::new(hangs), began))
        .with_batch_config(
            opentelemetry_sdk::trace::BatchConfigBuilder::default()
                .with_max_queue_size(4)
                .with_max_export_batch_size(1)
                .build(),
        )
        .build();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    global::set_tracer_provider(provider.clone());
    arvo::otel::enable();
    let handler = greeter(async |_| Ok(greeting()));
    assert_eq!(run(handler.execute(request())).unwrap().len(), 1);
    has_begun.recv_timeout(Duration::from_secs(60)).expect("the exporter is asked once a batch is full");
    for _ in 0..100 {
        assert_eq!(run(handler.execute(request())).unwrap().len(), 1); // its queue is full: spans fall away, events not
    }
    arvo::otel::disable();
    drop(let_go);
}
