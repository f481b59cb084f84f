//! The instruments of the user's meter.

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use crate::telemetry::{Instrument, Measure, Metric};

use super::convert::attributes;
use super::span::guarded;
use super::switch::{is_on, recorders};

/// One instrument for each metric.
pub(super) struct Meters(Vec<(Metric, Recorder)>);

enum Recorder {
    Counter(Counter<f64>),
    Histogram(Histogram<f64>),
    Gauge(Gauge<f64>),
}

impl Meters {
    pub(super) fn new(meter: &Meter) -> Self {
        Self(Metric::ALL.map(|metric| (metric, Recorder::new(meter, metric))).into())
    }

    pub(super) fn record(&self, measure: Measure) {
        let found = self.0.iter().find(|(metric, _)| *metric == measure.metric);
        let Some((_, recorder)) = found else { return };
        let of = attributes(measure.attributes);
        match recorder {
            Recorder::Counter(counter) => counter.add(measure.value, &of),
            Recorder::Histogram(histogram) => histogram.record(measure.value, &of),
            Recorder::Gauge(gauge) => gauge.record(measure.value, &of),
        }
    }
}

/// Records how many events wait; `depth` is asked while telemetry is on.
#[allow(clippy::cast_precision_loss)] // nobody queues 2⁵³ events
pub(crate) fn queue_depth(depth: impl FnOnce() -> usize) {
    if is_measured() {
        measure(Measure::new(Metric::QueueDepth, depth() as f64, Vec::new()));
    }
}

/// Whether anything is measured.
pub(crate) fn is_measured() -> bool {
    is_on()
}

/// Records what was measured outside of executions.
pub(crate) fn measure(measure: Measure) {
    if let Some(recorders) = recorders() {
        guarded(|| recorders.meters.record(measure));
    }
}

impl Recorder {
    fn new(meter: &Meter, metric: Metric) -> Self {
        let (name, unit, description) = (metric.name(), metric.unit(), metric.description());
        match metric.instrument() {
            Instrument::Counter => {
                Self::Counter(meter.f64_counter(name).with_unit(unit).with_description(description).build())
            }
            Instrument::Gauge => {
                Self::Gauge(meter.f64_gauge(name).with_unit(unit).with_description(description).build())
            }
            Instrument::Histogram => {
                let histogram = meter.f64_histogram(name).with_unit(unit).with_description(description);
                Self::Histogram(histogram.with_boundaries(Metric::SECONDS.into()).build())
            }
        }
    }
}
