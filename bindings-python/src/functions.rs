//! The functions of machines and charts as the core calls them: guards, actions, values, and the context between them,
//! which stays a dict for the length of a step.
//!
//! Functions are kept by the face (`arvo/functions.py`): one table for each machine, its entries numbered. Functions
//! that an `enqueueActions` function hands out live in the table of the execution, under numbers of their own.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::statechart::{Args, Body, ChartHost, Check, ContextView, Error, FnRef, Patch, Revision, Signal};
use arvo::{Data, Raised, Token};
use pyo3::exceptions::{PyException, PyLookupError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::Value;

use crate::context::{self, Kept, Revisions};
use crate::environment;
use crate::error::{self, ChartError, ConfigViolation, DataError};
use crate::host::PyHost;
use crate::lent::{self, Lent};
use crate::value;

/// Numbers from here on are places in the table of the execution.
pub(crate) const OF_EXECUTION: u32 = 1 << 31;

/// What an entry of a table is for; `arvo/functions.py` has the same.
const GUARD: u8 = 1;
const COLLECT: u8 = 2;

/// A chart at work: lent to the core for one crossing.
pub(crate) struct Working<'a, 'py> {
    pub(crate) host: &'a PyHost<'a, 'py>,
    /// The machines that a step may be of, with their tables of functions; none where a chart runs by itself.
    pub(crate) machines: &'a [arvo::Machine],
    pub(crate) tables: &'a Bound<'py, PyList>,
    step: RefCell<Option<Entered<'py>>>,
    /// What is no failure of a function but stops the program, such as an interrupt.
    stopped: RefCell<Option<PyErr>>,
}

/// The step that is taken.
struct Entered<'py> {
    /// The table of its machine: `entries` and `log`.
    functions: Bound<'py, PyAny>,
    entries: Bound<'py, PyList>,
    revisions: Revisions<'py>,
    /// The event, as the core has it until a function asks.
    event: Option<Consumed<'py>>,
    /// Which of the machines.
    machine: u32,
}

enum Consumed<'py> {
    Waiting(Box<arvo::Event>, Data),
    Shown(Bound<'py, PyAny>),
}

impl<'a, 'py> Working<'a, 'py> {
    pub(crate) fn new(
        host: &'a PyHost<'a, 'py>,
        machines: &'a [arvo::Machine],
        tables: &'a Bound<'py, PyList>,
    ) -> Self {
        Self { host, machines, tables, step: RefCell::default(), stopped: RefCell::default() }
    }

    /// A step begins, of the machine with these functions; `event` is the consumed one and its data.
    pub(crate) fn begin(
        &self,
        machine: u32,
        functions: Bound<'py, PyAny>,
        context: Option<&Data>,
        event: Option<(arvo::Event, Data)>,
    ) -> PyResult<()> {
        let entries = functions.getattr(intern!(functions.py(), "entries"))?.cast_into::<PyList>()?;
        let revisions = Revisions::new(context);
        let event = event.map(|(event, data)| Consumed::Waiting(Box::new(event), data));
        *self.step.borrow_mut() = Some(Entered { functions, entries, revisions, event, machine });
        Ok(())
    }

    /// What stopped the program, if anything did.
    pub(crate) fn stopped(self) -> Option<PyErr> {
        self.stopped.into_inner()
    }

    /// Keeps an exception for the way back.
    pub(crate) fn raised(&self, error: &PyErr) -> Raised {
        if !error.is_instance_of::<PyException>(self.py()) {
            *self.stopped.borrow_mut() = Some(error.clone_ref(self.py()));
        }
        self.host.raised(error)
    }

