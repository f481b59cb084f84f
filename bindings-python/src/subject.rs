//! `arvo.Subject`: the identity of one workflow.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::environment;
use crate::error;
use crate::value;

/// The identity of one workflow, carried by every event of it.
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Subject(arvo::Subject);

#[pymethods]
impl Subject {
    /// Begins a workflow of its own.
    #[staticmethod]
    #[pyo3(signature = (*, orchestrator, initiator, version = None, domain = None, meta = None))]
    fn new(
        py: Python<'_>,
        orchestrator: String,
        initiator: String,
        version: Option<String>,
        domain: Option<String>,
        meta: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let draft = arvo::Subject::root(orchestrator, initiator);
        build(py, draft, version, domain, meta)
    }

    /// Begins a workflow inside another, whose subject is given as text.
    #[staticmethod]
    #[pyo3(signature = (*, parent, orchestrator, version = None, domain = None, meta = None))]
    fn descend(
        py: Python<'_>,
        parent: &str,
        orchestrator: String,
        version: Option<String>,
        domain: Option<String>,
        meta: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let parent = Self::parse(py, parent)?;
        build(py, parent.0.child(orchestrator), version, domain, meta)
    }

    #[staticmethod]
    fn from_dict(py: Python<'_>, content: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let content = value::of_python(content, &limits)?;
        arvo::Subject::from_value(content, &limits).map(Self).map_err(|broken| error::subject(py, broken))
    }

    #[staticmethod]
    fn parse(py: Python<'_>, text: &str) -> PyResult<Self> {
        let limits = *environment::current().limits();
        arvo::Subject::cached(text, &limits).map(Self).map_err(|broken| error::subject(py, broken))
    }

    fn encode(&self) -> String {
        self.0.encode()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let content = arvo::json::parse(&self.0.to_json(), environment::current().limits()).map_err(error::json)?;
        value::to_python(py, &content)
    }

    #[getter]
    fn orchestrator(&self) -> &str {
        self.0.orchestrator()
    }

    #[getter]
    fn version(&self) -> &str {
        self.0.version().as_str()
    }

    #[getter]
    fn execution(&self) -> &str {
        self.0.execution()
    }

    #[getter]
    fn initiator(&self) -> &str {
        self.0.initiator()
    }

    #[getter]
    fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let meta = PyDict::new(py);
        for (key, value) in self.0.meta() {
            meta.set_item(key, value)?;
        }
        Ok(meta)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.execution().hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> String {
        self.0.encode()
    }

    fn __repr__(&self) -> String {
        let subject = &self.0;
        format!(
            "Subject(orchestrator={:?}, version={:?}, execution={:?})",
            subject.orchestrator(),
            subject.version().as_str(),
            subject.execution()
        )
    }
}

fn build(
    py: Python<'_>,
    mut draft: arvo::SubjectDraft,
    version: Option<String>,
    domain: Option<String>,
    meta: Option<&Bound<'_, PyAny>>,
) -> PyResult<Subject> {
    let environment = environment::current();
    if let Some(version) = version {
        draft = draft.version(version);
    }
    draft = draft.domain(domain.as_deref());
    if let Some(meta) = meta {
        let Value::Object(meta) = value::of_python_at(meta, "meta", environment.limits())? else {
            return Err(pyo3::exceptions::PyTypeError::new_err("meta must be a mapping of text to text"));
        };
        for (key, value) in meta {
            draft = draft.meta(key, value);
        }
    }
    draft.build(&environment).map(Subject).map_err(|broken| error::subject(py, broken))
}
