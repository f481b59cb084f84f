//! The services of the order demo, one handler each; the rules are those of `../README.md`.
//!
//! A function gets data that its contract has checked, says what it answers, and fails where it fails: Arvo makes the
//! events.

use std::collections::BTreeMap;
use std::pin::Pin;

use arvo::{BoxError, Contract, Handler, Input, Output};

use crate::ledger::Ledger;
use crate::models::{
    Approve, BookCourier, Booked, Charge, Charged, ChargedOnce, CreateLabel, Decided, Label, Line, Missing, Release,
    Released, Reserve, Reserved, Shortage, Status,
};

/// A handler for each service among the contracts, by the type of event that it accepts. Calls are written to the ledger.
pub(crate) fn services(
    contracts: &BTreeMap<String, Contract>,
    ledger: &Ledger,
) -> Result<BTreeMap<String, Handler>, BoxError> {
    let mut services = BTreeMap::new();
    for contract in contracts.values() {
        let handler = Handler::builder(contract);
        let handler = match contract.uri() {
            "#/contracts/inventory/reserve" => handler.version("1.0.0", noted(ledger, reserve)),
            "#/contracts/inventory/release" => handler.version("1.0.0", noted(ledger, release)),
            "#/contracts/payment/charge" => {
                handler.version("1.0.0", noted(ledger, charge_once)).version("2.0.0", noted(ledger, charge))
            }
            "#/contracts/order/approve" => handler.version("1.0.0", noted(ledger, approve)),
            "#/contracts/label/create" => handler.version("1.0.0", noted(ledger, create_label)),
            "#/contracts/courier/book" => handler.version("1.0.0", noted(ledger, book_courier)),
            _ => continue, // a workflow
        };
        services.insert(contract.type_().to_owned(), handler.build()?);
    }
    Ok(services)
}

/// A service whose calls are written to the ledger before it acts.
fn noted<F, A>(ledger: &Ledger, service: F) -> impl Fn(Input) -> Noted + Send + Sync + 'static
where
    F: Fn(Input) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Output, BoxError>> + Send + 'static,
{
    let ledger = ledger.clone();
    move |input| {
        let written = ledger.note(&input.event);
        let answer = service(input);
        Box::pin(async move {
            written?;
            answer.await
        })
    }
}

type Noted = Pin<Box<dyn Future<Output = Result<Output, BoxError>> + Send>>;

/// Inventory: is there enough of everything?
async fn reserve(input: Input) -> Result<Output, BoxError> {
    let Reserve { order_id, items } = input.data()?;
    let mut missing = Vec::new();
    for Line { sku, quantity } in &items {
        let available = 7 * number(sku)? % 23;
        if *quantity > available {
            missing.push(Missing { sku: sku.clone(), requested: *quantity, available });
        }
    }
    if !missing.is_empty() {
        return Ok(Output::of("evt.inventory.shortage", &Shortage { order_id, missing })?);
    }
    let first = items.first().ok_or("an order of nothing")?;
    let reserved = Reserved {
        reservation_id: format!("RSV-{order_id}"),
        warehouse: format!("WH-{}", number(&first.sku)? % 3 + 1),
        order_id,
    };
    Ok(Output::of("evt.inventory.reserved", &reserved)?)
}

/// The digits of `SKU-123`.
fn number(sku: &str) -> Result<u64, BoxError> {
    Ok(sku.trim_start_matches("SKU-").parse()?)
}

/// Inventory: put a reservation back.
async fn release(input: Input) -> Result<Output, BoxError> {
    let _: Release = input.data()?;
    Ok(Output::of("evt.inventory.release.success", &Released { released: true })?)
}

/// Payment, version 1.0.0: always approves.
async fn charge_once(input: Input) -> Result<Output, BoxError> {
    let Charge { order_id, .. } = input.data()?;
    let charged = ChargedOnce { payment_id: format!("PAY-{order_id}"), approved: true };
    Ok(Output::of("evt.payment.charge.success", &charged)?)
}

/// Payment, version 2.0.0: the card's last digits decide.
async fn charge(input: Input) -> Result<Output, BoxError> {
    let Charge { order_id, card, .. } = input.data()?;
    if card.ends_with("0000") {
        return Err("Gateway timeout".into());
    }
    let charged = if card.ends_with(['0', '2', '4', '6', '8']) {
        Charged { payment_id: Some(format!("PAY-{order_id}")), status: Status::Approved, reason: None }
    } else {
        Charged { payment_id: None, status: Status::Declined, reason: Some("insufficient funds") }
    };
    Ok(Output::of("evt.payment.charge.success", &charged)?)
}

/// A clerk: may an order this large go on?
async fn approve(input: Input) -> Result<Output, BoxError> {
    let Approve { total, .. } = input.data()?;
    Ok(Output::of("evt.order.approve.decided", &Decided { approved: total < 5000.0, by: "clerk" })?)
}

/// Shipping: print a label, unless nobody knows the country.
async fn create_label(input: Input) -> Result<Output, BoxError> {
    let CreateLabel { order_id, country } = input.data()?;
    if country == "XX" {
        return Err(format!("Unknown country {country}").into());
    }
    Ok(Output::of("evt.label.create.success", &Label { label_id: format!("LBL-{order_id}") })?)
}

/// Shipping: the country decides on the carrier.
async fn book_courier(input: Input) -> Result<Output, BoxError> {
    let BookCourier { country, parcels, .. } = input.data()?;
    let (carrier, eta_days) = match country.as_str() {
        "AU" => ("AusPost", 2),
        "US" => ("UPS", 5),
        "DE" => ("DHL", 4),
        "IN" => ("BlueDart", 6),
        _ => ("FedEx", 8),
    };
    let booked = Booked { carrier, cost: 5.0 + 1.5 * parcels as f64, eta_days };
    Ok(Output::of("evt.courier.book.success", &booked)?)
}
