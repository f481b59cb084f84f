//! What happened, as texts; the typed face is `arvo/history.py`.

use arvo::history::{self, Entry};
use pyo3::prelude::*;

use crate::event::Event;

/// An event, its consumer, the state of its delivery, and how often it was tried.
type Delivered<'py> = (PyRef<'py, Event>, String, String, i64);

/// A line for each event.
#[pyfunction]
pub(crate) fn timeline(py: Python<'_>, deliveries: Vec<Delivered<'_>>, width: usize, most: usize) -> String {
    let entries = entries(deliveries);
    py.detach(|| history::timeline(&entries, width, most))
}

/// A Mermaid sequence diagram.
#[pyfunction]
pub(crate) fn sequence_diagram(py: Python<'_>, deliveries: Vec<Delivered<'_>>, most: usize) -> String {
    let entries = entries(deliveries);
    py.detach(|| history::sequence(&entries, most))
}

fn entries(deliveries: Vec<Delivered<'_>>) -> Vec<Entry> {
    let entry = |(event, consumer, state, tries): Delivered<'_>| {
        Entry::delivered(event.event.clone(), &consumer, &state, tries)
    };
    deliveries.into_iter().map(entry).collect()
}
