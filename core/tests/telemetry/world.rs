//! A tracer with an exporter in memory, and the smallest handlers and workflows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arvo::{BoxError, Contract, Event, EventDraft, Handler, Input, Output, Resumable, ResumableInput, Resumed};
use opentelemetry::global;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, InMemorySpanExporterBuilder, Sampler, SdkTracerProvider, SpanData,
};
use serde_json::{Value, json};

pub(crate) const REMOTE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The one tracer of the process is this test's until it is dropped.
pub(crate) struct Alone(#[allow(dead_code)] MutexGuard<'static, ()>);

pub(crate) fn alone() -> Alone {
    static ONE: Mutex<()> = Mutex::new(());
    Alone(ONE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drop for Alone {
    fn drop(&mut self) {
        arvo::otel::disable();
    }
}

/// What was recorded while this was the process's tracer.
pub(crate) struct Spans(InMemorySpanExporter);

impl Spans {
    pub(crate) fn install(_: &Alone) -> Self {
        let exporter = InMemorySpanExporterBuilder::new().build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_simple_exporter(exporter.clone())
            .build();
        global::set_tracer_provider(provider);
        arvo::otel::enable();
        Self(exporter)
    }

    pub(crate) fn all(&self) -> Vec<SpanData> {
        self.0.get_finished_spans().unwrap()
    }

    /// The one span of this name.
    pub(crate) fn named(&self, name: &str) -> SpanData {
        let mut found: Vec<_> = self.all().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", self.names());
        found.remove(0)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.all().iter().map(|span| span.name.to_string()).collect()
    }
}

pub(crate) fn id(span: &SpanData) -> SpanId {
    span.span_context.span_id()
}

pub(crate) fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn object() -> Value {
    json!({"type": "object"})
}

pub(crate) fn greet() -> Contract {
    let accepts = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    Contract::simple("#/greet", "greet.user").version("1.0.0", accepts, object()).build().unwrap()
}

/// A handler of greetings whose function is this.
pub(crate) fn greeter<F, A>(function: F) -> Handler
where
    F: Fn(Input) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Option<Output>, BoxError>> + Send + 'static,
{
    Handler::builder(&greet()).version("1.0.0", function).build().unwrap()
}

pub(crate) fn greeting() -> Option<Output> {
    Some(Output::new("evt.greet.user.success", json!({"text": "hello"})))
}

pub(crate) fn request() -> Event {
    let draft = EventDraft::from_source("com.test.client").data(json!({"name": "Ada"}));
    greet().latest().factory().accepts(draft).unwrap()
}

/// The same in somebody's trace; of its state one member is well-formed.
pub(crate) fn traced(traceparent: &str) -> Event {
    let draft = EventDraft::from_source("com.test.client").data(json!({"name": "Ada"})).traceparent(traceparent);
    let draft = draft.tracestate("vendor=x, ,Broken=y");
    greet().latest().factory().accepts(draft).unwrap()
}

pub(crate) fn visit() -> Contract {
    Contract::orchestrator("#/visit", "visit.once").version("1.0.0", object(), object()).build().unwrap()
}

/// A workflow that greets once and is done.
pub(crate) fn visitor() -> Resumable {
    Resumable::builder(&visit())
        .service("greet", &greet().latest())
        .version("1.0.0", async |input: ResumableInput| {
            let call = Output::new("com.greet.user", json!({"name": "Ada"}));
            Ok(match input.init() {
                Some(_) => Resumed::default().service(call),
                None => Resumed::default().output(json!({"ok": true})),
            })
        })
        .build()
        .unwrap()
}

pub(crate) fn visiting() -> Event {
    let draft = EventDraft::from_source("com.test.client").data(json!({"parentSubject$$": null}));
    visit().latest().factory().init(draft).unwrap()
}
