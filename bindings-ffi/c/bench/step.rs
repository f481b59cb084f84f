//! The work of `bench.c` in Rust, without the C boundary: what is more there, the boundary costs.
//!
//!     cargo bench -p arvo-ffi

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a bench may stop at the first surprise, and measures time

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use arvo_core::{
    Contract, Data, Event, EventDraft, Handler, HostedMachine, Input, Limits, MachineBuilder, MachineSpec,
    Orchestrator, Output, UnknownKeys,
};
use serde_json::{Value, json};

/// Short rounds, and many: some of them run undisturbed even on a busy machine.
const ROUNDS: usize = 300;
const ROUND: Duration = Duration::from_micros(2000);

/// Nothing here waits, so one poll is enough.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// Runs of a whole batch of workflows, and how many are in one.
const TURNS: usize = 60;
const WORKFLOWS: usize = 200;

/// Prints the microseconds of one call: the least of the rounds.
fn row(load: &str, name: &str, mut work: impl FnMut()) {
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < ROUND {
        work();
        count += 1;
    }
    let rounds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        (0..count).for_each(|_| work());
        began.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    });
    println!("Rust  {load:<10}{name:<28}{:8.2} us", rounds.fold(f64::INFINITY, f64::min));
}

fn main() {
    let loads: Vec<Value> = serde_json::from_str(include_str!("loads.json")).unwrap();
    for load in loads {
        let name = load["name"].as_str().unwrap();
        let contract = Contract::from_json(&load["contract"], UnknownKeys::Strip).unwrap();
        let factory = contract.latest().factory();
        let answer = contract.latest().emits()[0].type_.clone();
        let echo = move |input: Input| {
            let answer = answer.clone();
            async move { Ok(Output::new(answer, input.event.data_at_hand())) }
        };
        let handler = Handler::builder(&contract).version("1.0.0", echo).build().unwrap();
        let data: Data = load["data"].clone().into();
        let rooted = || EventDraft::from_source("com.bench.client").data(data.clone());
        let draft = || rooted().subject("bench/1");
        let event = factory.accepts(draft()).unwrap();
        let (text, limits) = (event.to_json(), Limits::default());
        let parse = || Event::parse(&text, &limits).unwrap();
        row(name, "step, text to text", || drop(ready(handler.execute(parse())).unwrap()[0].to_json()));
        row(name, "step, in memory", || drop(ready(handler.execute(event.clone())).unwrap()));
        row(name, "event, parse", || drop(parse()));
        row(name, "event, parse and read data", || assert!(parse().data().unwrap().is_object()));
        row(name, "event, write", || drop(event.to_json()));
        row(name, "factory, subject given", || drop(factory.accepts(draft()).unwrap()));
        row(name, "factory, new subject", || drop(factory.accepts(rooted()).unwrap()));
    }
    machines();
}

fn numbers(required: &[&str]) -> Value {
    let number = |name: &&str| ((*name).to_owned(), json!({"type": "number"}));
    let properties: serde_json::Map<String, Value> = required.iter().map(number).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// Steps of machines in memory, as in `machines.c`.
fn machines() {
    let files: Value = serde_json::from_str(include_str!("machines.json")).unwrap();
    let flow = Contract::orchestrator("#/flows/sum", "sum")
        .version("1.0.0", numbers(&["n"]), numbers(&["total"]))
        .build()
        .unwrap();
    let service = Contract::simple("#/services/add", "calc.add")
        .version("1.0.0", numbers(&["a", "b"]), numbers(&["sum"]))
        .build()
        .unwrap();
    let contracts = [flow.clone(), service.clone()];
    for kind in ["portable", "functions"] {
        let builder: MachineBuilder = MachineSpec::from_json(files[kind].clone(), &contracts).unwrap().into();
        let machine = if kind == "portable" { builder.build().unwrap() } else { with_functions(builder) };
        let mut least = [f64::INFINITY; 3];
        for _ in 0..TURNS {
            let player = Orchestrator::builder().machine(machine.clone()).build().unwrap();
            let init = || {
                let draft = EventDraft::from_source("com.bench.client").data(json!({"parentSubject$$": null, "n": 1}));
                flow.latest().factory().init(draft).unwrap()
            };
            let reply = |call: &Event| {
                let draft = EventDraft::new("com.calc.add", "evt.calc.add.success").subject(call.subject());
                service.latest().factory().emits(draft.to("arvo.orc.sum").data(json!({"sum": 3}))).unwrap()
            };
            let mut events: Vec<Event> = (0..WORKFLOWS).map(|_| init()).collect();
            for least in &mut least {
                let began = Instant::now();
                let emitted: Vec<_> =
                    events.iter().map(|event| ready(player.execute(event.clone())).unwrap()).collect();
                *least = least.min(began.elapsed().as_secs_f64() * 1e6 / WORKFLOWS as f64);
                events = emitted.iter().map(|emitted| reply(&emitted[0])).collect();
            }
        }
        for (name, least) in ["machine, begins", "machine, goes on", "machine, ends"].iter().zip(least) {
            println!("Rust  {kind:<10}{name:<28}{least:8.2} us");
        }
    }
}

fn with_functions(builder: MachineBuilder) -> HostedMachine {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    builder
        .function("first", |scope| Ok(json!({"n": scope.input()["data"]["n"], "total": 0, "tries": 0})))
        .function("ask", |scope| {
            let data = json!({"a": scope.context()["n"], "b": scope.context()["total"]});
            Ok(json!({"type": "com.calc.add", "data": data}))
        })
        .function("keep", move |scope| {
            let total = number(&scope.context()["total"]) + number(&scope.event()["data"]["sum"]);
            Ok(json!({"total": total, "tries": number(&scope.context()["tries"]) + 1.0}))
        })
        .guard("twice", move |scope| Ok(number(&scope.context()["tries"]) >= 1.0))
        .function("output", |scope| Ok(json!({"total": scope.context()["total"]})))
        .build()
        .unwrap()
}
