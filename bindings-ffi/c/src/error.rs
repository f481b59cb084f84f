//! `arvo_error`: what went wrong, as status, name, text and data, and the object of a user who raised it.
//!
//! What user code raises is the same handle when it comes back: the handle itself waits in the table of its
//! execution (`host.rs`) while the core knows a number.

use std::any::Any;
use std::ffi::c_void;
use std::sync::OnceLock;

use arvo_core::{ErrorReport, Issue, JsonError, Raised, Token, UserViolation, ViolationKind};
use serde_json::{Map, Value, json};

use crate::boundary::{Status, Str, guard, read};
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free, kind};
use crate::user::{DestroyFn, UserData};
use crate::value::Json;

/// The content of an `arvo_error`.
pub struct Failure {
    pub(crate) status: Status,
    name: String,
    message: String,
    stack: Option<String>,
    /// Type of the violation, if it is one, without `ViolationError<…>` around it.
    violation: Option<String>,
    details: Map<String, Value>,
    details_view: OnceLock<Lent<Json>>,
    /// The error of user code that led to this one.
    cause: Option<Lent<Failure>>,
    object: Option<UserData>,
}

kind!(Failure, "arvo_error", b"error\0\0\0");

impl Failure {
    pub(crate) fn new(status: Status, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            name: name.into(),
            message: message.into(),
            stack: None,
            violation: None,
            details: Map::new(),
            details_view: OnceLock::new(),
            cause: None,
            object: None,
        }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(Status::BAD_ARGUMENT, "BadArgument", message)
    }

    pub(crate) fn panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        Self::new(Status::PANIC, "Panic", format!("a defect in arvo, please report it: {text}"))
    }

    /// The same failure with data for a program, under `key`.
    pub(crate) fn with(mut self, key: &str, data: Value) -> Self {
        self.details.insert(key.to_owned(), data);
        self
    }

    pub(crate) fn violation(kind: ViolationKind, type_name: &str, name: String, message: String) -> Self {
        let status = match kind {
            ViolationKind::Contract => Status::CONTRACT_VIOLATION,
            ViolationKind::Config => Status::CONFIG_VIOLATION,
            ViolationKind::Execution => Status::EXECUTION_VIOLATION,
            ViolationKind::Transaction => Status::TRANSACTION_VIOLATION,
            ViolationKind::Custom => Status::CUSTOM_VIOLATION,
        };
        Self { violation: Some(type_name.to_owned()), ..Self::new(status, name, message) }
    }

    /// A callback said no, and nothing more.
    pub(crate) fn returned(status: Status, what: &str) -> Self {
        let message = format!("{what} returned status {} and set no error; end it with arvo_error_raise", status.0);
        let kind = match status {
            Status::CONTRACT_VIOLATION => ViolationKind::Contract,
            Status::CONFIG_VIOLATION => ViolationKind::Config,
            Status::EXECUTION_VIOLATION => ViolationKind::Execution,
            Status::TRANSACTION_VIOLATION => ViolationKind::Transaction,
            Status::CUSTOM_VIOLATION => ViolationKind::Custom,
            _ => return Self::new(Status::USER_ERROR, "Error", message),
        };
        let type_name = kind.type_name();
        Self::violation(kind, type_name, format!("ViolationError<{type_name}>"), message)
    }

    /// The same failure with problems of data.
    pub(crate) fn with_issues(self, issues: &[Issue]) -> Self {
        let issues = issues.iter().map(|issue| json!({"path": issue.path, "message": issue.message})).collect();
        self.with("issues", issues)
    }

    /// What a system error event tells of it.
    pub(crate) fn report(&self) -> ErrorReport {
        ErrorReport { name: self.name.clone(), message: self.message.clone(), stack: self.stack.clone() }
    }

    pub(crate) fn caused_by(mut self, cause: Option<Lent<Self>>) -> Self {
        self.cause = cause;
        self
    }

    /// Problems of data that a schema of the program's own found.
    pub(crate) fn issues(&self) -> Vec<Issue> {
        let text = |issue: &Value, key: &str| issue[key].as_str().unwrap_or_default().to_owned();
        let issues = self.details.get("issues").and_then(Value::as_array).into_iter().flatten();
        issues.map(|issue| Issue { path: text(issue, "path"), message: text(issue, "message") }).collect()
    }

    pub(crate) fn add_issue(&mut self, issue: &Issue) {
        self.message = format!("{}; {issue}", self.message);
        let json = json!({"path": issue.path, "message": issue.message});
        match self.details.get_mut("issues") {
            Some(Value::Array(issues)) => issues.push(json),
            _ => drop(self.details.insert("issues".to_owned(), json!([json]))),
        }
        self.details_view = OnceLock::new();
    }

    /// Type of the violation, if it is one: it has a type.
    fn violation_type(&self) -> Option<&str> {
        self.violation.as_deref().filter(|type_name| !type_name.is_empty())
    }

    /// What the core is told of an error that user code raised.
    pub(crate) fn raised(&self, token: Token) -> Raised {
        Raised {
            token,
            violation: self.violation_type().map(ViolationKind::of_type),
            name: self.name.clone(),
            message: self.message.clone(),
            stack: self.stack.clone(),
        }
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        Self::new(Status::INVALID_JSON, "InvalidJson", error.to_string())
    }
}

