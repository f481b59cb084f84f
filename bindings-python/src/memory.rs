//! The memory inside the process, and records on their way to and from a memory of the caller's own.

use arvo::{MemoryError, Record};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::environment;
use crate::error::RecordError;
use crate::value;

/// Workflows kept in this process: every step but the call of a function stays inside the core.
///
/// Writes compare revisions: of two executions that read the same record, one loses. Its methods are those of
/// `arvo.Memory`, for looking at what is kept; workflows at work do not need them.
///
/// >>> import arvo
/// >>> memory = arvo.InMemory()
/// >>> memory.write("some subject", {"x": 1})
/// >>> memory.read("some subject"), memory.lock("some subject"), memory.lock("some subject")
/// ({'x': 1}, True, False)
#[pyclass(frozen, module = "arvo")]
pub(crate) struct InMemory(pub(crate) arvo::InMemory);

#[pymethods]
impl InMemory {
    #[new]
    fn new() -> Self {
        Self(arvo::InMemory::new())
    }

    /// The record kept for `id`, a fresh dict, or None.
    ///
    /// Raises:
    ///     RecordError: `id` is empty.
    fn read<'py>(&self, py: Python<'py>, id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let stored = self.0.read(id).map_err(refused)?;
        stored.map(|stored| to_python(py, &stored.record)).transpose()
    }

    /// Keeps `record` for `id`, whatever is kept now.
    ///
    /// Raises:
    ///     RecordError: `id` is empty, or there is no record.
    #[pyo3(signature = (id, record, previous = None))]
    fn write(&self, id: &str, record: &Bound<'_, PyAny>, previous: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let _ = previous; // the core compares revisions instead
        if record.is_none() && !id.is_empty() {
            return Err(refused(MemoryError::NoRecord));
        }
        self.0.put(id, of_python(record)?).map_err(refused)
    }

    /// Locks `id` for 30 seconds; False when it is locked already.
    ///
    /// Raises:
    ///     RecordError: `id` is empty.
    fn lock(&self, id: &str) -> PyResult<bool> {
        let guard = self.0.lock(id, environment::current().now()).map_err(refused)?;
        Ok(guard.map(arvo::LockGuard::keep).is_some())
    }

    /// Ends the lock of `id`, whoever has it; always True.
    ///
    /// Raises:
    ///     RecordError: `id` is empty.
    fn unlock(&self, id: &str) -> PyResult<bool> {
        self.0.unlock(id).map_err(refused)
    }

    /// Forgets record and lock of `id`; without one, everything.
    #[pyo3(signature = (id = None))]
    fn clear(&self, id: Option<&str>) {
        self.0.clear(id);
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

fn refused(error: MemoryError) -> PyErr {
    RecordError::new_err((error.to_string(),))
}

/// A record as a fresh dict.
pub(crate) fn to_python<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyAny>> {
    let json = arvo::json::parse(record.text(), &limits()).map_err(crate::error::json)?;
    value::to_python(py, &json)
}

/// A record as a memory gives it: a mapping. What it says is judged by the core.
pub(crate) fn of_python(record: &Bound<'_, PyAny>) -> PyResult<Record> {
    if record.cast::<PyMapping>().is_err() {
        let kind = record.get_type().name()?;
        return Err(RecordError::new_err((format!(
            "a record is a {kind}; a memory keeps records as mappings, and gives back what was written"
        ),)));
    }
    Ok(Record::from_text(value::of_python(record, &limits())?.to_string()))
}

/// A record holds several events, so more keys than one; its size is the core's to judge.
fn limits() -> arvo::Limits {
    let limits = *environment::current().limits();
    arvo::Limits { depth: limits.depth + 8, event: limits.record, ..limits }
}
