//! Events and their ids.

use arvo::telemetry::Creation;
use arvo::{Envelope, Event, EventDraft, EventId, ManagedId};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::environment;
use crate::error::{Failure, answer};
use crate::recent;
use crate::telemetry::{Made, OpenCall, making};
use crate::text::{Given, Text};

/// Reads an event. Empty: the text is as the core writes it; else how the core writes it.
#[napi(catch_unwind)]
pub fn parse_event(text: Given, lenient: bool) -> Text {
    answer(read(text.0, lenient))
}

fn read(text: String, lenient: bool) -> Result<String, Failure> {
    let environment = environment::current();
    let limits = environment.limits();
    let event = if lenient { Event::parse_lenient(&text, limits)? } else { Event::parse(&text, limits)? };
    arvo::json::scan(event.data_text(), limits)?; // JavaScript reads data by itself later: what breaks a limit is refused here
    let written = event.to_json();
    if written == text && text.is_ascii() {
        recent::keep(text, &event);
        return Ok(String::new());
    }
    Ok(written)
}

/// Makes an event of a draft. `open` begins the span that it is made in.
#[napi(catch_unwind)]
pub fn create_event(Given(draft): Given, open: Option<OpenCall<'_>>) -> Text {
    let environment = environment::current();
    let limits = environment.limits();
    making(
        open.as_ref(),
        || Creation::of_event(&type_of(&draft)),
        |trace| {
            let mut event = EventDraft::from_json(&draft, limits)?;
            if let Some(traceparent) = trace.traceparent {
                event = event.traceparent(traceparent);
            }
            if let Some(tracestate) = trace.tracestate {
                event = event.tracestate(tracestate);
            }
            let event = event.build(&environment)?;
            arvo::json::scan(event.data_text(), limits)?;
            Ok(event)
        },
    )
}

/// The type that a draft asks for; empty without one.
pub fn type_of(draft: &str) -> String {
    #[derive(Deserialize)]
    struct Typed {
        r#type: String,
    }
    serde_json::from_str(draft).map_or_else(|_| String::new(), |Typed { r#type }| r#type)
}

impl Made for Event {
    fn envelope(&self) -> &Envelope {
        Self::envelope(self)
    }

    fn write(&self) -> String {
        self.to_json()
    }
}

/// The attributes that telemetry records of an event.
#[napi(catch_unwind)]
pub fn otel_attributes(event: String) -> Text {
    answer(Event::parse(&event, &environment::limits()).map_err(Failure::from).map(|event| {
        let attributes = event.otel_attributes().into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::Object(attributes.collect::<Map<_, _>>())
    }))
}

/// Makes an id: as JSON, since it may be any text.
#[napi(catch_unwind)]
pub fn create_id(id: String) -> Text {
    answer(
        serde_json::from_str::<EventId>(&id)
            .map(|id| Value::String(id.make(&environment::current())))
            .map_err(|error| Failure::new("event", error)),
    )
}

/// What a managed id holds, or `null`.
#[napi(catch_unwind)]
pub fn parse_id(id: String) -> Text {
    match ManagedId::parse(&id, &environment::limits()) {
        Some(ManagedId { uuid, value }) => json!({"uuid": uuid, "value": value}).into(),
        None => Failure::new("id", "the id is a plain one: it holds nothing that can be read").into(),
    }
}

/// Whether a text equals `encodeURI(decodeURI(text))`.
#[napi(catch_unwind)]
pub fn is_uri(text: String) -> bool {
    arvo::uri::is_properly_encoded(&text)
}
