//! The tracer of the C program: its functions, what they are given, and whether there is one at all.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use arvo_core::Scalar;
use arvo_core::telemetry::{Attribute, Instrument, Mark, Measure, Metric, Severity, SpanKind, Status};

use crate::boundary::Str;
use crate::user::UserData;

/// A `bool` that the C program may write: a byte, which may be no `bool` at all.
pub type CBool = u8;

/// `arvo_span_context`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CSpanContext {
    pub(crate) trace_id: [u8; 33],
    pub(crate) span_id: [u8; 17],
    pub(crate) sampled: CBool,
    pub(crate) tracestate: Str,
}

/// `arvo_attribute`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CAttribute {
    pub(crate) name: Str,
    pub(crate) kind: i32,
    pub(crate) text: Str,
    pub(crate) number: f64,
    pub(crate) boolean: CBool,
}

/// `arvo_opening`
#[repr(C)]
pub struct COpening {
    pub(crate) name: Str,
    pub(crate) kind: i32,
    pub(crate) start: u64,
    pub(crate) parent: *const CSpanContext,
    pub(crate) attributes: *const CAttribute,
    pub(crate) attribute_count: usize,
}

/// `arvo_begun`
#[repr(C)]
pub struct CBegun {
    pub(crate) span: *mut c_void,
    pub(crate) context: CSpanContext,
    pub(crate) recorded: CBool,
}

/// `arvo_mark`
#[repr(C)]
pub struct CMark {
    pub(crate) name: Str,
    pub(crate) time: u64,
    pub(crate) attributes: *const CAttribute,
    pub(crate) attribute_count: usize,
}

/// `arvo_child`
#[repr(C)]
pub struct CChild {
    pub(crate) name: Str,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: *const CAttribute,
    pub(crate) attribute_count: usize,
    pub(crate) marks: *const CMark,
    pub(crate) mark_count: usize,
    pub(crate) status: i32,
    pub(crate) message: Str,
}

/// `arvo_metric`
#[repr(C)]
pub struct CMetric {
    name: Str,
    unit: Str,
    description: Str,
    instrument: i32,
    bounds: *const f64,
    bound_count: usize,
}

// SAFETY: what it points to is part of the program text.
unsafe impl Send for CMetric {}
// SAFETY: as above.
unsafe impl Sync for CMetric {}

/// `arvo_measure`
#[repr(C)]
pub struct CMeasure {
    pub(crate) metric: *const CMetric,
    pub(crate) value: f64,
    pub(crate) attributes: *const CAttribute,
    pub(crate) attribute_count: usize,
}

/// `arvo_begin_fn`
type BeginFn = unsafe extern "C" fn(*mut c_void, *const COpening, *mut CBegun);
/// `arvo_attributes_fn`
type AttributesFn = unsafe extern "C" fn(*mut c_void, *mut c_void, *const CAttribute, usize);
/// `arvo_mark_fn`
type MarkFn = unsafe extern "C" fn(*mut c_void, *mut c_void, *const CMark);
/// `arvo_status_fn`
type StatusFn = unsafe extern "C" fn(*mut c_void, *mut c_void, i32, Str);
/// `arvo_child_fn`
type ChildFn = unsafe extern "C" fn(*mut c_void, *mut c_void, *const CChild);
/// `arvo_end_fn`
type EndFn = unsafe extern "C" fn(*mut c_void, *mut c_void, u64);
/// `arvo_enter_fn`
type EnterFn = unsafe extern "C" fn(*mut c_void, *mut c_void);
/// `arvo_measure_fn`
type MeasureFn = unsafe extern "C" fn(*mut c_void, *const CMeasure);

/// `arvo_tracer`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CTracer {
    pub(crate) begin: Option<BeginFn>,
    pub(crate) attributes: Option<AttributesFn>,
    pub(crate) mark: Option<MarkFn>,
    pub(crate) status: Option<StatusFn>,
    pub(crate) child: Option<ChildFn>,
    pub(crate) end: Option<EndFn>,
    pub(crate) enter: Option<EnterFn>,
    pub(crate) leave: Option<EnterFn>,
    pub(crate) measure: Option<MeasureFn>,
}

/// The functions, with what belongs to them.
pub(crate) struct Tracer {
    pub(crate) functions: CTracer,
    pub(crate) user_data: UserData,
}

/// The one load that an execution pays while there is no tracer.
static IS_ON: AtomicBool = AtomicBool::new(false);
static TRACER: RwLock<Option<Arc<Tracer>>> = RwLock::new(None);

/// Puts a tracer, or none, in the place of the one before, which is dropped outside the lock: its destructor is C.
pub(crate) fn install(tracer: Option<Tracer>) {
    let is_on = tracer.is_some();
    let mut place = TRACER.write().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *place, tracer.map(Arc::new));
    IS_ON.store(is_on, Ordering::Release);
    drop(place);
    drop(before);
}

