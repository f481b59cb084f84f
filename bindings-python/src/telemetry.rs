//! What an execution is told of its span and what it gives to record, on their way between Python and the core. Who
//! records it, and in what, is `arvo/recorder.py`'s to know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use arvo::telemetry::{
    Attribute, Child, Creation, Instrument, Mark, Measure, Metric, Note, Opening, Severity, SpanSpec, Status,
};
use arvo::{Headers, Outcome, Scalar, Violation};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};
use serde_json::Value;

use crate::environment;
use crate::event::Event;
use crate::host;
use crate::value;

/// What an execution is told of its span; and what it gave to record since that was last taken.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Trace {
    of_span: arvo::telemetry::Trace,
    notes: Mutex<Vec<Note>>,
    is_raised: AtomicBool,
}

#[pymethods]
impl Trace {
    #[new]
    fn new(headers: (Option<String>, Option<String>), is_recorded: bool, is_measured: bool) -> Self {
        let of_span = arvo::telemetry::Trace { headers: as_headers(headers), is_recorded, is_measured };
        Self { of_span, notes: Mutex::default(), is_raised: AtomicBool::new(false) }
    }

    /// What there is to record, in order.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        notes.iter().map(|note| as_tuple(py, note)).collect()
    }
}

impl Trace {
    pub(crate) fn of_span(&self) -> arvo::telemetry::Trace {
        self.of_span.clone()
    }

    /// Whether the execution has ended with a violation that user code raised itself.
    pub(crate) fn is_raised(&self) -> bool {
        self.is_raised.load(Ordering::Relaxed)
    }

    /// The execution has ended.
    pub(crate) fn end(&self, outcome: &Outcome) {
        self.is_raised.store(matches!(outcome, Err(Violation::Host(_))), Ordering::Relaxed);
    }

    pub(crate) fn keep(&self, notes: Vec<Note>) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).extend(notes);
    }
}

/// The time as spans are dated: nanoseconds since 1970.
#[pyfunction]
pub(crate) fn nanos() -> u64 {
    environment::current().nanos()
}

/// Everything that is measured: name, kind of instrument, unit, description, and bounds where it is a histogram.
#[pyfunction]
pub(crate) fn metrics() -> Vec<(&'static str, &'static str, &'static str, &'static str, Vec<f64>)> {
    let row = |metric: Metric| {
        let (kind, bounds) = match metric.instrument() {
            Instrument::Counter => ("counter", Vec::new()),
            Instrument::Histogram => ("histogram", Metric::SECONDS.to_vec()),
            Instrument::Gauge => ("gauge", Vec::new()),
        };
        (metric.name(), kind, metric.unit(), metric.description(), bounds)
    };
    Metric::ALL.map(row).into()
}

/// A line of a span's log: name, attributes, time.
#[pyfunction]
pub(crate) fn log_mark<'py>(py: Python<'py>, severity: &str, message: &str) -> PyResult<Bound<'py, PyTuple>> {
    use Severity::{Critical, Debug, Error, Info, Warning};
    let severity = [Debug, Info, Warning, Error, Critical].into_iter().find(|known| known.name() == severity);
    let severity = severity.ok_or_else(|| {
        PyValueError::new_err("severity is none of DEBUG, INFO, WARNING, ERROR and CRITICAL; give one of them")
    })?;
    mark(py, &Mark::log(nanos(), severity, message))
}

/// An exception on a span: name, attributes, time.
#[pyfunction]
pub(crate) fn exception_mark<'py>(error: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let told = host::told(error.py(), &PyErr::from_value(error.clone()));
    mark(error.py(), &Mark::exception(nanos(), &told.name, &told.message, told.stack.as_deref()))
}

/// Name, kind, attributes, parent, time.
pub(crate) fn opening<'py>(py: Python<'py>, opening: &Opening) -> PyResult<Bound<'py, PyTuple>> {
    let parent = opening.parent.as_ref().map(|headers| (headers.traceparent.as_deref(), headers.tracestate.as_deref()));
    (&*opening.name, opening.kind.name(), dict(py, &opening.attributes)?, parent, opening.at).into_pyobject(py)
}

