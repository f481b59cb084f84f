//! `arvo.Event`: a native object, its data made into a read-only mapping once, when first read.

use std::sync::OnceLock;

use arvo::EventDraft;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyMapping, PyMappingProxy, PyString, PyTuple};
use serde_json::Map;

use crate::environment;
use crate::error::{self, DataError};
use crate::id::EventId;
use crate::value;

/// An immutable event.
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Event {
    pub(crate) event: arvo::Event,
    data: OnceLock<Py<PyMappingProxy>>,
}

impl From<arvo::Event> for Event {
    fn from(event: arvo::Event) -> Self {
        Self { event, data: OnceLock::new() }
    }
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (**attributes))]
    fn new(py: Python<'_>, attributes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let environment = environment::current();
        let draft = match attributes {
            Some(attributes) => draft(attributes, Whose::Event)?,
            None => EventDraft::default(),
        };
        draft.build(&environment).map(Self::from).map_err(|broken| error::event(py, broken))
    }

    /// Reads an event from its JSON; every attribute must be there.
    #[staticmethod]
    fn from_json(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let event = match text(json)? {
            Some(text) => arvo::Event::parse(&text, &limits),
            None => arvo::Event::from_value(value::of_python(json, &limits)?, &limits),
        };
        event.map(Self::from).map_err(|broken| error::event(py, broken))
    }

    /// Reads a CloudEvent of another origin; attributes of Arvo's own may be missing.
    #[staticmethod]
    fn from_cloudevent(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let text = match text(json)? {
            Some(text) => text,
            None => value::of_python(json, &limits)?.to_string(),
        };
        arvo::Event::parse_lenient(&text, &limits).map(Self::from).map_err(|broken| error::event(py, broken))
    }

    #[pyo3(signature = (indent = 0))]
    fn to_json(&self, indent: usize) -> PyResult<String> {
        match indent {
            0 => Ok(self.event.to_json()),
            _ => self.event.to_json_indented(indent).map_err(error::json),
        }
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::to_python(py, &self.event.to_value().map_err(error::json)?)
    }

    fn otel_attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let attributes = PyDict::new(py);
        for (name, value) in self.event.otel_attributes() {
            attributes.set_item(name, value::to_python(py, &value)?)?;
        }
        Ok(attributes)
    }

    #[getter]
    fn id(&self) -> &str {
        self.event.id()
    }

    #[getter]
    fn source(&self) -> &str {
        self.event.source()
    }

    #[getter]
    fn specversion(&self) -> &str {
        self.event.specversion()
    }

    #[getter]
    fn r#type(&self) -> &str {
        self.event.type_()
    }

    #[getter]
    fn subject(&self) -> &str {
        self.event.subject()
    }

    #[getter]
    fn datacontenttype(&self) -> &str {
        self.event.datacontenttype()
    }

    #[getter]
    fn dataschema(&self) -> Option<&str> {
        self.event.dataschema()
    }

    /// The data, read when first asked for; every reader sees the same mapping.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMappingProxy>> {
        let made = match self.data.get() {
            Some(made) => made,
            None => {
                let data = value::to_python(py, self.event.data().map_err(error::json)?)?;
                let proxy = PyMappingProxy::new(py, data.cast::<PyMapping>()?).unbind();
                self.data.get_or_init(|| proxy) // another thread's may be first: then everybody sees that one
            }
        };
        Ok(made.bind(py).clone())
    }

    #[getter]
    fn time(&self) -> &str {
        self.event.time()
    }

    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let extensions = PyDict::new(py);
        for (key, scalar) in self.event.extensions() {
            extensions.set_item(key, value::to_python(py, &scalar.to_value())?)?;
        }
        Ok(extensions)
    }

    #[getter]
    fn to(&self) -> Option<&str> {
        self.event.to()
    }

    #[getter]
    fn accesscontrol(&self) -> Option<&str> {
        self.event.accesscontrol()
    }

    #[getter]
    fn redirectto(&self) -> Option<&str> {
        self.event.redirectto()
    }

    #[getter]
    fn executionunits(&self) -> Option<f64> {
        self.event.executionunits()
    }

    #[getter]
    fn traceparent(&self) -> Option<&str> {
        self.event.traceparent()
    }

    #[getter]
    fn tracestate(&self) -> Option<&str> {
        self.event.tracestate()
    }

    #[getter]
    fn parentid(&self) -> Option<&str> {
        self.event.parentid()
    }

    #[getter]
    fn domain(&self) -> Option<&str> {
        self.event.domain()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.event == other.get().event)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (self.event.id(), self.event.source()).hash(&mut hasher);
        hasher.finish()
    }

    /// The envelope's chief attributes; data may be private.
    fn __repr__(&self) -> String {
        let event = &self.event;
        format!("Event(id={:?}, type={:?}, source={:?}, subject={:?})", event.id(), event.type_(), event.source(), event.subject())
    }

    fn __str__(&self) -> String {
        self.event.to_json()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let read = py.get_type::<Self>().getattr("from_json")?;
        Ok((read, PyTuple::new(py, [self.event.to_json()])?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // No `__clear__`: a cycle can only lead through a list or dict in the data, which clears itself.
        match self.data.get() {
            Some(data) => visit.call(data),
            None => Ok(()),
        }
    }
}

/// JSON text, if that is what was given.
pub(crate) fn text(json: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if let Ok(text) = json.cast::<PyString>() {
        return match text.to_cow() {
            Ok(text) => Ok(Some(text.into_owned())),
            Err(_) => Err(DataError::new_err(("the text holds a lone surrogate, which is no JSON; repair it where it came in", ""))),
        };
    }
    if let Ok(bytes) = json.cast::<PyBytes>() {
        return match std::str::from_utf8(bytes.as_bytes()) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(DataError::new_err((format!("the bytes are no UTF-8 after {}; JSON is UTF-8", error.valid_up_to()), ""))),
        };
    }
    Ok(None)
}

