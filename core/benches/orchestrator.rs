//! A machine's steps in memory: the beginning, a service's answer, the end; made of expressions alone, and with
//! functions written in Rust.

#![allow(clippy::unwrap_used)] // a bench may stop

mod sums;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arvo::{Event, EventDraft, HostedMachine, InMemory, Machine, Orchestrator};
use divan::Bencher;
use serde_json::{Value, json};

use sums::{flow, service};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Calls twice, then ends.
fn definition(context: Value, ask: Value, keep: Value, twice: Value, output: Value) -> Value {
    json!({"id": "sum", "context": context, "initial": "adding", "output": output, "states": {
        "adding": {
            "entry": ask,
            "on": {
                "evt.calc.add.success": [
                    {"guard": twice, "target": "done", "actions": keep},
                    {"target": "adding", "reenter": true, "actions": keep},
                ],
                "sys.com.calc.add.error": "done",
            },
        },
        "done": {"type": "final"},
    }})
}

fn portable() -> HostedMachine {
    let definition = definition(
        json!({"n": {"$": "input.data.n"}, "total": 0, "tries": 0}),
        json!({"emit": {"type": "com.calc.add", "data": {"a": {"$": "context.n"}, "b": {"$": "context.total"}}}}),
        json!({"assign": {"total": {"$": "context.total + event.data.sum"}, "tries": {"$": "context.tries + 1"}}}),
        json!({"$": "context.tries >= 1"}),
        json!({"total": {"$": "context.total"}}),
    );
    Machine::builder(&flow().latest()).service("add", &service().latest()).definition(definition).build().unwrap()
}

fn with_functions() -> HostedMachine {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let definition =
        definition(json!({"$fn": "first"}), json!("ask"), json!("keep"), json!("twice"), json!({"$fn": "output"}));
    Machine::builder(&flow().latest())
        .service("add", &service().latest())
        .function("first", |scope| Ok(json!({"n": scope.input()["data"]["n"], "total": 0, "tries": 0})))
        .emit("ask", |scope| {
            let data = json!({"a": scope.context()["n"], "b": scope.context()["total"]});
            Ok(json!({"type": "com.calc.add", "data": data}))
        })
        .assign("keep", move |scope| {
            let total = number(&scope.context()["total"]) + number(&scope.event()["data"]["sum"]);
            Ok(json!({"total": total, "tries": number(&scope.context()["tries"]) + 1.0}))
        })
        .guard("twice", move |scope| Ok(number(&scope.context()["tries"]) >= 1.0))
        .function("output", |scope| Ok(json!({"total": scope.context()["total"]})))
        .definition(definition)
        .build()
        .unwrap()
}

fn orchestrator(machine: &str) -> Orchestrator {
    let machine = if machine == "portable" { portable() } else { with_functions() };
    Orchestrator::builder().machine(machine).memory(InMemory::new()).build().unwrap()
}

/// In-process memory answers at once, so the future is ready when it is first asked.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory in process answered late"),
    }
}

fn step(orchestrator: &Orchestrator, event: Event) -> Vec<Event> {
    ready(orchestrator.execute(event)).unwrap()
}

fn init() -> Event {
    let draft = EventDraft::from_source("com.bench.client").data(json!({"parentSubject$$": null, "n": 1}));
    flow().latest().factory().init(draft).unwrap()
}

fn reply(call: &Event) -> Event {
    let draft = EventDraft::new("com.calc.add", "evt.calc.add.success")
        .subject(call.subject())
        .to("arvo.orc.sum")
        .data(json!({"sum": 3}));
    service().latest().factory().emits(draft).unwrap()
}

const MACHINES: [&str; 2] = ["portable", "functions"];

#[divan::bench(args = MACHINES, sample_size = 100)]
fn begin(bencher: Bencher<'_, '_>, machine: &str) {
    let orchestrator = orchestrator(machine);
    bencher.with_inputs(init).bench_values(|event| step(&orchestrator, event));
}

#[divan::bench(args = MACHINES, sample_size = 100)]
fn go_on(bencher: Bencher<'_, '_>, machine: &str) {
    let orchestrator = orchestrator(machine);
    let next = || reply(&step(&orchestrator, init())[0]);
    bencher.with_inputs(next).bench_values(|event| step(&orchestrator, event));
}

#[divan::bench(args = MACHINES, sample_size = 100)]
fn end(bencher: Bencher<'_, '_>, machine: &str) {
    let orchestrator = orchestrator(machine);
    let last = || reply(&step(&orchestrator, reply(&step(&orchestrator, init())[0]))[0]);
    bencher.with_inputs(last).bench_values(|event| step(&orchestrator, event));
}
