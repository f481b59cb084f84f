//! Charts: compiling, starting, stepping, and a step from snapshot to snapshot.

use std::sync::Arc;

use arvo::statechart::{Args, Chart, ChartHost, Check, ContextView, Error, FnRef, Implementations, NoHost, Signal};
use arvo::{Data, Raised};
use divan::{Bencher, black_box};
use serde_json::{Map, Value, json};

fn main() {
    divan::main();
}

fn two_states() -> Value {
    json!({"id": "lamp", "initial": "off", "states": {"off": {"on": {"T": "on"}}, "on": {"on": {"T": "off"}}}})
}

/// A workflow of the usual size: context, guards, assigns, emits, a parallel state.
fn order() -> Value {
    let call = |service: &str| {
        json!({"initial": "asked", "states": {
            "asked": {"entry": {"emit": {"type": format!("com.{service}"), "data": {}}},
                "on": {format!("evt.{service}.success"): {"target": "got", "actions": {"assign": {"n": {"$fn": "n"}}}}}},
            "got": {"type": "final"}}})
    };
    json!({"id": "order", "context": {"n": 0, "order": {"id": "o1", "items": [1, 2, 3]}}, "initial": "paying", "states": {
        "paying": {"entry": {"emit": {"type": "com.pay", "data": {}}},
            "on": {"evt.pay.success": [{"guard": "some", "target": "refused"}, {"target": "sending"}], "sys.*": "failed"}},
        "sending": {"type": "parallel", "onDone": "done", "states": {"pack": call("pack"), "label": call("label"), "book": call("book")}},
        "refused": {"type": "final"}, "failed": {"type": "final"}, "done": {"type": "final"}},
        "output": {"ok": true}})
}

fn ring(size: usize) -> Value {
    let states = (0..size).map(|at| (format!("s{at}"), json!({"on": {"T": format!("s{}", (at + 1) % size)}})));
    json!({"id": "ring", "initial": "s0", "states": states.collect::<Map<_, _>>()})
}

fn regions(size: usize) -> Value {
    let region = json!({"initial": "a", "states": {"a": {"on": {"T": "b"}}, "b": {"on": {"T": "a"}}}});
    json!({"id": "wide", "type": "parallel", "states": (0..size).map(|at| (format!("r{at}"), region.clone())).collect::<Map<_, _>>()})
}

fn chart(definition: &Value) -> Chart {
    let mut given = Implementations::default();
    given.guards.insert("some".to_owned(), json!({"$fn": "some"}));
    Chart::compile(definition, &given).expect("compiles")
}

struct Functions;

impl ChartHost for Functions {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        let ContextView::Value(context) = args.context else { return Ok(None) };
        let n = context["n"].as_i64().unwrap_or(0);
        let name = matches!(function, FnRef::Name(name) if &**name == "some");
        Ok(Some(if name { json!(n > 0) } else { json!(n + 1) }.into()))
    }

    fn act(&self, _: &FnRef, _: Args<'_>) -> Result<(), Raised> {
        Ok(())
    }

    fn collect(&self, _: &FnRef, _: Args<'_>, _: Check<'_>) -> Result<Vec<Value>, Error> {
        Ok(Vec::new())
    }
}

#[divan::bench(args = ["two", "order", "ring 10,000", "wide 500"])]
fn compile(bencher: Bencher, which: &str) {
    let definition = named(which);
    bencher.bench_local(|| chart(black_box(&definition)));
}

#[divan::bench(args = ["two", "order", "ring 10,000", "wide 500"])]
fn start(bencher: Bencher, which: &str) {
    let chart = chart(&named(which));
    bencher.bench_local(|| chart.start(None, &Functions).expect("starts"));
}

#[divan::bench(args = ["two", "ring 100", "ring 10,000", "wide 10", "wide 500"])]
fn simple_transition(bencher: Bencher, which: &str) {
    let chart = chart(&named(which));
    let state = chart.start(None, &NoHost).expect("starts").state;
    let event: Arc<str> = "T".into();
    let body: Data = json!({"type": "T"}).into();
    bencher.counter(divan::counter::ItemsCount::new(100_usize)).bench_local(|| {
        let step = |state, _| {
            let signal = Signal::sent(Arc::clone(&event), body.clone());
            chart.send(state, signal, &NoHost).expect("steps").state
        };
        (0..100).fold(state.clone(), step)
    });
}

#[divan::bench]
fn event_nobody_waits_for(bencher: Bencher) {
    let chart = chart(&order());
    let state = chart.start(None, &Functions).expect("starts").state;
    let body: Data = json!({"type": "other"}).into();
    bencher
        .with_inputs(|| (state.clone(), Signal::sent("other", body.clone())))
        .bench_local_values(|(state, signal)| chart.send(state, signal, &Functions).expect("steps"));
}

#[divan::bench(args = ["two", "order"])]
fn restore_send_snapshot(bencher: Bencher, which: &str) {
    let chart = chart(&named(which));
    let first = chart.start(None, &Functions).expect("starts");
    let snapshot = chart.snapshot(first.state, &Functions).expect("writes");
    let name = if which == "two" { "T" } else { "evt.pay.success" };
    bencher.with_inputs(|| (snapshot.clone(), json!({"type": name, "data": {"total": 1}}))).bench_local_values(
        |(snapshot, event)| {
            let next = chart.resume(snapshot, Signal::from_json(event).expect("event"), &Functions).expect("steps");
            chart.snapshot(next.state, &Functions).expect("writes")
        },
    );
}

#[divan::bench(args = ["two", "order"])]
fn text_to_text(bencher: Bencher, which: &str) {
    let chart = chart(&named(which));
    let first = chart.start(None, &Functions).expect("starts");
    let text = arvo::json::write(&chart.snapshot(first.state, &Functions).expect("writes"), 0);
    let name = if which == "two" { "T" } else { "evt.pay.success" };
    let event = json!({"type": name, "data": {"total": 1}}).to_string();
    bencher.bench_local(|| {
        let snapshot = arvo::json::parse(&text, &arvo::Limits::default()).expect("reads");
        let event = arvo::json::parse(&event, &arvo::Limits::default()).expect("reads");
        let next = chart.resume(snapshot, Signal::from_json(event).expect("event"), &Functions).expect("steps");
        arvo::json::write(&chart.snapshot(next.state, &Functions).expect("writes"), 0)
    });
}

fn named(which: &str) -> Value {
    match which {
        "two" => two_states(),
        "order" => order(),
        "ring 100" => ring(100),
        "ring 10,000" => ring(10_000),
        "wide 10" => regions(10),
        _ => regions(500),
    }
}
