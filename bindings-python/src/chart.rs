//! Charts by themselves, without contracts, memory and events of the wire: for tests of machines, and for looking at.

use std::sync::Arc;

use arvo::statechart::{self, Error, Expressions, Implementations, Marks, NoHost, Options, Outcome, Signal, Taken};
use arvo::{ConfigFault, Data, Limits, Violation};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Map, Value};

use crate::environment;
use crate::error::{self, ChartError};
use crate::functions::Working;
use crate::host::PyHost;
use crate::machine;
use crate::value;

/// A statechart, checked and compiled; its functions are numbers.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Chart(pub(crate) statechart::Chart);

/// Snapshot, emitted and enqueued events, numbers of the transitions taken, tags, meta.
type Stepped<'py> =
    (Bound<'py, PyAny>, Vec<Bound<'py, PyAny>>, Vec<Bound<'py, PyAny>>, Vec<u32>, Vec<String>, Bound<'py, PyDict>);

#[pymethods]
impl Chart {
    #[staticmethod]
    fn compile(
        py: Python<'_>,
        definition: &Bound<'_, PyAny>,
        guards: &Bound<'_, PyAny>,
        actions: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (definition, guards, actions) =
            (self::definition(definition)?, self::definition(guards)?, self::definition(actions)?);
        let mut given = Implementations { guards: map(guards), actions: map(actions), appending: Vec::new() };
        given.appending.push((arvo::Machine::ENQUEUE.to_owned(), arvo::Machine::QUEUE.map(str::to_owned).to_vec()));
        let options =
            Options { language: Arc::new(Expressions::new(environment::current().limits())), ..Options::default() };
        let compiled = py.detach(|| statechart::Chart::compile_with(&definition, &given, options));
        compiled.map(Self).map_err(|problems| {
            let problems = problems.iter().map(machine::problem_of).collect();
            error::wiring(py, &Violation::Config(ConfigFault::Machine { problems }))
        })
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn warnings(&self) -> Vec<error::Problem> {
        let warnings: Vec<_> = self.0.warnings().iter().map(machine::problem_of).collect();
        error::problems(&warnings)
    }

    fn start<'py>(&self, functions: &Bound<'py, PyAny>, input: Option<&Bound<'py, PyAny>>) -> PyResult<Stepped<'py>> {
        run(functions, None, |working| {
            let input = input.map(|input| working.host.keep(input).map(Data::Host)).transpose();
            let input = input.map_err(|error| working.raised(&error))?;
            self.stepped(self.0.start(input, working)?, working)
        })
    }

    /// Restores and sends.
    fn send<'py>(
        &self,
        functions: &Bound<'py, PyAny>,
        snapshot: &Bound<'py, PyAny>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Stepped<'py>> {
        let snapshot = at_rest(snapshot)?;
        let type_name: String = event.get_item(intern!(event.py(), "type"))?.extract()?;
        let context = snapshot.get("context").cloned().map(Data::from);
        run(functions, context.as_ref(), |working| {
            let event = working.host.keep(event).map_err(|error| working.raised(&error))?;
            let signal = Signal::sent(type_name, Data::Host(event));
            self.stepped(self.0.resume(snapshot, signal, working)?, working)
        })
    }

    /// A transition as a person names it.
    fn transition(&self, taken: u32) -> Option<String> {
        self.0.transition(Taken::of(taken))
    }

    #[pyo3(signature = (at, trace))]
    fn mermaid(&self, at: Option<&Bound<'_, PyAny>>, trace: Vec<u32>) -> PyResult<String> {
        self.drawn(at, trace, |marks| self.0.to_mermaid(marks))
    }

    #[pyo3(signature = (at, trace))]
    fn dot(&self, at: Option<&Bound<'_, PyAny>>, trace: Vec<u32>) -> PyResult<String> {
        self.drawn(at, trace, |marks| self.0.to_dot(marks))
    }
}

impl Chart {
    fn drawn(
        &self,
        at: Option<&Bound<'_, PyAny>>,
        trace: Vec<u32>,
        draw: impl FnOnce(Marks<'_>) -> String,
    ) -> PyResult<String> {
        let state = at.map(|at| self.0.restore(at_rest(at)?, &NoHost).map_err(|error| unfit(&error))).transpose()?;
        let trace: Vec<Taken> = trace.into_iter().map(Taken::of).collect();
        Ok(draw(Marks { state: state.as_ref(), trace: &trace }))
    }

    fn stepped<'py>(&self, outcome: Outcome, working: &Working<'_, 'py>) -> Result<Stepped<'py>, Error> {
        let Outcome { state, emitted, appended, taken } = outcome;
        let py = working.host.table.py();
        let told = |error: PyErr| Error::Host(working.raised(&error));
        let objects = |list: Vec<Data>| list.iter().map(|data| working.object(data)).collect::<PyResult<Vec<_>>>();
        let (emitted, appended) = (objects(emitted).map_err(told)?, objects(appended).map_err(told)?);
        let taken = taken.into_iter().map(Taken::number).collect();
        let tags = self.0.tags(&state);
        let meta = value::map_to_python(py, &self.0.meta(&state)).map_err(told)?;
        let mut snapshot = self.0.snapshot(state, working)?;
        if let Some(context) = snapshot.get_mut("context") {
            let mut kept = Arc::new(context.take());
            arvo::Machine::drop_volatile(&mut kept);
            *context = Arc::unwrap_or_clone(kept);
        }
        let snapshot = value::to_python(py, &snapshot).map_err(told)?;
        Ok((snapshot, emitted, appended, taken, tags, meta))
    }
}

/// One step of a chart with the functions of its face.
fn run<'py, R>(
    functions: &Bound<'py, PyAny>,
    context: Option<&Data>,
    step: impl FnOnce(&Working<'_, 'py>) -> Result<R, Error>,
) -> PyResult<R> {
    let py = functions.py();
    let (checks, table) = (PyDict::new(py), PyList::empty(py));
    let host = PyHost { checks: &checks, table: &table, consumed: None };
    let tables = PyList::empty(py);
    let working = Working::new(&host, &[], &tables);
    working.begin(0, functions.clone(), context, None)?;
    let stepped = step(&working);
    match (working.stopped(), stepped) {
        (Some(stop), _) => Err(stop),
        (None, Ok(stepped)) => Ok(stepped),
        (None, Err(error)) => Err(failure(py, &error, &table)),
    }
}

/// What a function raised is that very exception; a guard's comes out under XState's words, unless it is a violation.
fn failure(py: Python<'_>, error: &Error, table: &Bound<'_, PyList>) -> PyErr {
    let mut cause = error;
    while let Error::Guard { cause: inner, .. } = cause {
        cause = inner;
    }
    let Error::Host(raised) = cause else { return unfit(error) };
    let thrown = error::thrown(raised.token, table);
    if raised.violation.is_some() || matches!(error, Error::Host(_)) {
        return thrown;
    }
    let told = unfit(error);
    told.set_cause(py, Some(thrown));
    told
}

/// What the chart itself fails with.
pub(crate) fn unfit(error: &Error) -> PyErr {
    ChartError::new_err((error.to_string(),))
}

/// A snapshot as it was stored: JSON text, or what was read of it.
pub(crate) fn at_rest(snapshot: &Bound<'_, PyAny>) -> PyResult<Value> {
    let limits = *environment::current().limits();
    machine::json_of(snapshot, &Limits { depth: limits.depth + 8, event: limits.record, ..limits })
}

/// A definition as JSON: the program's own, so large and deep ones are welcome.
pub(crate) fn definition(given: &Bound<'_, PyAny>) -> PyResult<Value> {
    let limits = *environment::current().limits();
    machine::json_of(given, &Limits { depth: 1_024, keys: usize::MAX, event: usize::MAX, ..limits })
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(), // unreachable: the face gives a dict
    }
}
