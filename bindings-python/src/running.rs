//! One execution in Python's hands: the table of its objects, the step it waits for, the answers to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arvo::telemetry::Note;
use arvo::{
    Answer, Committed, Execution, ExecutionFault, Found, InMemory, Locked, Misfit, Resumption, SchemaHost, SchemasOnly,
    Step, Turn, Violation,
};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple};

use crate::environment;
use crate::error::{self, AlreadyAnsweredError, MisfitError, RecordError};
use crate::event::Event;
use crate::functions::Working;
use crate::host::PyHost;
use crate::plan::Compiled;
use crate::station::AtWork;
use crate::telemetry::Trace;
use crate::{memory, output, resumed};

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
    /// What a workflow's function is given beside that.
    workflow: Option<Resumption>,
    checks: Py<PyDict>,
    table: Py<PyList>,
}

#[pymethods]
impl Call {
    /// Whether the event begins the workflow.
    #[getter]
    fn is_init(&self) -> bool {
        self.workflow.as_ref().is_none_or(|workflow| workflow.is_init)
    }

    /// The state that the last call left.
    fn context<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let context = self.workflow.as_ref().and_then(|workflow| workflow.context.as_ref());
        context.map(|context| self.with_host(py, |host| host.object(context))).transpose()
    }

    /// The workflow's record.
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let record = self.workflow.as_ref().and_then(|workflow| workflow.metadata.as_ref());
        record.map(|record| memory::to_python(py, record)).transpose()
    }

    /// The responses so far to the events last sent; validated when first asked for.
    fn collected(&self, py: Python<'_>) -> PyResult<Vec<Event>> {
        let Some(workflow) = &self.workflow else { return Ok(Vec::new()) };
        let events = self.with_host(py, |host| workflow.collected.events(host).map(<[arvo::Event]>::to_vec));
        let events =
            events.map_err(|broken| error::violation(py, &broken, self.table.bind(py), Some(self.event.bind(py))))?;
        Ok(events.into_iter().map(Event::from).collect())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event)?;
        visit.call(&self.data)?;
        visit.call(&self.checks)?;
        visit.call(&self.table)
    }
}

impl Call {
    fn with_host<'py, T>(&self, py: Python<'py>, work: impl FnOnce(&PyHost<'_, 'py>) -> T) -> T {
        let (checks, table) = (self.checks.bind(py), self.table.bind(py));
        work(&PyHost { checks, table, consumed: Some(&self.event.get().event) })
    }
}

/// A step: the caller's own memory is to be asked.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Ask {
    /// The name of its method: `lock`, `read`, `write` or `unlock`.
    #[pyo3(get)]
    operation: &'static str,
    /// What the method is given.
    #[pyo3(get)]
    arguments: Py<PyTuple>,
}

/// Who keeps what a workflow remembers.
pub(crate) enum Keeping {
    /// Nobody: it is a handler.
    Nothing,
    /// The core; the caller sees calls alone.
    InProcess(InMemory),
    /// The caller.
    Own,
    /// A store, with whatever else comes of the event.
    Store(AtWork),
}

/// The table of one execution, and the execution while it waits. Taken out before the core runs and put back
/// afterwards: whoever answers meanwhile, a callback or another thread, gets a named error.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Running {
    execution: Mutex<Option<Waiting>>,
    compiled: Arc<Compiled>,
    keeping: Keeping,
    event: Py<Event>,
    checks: Py<PyDict>,
    /// Functions of the machines; None where there are no machines.
    tables: Option<Py<PyList>>,
    table: Py<PyList>,
    /// None where nobody listens.
    trace: Option<Py<Trace>>,
}

struct Waiting {
    execution: Execution,
    place: Place,
}

/// What is waited for.
#[derive(Clone, Copy)]
enum Place {
    Function(u32),
    Lock,
    Read,
    Write,
    Unlock,
}

/// Begins an execution; gives it with its first step.
pub(crate) fn begin<'py>(
    py: Python<'py>,
    compiled: &Arc<Compiled>,
    event: &Bound<'py, Event>,
    checks: &Bound<'py, PyDict>,
    tables: Option<&Bound<'py, PyList>>,
    keeping: Keeping,
    trace: Option<&Bound<'py, Trace>>,
) -> PyResult<(Bound<'py, Running>, Bound<'py, PyAny>)> {
    let running = Running {
        execution: Mutex::new(None),
        compiled: Arc::clone(compiled),
        keeping,
        event: event.clone().unbind(),
        checks: checks.clone().unbind(),
        tables: tables.map(|tables| tables.clone().unbind()),
        table: PyList::empty(py).unbind(),
        trace: trace.map(|trace| trace.clone().unbind()),
    };
    let turn = running.with_host(py, |host| {
        Execution::start(
            &compiled.plan,
            &environment::current(),
            event.get().event.clone(),
            trace.map(|trace| trace.get().of_span()).unwrap_or_default(),
            &SchemasOnly(host),
        )
    });
    let step = running.go_on(py, turn).inspect_err(|_| drop(running.cancel(py)))?;
    Ok((Bound::new(py, running)?, step))
}

