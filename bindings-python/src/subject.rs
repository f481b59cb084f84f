//! `arvo.Subject`: the identity of one workflow.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::environment;
use crate::error;
use crate::value;

/// The identity of one workflow, carried by every event of it: who runs it, who began it, what it carries along.
///
/// >>> import arvo
/// >>> order = arvo.Subject.new(orchestrator="arvo.orc.order", version="1.0.0", initiator="com.shop.web")
/// >>> same = arvo.Subject.parse(order.encode())
/// >>> same == order, same.initiator, same.domain
/// (True, 'com.shop.web', None)
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Subject(arvo::Subject);

#[pymethods]
impl Subject {
    /// Begins a workflow of its own, with a fresh execution id.
    ///
    /// Raises:
    ///     SubjectError: fields break their rules; all of them are in `broken`.
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

    /// Begins a workflow inside another, whose subject is given as text: domain and meta are inherited.
    ///
    /// Raises:
    ///     SubjectError: the parent cannot be read, or fields break their rules.
    ///
    /// >>> import arvo
    /// >>> order = arvo.Subject.new(orchestrator="arvo.orc.order", initiator="com.shop.web", meta={"team": "red"})
    /// >>> payment = arvo.Subject.descend(parent=order.encode(), orchestrator="arvo.orc.payment")
    /// >>> payment.initiator, payment.meta
    /// ('arvo.orc.order', {'team': 'red'})
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

    /// Makes a subject of all of its content, the execution id included; raises `SubjectError`.
    #[staticmethod]
    fn from_dict(py: Python<'_>, content: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let content = value::of_python(content, &limits)?;
        arvo::Subject::from_value(content, &limits).map(Self).map_err(|broken| error::subject(py, broken))
    }

    /// Reads the text form, remembering what was read; raises `SubjectError`.
    #[staticmethod]
    fn parse(py: Python<'_>, text: &str) -> PyResult<Self> {
        let limits = *environment::current().limits();
        arvo::Subject::cached(text, &limits).map(Self).map_err(|broken| error::subject(py, broken))
    }

    /// The text form: base64 of a zlib stream. Compressing costs: do it once, when the workflow begins.
    fn encode(&self) -> String {
        self.0.encode()
    }

    /// All of the content, unknown keys too, as a fresh dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let content = arvo::json::parse(&self.0.to_json(), environment::current().limits()).map_err(error::json)?;
        value::to_python(py, &content)
    }

    /// Name of the orchestrator that runs the workflow.
    #[getter]
    fn orchestrator(&self) -> &str {
        self.0.orchestrator()
    }

    /// Version of the orchestrator's contract.
    #[getter]
    fn version(&self) -> &str {
        self.0.version().as_str()
    }

    /// Id of this execution.
    #[getter]
    fn execution(&self) -> &str {
        self.0.execution()
    }

    /// Who began the workflow.
    #[getter]
    fn initiator(&self) -> &str {
        self.0.initiator()
    }

    /// The domain that the workflow runs in.
    #[getter]
    fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    /// What the workflow carries along; a copy.
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

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("parse")?, (self.0.encode(),)))
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
