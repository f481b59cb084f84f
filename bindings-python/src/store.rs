//! A durable store: every method asks, and gives what comes as a `Pending`. Its faces, for plain code and for event
//! loops, are `arvo/store.py` and `arvo/async_store.py`.

use std::sync::{Mutex, PoisonError};

use arvo::{Answered, Columns, Counts, Posting, Receipt, Status, StoreError, Which, WorkflowRow};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;

use crate::environment;
use crate::error::{self, DeadLetterError};
use crate::event::Event;
use crate::memory;
use crate::pending::Pending;
use crate::value;

/// See above.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Store(Mutex<Option<arvo::Store>>);

impl Store {
    /// The core's store, unless it was closed.
    pub(crate) fn open(&self) -> PyResult<arvo::Store> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| error::store(&StoreError::Closed))
    }
}

#[pymethods]
impl Store {
    #[new]
    fn new(py: Python<'_>, url: &str) -> PyResult<Self> {
        let opened = py.detach(|| arvo::Store::open_with(url, &environment::current()));
        opened.map(|store| Self(Mutex::new(Some(store)))).map_err(|refused| error::store(&refused))
    }

    fn close(&self) {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(store);
    }

    #[getter]
    fn is_closed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn publish(&self, event: &Event, deliver_at: Option<i64>) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.publish_at(&event.event, deliver_at), |py, receipt| pair(receipt).into_py_any(py)))
    }

    fn publish_all(&self, events: Vec<PyRef<'_, Event>>) -> PyResult<Pending> {
        let receipts =
            |py: Python<'_>, receipts: Vec<Receipt>| receipts.into_iter().map(pair).collect::<Vec<_>>().into_py_any(py);
        Ok(Pending::of(self.open()?.publish_all(&plain(&events)), receipts))
    }

    /// The first event that came back to the source, or None; a dead letter is raised.
    fn wait(&self, seq: i64, limit: Option<i64>) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.wait(seq, limit), move |py, answered| answer(py, seq, answered)))
    }

    fn workflows(
        &self,
        status: Option<&str>,
        control: Option<String>,
        consumer: Option<String>,
        limit: usize,
        skip: usize,
    ) -> PyResult<Pending> {
        let status = match status {
            Some(text) => Some(Status::of(text).ok_or_else(|| {
                let known = Status::ALL.map(Status::as_str).join(", ");
                PyValueError::new_err(format!("there is no status {text:?}; known are {known}"))
            })?),
            None => None,
        };
        let which = Which { status, control, consumer, limit, skip };
        Ok(Pending::of(self.open()?.workflows(which), rows))
    }

    fn workflow(&self, subject: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.workflow(subject), |py, found| match found {
            Some(found) => row(py, found),
            None => Ok(py.None()),
        }))
    }

    fn tree(&self, subject: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.tree(subject), rows))
    }

    fn history(&self, subject: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.history(subject), postings))
    }

    fn dead(&self, limit: usize) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.dead(limit), postings))
    }

    fn counts(&self) -> PyResult<Pending> {
        let counts = |py: Python<'_>, Counts { workflows, deliveries, domains, workers }: Counts| {
            let dict = |pairs: Vec<(String, i64)>| {
                let dict = PyDict::new(py);
                pairs.into_iter().try_for_each(|(name, count)| dict.set_item(name, count)).map(|()| dict)
            };
            (dict(workflows)?, dict(deliveries)?, dict(domains)?, workers).into_py_any(py)
        };
        Ok(Pending::of(self.open()?.counts(), counts))
    }

    fn query(&self, sql: &str) -> PyResult<Pending> {
        let columns = |py: Python<'_>, Columns { columns, rows }: Columns| {
            let row = |row: Vec<Value>| row.iter().map(|each| value::to_python(py, each)).collect::<PyResult<Vec<_>>>();
            (columns, rows.into_iter().map(row).collect::<PyResult<Vec<_>>>()?).into_py_any(py)
        };
        Ok(Pending::of(self.open()?.query(sql), columns))
    }

    fn take(&self, domain: &str, limit: usize) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.take(domain, limit), postings))
    }

    fn answer(&self, seq: i64, events: Vec<PyRef<'_, Event>>) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.answer(seq, &plain(&events)), nothing))
    }

    fn admit(&self, seq: i64) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.admit(seq), nothing))
    }

    fn retry(&self, seq: i64) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.retry(seq), nothing))
    }

    fn drop(&self, seq: i64) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.drop_dead(seq), nothing))
    }

    fn cancel(&self, subject: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.cancel(subject), |py, subjects: Vec<String>| subjects.into_py_any(py)))
    }

    fn purge(&self, before: i64, limit: usize) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.purge(before, limit), |py, count: usize| count.into_py_any(py)))
    }

    fn domains(&self) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.domains(), |py, domains: Vec<String>| domains.into_py_any(py)))
    }

    fn add_domain(&self, domain: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.add_domain(domain), |py, count: usize| count.into_py_any(py)))
    }

    fn remove_domain(&self, domain: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.remove_domain(domain), nothing))
    }

    fn backup(&self, path: &str) -> PyResult<Pending> {
        Ok(Pending::of(self.open()?.backup(path), nothing))
    }
}

