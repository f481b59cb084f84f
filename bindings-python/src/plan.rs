//! A compiled handler; its functions stay with the face, `arvo/handler.py`.

use std::sync::Arc;

use arvo::{Domain, HandlerSpec};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::contract::Contract;
use crate::error;
use crate::event::Event;
use crate::running::{self, Running};

/// What an execution runs by.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Plan(Arc<arvo::Plan>);

#[pymethods]
impl Plan {
    #[new]
    #[pyo3(signature = (contract, versions, executionunits, emits, system_error))]
    fn new(
        contract: &Contract,
        versions: Vec<String>,
        executionunits: Option<f64>,
        emits: Option<Vec<Option<String>>>,
        system_error: Option<Vec<Option<String>>>,
    ) -> PyResult<Self> {
        let domains = |list: Vec<Option<String>>| list.iter().map(|entry| Domain::of(entry.as_deref())).collect();
        let mut spec = HandlerSpec::new(&contract.0, versions);
        spec.executionunits = executionunits.unwrap_or(spec.executionunits);
        spec.emits = emits.map(domains);
        spec.system_error = system_error.map(domains);
        arvo::Plan::handler(spec).map(Self).map_err(|wrong| error::contract(&wrong))
    }

    /// Begins an execution; its first step comes with it.
    fn begin<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, Event>,
        checks: &Bound<'py, PyList>,
    ) -> PyResult<(Bound<'py, Running>, Bound<'py, PyAny>)> {
        running::begin(py, &self.0, event, checks)
    }
}
