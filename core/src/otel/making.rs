//! Events made outside an execution, each in a span of its own whose headers it carries.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use crate::contract::{Factory, FactoryError, Making};
use crate::environment::Environment;
use crate::event::{Event, EventDraft, EventError, Headers};
use crate::telemetry::Creation;

use super::convert;
use super::span::{guarded, open, write};
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
pub fn create(mut draft: EventDraft, environment: &Environment) -> Result<Event, EventError> {
    let span = Spanned::begin(environment, || Creation::of_event(draft.type_.as_deref().unwrap_or_default()));
    if let (Some(span), None) = (&span, &draft.traceparent) {
        let Headers { traceparent, tracestate } = span.headers();
        (draft.traceparent, draft.tracestate) = (traceparent, draft.tracestate.or(tracestate));
    }
    let made = draft.build(environment);
    Spanned::end(span, environment, "EventError", &made);
    made
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
    let environment = factory.environment();
    let creation = || Creation::of_factory(factory.contract(), making, draft.type_.as_deref());
    let span = Spanned::begin(environment, creation);
    let made = match &span {
        None => factory.event(making, draft),
        Some(span) => factory.clone().with_trace(span.headers()).event(making, draft),
    };
    Spanned::end(span, environment, "FactoryError", &made);
    made
}

/// The span of an event being made; there is none while telemetry is off.
struct Spanned {
    creation: Creation,
    context: Context,
}

impl Spanned {
    fn begin(environment: &Environment, creation: impl FnOnce() -> Creation) -> Option<Self> {
        let recorders = recorders()?;
        guarded(|| {
            let creation = creation();
            let context = open(&recorders, creation.opening(environment));
            Self { creation, context }
        })
    }

    fn headers(&self) -> Headers {
        guarded(|| convert::headers(self.context.span().span_context())).unwrap_or_default()
    }

    fn end<E: std::error::Error>(span: Option<Self>, environment: &Environment, name: &str, made: &Result<Event, E>) {
        let Some(Self { creation, context }) = span else { return };
        guarded(|| {
            let notes = match made {
                Ok(event) => creation.notes(Ok(event.envelope()), environment),
                Err(error) => creation.notes(Err((name, &error.to_string())), environment),
            };
            notes.into_iter().for_each(|note| write(&context.span(), note));
            context.span().end_with_timestamp(convert::time(environment.nanos()));
        });
    }
}
