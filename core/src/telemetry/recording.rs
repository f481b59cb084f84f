//! What an execution collects between two turns.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::environment::Environment;
use crate::event::{EVENT_ATTRIBUTES, Envelope};

use super::line::Line;
use super::metric::{Measure, Metric};
use super::note::{Child, Mark, Note, Status};
use super::span::{Attribute, Trace};

/// The notes of one execution, and who wants them. It exists only while somebody does.
#[derive(Debug)]
pub(crate) struct Recording {
    notes: Vec<Note>,
    is_recorded: bool,
    is_measured: bool,
    started: u64,
    emitted: usize,
    /// Why the execution counts as failed though it ends with events.
    pub(crate) failure: Option<String>,
}

impl Recording {
    /// `None` where nobody listens.
    pub(crate) fn of(trace: &Trace, environment: &Environment) -> Option<Self> {
        let Trace { is_recorded, is_measured, .. } = *trace;
        (is_recorded || is_measured).then(|| Self {
            notes: Vec::new(),
            is_recorded,
            is_measured,
            started: environment.nanos(),
            emitted: 0,
            failure: None,
        })
    }

    /// What came together since the last turn.
    pub(crate) fn take(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Whether the span records.
    pub(crate) fn is_recorded(&self) -> bool {
        self.is_recorded
    }

    pub(crate) fn log(&mut self, at: u64, line: Line<'_>) {
        if self.is_recorded {
            self.notes.push(Note::Mark(Mark::log(at, line.severity(), line.to_string())));
        }
    }

    /// A failure: on the span, and as something that happened.
    pub(crate) fn exception(&mut self, at: u64, name: &str, message: &str, stack: Option<&str>) {
        if self.is_recorded {
            self.notes.push(Note::Attributes(Mark::exception_attributes(name, message)));
            self.notes.push(Note::Mark(Mark::exception(at, name, message, stack)));
        }
    }

    pub(crate) fn attributes(&mut self, attributes: Vec<Attribute>) {
        if self.is_recorded {
            self.notes.push(Note::Attributes(attributes));
        }
    }

    pub(crate) fn status(&mut self, status: Status) {
        if self.is_recorded {
            self.notes.push(Note::Status(status));
        }
    }

    pub(crate) fn child(&mut self, child: Child) {
        if self.is_recorded {
            self.notes.push(Note::Child(Box::new(child)));
        }
    }

    /// An event that leaves: its attributes on the span, numbered.
    pub(crate) fn emits(&mut self, envelope: &Envelope) {
        let index = self.emitted;
        self.emitted += 1;
        if self.is_recorded {
            self.notes.push(Note::Attributes(emittable(index, envelope)));
        }
    }

    /// Since it began, in seconds.
    pub(crate) fn seconds(&self, at: u64) -> f64 {
        seconds(self.started, at)
    }

    pub(crate) fn measure(&mut self, metric: Metric, value: f64, attributes: impl FnOnce() -> Vec<Attribute>) {
        if self.is_measured {
            self.notes.push(Note::Measure(Measure::new(metric, value, attributes())));
        }
    }
}

/// What telemetry tells of an event.
pub(crate) fn told(envelope: &Envelope) -> Vec<Attribute> {
    envelope.otel_attributes().map(|(name, value)| (Cow::Borrowed(name), value)).into()
}

/// The same of the event that is handled.
pub(crate) fn consumable(envelope: &Envelope) -> Vec<Attribute> {
    static NAMES: Names = Names::new(|| named("consumable.0."));
    under(&NAMES, envelope)
}

/// The same of the event that is emitted in this place.
fn emittable(index: usize, envelope: &Envelope) -> Vec<Attribute> {
    static FIRST: Names = Names::new(|| named("emittables.0."));
    if index == 0 {
        return under(&FIRST, envelope);
    }
    let name = |name: &'static str| Cow::Owned(format!("emittables.{index}.{name}"));
    envelope.otel_attributes().map(|(of, value)| (name(of), value)).into()
}

/// Names that nearly every execution needs are made once.
type Names = LazyLock<Vec<&'static str>>;

fn named(prefix: &str) -> Vec<&'static str> {
    let name = |name: &&str| -> &'static str { format!("{prefix}{name}").leak() };
    EVENT_ATTRIBUTES.iter().map(name).collect()
}

fn under(names: &Names, envelope: &Envelope) -> Vec<Attribute> {
    let values = envelope.otel_attributes().into_iter().map(|(_, value)| value);
    names.iter().map(|name| Cow::Borrowed(*name)).zip(values).collect()
}

/// From one time to a later one.
#[allow(clippy::cast_precision_loss)] // 2⁵³ nanoseconds are a hundred days
pub(crate) fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e9
}
