//! What telemetry costs a handler's step: off, and exported in batches by OpenTelemetry's SDK. Without the feature
//! `opentelemetry` the same program shows the step with telemetry compiled out:
//!
//!     cargo bench -p arvo --bench telemetry
//!     cargo bench -p arvo --bench telemetry --features opentelemetry

#![allow(clippy::unwrap_used)] // a bench may stop at the first surprise

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arvo::{BoxError, Contract, Environment, Event, EventDraft, Handler, Input, Output};
use divan::Bencher;
use mimalloc::MiMalloc;
use serde_json::json;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    divan::main();
}

/// A small event: two numbers in, one out.
fn adder() -> (Handler, Event) {
    let number = || json!({"type": "number"});
    let accepts = json!({"type": "object", "properties": {"a": number(), "b": number()}, "required": ["a", "b"]});
    let emits = json!({"type": "object", "properties": {"sum": number()}, "required": ["sum"]});
    let contract = Contract::simple("#/bench/add", "bench.add").version("1.0.0", accepts, emits).build().unwrap();
    let add = async |input: Input| {
        let data = input.event.data()?;
        let sum = data["a"].as_f64().unwrap_or_default() + data["b"].as_f64().unwrap_or_default();
        Ok::<_, BoxError>(Output::new("evt.bench.add.success", json!({"sum": sum})))
    };
    let draft = EventDraft::new("com.bench.client", "com.bench.add").subject("order/17");
    let draft = draft.dataschema("#/bench/add/1.0.0").data(json!({"a": 1, "b": 2}));
    let event = draft.build(&Environment::system()).unwrap();
    (Handler::builder(&contract).version("1.0.0", add).build().unwrap(), event)
}

/// A future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[divan::bench(sample_size = 100, sample_count = 1000)]
fn a_step_without_telemetry(bencher: Bencher) {
    let (handler, event) = adder();
    bencher.bench_local(|| now(handler.execute(event.clone())).unwrap());
}

#[cfg(feature = "opentelemetry")]
mod on {
    use opentelemetry::global;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};

    use super::{Bencher, adder, now};

    /// Takes every batch and forgets it: what is measured is the process, not a network.
    #[derive(Debug)]
    struct Forgets;

    impl SpanExporter for Forgets {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            drop(divan::black_box(batch));
            Ok(())
        }
    }

    fn step(bencher: Bencher<'_, '_>, sampler: Sampler) {
        let provider = SdkTracerProvider::builder().with_sampler(sampler).with_batch_exporter(Forgets).build();
        global::set_tracer_provider(provider);
        arvo::otel::enable();
        let (handler, event) = adder();
        bencher.bench_local(|| now(handler.execute(event.clone())).unwrap());
        arvo::otel::disable();
    }

    #[divan::bench(sample_size = 100, sample_count = 1000)]
    fn a_step_exported_in_batches(bencher: Bencher) {
        step(bencher, Sampler::AlwaysOn);
    }

    #[divan::bench(sample_size = 100, sample_count = 1000)]
    fn a_step_that_is_not_sampled(bencher: Bencher) {
        step(bencher, Sampler::AlwaysOff);
    }
}
