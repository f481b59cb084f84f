//! What happened, as texts.

use arvo::history::{self, Entry};
use arvo::{Event, Limits};
use napi_derive::napi;
use serde_json::Value;

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// A line for each event; `deliveries` is a list of events as text, each with its consumer, state and tries.
#[napi(catch_unwind)]
pub fn timeline(deliveries: String, width: u32, most: u32) -> Text {
    answer(
        entries(&deliveries).map(|entries| Value::String(history::timeline(&entries, width as usize, most as usize))),
    )
}

/// A Mermaid sequence diagram.
#[napi(catch_unwind)]
pub fn sequence_diagram(deliveries: String, most: u32) -> Text {
    answer(entries(&deliveries).map(|entries| Value::String(history::sequence(&entries, most as usize))))
}

fn entries(deliveries: &str) -> Result<Vec<Entry>, Failure> {
    let deliveries: Vec<(String, String, String, i64)> = serde_json::from_str(deliveries)
        .map_err(|error| Failure::new("event", format!("the history can't be read: {error}")))?;
    let limits: Limits = environment::limits();
    let entry = |(event, consumer, state, tries): (String, String, String, i64)| {
        Ok(Entry::delivered(Event::parse(&event, &limits)?, &consumer, &state, tries))
    };
    deliveries.into_iter().map(entry).collect()
}
