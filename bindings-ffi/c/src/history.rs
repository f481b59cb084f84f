//! `arvo_timeline` and `arvo_sequence_diagram`: what happened, as texts.

use arvo_core::history::{Entry, sequence, timeline};
use arvo_core::{Event, Limits};
use serde_json::Value;

use crate::boundary::{Failure, Status, guard, slot};
use crate::environment::{Surroundings, environment};
use crate::event::Events;
use crate::handle::{Handle, borrow_optional};
use crate::text::Text;
use crate::value::Json;

/// Draws a history; the body of both functions.
///
/// # Safety
/// As `arvo.h` says of handles and results.
unsafe fn drawn(
    within: *const Handle<Surroundings>,
    (events, deliveries): (*const Handle<Events>, *const Handle<Json>),
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
    draw: impl FnOnce(&[Entry]) -> String,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (within, events, deliveries, out) = unsafe {
            (
                environment(within)?,
                borrow_optional(events, "events")?,
                borrow_optional(deliveries, "deliveries")?,
                slot(out, "out")?,
            )
        };
        if events.is_none() && deliveries.is_none() {
            return Err(Failure::argument("events and deliveries are NULL; pass a history of a broker or of a store"));
        }
        let mut entries = events.map(of_broker).transpose()?.unwrap_or_default();
        if let Some(deliveries) = deliveries {
            entries.extend(of_store(deliveries, within.limits())?);
        }
        out.give(Text(draw(&entries)));
        Ok(())
    })
}

fn of_broker(events: &Events) -> Result<Vec<Entry>, Failure> {
    events.iter().map(|event| Ok(Entry::from(&event?.0))).collect()
}

fn of_store(deliveries: &Json, limits: &Limits) -> Result<Vec<Entry>, Failure> {
    let wrong = || Failure::argument("deliveries is no list of deliveries; pass what arvo_store_history gave");
    let entry = |delivery: &Value| {
        let text = |key: &str| delivery[key].as_str().ok_or_else(wrong);
        let tries = delivery["tries"].as_i64().ok_or_else(wrong)?;
        Ok(Entry::delivered(Event::parse(text("event")?, limits)?, text("consumer")?, text("state")?, tries))
    };
    deliveries.value().as_array().ok_or_else(wrong)?.iter().map(entry).collect()
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_timeline(
    within: *const Handle<Surroundings>,
    events: *const Handle<Events>,
    deliveries: *const Handle<Json>,
    width: usize,
    most: usize,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { drawn(within, (events, deliveries), out, error, |entries| timeline(entries, width, most)) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_sequence_diagram(
    within: *const Handle<Surroundings>,
    events: *const Handle<Events>,
    deliveries: *const Handle<Json>,
    most: usize,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { drawn(within, (events, deliveries), out, error, |entries| sequence(entries, most)) }
}
