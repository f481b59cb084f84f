//! `arvo_schema`: a JSON Schema, or a function of the C program that judges data.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arvo_core::{Data, Issue, Limits, NoHost, Refused, Schema, SchemaError, UnknownKeys};
use serde_json::Value;

use crate::boundary::{Caught, Failure, Status, Str, guard, guard_raised, slot};
use crate::error::raised;
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free, kind, take};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// The content of an `arvo_schema`.
pub struct SchemaHandle {
    pub(crate) schema: Schema,
    pub(crate) host: Option<Arc<HostSchema>>,
}

kind!(SchemaHandle, "arvo_schema", b"schema\0\0");

/// `arvo_schema_fn`
type SchemaFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Json>, *mut *mut Handle<Json>, *mut *mut Handle<Failure>) -> Status;

/// A schema of the C program's own; the core knows it by `number`, unique in the process.
pub(crate) struct HostSchema {
    pub(crate) number: u32,
    function: SchemaFn,
    user_data: UserData,
}

impl HostSchema {
    /// Asks the program; an error that it raised comes back as the handle it made.
    pub(crate) fn judge(&self, data: Json) -> Result<Option<Json>, Lent<Failure>> {
        let data = Lent::new(data);
        let (mut changed, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: arvo.h, `arvo_schema_fn`: called with its user data; the other arguments live through the call.
        let status = unsafe { (self.function)(self.user_data.pointer(), data.pointer(), &mut changed, &mut error) };
        // SAFETY: arvo.h, `arvo_schema_fn`: `*out` is NULL or a value that the library takes over.
        let changed = (!changed.is_null()).then(|| unsafe { take(changed, "*out") }).transpose();
        // SAFETY: arvo.h, `arvo_schema_fn`: `*error` is NULL or an error that the library takes over.
        let raised = unsafe { raised(status, error, "the schema's function") };
        match (raised, changed) {
            (Some(raised), _) => Err(raised),
            (None, Ok(changed)) => Ok(changed),
            (None, Err(wrong)) => Err(Lent::new(wrong)),
        }
    }
}

impl From<SchemaError> for Failure {
    fn from(error: SchemaError) -> Self {
        Self::new(Status::INVALID_SCHEMA, "InvalidSchema", error.to_string())
    }
}

/// `arvo_unknown_keys`
pub(crate) fn unknown_keys(number: i32) -> Result<UnknownKeys, Failure> {
    match number {
        0 => Ok(UnknownKeys::AsWritten),
        1 => Ok(UnknownKeys::Strip),
        2 => Ok(UnknownKeys::Strict),
        3 => Ok(UnknownKeys::Passthrough),
        other => Err(Failure::argument(format!("unknown_keys is {other}; pass one of ARVO_UNKNOWN_KEYS_..."))),
    }
}

fn invalid_data(message: impl Into<String>, issues: &[Issue]) -> Failure {
    Failure::new(Status::INVALID_DATA, "InvalidData", message).with_issues(issues)
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_schema_new(
    schema: *const Handle<Json>,
    mode: i32,
    out: *mut *mut Handle<SchemaHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (schema, out) = unsafe { (borrow::<Json>(schema, "schema")?, slot(out, "out")?) };
        let schema = Schema::from_json(schema.value(), unknown_keys(mode)?)?;
        out.give(SchemaHandle { schema, host: None });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_schema_new_host(
    function: Option<SchemaFn>,
    user_data: *mut c_void,
    destroy: Option<DestroyFn>,
    described: *const Handle<Json>,
    out: *mut *mut Handle<SchemaHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let user_data = UserData::new(user_data, destroy);
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (described, out) = unsafe { (borrow_optional::<Json>(described, "described")?, slot(out, "out")?) };
        let function = function.ok_or_else(|| Failure::argument("function is NULL; pass an arvo_schema_fn"))?;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let described = described.map_or(Value::Bool(true), |described| described.value().clone());
        let host = Some(Arc::new(HostSchema { number, function, user_data }));
        out.give(SchemaHandle { schema: Schema::host(number, described), host });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of errors and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_schema_issue(error: *mut *mut Handle<Failure>, path: Str, message: Str) -> Status {
    if error.is_null() {
        return Status::BAD_ARGUMENT;
    }
    // SAFETY: arvo.h, "Texts".
    let issue = || unsafe { Ok(Issue { path: path.read("path")?.into(), message: message.read("message")?.into() }) };
    // SAFETY: arvo.h, "Errors": NULL, or points to NULL or an error that is alive.
    let earlier = unsafe { error.as_ref() }.copied().filter(|earlier| !earlier.is_null());
    // SAFETY: arvo.h, `arvo_schema_issue`: the callback's own error, used by nobody else now.
    match earlier.map(|earlier| unsafe { borrow_mut(earlier, "*error") }) {
        None => {
            guard(error, || Err(issue().map_or_else(|wrong| wrong, |issue| invalid_data(issue.to_string(), &[issue]))))
        }
        Some(Ok(failure)) => {
            if failure.status == Status::INVALID_DATA
                && let Ok(issue) = issue()
            {
                failure.add_issue(&issue);
            }
            failure.status
        }
        Some(Err(_)) => Status::BAD_ARGUMENT,
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_schema_validate(
    schema: *const Handle<SchemaHandle>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (schema, data, out) =
            unsafe { (borrow(schema, "schema")?, borrow::<Json>(data, "data")?, slot(out, "out")?) };
        let data = data.to_shared();
        if let Some(host) = &schema.host {
            let changed = host.judge(Json::shared(Arc::clone(&data))).map_err(Caught::Raised)?;
            out.give(changed.unwrap_or_else(|| Json::shared(data)));
            return Ok(());
        }
        let changed = schema.schema.validate(&Data::Value(Arc::clone(&data)), &Limits::DEFAULT, &NoHost);
        match changed {
            Ok(Some(Data::Value(changed))) => out.give(Json::shared(changed)),
            Ok(_) => out.give(Json::shared(data)),
            Err(Refused::Issues(issues)) => {
                let texts: Vec<String> = issues.iter().map(ToString::to_string).collect();
                return Err(invalid_data(texts.join("; "), &issues).into());
            }
            Err(Refused::Raised(raised)) => return Err(Failure::new(Status::PANIC, raised.name, raised.message).into()),
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_schema_free(schema: *mut Handle<SchemaHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(schema) }
}
