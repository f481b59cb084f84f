//! Whether executions are traced, and by what.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::InstrumentationScope;
use opentelemetry::global::{self, BoxedTracer};

use super::meters::Meters;

/// What everything is recorded with.
pub(super) struct Recorders {
    pub(super) tracer: BoxedTracer,
    pub(super) meters: Meters,
}

/// The one load that an execution pays while telemetry is off.
static IS_ON: AtomicBool = AtomicBool::new(false);
static RECORDERS: RwLock<Option<Arc<Recorders>>> = RwLock::new(None);

/// Traces and measures executions from now on, with the providers that are global now. Call it after they are set, and
/// again if they are set anew.
///
/// ```
/// arvo::otel::enable();
/// arvo::otel::disable();
/// ```
pub fn enable() {
    let scope = InstrumentationScope::builder("arvo").with_version(env!("CARGO_PKG_VERSION")).build();
    let recorders = Recorders {
        tracer: global::tracer_with_scope(scope.clone()),
        meters: Meters::new(&global::meter_with_scope(scope)),
    };
    *RECORDERS.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(recorders));
    IS_ON.store(true, Ordering::Relaxed);
}

/// Ends what [`enable`] began; executions under way end their spans.
pub fn disable() {
    IS_ON.store(false, Ordering::Relaxed);
    *RECORDERS.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Whether anything is recorded.
#[inline]
pub(super) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// `None` while telemetry is off.
pub(super) fn recorders() -> Option<Arc<Recorders>> {
    if !is_on() {
        return None;
    }
    RECORDERS.read().unwrap_or_else(PoisonError::into_inner).clone()
}
