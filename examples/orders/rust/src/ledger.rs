//! What the services did, in a file outside the store: the durable demo holds it against what the store says.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Arc;

use arvo::Event;

/// Where each call of a service is written down; the default one writes nothing.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Option<Arc<Pen>>);

struct Pen {
    file: File,
    worker: String,
}

impl Ledger {
    /// Of a worker, in a file that it shares with others.
    pub(crate) fn open(path: &str, worker: &str) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Some(Arc::new(Pen { file, worker: worker.to_owned() }))))
    }

    /// One line, in one write, so that those of several processes do not mix: the consumed event's id, which is what a
    /// service that must not act twice would keep, the worker, the process.
    pub(crate) fn note(&self, consumed: &Event) -> io::Result<()> {
        let Some(pen) = &self.0 else { return Ok(()) };
        (&pen.file).write_all(format!("{}\t{}\t{}\n", consumed.id(), pen.worker, std::process::id()).as_bytes())
    }
}
