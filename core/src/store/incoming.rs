//! An event as a store takes it in: who shall handle it, in which workflow, when.

use std::sync::Arc;

use crate::contract::parent_subject;
use crate::environment::Limits;
use crate::event::{Dataschema, Event};
use crate::subject::Subject;

use super::error::StoreError;

/// Consumers whose events go to them in order, one at a time for each subject, have types that begin so.
const WORKFLOW: &str = "arvo.orc.";
/// The version of a dataschema that stands for every version.
const ANY: &str = "0.0.0";

/// An event on its way into a store, with all that the store's statements need to know of it.
///
/// ```
/// let event = arvo::EventDraft::new("com.shop.web", "com.greet.user").subject("greeting/1").to("com.greet.user")
///     .data(serde_json::json!({})).build(&arvo::Environment::system())?;
/// let incoming = arvo::Incoming::of(&event, None, &arvo::Limits::default())?;
/// assert_eq!(&*incoming.consumer, "com.greet.user");
/// assert!(!incoming.lane, "only workflows have lanes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Incoming {
    /// The event.
    pub event: Event,
    /// Its JSON.
    pub text: Arc<str>,
    /// Who shall handle it: its `to`.
    pub consumer: Arc<str>,
    /// Which version of the consumer: a workflow's from its subject, a handler's from the dataschema. Empty: any.
    pub version: Arc<str>,
    /// Where it goes to instead of the local flow.
    pub domain: Option<Arc<str>>,
    /// Whether it is a workflow's, to be handled in order.
    pub lane: bool,
    /// Not before this time, milliseconds since 1970.
    pub deliver_at: Option<i64>,
    /// The workflow that it belongs to, if its subject names one.
    pub workflow: Option<Named>,
    /// Subject of the workflow that began this one, where the event begins it.
    pub parent: Option<Arc<str>>,
}

/// The workflow that a subject names.
#[derive(Clone, Debug)]
pub struct Named {
    /// Type of its orchestrator or resumable.
    pub consumer: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
}

impl Named {
    /// What a subject says, if it is a workflow's.
    pub fn of(subject: &str, limits: &Limits) -> Option<Self> {
        let subject = Subject::cached(subject, limits).ok()?;
        if !subject.orchestrator().starts_with(WORKFLOW) {
            return None; // factories give the events of plain handlers such subjects, too
        }
        Some(Self { consumer: subject.orchestrator().into(), version: subject.version().as_str().into() })
    }
}

impl Incoming {
    /// Reads from an event what a store must know.
    ///
    /// # Errors
    /// [`StoreError::NoAddress`] for an event without `to`; [`StoreError::TooLarge`] for one that is over the limit.
    pub fn of(event: &Event, deliver_at: Option<i64>, limits: &Limits) -> Result<Self, StoreError> {
        let Some(consumer) = event.envelope().to.clone() else {
            return Err(StoreError::NoAddress { id: event.id().to_owned() });
        };
        let text: Arc<str> = event.to_json().into();
        if text.len() > limits.event {
            let what = format!("event {} ({})", event.id(), event.type_());
            return Err(StoreError::TooLarge { what, size: text.len(), limit: limits.event });
        }
        let workflow = Named::of(event.subject(), limits);
        let own = workflow.as_ref().filter(|named| named.consumer == consumer);
        let lane = own.is_some();
        let version = match own {
            Some(named) => named.version.clone(),
            None if consumer.starts_with(WORKFLOW) => "".into(),
            None => event.dataschema().and_then(Dataschema::split).map_or("", |(_, version)| version).into(),
        };
        let version = if *version == *ANY { "".into() } else { version };
        let parent = if lane && event.type_() == &*consumer { parent_subject(&event.data_at_hand()) } else { None };
        Ok(Self {
            event: event.clone(),
            text,
            consumer,
            version,
            domain: event.domain().map(Arc::from),
            lane,
            deliver_at,
            workflow,
            parent,
        })
    }
}
