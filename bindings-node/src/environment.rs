//! The clock, ids and limits that every call uses: the machine's, with limits that a program may set once it starts.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use arvo::{Environment, Limits};
use napi_derive::napi;

use crate::recent;

static CURRENT: LazyLock<RwLock<Arc<Environment>>> = LazyLock::new(|| RwLock::new(Environment::shared()));

/// The environment in force.
pub fn current() -> Arc<Environment> {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The limits in force.
pub fn limits() -> Limits {
    *CURRENT.read().unwrap_or_else(PoisonError::into_inner).limits()
}

/// Limits that a program changes; what is left out stays.
#[napi(object, object_to_js = false)]
pub struct LimitsChanged {
    pub event: Option<f64>,
    pub depth: Option<f64>,
    pub keys: Option<f64>,
    pub encoded: Option<f64>,
    pub inflated: Option<f64>,
    pub record: Option<f64>,
    pub expression_steps: Option<f64>,
    pub expression_bytes: Option<f64>,
    pub error_stack: Option<bool>,
}

/// Changes the limits for all that is read or made from now on, in this process.
#[napi(catch_unwind)]
pub fn set_limits(changed: LimitsChanged) {
    let mut environment = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    let now = *environment.limits();
    let or = |size: Option<f64>, now: usize| size.map_or(now, |size| size as usize);
    let limits = Limits {
        event: or(changed.event, now.event),
        depth: or(changed.depth, now.depth),
        keys: or(changed.keys, now.keys),
        encoded: or(changed.encoded, now.encoded),
        inflated: or(changed.inflated, now.inflated),
        record: or(changed.record, now.record),
        expression_steps: or(changed.expression_steps, now.expression_steps),
        expression_bytes: or(changed.expression_bytes, now.expression_bytes),
        error_stack: changed.error_stack.unwrap_or(now.error_stack),
    };
    *environment = Arc::new(Environment::system().with_limits(limits));
    recent::forget();
}
