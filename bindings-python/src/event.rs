//! `arvo.Event`: a native object, its data made into a read-only mapping once, when first read.

use std::sync::OnceLock;

use arvo::telemetry::Creation;
use arvo::{EventDraft, Headers};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyMapping, PyMappingProxy, PyString, PyTuple};
use serde_json::Map;

use crate::environment;
use crate::error::{self, DataError};
use crate::telemetry;
use crate::value;

/// An immutable event: a CloudEvents 1.0 envelope with Arvo's extensions.
///
/// Made of keyword arguments (see `arvo.EventAttributes`); what is absent gets its default. Names that are no properly
/// encoded URIs yet are encoded. Where the program traces, the event is made in a span of its own, and carries that
/// span's headers unless it is given some; `traced=False` leaves both out.
///
/// Raises:
///     EventError: attributes are broken; all of them are in `broken`.
///     DataError: something given is no JSON; `path` says where.
///
/// >>> import arvo
/// >>> event = arvo.Event(type="com.order.placed", source="com.shop.web", subject="order 17", data={"total": 12.5})
/// >>> event.subject, event.to, event.data["total"]
/// ('order%2017', 'com.order.placed', 12.5)
/// >>> arvo.Event.from_json(event.to_json()) == event
/// True
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
    #[pyo3(signature = (*, traced = true, **attributes))]
    fn new(py: Python<'_>, traced: bool, attributes: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let environment = environment::current();
        let draft = match attributes {
            Some(attributes) => draft(attributes, Whose::Event)?,
            None => EventDraft::default(),
        };
        let make = |Headers { traceparent, tracestate }| {
            let draft = match (attributes, traceparent) {
                (Some(attributes), Some(traceparent)) if !is_given(attributes, "traceparent")? => {
                    let draft = draft.traceparent(traceparent);
                    tracestate.into_iter().fold(draft, EventDraft::tracestate)
                }
                _ => draft,
            };
            draft.build(&environment).map(Self::from).map_err(|broken| error::event(py, broken))
        };
        if !traced {
            return make(Headers::default());
        }
        let creation = || {
            let type_ = attributes.and_then(|attributes| attributes.get_item("type").ok().flatten());
            Creation::of_event(&type_.map(|type_| type_.to_string()).unwrap_or_default())
        };
        telemetry::created(py, creation, make)
    }

    /// Reads an event from its JSON: text, UTF-8 bytes, or the mapping that they stand for.
    ///
    /// Every attribute must be there, the absent ones as null; nothing is encoded or defaulted. Depth and keys of text are
    /// checked when the data is first read.
    ///
    /// Raises:
    ///     EventError: attributes are broken; all of them are in `broken`.
    ///     LimitError: the text is over the limit.
    ///     DataError: the mapping holds what is no JSON.
    ///
    /// >>> import arvo
    /// >>> try:
    /// ...     arvo.Event.from_json('{"id": ""}')
    /// ... except arvo.EventError as error:
    /// ...     print(len(error.broken) > 10)
    /// True
    #[staticmethod]
    fn from_json(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let event = match text(json)? {
            Some(text) => arvo::Event::parse(&text, &limits),
            None => arvo::Event::from_value(value::of_python(json, &limits)?, &limits),
        };
        event.map(Self::from).map_err(|broken| error::event(py, broken))
    }

    /// Reads a CloudEvent of another origin: attributes of Arvo's own may be missing, and are None then.
    ///
    /// Raises:
    ///     EventError: as `from_json`.
    ///
    /// >>> import arvo
    /// >>> foreign = {"id": "1", "source": "/sensors", "specversion": "1.0", "type": "io.cloud.seen",
    /// ...            "subject": "s1", "time": "2026-01-31T12:00:00Z", "data": {}}
    /// >>> arvo.Event.from_cloudevent(foreign).to is None
    /// True
    #[staticmethod]
    fn from_cloudevent(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let text = match text(json)? {
            Some(text) => text,
            None => value::of_python(json, &limits)?.to_string(),
        };
        arvo::Event::parse_lenient(&text, &limits).map(Self::from).map_err(|broken| error::event(py, broken))
    }

    /// The event as JSON text, attributes in their order; data that came as text goes out as it came.
    ///
    /// With `indent`, as `JSON.stringify(event, null, indent)` writes it.
    ///
    /// >>> event = greet.accepts({"name": "Ada"}, source="com.shop.web", id="greeting-1")
    /// >>> event.to_json()[:20]
    /// '{"id":"greeting-1","'
    #[pyo3(signature = (indent = 0))]
    fn to_json(&self, indent: usize) -> PyResult<String> {
        match indent {
            0 => Ok(self.event.to_json()),
            _ => self.event.to_json_indented(indent).map_err(error::json),
        }
    }

    /// The event as a fresh dict, the caller's to change.
    ///
    /// >>> greet.accepts({"name": "Ada"}, source="com.shop.web").to_dict()["data"]
    /// {'name': 'Ada'}
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::to_python(py, &self.event.to_value().map_err(error::json)?)
    }

    /// What an OpenTelemetry span tells of the event; None is written `N/A`.
    ///
    /// >>> greet.accepts({"name": "Ada"}, source="com.shop.web").otel_attributes()["cloudevents.arvo.event_domain"]
    /// 'N/A'
    fn otel_attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let attributes = PyDict::new(py);
        for (name, value) in self.event.otel_attributes() {
            attributes.set_item(name, value::to_python(py, &value)?)?;
        }
        Ok(attributes)
    }

    /// Its id; equal ids of one source are one event.
    #[getter]
    fn id(&self) -> &str {
        self.event.id()
    }

    /// Who made it, a URI.
    #[getter]
    fn source(&self) -> &str {
        self.event.source()
    }

    /// The version of CloudEvents, `1.0`.
    #[getter]
    fn specversion(&self) -> &str {
        self.event.specversion()
    }

    /// What it says, such as `com.order.placed`.
    #[getter]
    fn r#type(&self) -> &str {
        self.event.type_()
    }

    /// The workflow it belongs to, a URI.
    #[getter]
    fn subject(&self) -> &str {
        self.event.subject()
    }

    /// Format of the data.
    #[getter]
    fn datacontenttype(&self) -> &str {
        self.event.datacontenttype()
    }

    /// Contract and version that the data follows, `{uri}/{version}`.
    #[getter]
    fn dataschema(&self) -> Option<&str> {
        self.event.dataschema()
    }

    /// The data: a read-only mapping, made when first asked for; every reader sees the same one.
    ///
    /// Raises:
    ///     LimitError: the text that it came as is too deep, or has too many keys.
    ///     DataError: that text holds a lone surrogate.
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

    /// When it was made, with an offset.
    #[getter]
    fn time(&self) -> &str {
        self.event.time()
    }

    /// Custom attributes, in order; a copy.
    #[getter]
    fn extensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let extensions = PyDict::new(py);
        for (key, scalar) in self.event.extensions() {
            extensions.set_item(key, value::to_python(py, &scalar.to_value())?)?;
        }
        Ok(extensions)
    }

    /// Who shall get it.
    #[getter]
    fn to(&self) -> Option<&str> {
        self.event.to()
    }

    /// Who may see it.
    #[getter]
    fn accesscontrol(&self) -> Option<&str> {
        self.event.accesscontrol()
    }

    /// Who shall get the answers.
    #[getter]
    fn redirectto(&self) -> Option<&str> {
        self.event.redirectto()
    }

    /// What handling cost.
    #[getter]
    fn executionunits(&self) -> Option<f64> {
        self.event.executionunits()
    }

    /// The W3C trace header `traceparent`.
    #[getter]
    fn traceparent(&self) -> Option<&str> {
        self.event.traceparent()
    }

    /// The W3C trace header `tracestate`.
    #[getter]
    fn tracestate(&self) -> Option<&str> {
        self.event.tracestate()
    }

    /// Id of the event that caused it.
    #[getter]
    fn parentid(&self) -> Option<&str> {
        self.event.parentid()
    }

    /// Processing context that it leaves the local flow for; None is the local flow.
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
        format!(
            "Event(id={:?}, type={:?}, source={:?}, subject={:?})",
            event.id(),
            event.type_(),
            event.source(),
            event.subject()
        )
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
            Err(_) => Err(DataError::new_err((
                "the text holds a lone surrogate, which is no JSON; repair it where it came in",
                "",
            ))),
        };
    }
    if let Ok(bytes) = json.cast::<PyBytes>() {
        return match std::str::from_utf8(bytes.as_bytes()) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(DataError::new_err((
                format!("the bytes are no UTF-8 after {}; JSON is UTF-8", error.valid_up_to()),
                "",
            ))),
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
        let value = value::of_python_at(&given, &name, &limits)?;
        let name = if name == "extensions" { "__extensions".to_owned() } else { name };
        map.insert(name, value);
    }
    let draft = EventDraft::from_map(map);
    Ok(match units {
        Some(units) => draft.executionunits(units),
        None => draft,
    })
}

/// Whether an attribute is among these.
pub(crate) fn is_given(attributes: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    Ok(attributes.get_item(name)?.is_some_and(|given| !given.is_none()))
}

fn check_name(name: &str, whose: Whose) -> PyResult<()> {
    let known = match name {
        "type" | "data" | "specversion" | "dataschema" | "datacontenttype" => whose == Whose::Event,
        "source" | "subject" | "id" | "time" | "to" | "accesscontrol" | "redirectto" | "executionunits"
        | "parentid" | "domain" | "traceparent" | "tracestate" | "extensions" => true,
        _ => false,
    };
    if known {
        return Ok(());
    }
    Err(pyo3::exceptions::PyTypeError::new_err(format!("got an unexpected keyword argument '{name}'")))
}
