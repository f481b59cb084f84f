//! A worker's place at a store, and the jobs that it takes there. The loops that run them are `arvo/worker.py`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arvo::{Answer, Raised, ShiftSpec, Step, Taken, Task, Token, Violation, WorkerError, WorkerSettings};
use pyo3::IntoPyObjectExt;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::bell::Bell;
use crate::error::{self, AlreadyAnsweredError, ConfigViolation};
use crate::event::Event;
use crate::host;
use crate::plan::{Compiled, Plan};
use crate::running::{self, Keeping, Running};
use crate::store::Store;
use crate::telemetry::{self, Trace};

/// See above.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Station {
    station: arvo::Station,
    compiled: Vec<Arc<Compiled>>,
}

#[pymethods]
impl Station {
    /// Opens it, which claims; times are milliseconds.
    #[new]
    #[allow(clippy::too_many_arguments)] // keywords, in Python
    fn new(
        store: &Store,
        plans: Vec<PyRef<'_, Plan>>,
        name: &str,
        numbers: Numbers,
        is_measured: bool,
    ) -> PyResult<Self> {
        let store = store.open()?;
        let mut spec = spec(&plans, name, numbers)?;
        spec.is_measured = is_measured;
        let compiled: Vec<_> = plans.iter().map(|plan| Arc::clone(&plan.0)).collect();
        Ok(Self { station: arvo::Station::open(&store, spec, store.environment()), compiled })
    }

    /// Whether there can be such a worker.
    #[staticmethod]
    fn check(plans: Vec<PyRef<'_, Plan>>, name: &str, numbers: Numbers) -> PyResult<()> {
        spec(&plans, name, numbers).map(drop)
    }

    /// A job; or what is to be recorded, if somebody measures; or for how many seconds there is nothing; or None, when all
    /// is over.
    #[pyo3(signature = (is_measured = false))]
    fn take(&self, py: Python<'_>, is_measured: bool) -> PyResult<Py<PyAny>> {
        self.station.measure(is_measured);
        match self.station.take() {
            Taken::Job(job) => {
                let compiled = self.compiled.get(job.plan).map(Arc::clone);
                let Some(compiled) = compiled else { return Ok(py.None()) }; // unreachable: jobs are of these plans
                let event = Py::new(py, Event::from(job.event.clone()))?;
                let (number, plan, tries) = (job.number, job.plan, job.tries);
                let task = Mutex::new(Some(self.station.task(&job)));
                Job { station: self.station.clone(), compiled, number, plan, tries, event, task }.into_py_any(py)
            }
            Taken::Measure(measure) => telemetry::measure(py, &measure)?.into_py_any(py),
            Taken::Wait(limit) => limit.map_or(f64::INFINITY, |limit| limit.as_secs_f64()).into_py_any(py),
            Taken::Over(Ok(())) => Ok(py.None()),
            Taken::Over(Err(refused)) => Err(error::store(&refused)),
        }
    }

    /// Waits until there may be something to take, at most so many seconds; others run meanwhile.
    fn wait(&self, py: Python<'_>, limit: f64) {
        let limit = Duration::try_from_secs_f64(limit).unwrap_or(Duration::MAX).min(SLICE);
        py.detach(|| self.station.wait(limit));
    }

    /// Rings the bell for `number` whenever there may be something to take; without one, no longer.
    fn listen(&self, bell: Option<&Bell>, number: u64) {
        self.station.listen(bell.map(|bell| {
            let ringer = bell.ringer(number);
            Arc::new(move || ringer.ring()) as Arc<dyn Fn() + Send + Sync>
        }));
    }

    fn stop(&self) {
        self.station.stop();
    }

    /// Claimed, repeated, handled, failed, lost.
    fn tally(&self) -> (u64, u64, u64, u64, u64) {
        let tally = self.station.tally();
        (tally.claimed, tally.repeated, tally.handled, tally.failed, tally.lost)
    }
}

/// So long at most a thread waits before it looks whether a signal came.
const SLICE: Duration = Duration::from_millis(100);

/// Capacity, lease, tries, first and longest wait; times are milliseconds.
type Numbers = (f64, f64, f64, f64, f64);

fn spec(plans: &[PyRef<'_, Plan>], name: &str, numbers: Numbers) -> PyResult<ShiftSpec> {
    let (capacity, lease, tries, first, longest) = numbers;
    let given = WorkerSettings {
        capacity: Some(capacity),
        lease: Some(lease),
        tries: Some(tries),
        first: Some(first),
        longest: Some(longest),
    };
    let mut spec = ShiftSpec::new(name, plans.iter().map(|plan| Arc::clone(&plan.0.plan)));
    let wrong = spec.set(given).map_err(WorkerError::from).and_then(|()| WorkerError::check(&spec));
    wrong.map_err(|wrong| ConfigViolation::new_err((wrong.to_string(),)))?;
    Ok(spec)
}

/// A claimed event. It ends with its execution, or by [`Job::fail`].
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Job {
    station: arvo::Station,
    compiled: Arc<Compiled>,
    number: u64,
    /// Which of the worker's plans.
    #[pyo3(get)]
    plan: usize,
    /// Which try it is, from 1.
    #[pyo3(get)]
    tries: u32,
    /// The event.
    #[pyo3(get)]
    event: Py<Event>,
    task: Mutex<Option<Task>>,
}

#[pymethods]
impl Job {
    /// Begins its execution; the first step comes with it. What the last step gives is in the store by then.
    #[pyo3(signature = (checks, tables, trace = None))]
    fn begin<'py>(
        &self,
        py: Python<'py>,
        checks: &Bound<'py, PyDict>,
        tables: Option<&Bound<'py, PyList>>,
        trace: Option<&Bound<'py, Trace>>,
    ) -> PyResult<(Bound<'py, Running>, Bound<'py, PyAny>)> {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = task.ok_or_else(|| AlreadyAnsweredError::new_err(("the job was begun before",)))?;
        let at_work = AtWork { station: self.station.clone(), task: Mutex::new(Some(task)) };
        running::begin(py, &self.compiled, self.event.bind(py), checks, tables, Keeping::Store(at_work), trace)
    }

    /// Ends it where its execution has not: the event is tried again later.
    fn fail(&self, py: Python<'_>, error: &Bound<'_, PyAny>) {
        let Raised { name, message, .. } = host::told(py, &PyErr::from_value(error.clone()));
        self.station.fail(self.number, &name, &message);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event)
    }
}

/// The task of an execution that runs for a store.
pub(crate) struct AtWork {
    station: arvo::Station,
    /// Nothing once it was given up, so that nothing comes of it.
    task: Mutex<Option<Task>>,
}

impl AtWork {
    fn task(&self) -> MutexGuard<'_, Option<Task>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers what a memory would answer. Writing what is emitted may call Python, so nothing is locked meanwhile.
    pub(crate) fn answer(&self, step: &Step, text: impl Fn(Token) -> Result<Arc<str>, Raised>) -> Option<Answer> {
        let mut task = self.task().take()?;
        let answer = task.answer(step, text);
        *self.task() = Some(task);
        answer
    }

    /// Tells the store how the execution ended, unless it was given up.
    pub(crate) fn settle(&self, violation: Option<&Violation>) {
        if let Some(task) = self.task().take() {
            self.station.settle(task.number(), task.end(violation));
        }
    }

    /// Whoever began the job tells the store of its end.
    pub(crate) fn give_up(&self) {
        self.task().take();
    }
}
