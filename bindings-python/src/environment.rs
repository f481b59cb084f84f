//! The clock, ids and limits that every call uses: the machine's, with limits that a program may set once it starts.

use std::sync::{Arc, LazyLock, RwLock};

use arvo::{Environment, Limits};
use pyo3::prelude::*;

static CURRENT: LazyLock<RwLock<Arc<Environment>>> = LazyLock::new(|| RwLock::new(Arc::new(Environment::system())));

/// The environment in force.
pub(crate) fn current() -> Arc<Environment> {
    match CURRENT.read() {
        Ok(environment) => environment.clone(),
        Err(poisoned) => poisoned.into_inner().clone(),
    }
}

/// Changes the limits for everything that is read or made from now on, in this process; what is left out stays.
///
/// Args:
///     event: bytes of an event as text; 1 MiB.
///     depth: objects and lists inside each other; 128, at most 1,000.
///     keys: keys of one object; 10,000.
///     encoded: bytes of a subject or managed id as text; 64 KiB.
///     inflated: bytes that such a text inflates to; 64 KiB.
///     record: bytes of a workflow's record as text; 4 MiB.
///     expression_steps: steps of one evaluation of an expression; 100,000.
///     expression_bytes: bytes that it may make, its result included; 1 MiB.
///     error_stack: whether system error events carry a traceback; True.
///
/// >>> import arvo
/// >>> arvo.set_limits(event=64 * 1024)
/// >>> arvo.set_limits(event=1024 * 1024)
#[pyfunction]
#[pyo3(signature = (
    *, event = None, depth = None, keys = None, encoded = None, inflated = None, record = None, expression_steps = None,
    expression_bytes = None, error_stack = None
))]
#[allow(clippy::too_many_arguments)] // keywords, in Python
pub(crate) fn set_limits(
    event: Option<usize>,
    depth: Option<usize>,
    keys: Option<usize>,
    encoded: Option<usize>,
    inflated: Option<usize>,
    record: Option<usize>,
    expression_steps: Option<usize>,
    expression_bytes: Option<usize>,
    error_stack: Option<bool>,
) {
    let now = *current().limits();
    let limits = Limits {
        event: event.unwrap_or(now.event),
        depth: depth.unwrap_or(now.depth),
        keys: keys.unwrap_or(now.keys),
        encoded: encoded.unwrap_or(now.encoded),
        inflated: inflated.unwrap_or(now.inflated),
        record: record.unwrap_or(now.record),
        expression_steps: expression_steps.unwrap_or(now.expression_steps),
        expression_bytes: expression_bytes.unwrap_or(now.expression_bytes),
        error_stack: error_stack.unwrap_or(now.error_stack),
    };
    let changed = Arc::new(Environment::system().with_limits(limits));
    match CURRENT.write() {
        Ok(mut environment) => *environment = changed,
        Err(poisoned) => *poisoned.into_inner() = changed,
    }
}
