//! What went wrong, as status, name, text and data, and the object of a user who raised it.
//!
//! What user code raises is the same handle when it comes back: the handle itself waits in the table of its
//! execution (`host.rs`) while the core knows a number.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use arvo_core::{
    ConfigFault, ErrorReport, Event, Issue, JsonError, MachineProblem, Raised, Token, Violation, ViolationKind,
};
use serde_json::{Map, Value, json};

use crate::boundary::Status;
use crate::handle::{Lent, kind};
use crate::user::UserData;
use crate::value::Json;

/// The content of an `arvo_error`; one pointer wide, because every function here returns it.
pub struct Failure(Box<Told>);

/// What an error tells.
pub struct Told {
    pub(crate) status: Status,
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) stack: Option<String>,
    /// Type of the violation, if it is one, without `ViolationError<…>` around it.
    pub(crate) violation: Option<String>,
    details: Map<String, Value>,
    details_view: OnceLock<Lent<Json>>,
    /// The error of user code that led to this one.
    pub(crate) cause: Option<Lent<Failure>>,
    pub(crate) object: Option<UserData>,
}

impl Deref for Failure {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

kind!(Failure, "arvo_error", b"error\0\0\0");

impl Failure {
    pub(crate) fn new(status: Status, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Told {
            status,
            name: name.into(),
            message: message.into(),
            stack: None,
            violation: None,
            details: Map::new(),
            details_view: OnceLock::new(),
            cause: None,
            object: None,
        }))
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
        let mut failure = Self::new(status, name, message);
        failure.violation = Some(type_name.to_owned());
        failure
    }

    /// A violation of the core's own.
    pub(crate) fn of_violation(violation: &Violation) -> Self {
        let kind = violation.kind();
        let failure = Self::violation(kind, kind.type_name(), violation.name(), violation.to_string());
        match violation.issues() {
            [] => match violation {
                Violation::Config(ConfigFault::Machine { problems }) => failure.with("problems", listed(problems)),
                _ => failure,
            },
            issues => failure.with_issues(issues),
        }
    }

    /// The same failure with what belongs to a transaction's: which step failed, for which event.
    pub(crate) fn told_of(self, violation: &Violation, consumed: &Event) -> Self {
        let Violation::Transaction { cause, .. } = violation else { return self };
        let event = consumed.to_value().unwrap_or_default(); // unreadable data leaves nothing to tell
        self.with("cause", cause.to_string().into()).with("metadata", json!({ "initiatingEvent": event }))
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

    /// One part of the data for a program.
    pub(crate) fn detail(&self, key: &str) -> Option<&Value> {
        self.details.get(key)
    }

    /// The data for a program, as a handle to lend.
    pub(crate) fn details(&self) -> &Lent<Json> {
        self.details_view.get_or_init(|| Lent::new(Json::new(Value::Object(self.details.clone()))))
    }

    /// Type of the violation, if it is one: it has a type.
    pub(crate) fn violation_type(&self) -> Option<&str> {
        self.violation.as_deref().filter(|type_name| !type_name.is_empty())
    }

    /// What the core is told of an error that user code raised.
    pub(crate) fn raised(&self, token: Token) -> Raised {
        Raised {
            violation: self.violation_type().map(ViolationKind::of_type),
            stack: self.stack.clone(),
            ..Raised::error(token, self.name.clone(), self.message.clone())
        }
    }
}

/// Problems of a machine's definition as data.
pub(crate) fn listed(problems: &[MachineProblem]) -> Value {
    let entry = |MachineProblem { code, refuses, path, message }: &MachineProblem| {
        let severity = if *refuses { "error" } else { "warning" };
        json!({"code": code, "severity": severity, "path": path, "message": message})
    };
    problems.iter().map(entry).collect()
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        Self::new(Status::INVALID_JSON, "InvalidJson", error.to_string())
    }
}
