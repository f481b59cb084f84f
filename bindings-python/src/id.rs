//! `arvo.EventId` and `arvo.ManagedId`: how an event gets its id, and what a managed id tells.

use pyo3::prelude::*;
use serde_json::Value;

use crate::environment;

/// How an event gets its id: by default a fresh UUID.
///
/// A receiver that has seen an id before knows the event for a duplicate, so an id made of the sender's own value makes
/// sending again harmless.
///
/// >>> import arvo
/// >>> greet.accepts({"name": "Ada"}, source="com.shop.web", id=arvo.EventId.developer_managed(" greeting-1 ")).id
/// 'greeting-1'
/// >>> managed = greet.accepts({"name": "Ada"}, source="com.shop.web", id=arvo.EventId.arvo_managed("greeting-1")).id
/// >>> arvo.ManagedId.parse(managed).value
/// 'greeting-1'
#[pyclass(frozen, eq, hash, module = "arvo", skip_from_py_object)]
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct EventId {
    managed_by_arvo: bool,
    /// The sender's own value.
    #[pyo3(get)]
    value: String,
}

#[pymethods]
impl EventId {
    /// The value itself, trimmed, is the id; a blank one gives a random id.
    #[staticmethod]
    fn developer_managed(value: String) -> Self {
        Self { managed_by_arvo: false, value }
    }

    /// The id holds the value, trimmed, beside a UUID of its own: see `ManagedId`.
    #[staticmethod]
    fn arvo_managed(value: String) -> Self {
        Self { managed_by_arvo: true, value }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let made = if self.managed_by_arvo { "arvo_managed" } else { "developer_managed" };
        Ok((py.get_type::<Self>().getattr(made)?, (self.value.clone(),)))
    }

    fn __repr__(&self) -> String {
        let made = if self.managed_by_arvo { "arvo_managed" } else { "developer_managed" };
        format!("EventId.{made}({:?})", self.value)
    }
}

impl EventId {
    /// As the core reads it from JSON.
    pub(crate) fn to_value(&self) -> Value {
        let deduplication = if self.managed_by_arvo { "ARVO_MANAGED" } else { "DEVELOPER_MANAGED" };
        serde_json::json!({"deduplication": deduplication, "value": self.value})
    }
}

/// What an id made as `EventId.arvo_managed` holds.
///
/// >>> import arvo
/// >>> arvo.ManagedId.parse("eJyrViotzUxRslIqVdJRKkvMKU0FssuUagFeigdo")
/// ManagedId(uuid="u", value="v")
#[pyclass(frozen, eq, hash, module = "arvo", skip_from_py_object)]
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct ManagedId {
    /// Differs from event to event.
    #[pyo3(get)]
    uuid: String,
    /// The sender's own value.
    #[pyo3(get)]
    value: String,
}

#[pymethods]
impl ManagedId {
    /// Reads an id; None says that it is a plain one, as does anything over the limits.
    #[staticmethod]
    fn parse(id: &str) -> Option<Self> {
        let managed = arvo::ManagedId::parse(id, environment::current().limits())?;
        Some(Self { uuid: managed.uuid, value: managed.value })
    }

    /// The id as text.
    fn encode(&self) -> String {
        arvo::ManagedId { uuid: self.uuid.clone(), value: self.value.clone() }.encode()
    }

    fn __repr__(&self) -> String {
        format!("ManagedId(uuid={:?}, value={:?})", self.uuid, self.value)
    }
}
