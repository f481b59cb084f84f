//! What an `enqueueActions` function is lent while it runs: the chart's judgement of guards, and the execution's table.
//!
//! The judgement borrows from the step. It lies in a thread local for the length of the call; an object that is used
//! later, or on another thread, finds nothing there, or the loan of another call, and is refused.

use std::cell::Cell;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use serde_json::Value;

use crate::environment;
use crate::error::AlreadyAnsweredError;
use crate::functions::OF_EXECUTION;
use crate::value;

/// Judges a guard form.
pub(crate) type Judge<'a> = dyn Fn(&Value) -> PyResult<bool> + 'a;

#[derive(Clone, Copy)]
struct Loan<'a> {
    id: u64,
    judge: &'a Judge<'a>,
}

scoped_tls_hkt::scoped_thread_local!(static LOAN: for<'a> Loan<'a>);

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// See above.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Lent {
    id: u64,
    table: Py<PyList>,
}

#[pymethods]
impl Lent {
    /// Whether a guard passes, with the context before the actions enqueued.
    fn passes(&self, guard: &Bound<'_, PyAny>) -> PyResult<bool> {
        let guard = value::of_python(guard, environment::current().limits())?;
        let mine = LOAN.is_set().then(|| LOAN.with(|loan| (loan.id == self.id).then(|| (loan.judge)(&guard))));
        mine.flatten().unwrap_or_else(|| {
            Err(AlreadyAnsweredError::new_err((
                "check was called after its function had returned, or on another thread; call it within the function",
            )))
        })
    }

    /// Keeps a function for this execution; gives its number.
    fn keep(&self, py: Python<'_>, entry: &Bound<'_, PyTuple>) -> PyResult<u32> {
        let table = self.table.bind(py);
        table.append(entry)?;
        Ok(OF_EXECUTION + u32::try_from(table.len() - 1)?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.table)
    }
}

/// Lends `judge` to `work` and whatever it calls.
pub(crate) fn lend<'py, R>(
    table: &Bound<'py, PyList>,
    judge: &Judge<'_>,
    work: impl FnOnce(Bound<'py, Lent>) -> PyResult<R>,
) -> PyResult<R> {
    let id = LAST.get() + 1;
    LAST.set(id);
    let lent = Bound::new(table.py(), Lent { id, table: table.clone().unbind() })?;
    LOAN.set(Loan { id, judge }, || work(lent))
}
