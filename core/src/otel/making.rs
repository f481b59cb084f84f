//! Events made outside an execution, each in a span of its own whose headers it carries.

use opentelemetry::trace::TraceContextExt;

use crate::contract::{Factory, FactoryError, Making};
use crate::environment::Environment;
use crate::event::{Event, EventDraft, EventError, Headers};
use crate::telemetry::{Creation, Note};

use super::convert;
use super::span::{guarded, open};
use super::switch::recorders;

/// Makes an event as [`EventDraft::build`] does, in a span of its own while telemetry is on. Headers that the draft
/// brings stay.
///
/// # Errors
/// As [`EventDraft::build`].
///
/// ```
/// let draft = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("s").data(serde_json::json!({}));
/// let event = arvo::otel::create(draft, &arvo::Environment::system())?;
/// assert_eq!(event.traceparent(), None); // telemetry is off
/// # Ok::<(), arvo::EventError>(())
/// ```
pub fn create(draft: EventDraft, environment: &Environment) -> Result<Event, EventError> {
    let creation = || Creation::of_event(draft.type_.as_deref().unwrap_or_default());
    within(environment, creation, "EventError", |headers| {
        let Headers { traceparent, tracestate } = headers;
        let mut draft = draft.clone();
        if draft.traceparent.is_none() {
            (draft.traceparent, draft.tracestate) = (traceparent, draft.tracestate.or(tracestate));
        }
        draft.build(environment)
    })
}

/// Makes an event with a factory, in a span of its own while telemetry is on: [`Factory::accepts`] and the like, by
/// what is made. For a system error the draft's data is [`ErrorReport::data`](crate::ErrorReport::data).
///
/// # Errors
/// As that method.
///
/// ```
/// use arvo::{EventDraft, Making};
/// # let object = || serde_json::json!({"type": "object"});
/// # let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
/// let draft = EventDraft::from_source("com.shop.web").data(serde_json::json!({}));
/// let event = arvo::otel::make(&contract.latest().factory(), Making::Accepts, draft)?;
/// assert_eq!(event.type_(), "com.greet.user");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn make(factory: &Factory, making: Making, draft: EventDraft) -> Result<Event, FactoryError> {
    let creation = || Creation::of_factory(factory.contract(), making, draft.type_.as_deref());
    within(factory.environment(), creation, "FactoryError", |headers| {
        factory.clone().with_trace(headers).event(making, draft.clone())
    })
}

fn within<E: std::error::Error>(
    environment: &Environment,
    creation: impl Fn() -> Creation,
    error_name: &str,
    make: impl Fn(Headers) -> Result<Event, E>,
) -> Result<Event, E> {
    let begun = recorders().and_then(|recorders| {
        guarded(|| {
            let creation = creation();
            let context = open(&recorders, creation.opening(environment));
            (creation, context)
        })
    });
    let Some((creation, context)) = begun else { return make(Headers::default()) };
    let made = make(convert::headers(context.span().span_context()));
    guarded(|| {
        let span = context.span();
        let notes = match &made {
            Ok(event) => creation.notes(Ok(event.envelope()), environment),
            Err(error) => creation.notes(Err((error_name, &error.to_string())), environment),
        };
        for note in notes {
            match note {
                Note::Mark(mark) => span.add_event_with_timestamp(
                    mark.name,
                    convert::time(mark.at),
                    convert::attributes(mark.attributes),
                ),
                Note::Attributes(list) => span.set_attributes(convert::attributes(list)),
                Note::Status(status) => span.set_status(convert::status(status)),
                Note::Child(_) | Note::Measure(_) => {} // making an event has none
            }
        }
        span.end();
    });
    made
}
