//! The work of `bench.c` in Rust, without the C boundary: what is more there, the boundary costs.
//!
//!     cargo bench -p arvo-ffi

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a bench may stop at the first surprise, and measures time

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use arvo_core::{Contract, Data, Event, EventDraft, Handler, Input, Limits, Output, UnknownKeys};
use serde_json::Value;

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
    println!("Rust  {load:<8}{name:<30}{:8.2} us", rounds.fold(f64::INFINITY, f64::min));
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
}
