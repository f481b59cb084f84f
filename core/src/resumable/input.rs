//! What the function of a resumable workflow is given, and what it may return.

use serde::de::{DeserializeOwned, Error as _};

use crate::contract::{NoHost, VersionedContract};
use crate::event::{Data, Event, Headers};
use crate::execution::{Collected, Resumed, Resumption};
use crate::memory::Record;
use crate::violation::Violation;

/// The event that the workflow goes on with, and what it knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResumableInput {
    /// The event, its data validated. See [`ResumableInput::init`] and [`ResumableInput::service`].
    pub event: Event,
    /// The workflow's own contract, in the version that it runs in.
    pub contract: VersionedContract,
    /// The record, the event already among the responses; `None` at the beginning.
    pub metadata: Option<Record>,
    /// Trace headers of this execution's span.
    pub trace: Headers,
    is_init: bool,
    context: Option<Data>,
    collected: Collected,
}

impl ResumableInput {
    pub(crate) fn new(event: Event, contract: VersionedContract, trace: Headers, resumption: Resumption) -> Self {
        let Resumption { is_init, context, metadata, collected } = resumption;
        Self { event, contract, metadata, trace, is_init, context, collected }
    }

    /// The event, if it is the one that begins the workflow.
    pub fn init(&self) -> Option<&Event> {
        self.is_init.then_some(&self.event)
    }

    /// The event, if it comes from a service.
    pub fn service(&self) -> Option<&Event> {
        (!self.is_init).then_some(&self.event)
    }

    /// The state that the last call left, as a Rust type; `None` when none did.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the state is of another type.
    pub fn context<T: DeserializeOwned>(&self) -> Result<Option<T>, serde_json::Error> {
        match &self.context {
            None | Some(Data::Host(_)) => Ok(None),
            Some(Data::Text(text)) => serde_json::from_str(text).map(Some),
            Some(Data::Value(value)) => T::deserialize(&**value).map(Some),
        }
    }

    /// The event's data as a Rust type.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the type does not fit what the contract promises.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let data = self.event.data().map_err(serde_json::Error::custom)?;
        T::deserialize(data)
    }

    /// The responses of this type to the events last sent, in order.
    ///
    /// # Errors
    /// [`Violation::Contract`] when one breaks its contract by now.
    pub fn collected(&self, type_: &str) -> Result<Vec<&Event>, Violation> {
        Ok(self.all_collected()?.iter().filter(|event| event.type_() == type_).collect())
    }

    /// All responses to the events last sent, in order.
    ///
    /// # Errors
    /// As [`ResumableInput::collected`].
    pub fn all_collected(&self) -> Result<&[Event], Violation> {
        self.collected.events(&NoHost)
    }
}

/// What a workflow's function may return: nothing, or what happens next.
pub trait IntoResumed {
    /// What happens next.
    fn into_resumed(self) -> Resumed;
}

impl IntoResumed for () {
    fn into_resumed(self) -> Resumed {
        Resumed::default()
    }
}

impl IntoResumed for Resumed {
    fn into_resumed(self) -> Resumed {
        self
    }
}

impl IntoResumed for Option<Resumed> {
    fn into_resumed(self) -> Resumed {
        self.unwrap_or_default()
    }
}
