//! `arvo.EventId` and `arvo.ManagedId`: how an event gets its id, and what a managed id tells.

use pyo3::prelude::*;
use serde_json::Value;

use crate::environment;

/// How an event gets its id.
#[pyclass(frozen, eq, hash, module = "arvo", skip_from_py_object)]
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct EventId {
    managed_by_arvo: bool,
    #[pyo3(get)]
    value: String,
}

#[pymethods]
impl EventId {
    #[staticmethod]
    fn developer_managed(value: String) -> Self {
        Self { managed_by_arvo: false, value }
    }

    #[staticmethod]
    fn arvo_managed(value: String) -> Self {
        Self { managed_by_arvo: true, value }
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
#[pyclass(frozen, eq, hash, module = "arvo", skip_from_py_object)]
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct ManagedId {
    #[pyo3(get)]
    uuid: String,
    #[pyo3(get)]
    value: String,
}

#[pymethods]
impl ManagedId {
    /// Reads an id; None says that it is a plain one.
    #[staticmethod]
    fn parse(id: &str) -> Option<Self> {
        let managed = arvo::ManagedId::parse(id, environment::current().limits())?;
        Some(Self { uuid: managed.uuid, value: managed.value })
    }

    fn encode(&self) -> String {
        arvo::ManagedId { uuid: self.uuid.clone(), value: self.value.clone() }.encode()
    }

    fn __repr__(&self) -> String {
        format!("ManagedId(uuid={:?}, value={:?})", self.uuid, self.value)
    }
}
