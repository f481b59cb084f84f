//! What a handler function is given, and what it may return.

use serde::de::{DeserializeOwned, Error as _};

use crate::contract::VersionedContract;
use crate::event::{Event, Headers};
use crate::execution::Output;

/// The event to handle, and what it is handled by.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Input {
    /// The event, its data validated: defaults filled, unknown keys stripped.
    pub event: Event,
    /// The contract version that the function serves.
    pub contract: VersionedContract,
    /// Trace headers of this execution's span, for calls to other systems.
    pub trace: Headers,
}

impl Input {
    pub(crate) fn new(event: Event, contract: VersionedContract, trace: Headers) -> Self {
        Self { event, contract, trace }
    }

    /// The data as a Rust type.
    ///
    /// # Errors
    /// [`serde_json::Error`] when the type does not fit what the contract promises.
    ///
    /// ```no_run
    /// # async fn example(input: arvo::Input) -> Result<(), arvo::BoxError> {
    /// #[derive(serde::Deserialize)]
    /// struct Person { name: String }
    /// let person: Person = input.data()?;
    /// # Ok(()) }
    /// ```
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let data = self.event.data().map_err(serde_json::Error::custom)?;
        T::deserialize(data)
    }

    /// The handler's source: the type that its contract accepts.
    pub fn source(&self) -> &str {
        self.contract.contract().type_()
    }
}

/// What a handler function may return: nothing, one output, or several.
pub trait IntoOutputs {
    /// The outputs, in order.
    fn into_outputs(self) -> Vec<Output>;
}

impl IntoOutputs for () {
    fn into_outputs(self) -> Vec<Output> {
        Vec::new()
    }
}

impl IntoOutputs for Output {
    fn into_outputs(self) -> Vec<Output> {
        vec![self]
    }
}

impl IntoOutputs for Option<Output> {
    fn into_outputs(self) -> Vec<Output> {
        self.into_iter().collect()
    }
}

impl IntoOutputs for Vec<Output> {
    fn into_outputs(self) -> Vec<Output> {
        self
    }
}
