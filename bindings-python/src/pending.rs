//! What a store was asked for, until it comes: waited for by a thread, or by an event loop through its bell.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use arvo::{Reply, StoreError};
use pyo3::prelude::*;

use crate::bell::Bell;
use crate::error;

/// How often a waiting thread asks whether a signal came, such as Ctrl-C.
const SLICE: Duration = Duration::from_millis(100);

/// See above.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Pending(Mutex<Box<dyn Awaited>>);

trait Awaited: Send {
    /// Whether it came within so long.
    fn wait(&mut self, limit: Duration) -> bool;
    /// Whether it is there; else whoever the context names is told.
    fn poll(&mut self, context: &mut Context<'_>) -> bool;
    /// It, once it is there.
    fn give(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

struct Asked<T, C> {
    reply: Reply<T>,
    value: Option<Result<T, StoreError>>,
    convert: C,
}

impl<T, C> Awaited for Asked<T, C>
where
    T: Send,
    C: Fn(Python<'_>, T) -> PyResult<Py<PyAny>> + Send,
{
    fn wait(&mut self, limit: Duration) -> bool {
        if self.value.is_none() {
            self.value = self.reply.wait_for(limit);
        }
        self.value.is_some()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        if self.value.is_none()
            && let std::task::Poll::Ready(value) = Pin::new(&mut self.reply).poll(context)
        {
            self.value = Some(value);
        }
        self.value.is_some()
    }

    fn give(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.wait(Duration::ZERO);
        match self.value.take().unwrap_or(Err(StoreError::Lost)) {
            Ok(value) => (self.convert)(py, value),
            Err(refused) => Err(error::store(&refused)),
        }
    }
}

impl Pending {
    /// What comes by a reply, made into a Python object.
    pub(crate) fn of<T: Send + 'static>(
        reply: Reply<T>,
        convert: impl Fn(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> Self {
        Self(Mutex::new(Box::new(Asked { reply, value: None, convert })))
    }

    fn awaited(&self) -> MutexGuard<'_, Box<dyn Awaited>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Pending {
    /// Waits on this thread; others run meanwhile, and an interrupt ends it.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        while !py.detach(|| self.awaited().wait(SLICE)) {
            py.check_signals()?;
        }
        self.awaited().give(py)
    }

    /// Whether it is there; if not, the bell rings for `number` once it is.
    fn is_there(&self, bell: &Bell, number: u64) -> bool {
        self.awaited().poll(&mut Context::from_waker(&bell.ringer(number).into_waker()))
    }

    /// It, once it is there.
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.awaited().give(py)
    }
}
