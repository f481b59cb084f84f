//! Suites of a file, and the runs of cases; the loop over them is `arvo/suite.py`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arvo::suite::{Answer, Misfit, Next, Repeat, Target, Thrown, Verdict};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::environment;
use crate::error::{self, MisfitError};
use crate::event::{self, Event};
use crate::host;
use crate::value;

/// One case.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Case(Arc<arvo::suite::Case>);

#[pymethods]
impl Case {
    /// A case of the program's functions; `steps` says of each what is expected: `nothing`, `events` or `error`.
    #[staticmethod]
    fn of_functions(py: Python<'_>, name: &str, steps: Vec<String>, repeat: Option<(u32, f64)>) -> PyResult<Self> {
        let mut case = arvo::suite::Case::builder(name);
        for expected in &steps {
            case = match expected.as_str() {
                "events" => case.step_for_events(),
                "error" => case.step_for_error(),
                _ => case.step(),
            };
        }
        if let Some((times, threshold)) = repeat {
            let repeat = Repeat::new(times, threshold).ok_or_else(|| {
                PyValueError::new_err("a case is repeated from 1 to 1,000,000 times, with a threshold from 0 to 100")
            })?;
            case = case.repeat(repeat);
        }
        case.build().map(Arc::new).map(Self).map_err(|wrong| error::suite(py, &wrong))
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// Begins it.
    fn run(&self) -> Run {
        Run(Mutex::new(arvo::suite::Run::new(&self.0, &environment::current())))
    }
}

/// What is tested: its name if it has one, the name of its group, whether it is a function, and what it is called.
type Config = (Option<String>, String, bool, String);

/// Reads a suite: what is tested, by which cases.
#[pyfunction]
pub(crate) fn read_suite(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<(Vec<Config>, Vec<Case>)> {
    let suite = match event::text(json)? {
        Some(text) => arvo::suite::Suite::read(&text),
        None => arvo::suite::Suite::from_json(&value::of_python(json, environment::current().limits())?),
    };
    let suite = suite.map_err(|wrong| error::suite(py, &wrong))?;
    let config = |config: arvo::suite::Config| {
        let group = config.group();
        let (is_function, called) = match config.target {
            Target::Handler(source) => (false, source),
            Target::Function(name) => (true, name),
        };
        (config.name, group, is_function, called)
    };
    Ok((suite.configs.into_iter().map(config).collect(), suite.cases.into_iter().map(Case).collect()))
}

/// The group of a handler, or of a function, of this name.
#[pyfunction]
pub(crate) fn suite_group(called: &str) -> String {
    arvo::suite::Config::new(Target::Handler(called.to_owned())).group()
}

/// One case on its way: it says what is next and takes what came of it.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Run(Mutex<arvo::suite::Run>);

#[pymethods]
impl Run {
    /// What is asked for, the place of its step, and what it is about.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let events = |events: &[arvo::Event]| events.iter().cloned().map(Event::from).collect::<Vec<_>>();
        let next = self.run().next();
        match next {
            Next::Input { step, previous } => ("input", step, previous.as_deref().map(events)).into_pyobject(py),
            Next::Execute { step, event } => ("execute", step, Event::from(event)).into_pyobject(py),
            Next::CheckEvents { step, events: checked } => ("events", step, events(&checked)).into_pyobject(py),
            Next::CheckError { step, .. } => ("error", step, py.None()).into_pyobject(py),
            Next::Done(Verdict::Passed) => ("done", 0, py.None()).into_pyobject(py),
            Next::Done(Verdict::Failed(message)) => ("done", 0, message).into_pyobject(py),
        }
    }

    /// The event that was asked for.
    fn made(&self, event: &Event) -> PyResult<()> {
        self.answer(Answer::Made(event.event.clone()))
    }

    /// The events that were emitted.
    fn executed(&self, events: Vec<PyRef<'_, Event>>) -> PyResult<()> {
        self.answer(Answer::Executed(events.iter().map(|event| event.event.clone()).collect()))
    }

    /// Whether a check holds.
    fn checked(&self, holds: bool) -> PyResult<()> {
        self.answer(Answer::Checked(holds))
    }

    /// What was raised instead.
    fn raised(&self, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.answer(Answer::Thrown(thrown(error)))
    }
}

impl Run {
    fn run(&self) -> MutexGuard<'_, arvo::suite::Run> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, answer: Answer) -> PyResult<()> {
        self.run().answer(answer).map_err(|misfit| refused(&misfit))
    }
}

pub(crate) fn refused(misfit: &Misfit) -> PyErr {
    MisfitError::new_err((misfit.to_string(),))
}

/// An exception as suites know it.
pub(crate) fn thrown(error: &Bound<'_, PyAny>) -> Thrown {
    let py = error.py();
    let told = host::told(py, &PyErr::from_value(error.clone()));
    if host::violation_kind(error).is_none() {
        return Thrown::error(told.name, told.message);
    }
    let type_: Option<String> = error.getattr(intern!(py, "type")).and_then(|type_| type_.extract()).ok();
    let mut thrown = Thrown::violation(type_.unwrap_or(told.name), told.message);
    let metadata = error.getattr(intern!(py, "metadata")).ok().filter(|metadata| !metadata.is_none());
    let limits = *environment::current().limits();
    thrown.metadata = metadata.and_then(|metadata| value::of_python(&metadata, &limits).ok()).map(Box::new);
    thrown
}
