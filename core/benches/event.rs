//! What an event costs: made, read from text, its data read, written. Allocates with mimalloc, as the addons do.

#![allow(clippy::unwrap_used)] // a bench may stop at the first surprise

use arvo::{Environment, Event, EventDraft, Limits, Scalar};
use divan::{Bencher, black_box};
use mimalloc::MiMalloc;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A whole event of 1.7 kB, its data an order of 1.2 kB.
const EVENT: &str = include_str!("fixtures/event.json");
const ORDER: &str = include_str!("fixtures/order.json");

fn main() {
    divan::main();
}

fn draft() -> EventDraft {
    EventDraft::new("com.bench.client", "com.order.process").subject("order/17").dataschema("#/bench/order/1.0.0")
}

#[divan::bench(sample_size = 100)]
fn create_small(bencher: Bencher) {
    let environment = Environment::system();
    bencher.bench_local(|| draft().data(json!({"a": 1})).build(&environment));
}

#[divan::bench(sample_size = 100)]
fn create_order(bencher: Bencher) {
    let environment = Environment::system();
    let order: std::sync::Arc<Value> = std::sync::Arc::new(serde_json::from_str(ORDER).unwrap());
    bencher.bench_local(|| {
        let draft = draft().data(arvo::Data::Value(order.clone())).accesscontrol("role:clerk").executionunits(1.5);
        draft.extension("tenant", Scalar::Text("acme".into())).build(&environment)
    });
}

#[divan::bench(sample_size = 100)]
fn parse(bencher: Bencher) {
    let limits = Limits::default();
    bencher.bench_local(|| Event::parse(black_box(EVENT), &limits));
}

#[divan::bench(sample_size = 100)]
fn parse_and_read_data(bencher: Bencher) {
    let limits = Limits::default();
    bencher.bench_local(|| {
        let event = Event::parse(black_box(EVENT), &limits).unwrap();
        black_box(event.data().unwrap());
        event
    });
}

#[divan::bench(sample_size = 100)]
fn write_as_it_came(bencher: Bencher) {
    let event = Event::parse(EVENT, &Limits::default()).unwrap();
    bencher.bench_local(|| black_box(&event).to_json());
}

#[divan::bench(sample_size = 100)]
fn write_from_value(bencher: Bencher) {
    let environment = Environment::system();
    let order: std::sync::Arc<Value> = std::sync::Arc::new(serde_json::from_str(ORDER).unwrap());
    bencher
        .with_inputs(|| draft().data(arvo::Data::Value(order.clone())).build(&environment).unwrap())
        .bench_local_values(|event| event.to_json());
}
