//! What a C program sees of an `arvo_store`: workflows, events, counts, and whatever else a query gives, as values.

use arvo_core::{Counts, Status as WorkflowStatus, Store, Which};
use serde_json::{Map, Value, json};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::event::object;
use crate::handle::{Handle, borrow, borrow_optional};
use crate::store::StoreHandle;
use crate::value::Json;

/// Asks a store for something that comes out as a value; the body of every function here.
///
/// # Safety
/// As `arvo.h` says of handles and results.
unsafe fn looked(
    store: *const Handle<StoreHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
    ask: impl FnOnce(&Store) -> Result<Value, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (store, out) = unsafe { (&borrow(store, "store")?.0, slot(out, "out")?) };
        match ask(store)? {
            Value::Null => out.put(std::ptr::null_mut()), // no such workflow
            value => out.give(Json::new(value)),
        }
        Ok(())
    })
}

/// Which workflows a C program wants to see.
fn which(wanted: Option<&Json>) -> Result<Which, Failure> {
    let Some(wanted) = wanted else { return Ok(Which::default()) };
    let mut which = Which::default();
    for (key, value) in object(wanted, "which")? {
        let wrong = |wanted: &str| Failure::argument(format!("member {key:?} of which is no {wanted}"));
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong("text"));
        let number = || value.as_u64().and_then(|it| usize::try_from(it).ok()).ok_or_else(|| wrong("whole number"));
        match key.as_str() {
            "status" => {
                let status = WorkflowStatus::of(&text()?);
                which.status = Some(status.ok_or_else(|| wrong("status: new, active, done or failed"))?);
            }
            "control" => which.control = Some(text()?),
            "consumer" => which.consumer = Some(text()?),
            "limit" => which.limit = number()?,
            "skip" => which.skip = number()?,
            _ => {
                let message =
                    format!("which has no member {key:?}: status, control, consumer, limit and skip are known");
                return Err(Failure::argument(message));
            }
        }
    }
    Ok(which)
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_workflows(
    store: *const Handle<StoreHandle>,
    wanted: *const Handle<Json>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe {
        looked(store, out, error, |store| {
            let which = which(borrow_optional(wanted, "which")?)?;
            Ok(json!(store.workflows(which).wait()?))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_workflow(
    store: *const Handle<StoreHandle>,
    subject: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.workflow(subject.read("subject")?).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_tree(
    store: *const Handle<StoreHandle>,
    subject: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.tree(subject.read("subject")?).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_history(
    store: *const Handle<StoreHandle>,
    subject: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.history(subject.read("subject")?).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_dead(
    store: *const Handle<StoreHandle>,
    limit: usize,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.dead(limit).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_counts(
    store: *const Handle<StoreHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { looked(store, out, error, |store| Ok(counted(store.counts().wait()?))) }
}

fn counted(counts: Counts) -> Value {
    let by_name = |pairs: Vec<(String, i64)>| -> Map<String, Value> {
        pairs.into_iter().map(|(name, count)| (name, count.into())).collect()
    };
    json!({
        "workflows": by_name(counts.workflows),
        "deliveries": by_name(counts.deliveries),
        "domains": by_name(counts.domains),
        "workers": counts.workers,
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_query(
    store: *const Handle<StoreHandle>,
    sql: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.query(sql.read("sql")?).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_take(
    store: *const Handle<StoreHandle>,
    domain: Str,
    limit: usize,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.take(domain.read("domain")?, limit).wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_domains(
    store: *const Handle<StoreHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.domains().wait()?))) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_store_cancel(
    store: *const Handle<StoreHandle>,
    subject: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { looked(store, out, error, |store| Ok(json!(store.cancel(subject.read("subject")?).wait()?))) }
}
