//! The two workflows of the order demo, as functions that are called for each of their events; the rules are those of
//! `../README.md`.

use std::collections::BTreeMap;

use arvo::{BoxError, Contract, Data, Output, Resumable, ResumableInput, Resumed, UnknownKeys};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::models::{Approve, BookCourier, Charge, CreateLabel, Line, Order, Release, Reserve};

/// The contracts of `contracts.json` by their URI. The reference, which wrote that file, drops unknown keys.
pub(crate) fn contracts(json: &[Value]) -> Result<BTreeMap<String, Contract>, BoxError> {
    let read =
        |json| Contract::from_json(json, UnknownKeys::Strip).map(|contract| (contract.uri().to_owned(), contract));
    Ok(json.iter().map(read).collect::<Result<_, _>>()?)
}

/// From an order to a parcel, or to a reasoned refusal.
pub(crate) fn fulfilment(contracts: &BTreeMap<String, Contract>) -> Result<Resumable, BoxError> {
    let contract = |uri: &str| contracts.get(uri).ok_or_else(|| format!("contracts.json lacks {uri}"));
    Ok(Resumable::builder(contract("#/orchestrators/order/fulfilment")?)
        .service("reserve", &contract("#/contracts/inventory/reserve")?.version("1.0.0")?)
        .service("release", &contract("#/contracts/inventory/release")?.version("1.0.0")?)
        .service("charge", &contract("#/contracts/payment/charge")?.version("2.0.0")?)
        .service("approve", &contract("#/contracts/order/approve")?.version("1.0.0")?)
        .service("shipment", &contract("#/orchestrators/shipment")?.version("1.0.0")?)
        .version("1.0.0", fulfil)
        .build()?)
}

/// Label and courier at the same time; one that fails fails the shipment.
pub(crate) fn shipment(contracts: &BTreeMap<String, Contract>) -> Result<Resumable, BoxError> {
    let contract = |uri: &str| contracts.get(uri).ok_or_else(|| format!("contracts.json lacks {uri}"));
    Ok(Resumable::builder(contract("#/orchestrators/shipment")?)
        .service("label", &contract("#/contracts/label/create")?.version("1.0.0")?)
        .service("courier", &contract("#/contracts/courier/book")?.version("1.0.0")?)
        .version("1.0.0", ship)
        .build()?)
}

/// What the fulfilment remembers of an order between two events.
#[derive(Deserialize, Serialize)]
struct Progress {
    order: Order,
    total: f64,
    reservation_id: Option<String>,
    payment_id: Option<String>,
    /// How it ends, once what was set aside is put back.
    ending: Option<(String, String)>,
}

impl Progress {
    fn of(order: Order) -> Self {
        let total: f64 = order.items.iter().map(|item| item.line.quantity as f64 * item.unit_price).sum();
        let total = (total * 100.0).round() / 100.0;
        Self { order, total, reservation_id: None, payment_id: None, ending: None }
    }

    fn lines(&self) -> Vec<Line> {
        self.order.items.iter().map(|item| item.line.clone()).collect()
    }

