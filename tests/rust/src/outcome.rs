//! What came of a call, in the form in which recorded expectations tell it.

use arvo::{Event, FactoryError, Failure, HandlerError, UserViolation, Violation};
use serde_json::{Value, json};

use crate::matcher::message_of;

/// Whole events, as JSON.
pub(crate) fn events(events: &[Event]) -> Value {
    json!({"events": events.iter().map(event).collect::<Vec<_>>()})
}

/// One whole event, as JSON that has gone through text.
pub(crate) fn event(event: &Event) -> Value {
    serde_json::from_str(&event.to_json()).unwrap_or_else(|error| panic!("{error}: {}", event.to_json()))
}

/// Why a handler gave no events.
pub(crate) fn failure(failure: &Failure) -> Value {
    match failure {
        Failure::Violation(violation) | Failure::Memory { violation, .. } => of_violation(violation),
        Failure::User(error) => match (error.downcast_ref::<UserViolation>(), error.downcast_ref::<Violation>()) {
            (Some(violation), _) => of_user_violation(violation),
            (None, Some(violation)) => of_violation(violation),
            (None, None) => error_of(&error.to_string(), []),
        },
    }
}

/// A violation of the core's own.
pub(crate) fn of_violation(violation: &Violation) -> Value {
    let paths = violation.issues().iter().map(|issue| issue.path.clone());
    let mut found = json!({
        "name": violation.name(),
        "message": message_of(&violation.to_string(), paths),
        "violation": true,
        "type": violation.kind().type_name(),
        "metadata": null,
    });
    if let Violation::Transaction { cause, .. } = violation {
        found["cause"] = cause.to_string().into();
    }
    json!({"violation": found})
}

/// Why a handler or workflow can't be made.
pub(crate) fn of_handler(error: &HandlerError) -> Value {
    match error {
        HandlerError::Wiring(violation) => json!({"error": of_violation(violation)["violation"]}),
        error => error_of(&error.to_string(), []),
    }
}

/// A violation of the user's own.
pub(crate) fn of_user_violation(violation: &UserViolation) -> Value {
    json!({"violation": {
        "name": format!("ViolationError<{}>", violation.type_name()),
        "message": message_of(&violation.to_string(), []),
        "violation": true,
        "type": violation.type_name(),
        "metadata": violation.metadata(),
    }})
}

/// Why a factory made no event.
pub(crate) fn of_factory(error: &FactoryError) -> Value {
    error_of(&error.to_string(), error.issues().into_iter().map(|issue| issue.path))
}

/// Any other error, with the places that it names. Classes are each language's own and not compared.
pub(crate) fn error_of(text: &str, paths: impl IntoIterator<Item = String>) -> Value {
    json!({"error": {"message": message_of(text, paths)}})
}

/// An expectation as far as errors go that are no violations: their text, not the name of their class.
pub(crate) fn without_class(expect: &Value) -> Value {
    match expect.pointer("/error/message") {
        Some(message) => json!({"error": {"message": message}}),
        None => expect.clone(),
    }
}
