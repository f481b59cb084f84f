//! One execution in Python's hands: the table of its objects, the step it waits for, the answers to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arvo::{Answer, Execution, ExecutionFault, Headers, Plan, SchemaHost, Step, Turn, Violation};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::environment;
use crate::error::{self, AlreadyAnsweredError, MisfitError};
use crate::event::Event;
use crate::host::PyHost;
use crate::output;

/// A step: the user's function is to be called.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Call {
    /// Its number: the place of its version among the contract's.
    #[pyo3(get)]
    function: u32,
    /// The event as it came.
    #[pyo3(get)]
    event: Py<Event>,
    /// Its data, validated.
    #[pyo3(get)]
    data: Py<PyAny>,
}

/// The table of one execution, and the execution while it waits. Taken out before the core runs and put back
/// afterwards: whoever answers meanwhile, a callback or another thread, gets a named error.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Running {
    execution: Mutex<Option<Waiting>>,
    plan: Arc<Plan>,
    event: Py<Event>,
    checks: Py<PyList>,
    table: Py<PyList>,
}

struct Waiting {
    execution: Execution,
    function: u32,
}

/// Begins an execution; gives it with its first step.
pub(crate) fn begin<'py>(
    py: Python<'py>,
    plan: &Arc<Plan>,
    event: &Bound<'py, Event>,
    checks: &Bound<'py, PyList>,
) -> PyResult<(Bound<'py, Running>, Bound<'py, PyAny>)> {
    let running = Running {
        execution: Mutex::new(None),
        plan: Arc::clone(plan),
        event: event.clone().unbind(),
        checks: checks.clone().unbind(),
        table: PyList::empty(py).unbind(),
    };
    let turn = running.with_host(py, |host| {
        Execution::start(plan, &environment::current(), event.get().event.clone(), Headers::default(), host)
    });
    let step = running.go_on(py, turn)?;
    Ok((Bound::new(py, running)?, step))
}

#[pymethods]
impl Running {
    /// The function returned this.
    fn returned<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = self.take()?;
        let version = self.plan.contract().versions().nth(waiting.function as usize);
        let answered = self.with_host(py, |host| {
            let answer = match &version {
                Some(version) => output::answer(value, version, host),
                None => Answer::Returned(Vec::new()),
            };
            waiting.execution.answer(answer, host)
        });
        self.answered(py, answered, waiting.function)
    }

    /// The function raised this.
    fn raised<'py>(&self, py: Python<'py>, error: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = self.take()?;
        let error = PyErr::from_value(error.clone());
        let answered = self.with_host(py, |host| waiting.execution.answer(Answer::Raised(host.raised(&error)), host));
        self.answered(py, answered, waiting.function)
    }

    /// Gives up. Nothing is emitted, and a late answer finds nothing to answer.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        let Some(waiting) = self.waiting().take() else { return Ok(()) }; // over already, or at work just now
        drop(waiting.execution.cancel());
        self.table.bind(py).call_method0("clear").map(drop)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // No `__clear__`: every cycle leads through the lists, which clear themselves.
        visit.call(&self.event)?;
        visit.call(&self.checks)?;
        visit.call(&self.table)
    }
}

impl Running {
    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.execution.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> PyResult<Waiting> {
        self.waiting().take().ok_or_else(|| {
            AlreadyAnsweredError::new_err((
                "the execution is done, was cancelled, or is being answered by another thread or by one of its own \
                 callbacks; answer each step once",
            ))
        })
    }

    fn with_host<T>(&self, py: Python<'_>, work: impl FnOnce(&PyHost<'_, '_>) -> T) -> T {
        let (checks, table) = (self.checks.bind(py), self.table.bind(py));
        work(&PyHost { checks, table, consumed: Some(&self.event.get().event) })
    }

    fn answered<'py>(
        &self,
        py: Python<'py>,
        answered: Result<Turn, arvo::Misfit>,
        function: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        match answered {
            Ok(turn) => self.go_on(py, turn),
            Err(misfit) => {
                let error = MisfitError::new_err((misfit.to_string(),));
                *self.waiting() = Some(Waiting { execution: misfit.execution, function });
                Err(error)
            }
        }
    }

    /// Performs the steps that need no user code; gives the next call, or the events.
    fn go_on<'py>(&self, py: Python<'py>, mut turn: Turn) -> PyResult<Bound<'py, PyAny>> {
        loop {
            match turn {
                Turn::Step(execution, Step::Call(call), _) => {
                    let consumed = Some(&self.event.get().event);
                    let host = PyHost { checks: self.checks.bind(py), table: self.table.bind(py), consumed };
                    let data = host.object(&call.data)?;
                    let step = Call { function: call.function, event: self.event.clone_ref(py), data: data.unbind() };
                    *self.waiting() = Some(Waiting { execution, function: call.function });
                    return Ok(Bound::new(py, step)?.into_any());
                }
                Turn::Step(execution, step, _) => {
                    let answer = step.answer_in_process(None, &environment::current()); // nothing is stored here
                    let answer = answer.unwrap_or(Answer::Unlocked);
                    match self.with_host(py, |host| execution.answer(answer, host)) {
                        Ok(next) => turn = next,
                        Err(misfit) => return Err(MisfitError::new_err((misfit.to_string(),))),
                    }
                }
                Turn::Done(outcome, _) => {
                    let done = outcome.and_then(|emitted| self.events(py, &emitted));
                    let table = self.table.bind(py);
                    let done = match done {
                        Ok(events) => PyList::new(py, events).map(Bound::into_any),
                        Err(violation) => Err(error::violation(py, &violation, table)),
                    };
                    table.call_method0("clear")?; // the table dies with its execution
                    return done;
                }
            }
        }
    }

    fn events(&self, py: Python<'_>, emitted: &[arvo::Emitted]) -> Result<Vec<Event>, Violation> {
        emitted.iter().map(|emitted| self.event_of(py, emitted)).collect()
    }

    /// An event of what goes out; data that is an object of the host is written here.
    fn event_of(&self, py: Python<'_>, emitted: &arvo::Emitted) -> Result<Event, Violation> {
        let limits = *environment::current().limits();
        let event = emitted.event_by(&limits, |token| self.with_host(py, |host| host.text(token)));
        event.map(Event::from).map_err(|raised| {
            let type_name = emitted.envelope.type_().into();
            Violation::Execution(ExecutionFault::Unwritable { type_name, raised: Box::new(raised) })
        })
    }
}
