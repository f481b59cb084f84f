//! What a contract's factory costs. Allocates with mimalloc, as the addons do.

#![allow(clippy::unwrap_used)] // a bench may stop at the first surprise

use std::sync::Arc;

use arvo::{Contract, Data, EventDraft, Factory, UnknownKeys};
use divan::Bencher;
use mimalloc::MiMalloc;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    divan::main();
}

fn factory() -> Factory {
    let schema = json!({"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]});
    let none: [(&str, Value); 0] = [];
    let contract = Contract::builder("#/bench/small", "com.bench.small").version("1.0.0", schema, none);
    contract.build().unwrap().latest().factory()
}

fn draft(data: &Arc<Value>) -> EventDraft {
    EventDraft::from_source("com.bench.client").data(Data::Value(data.clone()))
}

#[divan::bench(sample_size = 100)]
fn accepts_with_a_new_subject(bencher: Bencher) {
    let (factory, data) = (factory(), Arc::new(json!({"a": 1})));
    bencher.bench_local(|| factory.accepts(draft(&data)).unwrap());
}

#[divan::bench(sample_size = 100)]
fn accepts_with_a_given_subject(bencher: Bencher) {
    let (factory, data) = (factory(), Arc::new(json!({"a": 1})));
    bencher.bench_local(|| factory.accepts(draft(&data).subject("order/17")).unwrap());
}

#[divan::bench(sample_size = 100)]
fn accepts_an_order(bencher: Bencher) {
    let schema = arvo::Schema::from_json(
        &serde_json::from_str(include_str!("fixtures/order.schema.json")).unwrap(),
        UnknownKeys::Strip,
    );
    let none: [(&str, Value); 0] = [];
    let contract = Contract::builder("#/bench/order", "com.order.process").version("1.0.0", schema.unwrap(), none);
    let factory = contract.build().unwrap().latest().factory();
    let order = Arc::new(serde_json::from_str(include_str!("fixtures/order.json")).unwrap());
    bencher.bench_local(|| factory.accepts(draft(&order).subject("order/17")).unwrap());
}
