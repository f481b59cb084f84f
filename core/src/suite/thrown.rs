//! What a suite knows of something that was thrown, in any language.

use serde_json::{Map, Value, json};

use crate::contract::ErrorReport;
use crate::handler::Failure;
use crate::violation::{Raised, UserViolation, Violation};

/// Something that the code under test, or a check, has thrown.
///
/// ```
/// use arvo::suite::Thrown;
/// let thrown = Thrown::error("Timeout", "nobody answered");
/// assert_eq!((thrown.name.as_str(), thrown.message.as_str()), ("Timeout", "nobody answered"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Thrown {
    /// Class of the error, such as `ViolationError<Config>` or `TypeError`.
    pub name: String,
    /// Its text.
    pub message: String,
    /// For a violation, its type, such as `Config`.
    pub type_: Option<String>,
    /// For a violation of the user's own, the data that it carries.
    pub metadata: Option<Box<Value>>,
    /// Whether it is an error at all: in JavaScript anything can be thrown.
    pub is_error: bool,
}

impl Thrown {
    /// An ordinary error of this class and text.
    pub fn error(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), type_: None, metadata: None, is_error: true }
    }

    /// A violation of this type, such as `Contract`; `message` as a whole, with what stands before it.
    pub fn violation(type_: impl Into<String>, message: impl Into<String>) -> Self {
        let type_ = type_.into();
        Self { type_: Some(type_.clone()), ..Self::error(format!("ViolationError<{type_}>"), message) }
    }

    /// What checks see as `error`.
    pub(super) fn to_value(&self) -> Value {
        json!({"name": self.name, "message": self.message, "type": self.type_, "metadata": self.metadata})
    }

    /// Reads what [`Thrown::to_value`] writes; what is missing is empty, `isError` false says that it is none.
    pub(super) fn of_map(map: &Map<String, Value>) -> Self {
        let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            name: text("name").unwrap_or_else(|| "Error".to_owned()),
            message: text("message").unwrap_or_default(),
            type_: text("type"),
            metadata: map.get("metadata").filter(|metadata| !metadata.is_null()).cloned().map(Box::new),
            is_error: map.get("isError") != Some(&Value::Bool(false)),
        }
    }
}

impl From<&Violation> for Thrown {
    fn from(violation: &Violation) -> Self {
        match violation {
            Violation::Host(raised) => Self::from(raised),
            own => Self::violation(own.kind().type_name(), own.to_string()),
        }
    }
}

impl From<&Raised> for Thrown {
    fn from(raised: &Raised) -> Self {
        let inside = || raised.name.strip_prefix("ViolationError<")?.strip_suffix('>');
        let type_ = raised.violation.map(|kind| inside().unwrap_or(kind.type_name()).to_owned());
        Self { type_, is_error: raised.no_error.is_none(), ..Self::error(raised.name.clone(), raised.message.clone()) }
    }
}

impl From<&Failure> for Thrown {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Violation(violation) | Failure::Memory { violation, .. } => Self::from(violation),
            Failure::User(error) => Self::of_error(&**error),
        }
    }
}

impl Thrown {
    /// What Rust code returned as its error.
    pub fn of_error(error: &(dyn std::error::Error + 'static)) -> Self {
        if let Some(own) = error.downcast_ref::<UserViolation>() {
            return Self {
                metadata: own.metadata().cloned().map(Box::new),
                ..Self::violation(own.type_name(), own.to_string())
            };
        }
        if let Some(violation) = error.downcast_ref::<Violation>() {
            return Self::from(violation);
        }
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return Self::from(failure);
        }
        let name = error.downcast_ref::<ErrorReport>().map_or("Error", |report| &report.name);
        Self::error(name, error.to_string())
    }
}
