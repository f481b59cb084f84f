//! The order demo in Rust: every recorded order goes in, a parcel or a refusal comes out, as the reference recorded it.
//!
//!     ARVO_ORDERS=examples/orders cargo run --release -p orders-demo [-- --machines]
//!
//! Services are handlers, both workflows are resumables, or the machines of `../*.machine.json`, and the clerk sits in
//! a domain of its own: requests to it leave the broker's local flow, its answers come back. The last line of the
//! output is one JSON object.
//!
//! With `--worker` it is one of the workers of the durable demo (`worker.rs`).

mod ledger;
mod machines;
mod models;
mod otlp;
mod services;
#[cfg(test)]
mod tests;
mod worker;
mod workflows;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use std::{env, fs, io};

use arvo::{BoxError, Broker, BrokerBuilder, Contract, Event, Limits};
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::machines::orchestrator;
use crate::services::services;
use crate::workflows::{contracts, fulfilment, shipment};

/// The event that asks the clerk.
const CLERK: &str = "com.order.approve";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, BoxError> {
    let folder =
        env::var_os("ARVO_ORDERS").map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/..").into(), PathBuf::from);
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let contracts = contracts(&serde_json::from_str::<Vec<Value>>(&read("contracts.json")?)?)?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let workflows = match arguments.first().map(String::as_str) {
        Some("--worker") => {
            worker::run(&arguments[1..], &contracts, read).await?;
            return Ok(ExitCode::SUCCESS);
        }
        None => Broker::builder().resumable(&fulfilment(&contracts)?).resumable(&shipment(&contracts)?),
        Some("--machines") => Broker::builder()
            .orchestrator(&orchestrator(&read("fulfilment.machine.json")?, &contracts)?)
            .orchestrator(&orchestrator(&read("shipment.machine.json")?, &contracts)?),
        Some(other) => return Err(format!("{other}: only --machines and --worker are known here").into()),
    };
    let broker = broker(workflows, &contracts)?;
    let orders: Vec<Event> =
        read("orders.jsonl")?.lines().map(|line| Event::parse(line, &Limits::default())).collect::<Result<_, _>>()?;
    let expected: Vec<Value> = read("expected.jsonl")?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;

    let mut tally = Tally::default();
    #[allow(clippy::disallowed_methods)] // how long it took is for people, not for the core
    let start = Instant::now();
    for (order, expected) in orders.iter().zip(&expected) {
        let answer = broker.resolve(order.clone()).await?;
        tally.add(expected, found(&expected["orderId"], order, answer.as_ref(), &broker.history())?);
        broker.clear_history();
        show_progress(tally.orders, orders.len());
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(tally.report(seconds))
}

/// Handlers beside the workflows, and the clerk outside the local flow.
fn broker(workflows: BrokerBuilder, contracts: &BTreeMap<String, Contract>) -> Result<Broker, BoxError> {
    let mut services = services(contracts, &Ledger::default())?;
    let clerk = services.remove(CLERK).ok_or("contracts.json lacks the clerk's contract")?;
    let back: Arc<OnceLock<Broker>> = Arc::default();
    let desk = Arc::clone(&back);
    let mut builder = workflows
        .on_error(|failure| eprintln!("{}: {}", failure.event.type_(), failure.problem))
        .on_domained_event(move |event, errand| {
            let (clerk, desk) = (clerk.clone(), Arc::clone(&desk));
            async move {
                let broker = desk.get().ok_or("the broker is gone")?;
                for answer in clerk.execute(event).await? {
                    broker.publish_within(answer, Some(errand))?;
                }
                Ok(())
            }
        });
    for service in services.values() {
        builder = builder.handler(service);
    }
    let broker = builder.build()?;
    back.set(broker.clone()).map_err(|_| "there is a broker already")?;
    Ok(broker)
}

/// What came of an order, in the form of `expected.jsonl`.
fn found(id: &Value, order: &Event, answer: Option<&Event>, history: &[Event]) -> Result<Value, BoxError> {
    let mut events: BTreeMap<&str, u64> = BTreeMap::new();
    for event in history {
        *events.entry(event.type_()).or_default() += 1;
    }
    let Some(answer) = answer else { return Ok(json!({"orderId": id, "type": null, "events": events})) };
    Ok(json!({
        "orderId": id, "type": answer.type_(), "to": answer.to(), "data": answer.data()?, "events": events,
        "parentid_is_init": answer.parentid() == Some(order.id()),
        "subject_is_init": answer.subject() == order.subject(),
    }))
}

#[derive(Default)]
struct Tally {
    orders: usize,
    events: u64,
    outcomes: BTreeMap<String, u64>,
    differences: Vec<Value>,
    different: usize,
}

impl Tally {
    fn add(&mut self, wanted: &Value, found: Value) {
        self.orders += 1;
        self.events +=
            found["events"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum::<u64>();
        let outcome = found["data"]["status"].as_str().unwrap_or("no answer");
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        if !same(wanted, &found) {
            self.different += 1;
            if self.differences.len() < 10 {
                self.differences.push(json!({"order": wanted["orderId"], "wanted": wanted, "found": found}));
            }
        }
    }

    fn report(&self, seconds: f64) -> ExitCode {
        let report = json!({
            "language": "Rust", "orders": self.orders, "identical": self.orders - self.different,
            "outcomes": self.outcomes, "events": self.events, "seconds": seconds, "differences": self.differences,
        });
        println!("{report}");
        ExitCode::from(u8::from(self.different > 0))
    }
}

/// Whether two JSON values are equal, numbers compared as numbers: 10 is 10.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        (left, right) => left == right,
    }
}

/// A bar, on a terminal.
fn show_progress(done: usize, all: usize) {
    const WIDTH: usize = 40;
    let mut out = io::stdout();
    if out.is_terminal() && (done.is_multiple_of(25) || done == all) {
        let filled = WIDTH * done / all.max(1);
        print!("\r[{}{}] {done} of {all} orders", "#".repeat(filled), " ".repeat(WIDTH - filled));
        if done == all {
            println!();
        }
        out.flush().unwrap_or_default(); // a terminal that is gone needs no progress
    }
}