fn plain(events: &[PyRef<'_, Event>]) -> Vec<arvo::Event> {
    events.iter().map(|event| event.event.clone()).collect()
}

fn pair(receipt: Receipt) -> (i64, bool) {
    (receipt.seq, receipt.fresh)
}

fn nothing(py: Python<'_>, (): ()) -> PyResult<Py<PyAny>> {
    Ok(py.None())
}

fn answer(py: Python<'_>, seq: i64, answered: Answered) -> PyResult<Py<PyAny>> {
    match answered {
        Answered::Not => Ok(py.None()),
        Answered::By(text) => event(py, &text)?.into_py_any(py),
        Answered::Dropped => Err(error::StoreError::new_err((format!(
            "delivery {seq} was dropped, or its workflow cancelled, so that no answer comes; publish another event"
        ),))),
        Answered::Dead(failures) => {
            let failures = arvo::json::parse(&failures, environment::current().limits()).map_err(error::json)?;
            let last = failures.as_array().and_then(|failures| failures.last());
            let said = |name: &str| last.and_then(|last| last[name].as_str()).unwrap_or("unknown").to_owned();
            let message = format!(
                "delivery {seq} is a dead letter: {}: {}; see failures, put right what is wrong, then retry or drop it",
                said("name"),
                said("message")
            );
            let fields = PyDict::new(py);
            fields.set_item(intern!(py, "seq"), seq)?;
            fields.set_item(intern!(py, "failures"), value::to_python(py, &failures)?)?;
            Err(PyErr::from_value(py.get_type::<DeadLetterError>().call((message,), Some(&fields))?))
        }
    }
}

fn event(py: Python<'_>, text: &str) -> PyResult<Event> {
    let event = arvo::Event::parse(text, environment::current().limits());
    event.map(Event::from).map_err(|broken| error::event(py, broken))
}

fn rows(py: Python<'_>, found: Vec<WorkflowRow>) -> PyResult<Py<PyAny>> {
    found.into_iter().map(|found| row(py, found)).collect::<PyResult<Vec<_>>>()?.into_py_any(py)
}

fn row(py: Python<'_>, row: WorkflowRow) -> PyResult<Py<PyAny>> {
    let record = row.record.map(|text| memory::to_python(py, &arvo::Record::from_text(text))).transpose()?;
    let WorkflowRow { subject, consumer, version, parent, revision, status, control, worker, changed, .. } = row;
    (subject, consumer, version, parent, revision, status, control, worker, changed, record).into_py_any(py)
}

fn postings(py: Python<'_>, found: Vec<Posting>) -> PyResult<Py<PyAny>> {
    let list = PyList::empty(py);
    for posting in found {
        let failures = value::to_python(py, &posting.failures)?;
        let event = event(py, &posting.event)?;
        let Posting { seq, cause, subject, consumer, domain, state, due, tries, done, .. } = posting;
        list.append((seq, cause, subject, consumer, domain, state, due, tries, done, failures, event))?;
    }
    Ok(list.into_any().unbind())
}
