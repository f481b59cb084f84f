//! The metrics of executions, under OpenTelemetry's names for messaging where it has one.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::note::map;
use super::span::Attribute;

/// One value for one metric.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Measure {
    /// What was measured.
    pub metric: Metric,
    /// The value, in the metric's unit.
    pub value: f64,
    /// What it belongs to; few values each, so that they can be counted by them.
    pub attributes: Vec<Attribute>,
}

impl Measure {
    pub(crate) fn new(metric: Metric, value: f64, attributes: Vec<Attribute>) -> Self {
        Self { metric, value, attributes }
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Map<'a>(#[serde(serialize_with = "map")] &'a [Attribute]);
        let mut members = serializer.serialize_map(Some(3))?;
        members.serialize_entry("metric", self.metric.name())?;
        members.serialize_entry("value", &self.value)?;
        members.serialize_entry("attributes", &Map(&self.attributes))?;
        members.end()
    }
}

/// Everything that is measured.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Metric {
    /// Executions: events that were handled, however that ended.
    Consumed,
    /// How long an execution took, from its start to its end.
    Duration,
    /// Events that executions emitted.
    Sent,
    /// Executions that ended with a violation; `error.type` is its name.
    Violations,
    /// How long an execution waited for its workflow's lock.
    LockWait,
    /// Events that wait in a broker or, by `messaging.destination.name`, in a store for a worker. Measured by whoever has
    /// the queue, not by executions.
    QueueDepth,
}

/// The kinds of OpenTelemetry's instruments that are used here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Instrument {
    /// Adds up.
    Counter,
    /// Shows how values are spread.
    Histogram,
    /// The last value counts.
    Gauge,
}

impl Metric {
    /// Every metric.
    ///
    /// ```
    /// for metric in arvo::telemetry::Metric::ALL {
    ///     assert!(!metric.name().is_empty() && !metric.unit().is_empty());
    /// }
    /// ```
    pub const ALL: [Self; 6] =
        [Self::Consumed, Self::Duration, Self::Sent, Self::Violations, Self::LockWait, Self::QueueDepth];

    /// Bounds, in seconds, that OpenTelemetry advises for durations of messaging.
    pub const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

    fn row(self) -> (&'static str, Instrument, &'static str, &'static str) {
        use Instrument::{Counter, Gauge, Histogram};
        match self {
            Self::Consumed => (
                "messaging.client.consumed.messages",
                Counter,
                "{message}",
                "Events that were handled, however that ended",
            ),
            Self::Duration => ("messaging.process.duration", Histogram, "s", "How long handling an event took"),
            Self::Sent => ("messaging.client.sent.messages", Counter, "{message}", "Events that were emitted"),
            Self::Violations => {
                ("arvo.execution.violations", Counter, "{violation}", "Executions that ended with a violation")
            }
            Self::LockWait => ("arvo.lock.wait.duration", Histogram, "s", "How long a workflow's lock was waited for"),
            Self::QueueDepth => ("arvo.queue.depth", Gauge, "{event}", "Events that wait to be handled"),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The kind of instrument that records it.
    pub fn instrument(self) -> Instrument {
        self.row().1
    }

    /// Its unit, as UCUM writes it.
    pub fn unit(self) -> &'static str {
        self.row().2
    }

    /// What it tells.
    pub fn description(self) -> &'static str {
        self.row().3
    }
}