#[pymethods]
impl Running {
    /// The function, or the memory's method, returned this.
    fn returned<'py>(&self, py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Waiting { execution, place } = self.take()?;
        let answered = self.give(py, execution, |host| match place {
            Place::Function(number) => self.call_answer(number, value, host),
            Place::Lock => Answer::Locked(locked(value).map_err(|error| host.raised(&error))),
            Place::Read => Answer::Read(found(value).map_err(|error| host.raised(&error))),
            Place::Write => Answer::Committed(written(value).map_err(|error| host.raised(&error))),
            Place::Unlock => Answer::Unlocked,
        });
        self.answered(py, answered?, place)
    }

    /// The function, or the memory's method, raised this.
    fn raised<'py>(&self, py: Python<'py>, error: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Waiting { execution, place } = self.take()?;
        let error = PyErr::from_value(error.clone());
        let answered = self.give(py, execution, |host| match place {
            Place::Function(_) => Answer::Raised(host.raised(&error)),
            Place::Lock => Answer::Locked(Err(host.raised(&error))),
            Place::Read => Answer::Read(Err(host.raised(&error))),
            Place::Write => Answer::Committed(Err(host.raised(&error))),
            Place::Unlock => Answer::Unlocked, // the outcome stands, and locks end by themselves (SPEC §12.12)
        });
        self.answered(py, answered?, place)
    }

    /// Gives up. Nothing is emitted, and a late answer finds nothing to answer. Gives the step that is left: a lock to
    /// give back; or the events, where only that was left to do; or None.
    fn cancel<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let waiting = self.waiting().take()?; // else it is over already, or at work just now
        if let Keeping::Store(work) = &self.keeping {
            work.give_up();
        }
        self.go_on(py, waiting.execution.cancel()).ok() // what ends a cancelled execution is no news
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // No `__clear__`: every cycle leads through the lists, which clear themselves.
        visit.call(&self.event)?;
        visit.call(&self.checks)?;
        visit.call(&self.tables)?;
        visit.call(&self.trace)?;
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

    fn with_host<'py, T>(&self, py: Python<'py>, work: impl FnOnce(&PyHost<'_, 'py>) -> T) -> T {
        let (checks, table) = (self.checks.bind(py), self.table.bind(py));
        work(&PyHost { checks, table, consumed: Some(&self.event.get().event) })
    }

    /// Gives an answer to the core, which may let a machine take its step. What stops the program there, such as an
    /// interrupt, comes out of here; the execution waits for its cancellation then.
    fn give(
        &self,
        py: Python<'_>,
        execution: Execution,
        answer: impl FnOnce(&PyHost<'_, '_>) -> Answer,
    ) -> PyResult<Result<Turn, Misfit>> {
        self.with_host(py, |host| {
            let answer = answer(host);
            let Some(tables) = &self.tables else { return Ok(execution.answer(answer, &SchemasOnly(host))) };
            let tables = tables.bind(py);
            let working = Working::new(host, self.compiled.plan.machines(), tables);
            let answered = execution.answer(answer, &working);
            let Some(stop) = working.stopped() else { return Ok(answered) };
            if let Ok(Turn::Step(execution, ..)) = answered {
                *self.waiting() = Some(Waiting { execution, place: Place::Unlock });
            }
            Err(stop)
        })
    }

    fn answered<'py>(
        &self,
        py: Python<'py>,
        answered: Result<Turn, Misfit>,
        place: Place,
    ) -> PyResult<Bound<'py, PyAny>> {
        match answered {
            Ok(turn) => self.go_on(py, turn),
            Err(misfit) => {
                let error = MisfitError::new_err((misfit.to_string(),));
                *self.waiting() = Some(Waiting { execution: misfit.execution, place });
                Err(error)
            }
        }
    }

    fn call_answer(&self, function: u32, value: &Bound<'_, PyAny>, host: &PyHost<'_, '_>) -> Answer {
        let plan = &self.compiled.plan;
        match plan.contract().versions().nth(function as usize) {
            Some(version) if plan.is_workflow() => resumed::answer(value, &version, &self.compiled, host),
            Some(version) => output::answer(value, &version, host),
            None => Answer::Returned(Vec::new()), // unreachable: functions are numbered by version
        }
    }

    /// Performs the steps that need no user code; gives the next one that does, or the events.
    fn go_on<'py>(&self, py: Python<'py>, mut turn: Turn) -> PyResult<Bound<'py, PyAny>> {
        loop {
            match turn {
                Turn::Step(execution, Step::Call(call), notes) => {
                    self.note(notes);
                    let step = self.call(py, *call)?;
                    *self.waiting() = Some(Waiting { execution, place: Place::Function(step.function) });
                    return Ok(Bound::new(py, step)?.into_any());
                }
                Turn::Step(execution, step, notes) => {
                    self.note(notes);
                    let refused = match (&self.keeping, &step) {
                        (Keeping::Own, Step::Commit(commit)) => commit.over_limit(environment::current().limits()),
                        _ => None,
                    };
                    if refused.is_none()
                        && let Some((place, step)) = self.ask(py, &step)?
                    {
                        *self.waiting() = Some(Waiting { execution, place });
                        return Ok(Bound::new(py, step)?.into_any());
                    }
                    let answer = refused.or_else(|| match &self.keeping {
                        Keeping::Store(work) => self.with_host(py, |host| work.answer(&step, |token| host.text(token))),
                        Keeping::InProcess(memory) => step.answer_in_process(Some(memory), &environment::current()),
                        Keeping::Nothing | Keeping::Own => step.answer_in_process(None, &environment::current()),
                    });
                    let answer = answer.unwrap_or(Answer::Unlocked);
                    match self.give(py, execution, |_| answer)? {
                        Ok(next) => turn = next,
                        Err(misfit) => return Err(MisfitError::new_err((misfit.to_string(),))),
                    }
                }
                Turn::Done(outcome, notes) => {
                    self.note(notes);
                    if let Some(trace) = &self.trace {
                        trace.get().end(&outcome);
                    }
                    let done = match &self.keeping {
                        Keeping::Store(work) => {
                            work.settle(outcome.as_ref().err());
                            outcome.map(|_| Vec::new())
                        }
                        _ => outcome.and_then(|emitted| self.events(py, &emitted)),
                    };
                    let table = self.table.bind(py);
                    let done = match done {
                        Ok(events) => PyList::new(py, events).map(Bound::into_any),
                        Err(violation) => Err(error::violation(py, &violation, table, Some(self.event.bind(py)))),
                    };
                    table.call_method0("clear")?; // the table dies with its execution
                    return done;
                }
            }
        }
    }

    fn note(&self, notes: Vec<Note>) {
        if let Some(trace) = &self.trace {
            trace.get().keep(notes);
        }
    }

    fn call(&self, py: Python<'_>, call: arvo::Call) -> PyResult<Call> {
        let data = self.with_host(py, |host| host.object(&call.data))?;
        Ok(Call {
            function: call.function,
            event: self.event.clone_ref(py),
            data: data.unbind(),
            workflow: call.workflow,
            checks: self.checks.clone_ref(py),
            table: self.table.clone_ref(py),
        })
    }

    /// What the caller's own memory is asked; None where there is nothing to ask it.
    fn ask(&self, py: Python<'_>, step: &Step) -> PyResult<Option<(Place, Ask)>> {
        if !matches!(self.keeping, Keeping::Own) {
            return Ok(None);
        }
        let of = |subject: &str| PyTuple::new(py, [subject]).map(Bound::unbind);
        Ok(Some(match step {
            Step::Lock { subject } => (Place::Lock, Ask { operation: "lock", arguments: of(subject)? }),
            Step::Read { subject } => (Place::Read, Ask { operation: "read", arguments: of(subject)? }),
            Step::Unlock { subject } => (Place::Unlock, Ask { operation: "unlock", arguments: of(subject)? }),
            Step::Commit(commit) => {
                let Some(write) = &commit.record else { return Ok(None) };
                let previous = write.previous.as_ref().map(|previous| memory::to_python(py, previous)).transpose()?;
                let arguments = (&*commit.subject, memory::to_python(py, &write.new)?, previous);
                (Place::Write, Ask { operation: "write", arguments: arguments.into_pyobject(py)?.unbind() })
            }
            Step::Call(_) => return Ok(None), // unreachable: calls go another way
        }))
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

fn locked(value: &Bound<'_, PyAny>) -> PyResult<Locked> {
    match value.cast::<PyBool>() {
        Ok(got) if got.is_true() => Ok(Locked::Held(None)),
        Ok(_) => Ok(Locked::Denied),
        Err(_) => Err(RecordError::new_err((format!(
            "the memory's lock returned a {}; return True where the lock is got, False where somebody else holds it",
            value.get_type().name()?
        ),))),
    }
}

fn found(value: &Bound<'_, PyAny>) -> PyResult<Found> {
    if value.is_none() {
        return Ok(Found::Nothing);
    }
    Ok(Found::Record { record: memory::of_python(value)?, revision: None })
}

fn written(value: &Bound<'_, PyAny>) -> PyResult<Committed> {
    if value.cast::<PyBool>().is_ok_and(|value| !value.is_true()) {
        return Err(RecordError::new_err((
            "the memory's write returned False; a write that keeps nothing raises, and says why",
        )));
    }
    Ok(Committed::Done)
}
