//! Making an event in a span of its own, as the reference does: the span's headers go into the event (SPEC §16).

use std::borrow::Cow;

use crate::contract::{ContractKind, Making, VersionedContract};
use crate::environment::Environment;
use crate::event::{ARVO_CONTENT_TYPE, Envelope};

use super::line::Line;
use super::note::{Child, Mark, Note, Status};
use super::recording::told;
use super::span::{Attribute, Opening, SpanKind};

/// What the span of an event being made is called, and what it says.
///
/// ```
/// use arvo::telemetry::Creation;
/// let environment = arvo::Environment::system();
/// let creation = Creation::of_event("com.order.placed");
/// let opening = creation.opening(&environment);
/// assert_eq!(opening.name, "createArvoEvent<com.order.placed>");
/// // The host begins that span, and its headers go into the draft.
/// let event = arvo::EventDraft::new("com.shop.web", "com.order.placed").subject("s").data(serde_json::json!({}))
///     .build(&environment)?;
/// assert_eq!(creation.notes(Ok(event.envelope()), &environment).len(), 2);
/// # Ok::<(), arvo::EventError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Creation {
    name: String,
    attributes: Vec<Attribute>,
}

impl Creation {
    /// Of an event that no contract stands behind.
    pub fn of_event(type_: &str) -> Self {
        Self { name: format!("createArvoEvent<{type_}>"), attributes: vec![internal()] }
    }

    /// By a factory of this contract; `type_` is what an event to be emitted is asked to be.
    ///
    /// ```
    /// use arvo::{Environment, Making, telemetry::Creation};
    /// # let object = || serde_json::json!({"type": "object"});
    /// # let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// let creation = Creation::of_factory(&contract.latest(), Making::Accepts, None);
    /// assert_eq!(creation.opening(&Environment::system()).name, "EventFactory.accepts<com.greet.user>");
    /// # Ok::<(), arvo::ContractError>(())
    /// ```
    pub fn of_factory(contract: &VersionedContract, making: Making, type_: Option<&str>) -> Self {
        let of = contract.contract();
        let class = match of.kind() {
            ContractKind::Orchestrator => "OrchestratorEventFactory",
            _ => "EventFactory",
        };
        let first = || contract.emits().first().map(|emit| emit.type_.as_ref());
        let (method, type_) = match making {
            Making::Accepts => ("accepts", of.type_()),
            Making::Emits => ("emits", type_.unwrap_or_default()),
            Making::SystemError => ("systemError", of.system_error_type()),
            Making::Init => ("init", of.type_()),
            Making::Complete => ("complete", first().unwrap_or_default()),
        };
        Self::by_factory(&format!("{class}.{method}"), type_, of.uri(), contract.version().as_str())
    }

    /// The same by name: `method` is what was called, such as `EventFactory.accepts`.
    pub fn by_factory(method: &str, type_: &str, uri: &str, version: &str) -> Self {
        let attributes = vec![
            internal(),
            ("openinference.span.kind".into(), "INTERNAL".into()),
            ("arvo.contract.uri".into(), uri.into()),
            ("arvo.contract.version".into(), version.into()),
        ];
        Self { name: format!("{method}<{type_}>"), attributes }
    }

    /// The span, a child of whatever span is active.
    pub fn opening(&self, environment: &Environment) -> Opening {
        Opening {
            name: Cow::Owned(self.name.clone()),
            kind: SpanKind::Internal,
            attributes: self.attributes.clone(),
            parent: None,
            at: environment.nanos(),
        }
    }

    /// What is to be recorded when the event is made, or could not be: name and message of that error.
    pub fn notes(&self, made: Result<&Envelope, (&str, &str)>, environment: &Environment) -> Vec<Note> {
        let at = environment.nanos();
        match made {
            Ok(envelope) => {
                let mut notes: Vec<Note> = foreign(at, envelope).map(Note::Mark).into_iter().collect();
                notes.push(Note::Attributes(told(envelope)));
                notes.push(Note::Status(Status::Ok));
                notes
            }
            Err((name, message)) => vec![
                Note::Attributes(Mark::exception_attributes(name, message)),
                Note::Mark(Mark::exception(at, name, message, None)),
                Note::Status(Status::Error(message.to_owned())),
            ],
        }
    }

    /// The same as a span that is over, for events that the core makes itself.
    pub(crate) fn child(self, started: u64, ended: u64, envelope: &Envelope) -> Child {
        let Self { name, mut attributes } = self;
        attributes.extend(told(envelope));
        let marks = foreign(ended, envelope).into_iter().collect();
        Child { name: Cow::Owned(name), started, ended, attributes, marks, status: Status::Ok }
    }
}

/// What a step inside the core is.
pub(super) fn internal() -> Attribute {
    ("arvo.span.kind".into(), "internal".into())
}

/// A word on a content type that is not Arvo's.
fn foreign(at: u64, envelope: &Envelope) -> Option<Mark> {
    let found: &str = &envelope.datacontenttype;
    if found == ARVO_CONTENT_TYPE {
        return None;
    }
    let line = Line::ContentType { found, wanted: ARVO_CONTENT_TYPE };
    Some(Mark::log(at, line.severity(), line.to_string()))
}