/// A user's wishes for the spans of a handler or workflow.
pub(crate) fn spec(given: Option<(Option<String>, Bound<'_, PyDict>)>) -> PyResult<SpanSpec> {
    let Some((name, attributes)) = given else { return Ok(SpanSpec::default()) };
    let mut spec = SpanSpec { name, ..SpanSpec::default() };
    for (name, given) in attributes.iter() {
        let name: String = name.extract()?;
        let scalar = match value::of_python_at(&given, &name, environment::current().limits())? {
            Value::String(text) => Scalar::Text(text.into()),
            Value::Bool(value) => Scalar::Bool(value),
            Value::Number(number) => Scalar::Number(number),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                let found = format!("the span's attribute {name:?} is neither text, number nor bool; write it as one");
                return Err(PyValueError::new_err(found));
            }
        };
        spec = spec.attribute(name, scalar);
    }
    Ok(spec)
}

/// Makes an event, in a span of its own where the program traces; `make` is given that span's headers.
pub(crate) fn created(
    py: Python<'_>,
    creation: impl FnOnce() -> Creation,
    make: impl FnOnce(Headers) -> PyResult<Event>,
) -> PyResult<Event> {
    if !is_loaded(py)? {
        return make(Headers::default());
    }
    let module = py.import(intern!(py, "arvo.recorder"))?;
    let Some(tracer) = module.call_method0(intern!(py, "tracer"))?.extract::<Option<Bound<'_, PyAny>>>()? else {
        return make(Headers::default());
    };
    let creation = creation();
    let environment = environment::current();
    let opening = opening(py, &creation.opening(&environment))?;
    let span = module.call_method1(intern!(py, "Making"), (tracer, opening))?;
    let made = span.getattr(intern!(py, "headers"))?.extract().map(as_headers).and_then(make);
    let notes = match &made {
        Ok(event) => creation.notes(Ok(event.event.envelope()), &environment),
        Err(error) => {
            let told = host::told(py, error);
            creation.notes(Err((&told.name, &told.message)), &environment)
        }
    };
    let notes: Vec<_> = notes.iter().map(|note| as_tuple(py, note)).collect::<PyResult<_>>()?;
    span.call_method1(intern!(py, "end"), (notes,))?;
    made
}

/// Whether the program uses OpenTelemetry at all.
fn is_loaded(py: Python<'_>) -> PyResult<bool> {
    static MODULES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let modules = MODULES.get_or_try_init(py, || py.import("sys")?.getattr("modules").map(Bound::unbind))?;
    modules.bind(py).contains(intern!(py, "opentelemetry"))
}

fn as_headers((traceparent, tracestate): (Option<String>, Option<String>)) -> Headers {
    Headers { traceparent: traceparent.map(Into::into), tracestate: tracestate.map(Into::into) }
}

/// A note: its kind, and what belongs to it.
fn as_tuple<'py>(py: Python<'py>, note: &Note) -> PyResult<Bound<'py, PyTuple>> {
    match note {
        Note::Mark(happened) => ("mark", mark(py, happened)?).into_pyobject(py),
        Note::Attributes(attributes) => ("attributes", dict(py, attributes)?).into_pyobject(py),
        Note::Status(status) => ("status", failure(status)).into_pyobject(py),
        Note::Child(child) => ("child", as_child(py, child)?).into_pyobject(py),
        Note::Measure(measured) => ("measure", measure(py, measured)?).into_pyobject(py),
        _ => Ok(PyTuple::empty(py)), // a kind that came later than this
    }
}

/// A measurement: the name of its metric, its value and its attributes.
pub(crate) fn measure<'py>(py: Python<'py>, measure: &Measure) -> PyResult<Bound<'py, PyTuple>> {
    (measure.metric.name(), measure.value, dict(py, &measure.attributes)?).into_pyobject(py)
}

fn as_child<'py>(py: Python<'py>, child: &Child) -> PyResult<Bound<'py, PyTuple>> {
    let marks: Vec<_> = child.marks.iter().map(|happened| mark(py, happened)).collect::<PyResult<_>>()?;
    let marks = PyList::new(py, marks)?;
    let attributes = dict(py, &child.attributes)?;
    (&*child.name, child.started, child.ended, attributes, marks, failure(&child.status)).into_pyobject(py)
}

fn mark<'py>(py: Python<'py>, mark: &Mark) -> PyResult<Bound<'py, PyTuple>> {
    (mark.name, dict(py, &mark.attributes)?, mark.at).into_pyobject(py)
}

/// The message of a failure; None where all went well.
fn failure(status: &Status) -> Option<&str> {
    match status {
        Status::Ok => None,
        Status::Error(message) => Some(message),
    }
}

/// Attributes; what is nothing is no attribute.
fn dict<'py>(py: Python<'py>, attributes: &[Attribute]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, scalar) in attributes {
        if !matches!(scalar, Scalar::Null) {
            dict.set_item(&**name, value::to_python(py, &scalar.to_value())?)?;
        }
    }
    Ok(dict)
}