/// `None` while nobody listens.
pub(crate) fn tracer() -> Option<Arc<Tracer>> {
    if !IS_ON.load(Ordering::Acquire) {
        return None;
    }
    TRACER.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// That which wants measurements.
fn measurer() -> Option<Arc<Tracer>> {
    tracer().filter(|tracer| tracer.functions.measure.is_some())
}

/// Whether measurements are wanted.
pub(crate) fn is_measured() -> bool {
    measurer().is_some()
}

/// Tells what was measured outside of executions.
pub(crate) fn measure(measure: &Measure) {
    if let Some(tracer) = measurer() {
        tracer.measure(measure.metric, measure.value, &measure.attributes);
    }
}

/// Tells how many events wait in a queue; `depth` is asked while measurements are wanted only.
pub(crate) fn measure_queue(depth: impl FnOnce() -> usize) {
    if let Some(tracer) = measurer() {
        #[allow(clippy::cast_precision_loss)] // no queue holds 2⁵³ events
        tracer.measure(Metric::QueueDepth, depth() as f64, &[]);
    }
}

impl Tracer {
    pub(crate) fn measure(&self, metric: Metric, value: f64, attributes: &[Attribute]) {
        let known = Metric::ALL.iter().position(|other| *other == metric).and_then(|at| METRICS.get(at));
        let (Some(measure), Some(metric)) = (self.functions.measure, known) else { return };
        let attributes = in_c(attributes);
        let told = CMeasure { metric, value, attributes: attributes.as_ptr(), attribute_count: attributes.len() };
        // SAFETY: arvo.h, `arvo_measure_fn`: called with its user data; the rest outlives the call.
        unsafe { measure(self.user_data.pointer(), &raw const told) }
    }

    pub(crate) fn mark(&self, span: *mut c_void, mark: &Mark) {
        let Some(function) = self.functions.mark else { return };
        let attributes = in_c(&mark.attributes);
        let told = mark_in_c(mark, &attributes);
        // SAFETY: arvo.h, `arvo_mark_fn`: called with its user data and its span; the rest outlives the call.
        unsafe { function(self.user_data.pointer(), span, &raw const told) }
    }

    pub(crate) fn attributes(&self, span: *mut c_void, attributes: &[Attribute]) {
        let Some(function) = self.functions.attributes else { return };
        let attributes = in_c(attributes);
        // SAFETY: arvo.h, `arvo_attributes_fn`: as above.
        unsafe { function(self.user_data.pointer(), span, attributes.as_ptr(), attributes.len()) }
    }
}

/// Attributes as C reads them, as long as the originals live.
pub(crate) fn in_c(attributes: &[Attribute]) -> Vec<CAttribute> {
    attributes.iter().map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(name: &str, value: &Scalar) -> CAttribute {
    let text = |text: &str| (4, Str::of(text), 0.0, 0);
    let (kind, text, number, boolean) = match value {
        Scalar::Null => text("null"), // OpenTelemetry has no null
        Scalar::Bool(value) => (2, Str::NONE, 0.0, (*value).into()),
        Scalar::Number(number) => (3, Str::NONE, number.as_f64().unwrap_or(f64::NAN), 0),
        Scalar::Text(value) => text(value),
    };
    CAttribute { name: Str::of(name), kind, text, number, boolean }
}

pub(crate) fn mark_in_c(mark: &Mark, attributes: &[CAttribute]) -> CMark {
    CMark {
        name: Str::of(mark.name),
        time: mark.at,
        attributes: attributes.as_ptr(),
        attribute_count: attributes.len(),
    }
}

/// `arvo_span_kind`: OTLP's numbers.
pub(crate) fn kind_in_c(kind: SpanKind) -> i32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// `arvo_span_status`, with its message.
pub(crate) fn status_in_c(status: &Status) -> (i32, Str) {
    match status {
        Status::Ok => (1, Str::NONE),
        Status::Error(message) => (2, Str::of(message)),
    }
}

/// `arvo_severity`; another number counts as the nearest.
pub(crate) fn severity(number: i32) -> Severity {
    match number {
        ..=0 => Severity::Debug,
        1 => Severity::Info,
        2 => Severity::Warning,
        3 => Severity::Error,
        4.. => Severity::Critical,
    }
}

/// In the order of [`Metric::ALL`].
static METRICS: LazyLock<[CMetric; Metric::ALL.len()]> = LazyLock::new(|| {
    Metric::ALL.map(|metric| {
        let (instrument, bounds): (i32, &'static [f64]) = match metric.instrument() {
            Instrument::Counter => (1, &[]),
            Instrument::Histogram => (2, &Metric::SECONDS),
            Instrument::Gauge => (3, &[]),
        };
        CMetric {
            name: Str::of(metric.name()),
            unit: Str::of(metric.unit()),
            description: Str::of(metric.description()),
            instrument,
            bounds: bounds.as_ptr(),
            bound_count: bounds.len(),
        }
    })
});
