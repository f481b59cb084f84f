//! Wakes an event loop from the store's thread without asking for the interpreter: a byte in a socket that the loop
//! reads, and beside it the numbers of what is ready.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use pyo3::prelude::*;

/// One for each event loop that waits for a store.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Bell {
    reader: UnixStream,
    rope: Arc<Rope>,
}

/// What other threads pull.
struct Rope {
    writer: UnixStream,
    /// What is ready and not yet seen.
    rung: Mutex<BTreeSet<u64>>,
}

#[pymethods]
impl Bell {
    #[new]
    fn new() -> PyResult<Self> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        Ok(Self { reader, rope: Arc::new(Rope { writer, rung: Mutex::default() }) })
    }

    /// What the loop watches for reading.
    fn fileno(&self) -> i32 {
        self.reader.as_raw_fd()
    }

    /// What is ready since this was last asked.
    fn heard(&self) -> Vec<u64> {
        // In this order: what is rung after the bytes are read writes one more, or is in the set already.
        while (&self.reader).read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        std::mem::take(&mut *self.rope.rung()).into_iter().collect()
    }
}

impl Bell {
    /// Rings for a number, from any thread.
    pub(crate) fn ringer(&self, number: u64) -> Ringer {
        Ringer { rope: Arc::clone(&self.rope), number }
    }
}

impl Rope {
    fn rung(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rings a bell for one number.
pub(crate) struct Ringer {
    rope: Arc<Rope>,
    number: u64,
}

impl Ringer {
    pub(crate) fn ring(&self) {
        let was_silent = {
            let mut rung = self.rope.rung();
            let was_silent = rung.is_empty();
            rung.insert(self.number);
            was_silent
        };
        if was_silent {
            let _ = (&self.rope.writer).write(&[1]); // a full socket wakes as well
        }
    }

    pub(crate) fn into_waker(self) -> Waker {
        Arc::new(self).into()
    }
}

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
