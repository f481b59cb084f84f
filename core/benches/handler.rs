//! What one step of a handler costs: from event to events, validated in and out by JSON Schema. Allocates with mimalloc,
//! as the addons do.
//!
//! "In memory": events are values before and after. "Text": text in, text out; data is read and written once.

#![allow(clippy::unwrap_used)] // a bench may stop at the first surprise

use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use arvo::{
    Answer, Call, Committed, Contract, Data, Environment, Event, Execution, Handler, HandlerSpec, Headers, Input,
    Limits, NoHost, Outcome, Output, Plan, Schema, Step, Turn, UnknownKeys,
};
use divan::Bencher;
use mimalloc::MiMalloc;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    divan::main();
}

struct Case {
    contract: Contract,
    plan: Arc<Plan>,
    environment: Arc<Environment>,
    event: Event,
    text: String,
}

impl Case {
    fn new(contract: Contract, event: &str) -> Self {
        let event = Event::parse(event, &Limits::default()).unwrap();
        event.data().unwrap(); // "in memory" means that somebody has read it
        let plan = Plan::handler(HandlerSpec::new(&contract, ["1.0.0"])).unwrap();
        Self { contract, plan, environment: Arc::new(Environment::system()), text: event.to_json(), event }
    }

    /// A small event: two numbers in, one out.
    fn small() -> Self {
        let number = || json!({"type": "number"});
        let accepts = json!({"type": "object", "properties": {"a": number(), "b": number()}, "required": ["a", "b"],
            "additionalProperties": false, "x-arvo-unknown-keys": "strip"});
        let emits = json!({"type": "object", "properties": {"sum": number()}, "required": ["sum"],
            "additionalProperties": false, "x-arvo-unknown-keys": "strip"});
        let contract = Contract::simple("#/bench/add", "bench.add").version("1.0.0", accepts, emits).build().unwrap();
        let draft = arvo::EventDraft::new("com.bench.client", "com.bench.add").subject("order/17");
        let draft = draft.dataschema("#/bench/add/1.0.0").data(json!({"a": 1, "b": 2}));
        let event = draft.build(&Environment::system()).unwrap();
        Self::new(contract, &event.to_json())
    }

    /// An order of 1.2 kB in a whole event of 1.7 kB; the answer is the order.
    fn order() -> Self {
        let schema = serde_json::from_str(include_str!("fixtures/order.schema.json")).unwrap();
        let schema = || Schema::from_json(&schema, UnknownKeys::Strip).unwrap();
        let contract = Contract::builder("#/bench/order", "com.order.process")
            .version("1.0.0", schema(), [("evt.order.processed", schema())])
            .build()
            .unwrap();
        Self::new(contract, include_str!("fixtures/event.json"))
    }

    fn step(&self, event: Event, answer: impl FnOnce(Call) -> Output) -> Outcome {
        let turn = Execution::start(&self.plan, &self.environment, event, Headers::default(), &NoHost);
        let Turn::Step(execution, Step::Call(call), _) = turn else { panic!("no call: {turn:?}") };
        let turn = execution.answer(Answer::Returned(vec![answer(*call)]), &NoHost).unwrap();
        let Turn::Step(execution, Step::Commit(_), _) = turn else { panic!("no commit: {turn:?}") };
        match execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost).unwrap() {
            Turn::Done(outcome, _) => outcome,
            turn => panic!("not done: {turn:?}"),
        }
    }

    fn text_to_text(&self, answer: impl FnOnce(Call) -> Output) -> String {
        let event = Event::parse(black_box(&self.text), &Limits::DEFAULT).unwrap();
        let outcome = self.step(event, answer).unwrap();
        outcome[0].event().unwrap().to_json()
    }
}

fn sum(call: Call) -> Output {
    let data = call.event.data().unwrap();
    let sum = data["a"].as_f64().unwrap() + data["b"].as_f64().unwrap();
    Output::new("evt.bench.add.success", json!({"sum": sum}))
}

fn same_order(call: Call) -> Output {
    Output::new("evt.order.processed", call.data)
}

#[divan::bench(sample_size = 100)]
fn small_in_memory(bencher: Bencher) {
    let case = Case::small();
    bencher.bench_local(|| case.step(case.event.clone(), sum));
}

#[divan::bench(sample_size = 100)]
fn small_text_to_text(bencher: Bencher) {
    let case = Case::small();
    bencher.bench_local(|| case.text_to_text(sum));
}

#[divan::bench(sample_size = 100)]
fn order_in_memory(bencher: Bencher) {
    let case = Case::order();
    bencher.bench_local(|| case.step(case.event.clone(), same_order));
}

#[divan::bench(sample_size = 100)]
fn order_text_to_text(bencher: Bencher) {
    let case = Case::order();
    bencher.bench_local(|| case.text_to_text(same_order));
}

/// The same as `small_in_memory` through the `async` driver.
#[divan::bench(sample_size = 100)]
fn small_in_memory_async(bencher: Bencher) {
    let case = Case::small();
    let handler = Handler::builder(&case.contract)
        .version("1.0.0", |input: Input| async move {
            let data = input.event.data()?;
            let sum = data["a"].as_f64().unwrap_or_default() + data["b"].as_f64().unwrap_or_default();
            Ok(Output::new("evt.bench.add.success", json!({"sum": sum})))
        })
        .build()
        .unwrap();
    bencher.bench_local(|| {
        let mut execution = Box::pin(handler.execute(case.event.clone()));
        match execution.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(events) => events.unwrap(),
            Poll::Pending => panic!("it awaits nothing"),
        }
    });
}

/// What the checks of the order alone cost, in and out.
#[divan::bench(sample_size = 100)]
fn order_validation_alone(bencher: Bencher) {
    let case = Case::order();
    let version = case.contract.latest();
    let (accepts, emits) = (&version.accepts().schema, &version.emits()[0].schema);
    let data = Data::Value(Arc::new(case.event.data().unwrap().clone()));
    let limits = Limits::default();
    bencher.bench_local(|| {
        let accepted = accepts.validate(black_box(&data), &limits, &NoHost);
        let emitted = emits.validate(black_box(&data), &limits, &NoHost);
        assert!(matches!((&accepted, &emitted), (Ok(None), Ok(None))));
        (accepted, emitted)
    });
}

/// The yardstick: `serde_json` alone reads the order and writes it.
#[divan::bench(sample_size = 100)]
fn order_json_alone() -> String {
    let value: Value = serde_json::from_str(black_box(include_str!("fixtures/order.json"))).unwrap();
    serde_json::to_string(&value).unwrap()
}
