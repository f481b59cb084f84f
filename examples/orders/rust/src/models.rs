//! What the services are sent and answer. The names on the wire are those of the contracts (`../contracts.json`).

use serde::{Deserialize, Serialize};

/// An order as the shop places it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub order_id: String,
    pub customer: Customer,
    pub items: Vec<Item>,
    pub card: String,
    pub country: String,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Customer {
    pub id: String,
    pub tier: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    #[serde(flatten)]
    pub line: Line,
    pub unit_price: f64,
}

/// How many of one article.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Line {
    pub sku: String,
    pub quantity: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reserve {
    pub order_id: String,
    pub items: Vec<Line>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reserved {
    pub order_id: String,
    pub reservation_id: String,
    pub warehouse: String,
}

/// Nothing was set aside, for of these articles there is too little.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shortage {
    pub order_id: String,
    pub missing: Vec<Missing>,
}

#[derive(Serialize)]
pub(crate) struct Missing {
    pub sku: String,
    pub requested: u64,
    pub available: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Release {
    pub reservation_id: String,
    pub reason: String,
}

#[derive(Serialize)]
pub(crate) struct Released {
    pub released: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Charge {
    pub order_id: String,
    pub amount: f64,
    pub card: String,
}

/// The answer of version 1.0.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChargedOnce {
    pub payment_id: String,
    pub approved: bool,
}

/// The answer of version 2.0.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Charged {
    pub payment_id: Option<String>,
    pub status: Status,
    pub reason: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    Approved,
    Declined,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approve {
    pub order_id: String,
    pub total: f64,
    pub customer: String,
}

#[derive(Serialize)]
pub(crate) struct Decided {
    pub approved: bool,
    pub by: &'static str,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateLabel {
    pub order_id: String,
    pub country: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Label {
    pub label_id: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BookCourier {
    pub order_id: String,
    pub country: String,
    pub parcels: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Booked {
    pub carrier: &'static str,
    pub cost: f64,
    pub eta_days: u32,
}