    /// The machine at work.
    pub(crate) fn machine(&self) -> Option<&'a arvo::Machine> {
        let step = self.step.borrow();
        step.as_ref().and_then(|step| self.machines.get(step.machine as usize))
    }

    fn py(&self) -> Python<'py> {
        self.host.table.py()
    }

    fn with<R>(&self, work: impl FnOnce(&mut Entered<'py>) -> PyResult<R>) -> PyResult<R> {
        let mut step = self.step.borrow_mut();
        let step = step.as_mut().ok_or_else(|| PyLookupError::new_err("no machine is at work"))?;
        work(step)
    }

    /// Data as Python has it; here the consumed token is the whole event.
    pub(crate) fn object(&self, data: &Data) -> PyResult<Bound<'py, PyAny>> {
        match data {
            Data::Host(Token::CONSUMED) => self.consumed(),
            other => self.host.object(other),
        }
    }

    /// The event that the step began with, its data as the schema made it; one dict for the whole step.
    fn consumed(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        self.with(|step| {
            let shown = match &step.event {
                Some(Consumed::Shown(shown)) => return Ok(shown.clone()),
                Some(Consumed::Waiting(event, data)) => {
                    let shown = value::to_python(py, &event.envelope().to_value(Value::Null))?;
                    shown.set_item(intern!(py, "data"), self.host.object(data)?)?;
                    shown
                }
                None => py.None().into_bound(py),
            };
            step.event = Some(Consumed::Shown(shown.clone()));
            Ok(shown)
        })
    }

    fn signal(&self, signal: &Signal) -> PyResult<Bound<'py, PyAny>> {
        let (key, part) = match signal.body() {
            Body::Event(data) => return self.object(data),
            Body::Init(part) => ("input", part),
            Body::Done(part) => ("output", part),
        };
        let event = PyDict::new(self.py());
        event.set_item(intern!(self.py(), "type"), signal.type_name())?;
        if let Some(part) = part {
            event.set_item(key, self.object(part)?)?;
        }
        Ok(event.into_any())
    }

    fn context_shown(&self, view: ContextView<'_>) -> PyResult<Bound<'py, PyAny>> {
        match view {
            ContextView::None => Ok(self.py().None().into_bound(self.py())),
            ContextView::Value(value) => value::to_python(self.py(), value),
            ContextView::Held(at) => self.with(|step| step.revisions.dict(self.py(), at)).map(Bound::into_any),
        }
    }

    fn entry(&self, reference: &FnRef) -> PyResult<Bound<'py, PyTuple>> {
        let found = match reference {
            FnRef::Number(number) if *number >= OF_EXECUTION => {
                self.host.table.get_item((number - OF_EXECUTION) as usize).ok()
            }
            FnRef::Number(number) => self.with(|step| Ok(step.entries.get_item(*number as usize).ok()))?,
            FnRef::Name(_) => None,
        };
        found.and_then(|entry| entry.cast_into().ok()).ok_or_else(|| {
            PyLookupError::new_err(format!(
                "the machine has no function {reference}; write the function itself in the definition"
            ))
        })
    }

    /// Calls a function with as much of context, event and params as it takes; gives what it returned, and what the
    /// function is for.
    fn call(
        &self,
        reference: &FnRef,
        args: Args<'_>,
        lent: Option<Bound<'py, Lent>>,
    ) -> PyResult<(Bound<'py, PyAny>, u8)> {
        let (function, takes, purpose): (Bound<'py, PyAny>, usize, u8) = self.entry(reference)?.extract()?;
        let nothing = || Ok(self.py().None().into_bound(self.py()));
        let mut given = Vec::with_capacity(4);
        given.extend(lent.map(Bound::into_any));
        if let (Some(input), true) = (args.input, takes > 0) {
            given.push(self.object(input)?); // the function that makes the context
        } else {
            if takes > 0 {
                given.push(self.context_shown(args.context)?);
            }
            if takes > 1 {
                given.push(args.event.map_or_else(nothing, |event| self.signal(event))?);
            }
            if takes > 2 {
                given.push(args.params.map_or_else(nothing, |params| self.object(params))?);
            }
        }
        let returned = function.call1(PyTuple::new(self.py(), given)?)?;
        settled(&function, returned).map(|returned| (returned, purpose))
    }

    /// What a function gave, kept as it is unless it is a mere value.
    fn data(&self, returned: &Bound<'py, PyAny>) -> PyResult<Data> {
        if returned.is_none() {
            return Ok(Value::Null.into());
        }
        let mere = returned.is_exact_instance_of::<PyBool>()
            || returned.is_exact_instance_of::<PyInt>()
            || returned.is_exact_instance_of::<PyFloat>()
            || returned.is_exact_instance_of::<PyString>();
        if mere {
            return Ok(value::of_python(returned, environment::current().limits())?.into());
        }
        self.host.keep(returned).map(Data::Host)
    }

    /// A failure of the chart as the exception that a function sees.
    fn exception(&self, error: &Error) -> PyErr {
        match error {
            Error::Host(raised) => error::thrown(raised.token, self.host.table),
            other => ChartError::new_err((other.to_string(),)),
        }
    }

    /// A new revision: a copy of another, changed. Changing may run code of the caller's, so nothing is borrowed then.
    fn changed<R>(
        &self,
        at: Revision,
        change: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<R>,
    ) -> Result<(Revision, R), Raised> {
        let made = self.with(|step| step.revisions.copy(self.py(), at)).and_then(|copy| {
            let result = change(&copy)?;
            self.with(|step| Ok((step.revisions.push(copy), result)))
        });
        made.map_err(|error| self.raised(&error))
    }

    fn patch(&self, context: &Bound<'py, PyDict>, patch: Patch<'_>) -> PyResult<()> {
        match patch {
            Patch::Host(token) => context::overlay(context, &self.host.table.get_item(token.0 as usize)?),
            Patch::Value(value) => context::overlay(context, &value::to_python(self.py(), value)?),
            Patch::Fields(fields) => fields.iter().try_for_each(|(key, data)| {
                context::set(context, key, data.as_ref().map(|data| self.object(data)).transpose()?)
            }),
            Patch::Append(path, item) => {
                let none = || Ok(self.py().None().into_bound(self.py()));
                context::append(context, path, &item.map_or_else(none, |item| self.object(item))?)
            }
        }
    }
}

