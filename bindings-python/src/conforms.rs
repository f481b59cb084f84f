//! The check that a handler keeps its contract; the loop over it is `arvo/conforms.py`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arvo::suite::{Breach, Conformity, Effort, Outcome, Trial};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::environment;
use crate::event::Event;
use crate::plan::Plan;
use crate::suite;
use crate::telemetry::Trace;
use crate::value;

/// It hands out events and is told what came of each.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Conforms(Mutex<arvo::suite::Conforms>);

#[pymethods]
impl Conforms {
    /// Without a seed a fresh one; a text that is no number is as good as one.
    #[new]
    fn new(plan: &Plan, seed: Option<&str>, valid: usize, invalid: usize) -> Self {
        let plan = &plan.0.plan;
        let served = plan.served_versions();
        let versions =
            plan.contract().versions().filter(|version| served.iter().any(|one| one == version.version().as_str()));
        let environment = environment::current();
        let fresh = || environment.uuid().as_u64_pair().0;
        let mut effort = Effort::new(seed.map_or_else(fresh, Effort::seed_of));
        (effort.valid, effort.invalid) = (valid, invalid);
        Self(Mutex::new(arvo::suite::Conforms::new(versions, effort, &environment)))
    }

    /// The next event; or the report of a failure, with its breach if there is one; or, without a report, how many
    /// inputs were tried that fit, and that do not.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let next = self.check().next();
        match next {
            Trial::Execute(event) => Event::from(event).into_bound_py_any(py),
            Trial::Done(Conformity::Kept { valid, invalid }) => {
                (None::<String>, (valid, invalid)).into_bound_py_any(py)
            }
            Trial::Done(Conformity::Broken(breach)) => (breach.to_string(), told(py, &breach)?).into_bound_py_any(py),
            Trial::Done(Conformity::Unknown { version, error }) => {
                (format!("{version}: {error}"), py.None()).into_bound_py_any(py)
            }
        }
    }

    /// Events of these types were emitted; user code was called so often.
    fn emitted(&self, types: Vec<String>, calls: u32) -> PyResult<()> {
        self.answer(Outcome::Emitted(types), calls)
    }

    /// This was raised, by user code itself or not, which was called so often.
    fn raised(&self, error: &Bound<'_, PyAny>, trace: &Trace, calls: u32) -> PyResult<()> {
        let thrown = suite::thrown(error);
        self.answer(if trace.is_raised() { Outcome::Raised(thrown) } else { Outcome::Violated(thrown) }, calls)
    }
}

impl Conforms {
    fn check(&self) -> MutexGuard<'_, arvo::suite::Conforms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, outcome: Outcome, calls: u32) -> PyResult<()> {
        self.check().answer(outcome, calls).map_err(|misfit| suite::refused(&misfit))
    }
}

/// The members of `arvo.Breach`.
fn told<'py>(py: Python<'py>, breach: &Breach) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("type", &breach.source_type)?;
    told.set_item("version", &breach.version)?;
    told.set_item("seed", breach.seed)?;
    told.set_item("case", breach.case)?;
    told.set_item("input", value::to_python(py, &breach.input)?)?;
    told.set_item("shrunk", breach.shrunk)?;
    told.set_item("wrong", breach.wrong.to_string())?;
    Ok(told)
}