    fn end(&self, status: &str, reason: Option<&str>, shipped: Option<&Shipped>) -> Value {
        json!({
            "orderId": self.order.order_id, "status": status, "reason": reason, "total": self.total,
            "paymentId": self.payment_id, "trackingId": shipped.map(|shipped| &shipped.tracking_id),
            "etaDays": shipped.map(|shipped| &shipped.eta_days),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipped {
    tracking_id: String,
    eta_days: serde_json::Number,
}

/// One step of an order. Each arm is a state of the workflow: what has come, and what is asked for next.
async fn fulfil(input: ResumableInput) -> Result<Resumed, BoxError> {
    let Some(service) = input.service() else {
        let progress = Progress::of(input.data()?);
        let reserve = Reserve { order_id: progress.order.order_id.clone(), items: progress.lines() };
        return next(&progress, Output::of("com.inventory.reserve", &reserve)?);
    };
    let mut progress: Progress = input.context()?.ok_or("an answer came before the order")?;
    let data = service.data()?;
    let text = |key: &str| data[key].as_str().map(str::to_owned);
    match service.type_() {
        "evt.inventory.shortage" => {
            let missing: Vec<&str> =
                data["missing"].as_array().into_iter().flatten().filter_map(|item| item["sku"].as_str()).collect();
            let reason = format!("out of stock: {}", missing.join(", "));
            Ok(Resumed::default().output(progress.end("rejected", Some(&reason), None)))
        }
        "evt.inventory.reserved" => {
            progress.reservation_id = text("reservationId");
            if progress.total > 1000.0 && progress.order.customer.tier != "gold" {
                approve(&progress)
            } else {
                charge(&progress)
            }
        }
        "evt.order.approve.decided" if data["approved"] == true => charge(&progress),
        "evt.order.approve.decided" => {
            release(progress, "rejected", format!("not approved by {}", text("by").unwrap_or_default()))
        }
        "evt.payment.charge.success" if data["status"] == "approved" => {
            progress.payment_id = text("paymentId");
            let shipment = json!({
                "parentSubject$$": service.subject(), "orderId": progress.order.order_id,
                "country": progress.order.country, "items": progress.lines(),
            });
            next(&progress, Output::new("arvo.orc.shipment", shipment))
        }
        "evt.payment.charge.success" => {
            release(progress, "rejected", format!("payment declined: {}", text("reason").unwrap_or_default()))
        }
        "sys.com.payment.charge.error" => {
            release(progress, "failed", format!("payment failed: {}", text("errorMessage").unwrap_or_default()))
        }
        "arvo.orc.shipment.done" => {
            let shipped: Shipped = input.data()?;
            Ok(Resumed::default().output(progress.end("fulfilled", None, Some(&shipped))))
        }
        "sys.arvo.orc.shipment.error" => {
            release(progress, "failed", format!("shipment failed: {}", text("errorMessage").unwrap_or_default()))
        }
        "evt.inventory.release.success" => {
            let (status, reason) = progress.ending.as_ref().ok_or("put back without a reason")?;
            Ok(Resumed::default().output(progress.end(status, Some(reason), None)))
        }
        other => Err(format!("nobody waits for {other}").into()),
    }
}

fn approve(progress: &Progress) -> Result<Resumed, BoxError> {
    let Order { order_id, customer, .. } = &progress.order;
    let approve = Approve { order_id: order_id.clone(), total: progress.total, customer: customer.id.clone() };
    // The clerk sits in the domain of the contract.
    next(progress, Output::of("com.order.approve", &approve)?.domains([arvo::Domain::FromEventContract]))
}

fn charge(progress: &Progress) -> Result<Resumed, BoxError> {
    let Order { order_id, card, .. } = &progress.order;
    let charge = Charge { order_id: order_id.clone(), amount: progress.total, card: card.clone() };
    next(progress, Output::of("com.payment.charge", &charge)?)
}

/// Puts back what was set aside, then ends so.
fn release(mut progress: Progress, status: &str, reason: String) -> Result<Resumed, BoxError> {
    let reservation_id = progress.reservation_id.clone().ok_or("nothing was set aside")?;
    let release = Release { reservation_id, reason: reason.clone() };
    progress.ending = Some((status.to_owned(), reason));
    next(&progress, Output::of("com.inventory.release", &release)?)
}

fn next(progress: &Progress, service: Output) -> Result<Resumed, BoxError> {
    Ok(Resumed::default().context(Data::of(progress)?).service(service))
}

/// What a shipment is asked for.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shipment {
    order_id: String,
    country: String,
    items: Vec<Line>,
}

/// One step of a shipment: ask both at once, go on when both have answered.
async fn ship(input: ResumableInput) -> Result<Option<Resumed>, BoxError> {
    let Some(service) = input.service() else {
        let shipment: Shipment = input.data()?;
        let (order_id, country) = (shipment.order_id.clone(), shipment.country.clone());
        let parcels = shipment.items.iter().map(|line| line.quantity).sum();
        let label = CreateLabel { order_id: order_id.clone(), country: country.clone() };
        let courier = BookCourier { order_id, country, parcels };
        let asked = Resumed::default()
            .context(Data::of(&shipment)?)
            .service(Output::of("com.label.create", &label)?)
            .service(Output::of("com.courier.book", &courier)?);
        return Ok(Some(asked));
    };
    if service.type_().starts_with("sys.") {
        return Err("Shipment could not be prepared".into());
    }
    let labels = input.collected("evt.label.create.success")?;
    let couriers = input.collected("evt.courier.book.success")?;
    let (Some(_), Some(courier)) = (labels.first(), couriers.first()) else { return Ok(None) };
    let shipment: Shipment = input.context()?.ok_or("an answer came before the shipment")?;
    let booked = courier.data()?;
    Ok(Some(Resumed::default().output(json!({
        "trackingId": format!("TRK-{}-{}", shipment.order_id, booked["carrier"].as_str().unwrap_or_default()),
        "carrier": booked["carrier"], "cost": booked["cost"], "etaDays": booked["etaDays"],
    }))))
}