/// Who takes the attributes, and so which names there are.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Whose {
    /// `arvo.Event(…)`: all.
    Event,
    /// A factory: what follows from the contract is not taken.
    Factory,
}

/// An event in the making, from keyword arguments.
pub(crate) fn draft(attributes: &Bound<'_, PyDict>, whose: Whose) -> PyResult<EventDraft> {
    let limits = *environment::current().limits();
    let mut map = Map::with_capacity(attributes.len());
    let mut units = None;
    for (name, given) in attributes.iter() {
        let name: String = name.extract()?;
        check_name(&name, whose)?;
        if given.is_none() && name != "data" {
            continue;
        }
        if name == "executionunits"
            && let Ok(float) = given.cast::<PyFloat>()
        {
            units = Some(float.value()); // not through JSON, which has no infinities to refuse
            continue;
        }
        let value = match given.cast::<EventId>() {
            Ok(id) => id.get().to_value(),
            Err(_) => value::of_python_at(&given, &name, &limits)?,
        };
        let name = if name == "extensions" { "__extensions".to_owned() } else { name };
        map.insert(name, value);
    }
    let draft = EventDraft::from_map(map);
    Ok(match units {
        Some(units) => draft.executionunits(units),
        None => draft,
    })
}

fn check_name(name: &str, whose: Whose) -> PyResult<()> {
    let known = match name {
        "type" | "data" | "specversion" | "dataschema" | "datacontenttype" => whose == Whose::Event,
        "source" | "subject" | "id" | "time" | "to" | "accesscontrol" | "redirectto" | "executionunits" | "parentid"
        | "domain" | "traceparent" | "tracestate" | "extensions" => true,
        _ => false,
    };
    if known {
        return Ok(());
    }
    Err(pyo3::exceptions::PyTypeError::new_err(format!("got an unexpected keyword argument '{name}'")))
}
