//! What user code raises: what the core knows of a host's object, and the violations that Rust code makes itself.

use serde_json::Value;

use super::violation::ViolationKind;

/// Number of an object in the host's table of ONE execution; the table dies with the execution. Never stored,
/// never in an [`Event`](crate::Event).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Token(pub u32);

impl Token {
    /// The consumed event's own data, which the host has already.
    pub const CONSUMED: Self = Self(u32::MAX);
}

/// What the core knows of something a host threw: enough for a system error event. The object itself stays with
/// the host, at `token`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Raised {
    /// Where the host keeps the object.
    pub token: Token,
    /// Its class, if it is a violation.
    pub violation: Option<ViolationKind>,
    /// Name of its class, such as `TypeError`.
    pub name: String,
    /// Its text.
    pub message: String,
    /// Its stack, if the language has one.
    pub stack: Option<String>,
    /// For something that is no error object: what kind of thing it is, as its language calls it.
    pub no_error: Option<Box<str>>,
}

impl Raised {
    /// Something thrown that is no error object: it counts as an error with that text (SPEC §9).
    ///
    /// ```
    /// let raised = arvo::Raised::no_error(arvo::Token(0), "string", "just a text");
    /// assert_eq!((raised.name.as_str(), raised.stack), ("Error", None));
    /// ```
    pub fn no_error(token: Token, kind: impl Into<Box<str>>, text: impl Into<String>) -> Self {
        Self { no_error: Some(kind.into()), ..Self::error(token, "Error", text) }
    }

    /// An error of this class and text, without a stack.
    pub fn error(token: Token, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { token, violation: None, name: name.into(), message: message.into(), stack: None, no_error: None }
    }
}

/// A violation that Rust code raises: of a class of the core, or of a type of its own.
///
/// ```
/// let busy = arvo::UserViolation::new("RateLimited", "slow down").with_metadata(serde_json::json!({"retryAfter": 5}));
/// assert_eq!(busy.to_string(), "ViolationError<RateLimited> slow down");
/// assert_eq!(busy.kind(), arvo::ViolationKind::Custom);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("ViolationError<{type_name}> {message}")]
pub struct UserViolation {
    type_name: String,
    message: String,
    metadata: Option<Value>,
}

impl UserViolation {
    /// `type_name` is one of the core's (`Contract`, `Config`, `Execution`) or the user's own; with an empty one it
    /// counts as an ordinary error.
    pub fn new(type_name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { type_name: type_name.into(), message: message.into(), metadata: None }
    }

    /// The same violation with data for whoever catches it.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Its class.
    pub fn kind(&self) -> ViolationKind {
        ViolationKind::of_type(&self.type_name)
    }

    /// Its type, without `ViolationError<…>` around it.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Data for whoever catches it.
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref()
    }
}
