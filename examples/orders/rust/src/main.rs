//! The order demo in Rust: every service request of the recorded orders, made by the contracts' factories and handled.
//!
//!     ARVO_ORDERS=examples/orders cargo run --release -p orders-demo
//!
//! The answers of each order must be of the types that the reference counted (`expected.jsonl`). Progress goes to a
//! terminal; the last line of the output is one JSON object.

mod models;
mod services;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs, io};

use arvo::{BoxError, Data, Event, EventDraft, Handler, Limits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::models::{Approve, BookCourier, Charge, CreateLabel, Line, Order, Release, Reserve};
use crate::services::services;

type Counts = BTreeMap<String, u64>;

/// What the reference counted for one order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    order_id: String,
    events: Counts,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, BoxError> {
    let folder =
        env::var_os("ARVO_ORDERS").map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/..").into(), PathBuf::from);
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let services = services(&serde_json::from_str::<Vec<Value>>(&read("contracts.json")?)?)?;
    let orders: Vec<Event> =
        read("orders.jsonl")?.lines().map(|line| Event::parse(line, &Limits::default())).collect::<Result<_, _>>()?;
    let expected: Vec<Expected> =
        read("expected.jsonl")?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;

    let mut found = Vec::with_capacity(orders.len());
    let mut events_in = 0;
    #[allow(clippy::disallowed_methods)] // how long it took is for people, not for the core
    let start = Instant::now();
    for (order, expected) in orders.iter().zip(&expected) {
        let (requests, answers) = place(&services, order, &expected.events).await?;
        events_in += requests;
        found.push(answers);
        show_progress(found.len());
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(report(&expected, &found, events_in, seconds))
}

/// Makes the service requests of one order that the reference counted: how many they were, and what came back, by type.
async fn place(
    services: &BTreeMap<String, Handler>,
    event: &Event,
    counts: &Counts,
) -> Result<(usize, Counts), BoxError> {
    let mut answers = Counts::new();
    let requests = requests(&Order::deserialize(event.data()?)?, counts)?;
    let made = requests.len();
    for (type_, version, data) in requests {
        let handler = services.get(type_).ok_or_else(|| format!("no service accepts {type_}"))?;
        let draft = EventDraft::from_source(event.type_()).subject(event.subject()).parentid(event.id()).data(data);
        let request = handler.contract().version(version)?.factory().accepts(draft)?;
        for answer in handler.execute(request).await? {
            *answers.entry(answer.type_().to_owned()).or_default() += 1;
        }
    }
    Ok((made, answers))
}

/// Type, contract version and data of each request.
fn requests(order: &Order, counts: &Counts) -> Result<Vec<(&'static str, &'static str, Data)>, BoxError> {
    let order_id = || order.order_id.clone();
    let lines = || order.items.iter().map(|item| &item.line);
    let total: f64 = order.items.iter().map(|item| item.line.quantity as f64 * item.unit_price).sum();
    let total = (total * 100.0).round() / 100.0;
    let reservation_id = format!("RSV-{}", order.order_id);
    let mut requests = Vec::new();
    let mut add = |counted: &str, type_, version, data: Data| {
        let times = counts.get(counted).copied().unwrap_or_default();
        requests.extend((0..times).map(|_| (type_, version, data.clone())));
    };
    let reserve = Reserve { order_id: order_id(), items: lines().cloned().collect::<Vec<Line>>() };
    add("com.inventory.reserve", "com.inventory.reserve", "1.0.0", Data::of(&reserve)?);
    // The request to the clerk leaves for its domain, so that the reference counted its answer alone.
    let approve = Approve { order_id: order_id(), total, customer: order.customer.id.clone() };
    add("evt.order.approve.decided", "com.order.approve", "1.0.0", Data::of(&approve)?);
    let charge = Charge { order_id: order_id(), amount: total, card: order.card.clone() };
    add("com.payment.charge", "com.payment.charge", "2.0.0", Data::of(&charge)?);
    let label = CreateLabel { order_id: order_id(), country: order.country.clone() };
    add("com.label.create", "com.label.create", "1.0.0", Data::of(&label)?);
    let parcels = lines().map(|line| line.quantity).sum();
    let courier = BookCourier { order_id: order_id(), country: order.country.clone(), parcels };
    add("com.courier.book", "com.courier.book", "1.0.0", Data::of(&courier)?);
    let release = Release { reservation_id, reason: "the order came to nothing".to_owned() };
    add("com.inventory.release", "com.inventory.release", "1.0.0", Data::of(&release)?);
    Ok(requests)
}

/// Whether a service answers with this type.
fn is_answer(type_: &str) -> bool {
    type_.starts_with("evt.") || (type_.starts_with("sys.com.") && type_.ends_with(".error"))
}

fn report(expected: &[Expected], found: &[Counts], events_in: usize, seconds: f64) -> ExitCode {
    let mut events_out = Counts::new();
    let mut differences = Vec::new();
    for (expected, found) in expected.iter().zip(found) {
        for (type_, count) in found {
            *events_out.entry(type_.clone()).or_default() += count;
        }
        let wanted: Counts =
            expected.events.iter().filter(|(type_, _)| is_answer(type_)).map(|(t, n)| (t.clone(), *n)).collect();
        if wanted != *found {
            differences.push(json!({"order": expected.order_id, "wanted": wanted, "found": found}));
        }
    }
    let as_recorded = found.len() - differences.len();
    let failed = !differences.is_empty();
    differences.truncate(10);
    let report = json!({
        "language": "Rust", "orders": found.len(), "asRecorded": as_recorded,
        "eventsIn": events_in, "eventsOut": events_out, "seconds": seconds, "differences": differences,
    });
    println!("{report}");
    ExitCode::from(u8::from(failed))
}

fn show_progress(orders: usize) {
    let mut out = io::stdout();
    if out.is_terminal() && orders.is_multiple_of(100) {
        print!("\r{orders} orders");
        if orders.is_multiple_of(1000) {
            println!();
        }
        out.flush().unwrap_or_default(); // a terminal that is gone needs no progress
    }
}