impl ChartHost for Working<'_, '_> {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        let made = self.call(function, args, None).and_then(|(returned, purpose)| match purpose {
            GUARD => Ok(Value::Bool(returned.is_truthy()?).into()),
            _ => self.data(&returned),
        });
        made.map(Some).map_err(|error| self.raised(&error))
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        self.call(function, args, None).map(drop).map_err(|error| self.raised(&error))
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        let failed: RefCell<Option<(Error, PyErr)>> = RefCell::default();
        let judge = |guard: &Value| {
            check.passes(guard).map_err(|error| {
                let exception = self.exception(&error);
                *failed.borrow_mut() = Some((error, exception.clone_ref(self.py())));
                exception
            })
        };
        let called = lent::lend(self.host.table, &judge, |lent| {
            let (returned, purpose) = self.call(function, args, Some(lent))?;
            match (purpose, value::of_python(&returned, environment::current().limits())?) {
                (COLLECT, Value::Array(forms)) => Ok(forms),
                _ => Err(DataError::new_err(("an enqueue_actions form refers to another function", ""))),
            }
        });
        called.map_err(|error| match failed.into_inner() {
            Some((cause, exception)) if exception.value(self.py()).is(error.value(self.py())) => cause,
            _ => Error::Host(self.raised(&error)),
        })
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        let object = self.object(&Data::Host(token));
        let json = object.and_then(|object| value::of_python(&object, environment::current().limits()));
        json.map_err(|error| self.raised(&error))
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        let logged = self.with(|step| step.functions.getattr(intern!(self.py(), "log"))).and_then(|log| {
            let value = value.map(|value| self.object(value)).transpose()?;
            log.call1((label, value))
        });
        if let Err(error) = logged {
            error.write_unraisable(self.py(), None); // a log that fails fails nothing else
        }
    }

    fn holds_context(&self) -> bool {
        self.step.borrow().as_ref().is_some_and(|step| !step.entries.is_empty())
    }

    fn merge(&self, at: Revision, patch: Patch<'_>) -> Result<Revision, Raised> {
        self.changed(at, |context| self.patch(context, patch)).map(|(after, ())| after)
    }

    fn drain(&self, at: Revision, path: &[Arc<str>]) -> Result<(Revision, Vec<Data>), Raised> {
        self.changed(at, |context| {
            let list = context::drain(context, path)?;
            list.iter().map(|item| self.host.keep(item).map(Data::Host)).collect()
        })
    }

    fn context(&self, at: Revision) -> Result<Data, Raised> {
        let kept = self.with(|step| Ok(step.revisions.kept(at)));
        kept.and_then(Kept::json).map_err(|error| self.raised(&error))
    }
}

/// Refuses what would have to be awaited: a step is synchronous.
fn settled<'py>(function: &Bound<'py, PyAny>, returned: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = returned.py();
    let plain = returned.is_none()
        || returned.is_instance_of::<PyDict>()
        || returned.is_instance_of::<PyBool>()
        || returned.is_instance_of::<PyList>();
    if plain || returned.getattr_opt(intern!(py, "__await__"))?.is_none() {
        return Ok(returned);
    }
    if let Some(close) = returned.getattr_opt(intern!(py, "close"))? {
        close.call0()?;
    }
    let name = function.getattr_opt(intern!(py, "__qualname__"))?.unwrap_or_else(|| function.clone());
    Err(ConfigViolation::new_err((format!(
        "{} returned an awaitable, but a machine's functions run within one step; let the machine emit an event, and \
         wait in the handler of it",
        name.str()?
    ),)))
}