/// What a callback raised: the error it set, or one for the status it returned; nothing after `ARVO_OK`.
///
/// # Safety
/// `error` is NULL or an error that nobody else frees.
pub(crate) unsafe fn raised(status: Status, error: *mut Handle<Failure>, what: &str) -> Option<Lent<Failure>> {
    if !error.is_null() {
        // SAFETY: promised by the caller; checked to be an error that is alive.
        return Some(match unsafe { borrow(error, "*error") } {
            Ok(_) => unsafe { Lent::adopt(error) },
            Err(wrong) => Lent::new(wrong),
        });
    }
    (status != Status::OK).then(|| Lent::new(Failure::returned(status, what)))
}

/// Sets `*error`, unless an earlier error is there, and gives the status of the one that is there afterwards.
fn raise(error: *mut *mut Handle<Failure>, make: impl FnOnce() -> Result<Failure, Failure>) -> Status {
    if error.is_null() {
        return Status::BAD_ARGUMENT;
    }
    guard(error, || Err(make().unwrap_or_else(|wrong| wrong)))
}

/// # Safety
/// As `arvo.h` says of errors and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_raise(error: *mut *mut Handle<Failure>, name: Str, message: Str) -> Status {
    raise(error, || {
        // SAFETY: arvo.h, "Texts": arguments are readable during the call.
        let (name, message) = unsafe { (name.read("name")?, message.read("message")?) };
        Ok(Failure::new(Status::USER_ERROR, if name.is_empty() { "Error" } else { name }, message))
    })
}

/// # Safety
/// As `arvo.h` says of errors, texts and handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_raise_violation(
    error: *mut *mut Handle<Failure>,
    type_name: Str,
    message: Str,
    metadata: *const Handle<Json>,
) -> Status {
    raise(error, || {
        // SAFETY: arvo.h, "Texts" and "Handles": arguments are readable during the call.
        let (type_name, message, metadata) =
            unsafe { (type_name.read("type")?, message.read("message")?, borrow_optional(metadata, "metadata")?) };
        let violation = UserViolation::new(type_name, message);
        let name = format!("ViolationError<{type_name}>");
        let mut failure = Failure::violation(violation.kind(), type_name, name, violation.to_string());
        if type_name.is_empty() {
            failure.status = Status::USER_ERROR; // without a type nobody can tell it from another: an ordinary error
        }
        Ok(match metadata {
            Some(metadata) => failure.with("metadata", metadata.value().clone()),
            None => failure,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_set_stack(error: *mut Handle<Failure>, stack: Str) -> Status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles" and "Texts": the caller's own error, used by nobody else now.
        let (failure, stack) = unsafe { (borrow_mut(error, "error")?, stack.read_optional("stack")?) };
        failure.stack = stack.map(str::to_owned);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and destroy functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_attach(
    error: *mut Handle<Failure>,
    object: *mut c_void,
    destroy: Option<DestroyFn>,
) -> Status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles": the caller's own error, used by nobody else now.
        let failure = unsafe { borrow_mut(error, "error")? };
        failure.object = Some(UserData::new(object, destroy));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_status(error: *const Handle<Failure>) -> Status {
    if error.is_null() {
        return Status::OK;
    }
    // SAFETY: arvo.h, "Handles".
    read(Status::BAD_ARGUMENT, || Ok(unsafe { borrow(error, "error")? }.status))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_name(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of(&unsafe { borrow(error, "error")? }.name)))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_message(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of(&unsafe { borrow(error, "error")? }.message)))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_stack(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of_optional(unsafe { borrow(error, "error")? }.stack.as_deref())))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_violation(error: *const Handle<Failure>) -> Str {
    // SAFETY: arvo.h, "Handles".
    read(Str::NONE, || Ok(Str::of_optional(unsafe { borrow(error, "error")? }.violation.as_deref())))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_is_violation(error: *const Handle<Failure>) -> bool {
    // SAFETY: arvo.h, "Handles".
    read(false, || Ok(unsafe { borrow(error, "error")? }.violation_type().is_some()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_details(error: *const Handle<Failure>) -> *const Handle<Json> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let failure = unsafe { borrow(error, "error")? };
        let details = || Lent::new(Json::new(Value::Object(failure.details.clone())));
        Ok(failure.details_view.get_or_init(details).pointer().cast_const())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_cause(error: *const Handle<Failure>) -> *const Handle<Failure> {
    read(std::ptr::null(), || {
        // SAFETY: arvo.h, "Handles".
        let cause = unsafe { borrow(error, "error")? }.cause.as_ref();
        Ok(cause.map_or(std::ptr::null(), |cause| cause.pointer().cast_const()))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_object(error: *const Handle<Failure>) -> *mut c_void {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles".
        let failure = unsafe { borrow(error, "error")? };
        Ok(failure.object.as_ref().map_or(std::ptr::null_mut(), UserData::pointer))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_error_free(error: *mut Handle<Failure>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(error) }
}
