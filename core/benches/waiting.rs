//! What ten thousand workflows hold while they wait: at rest in memory, for an answer from outside; and in flight in a
//! broker, where somebody awaits each of them, their service is at work, and the history holds every event.
//! Counted in allocated bytes.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a bench may stop, and tells what it found

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use arvo::{
    Broker, BrokerError, Contract, Data, Domain, Event, EventDraft, Handler, InMemory, Input, Output, Resumable,
    ResumableInput, Resumed, WorkflowDomains,
};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const WORKFLOWS: usize = 10_000;

fn main() {
    let small = Arc::new(json!({"parentSubject$$": null, "n": 1}));
    let mut order: Value = serde_json::from_str(include_str!("fixtures/order.json")).unwrap();
    order["parentSubject$$"] = Value::Null;
    let order = Arc::new(order);
    println!("{WORKFLOWS} workflows (target for small ones at rest: 40 MB)");
    for (load, data) in [("small", &small), ("order of 1.3 kB, also as context", &order)] {
        for (state, bytes) in [("at rest", held(|| at_rest(data))), ("in flight", held(|| in_flight(data)))] {
            println!("{state:<10} {load:<34} {:6.1} MB", bytes as f64 / 1e6);
        }
    }
}

/// What is allocated beyond what was, while the thing made is there.
fn held<T>(make: impl FnOnce() -> T) -> usize {
    let before = ALLOCATOR.current_usage();
    let made = make();
    let bytes = ALLOCATOR.current_usage() - before;
    drop(made);
    bytes
}

fn object() -> Value {
    json!({"type": "object"})
}

fn service() -> Contract {
    Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build().unwrap()
}

fn flow() -> Contract {
    Contract::orchestrator("#/flows/sum", "sum").version("1.0.0", object(), object()).build().unwrap()
}

/// Keeps what it began with, and asks for a sum.
fn resumable(memory: InMemory, services: Option<Domain>) -> Resumable {
    let ask = |input: ResumableInput| async move {
        let data = input.event.data()?.clone();
        Ok(Resumed::default().context(data).service(Output::new("com.calc.add", json!({"a": 1, "b": 2}))))
    };
    let domains = WorkflowDomains { services: services.map(|domain| vec![domain]), ..WorkflowDomains::default() };
    let builder = Resumable::builder(&flow()).service("add", &service().latest()).version("1.0.0", ask);
    builder.memory(memory).domains(domains).build().unwrap()
}

fn init(data: &Arc<Value>) -> Event {
    let draft = EventDraft::from_source("com.bench.client").data(Data::Value(Arc::clone(data)));
    flow().latest().factory().init(draft).unwrap()
}

/// The calls have left for a domain: nothing but the records is left.
fn at_rest(data: &Arc<Value>) -> InMemory {
    let memory = InMemory::new();
    let outside = resumable(memory.clone(), Some(Domain::of(Some("outside"))));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..WORKFLOWS {
        let called = runtime.block_on(outside.execute(init(data))).unwrap();
        assert_eq!(called[0].domain(), Some("outside"));
    }
    assert_eq!(memory.len(), WORKFLOWS);
    memory
}

type Asked = Pin<Box<dyn Future<Output = Result<Option<Event>, BrokerError>>>>;

/// Everyone who asked waits, and every call is with a service that has not answered.
fn in_flight(data: &Arc<Value>) -> (Broker, Vec<Asked>) {
    let busy = Handler::builder(&service())
        .version("1.0.0", |_: Input| async {
            std::future::pending::<()>().await;
            Ok(())
        })
        .build()
        .unwrap();
    let broker = Broker::builder().handler(&busy).resumable(&resumable(InMemory::new(), None)).build().unwrap();
    let asked = (0..WORKFLOWS)
        .map(|_| {
            let (broker, event) = (broker.clone(), init(data));
            let mut waiting: Asked = Box::pin(async move { broker.resolve(event).await });
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            waiting
        })
        .collect();
    assert_eq!((broker.queued(), broker.history().len()), (0, 2 * WORKFLOWS));
    (broker, asked)
}
