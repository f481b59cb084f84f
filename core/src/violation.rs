//! Every way for an execution to fail so that its caller must know (SPEC §9).
//!
//! A violation emits nothing and leaves no trace in state; whoever called `execute` decides to try again. It
//! holds no event: the consumed event is joined to it where it leaves. Texts are the reference's.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// A failure seen outside the workflow.
///
/// Not `#[non_exhaustive]`: every binding names each kind, so that a new one breaks its build instead of
/// arriving as "unknown".
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Violation {
    /// Data breaks a contract.
    #[error("ViolationError<Contract> {0}")]
    Contract(#[source] ContractFault),
    /// The wiring is wrong: a handler got what it was not built for.
    #[error("ViolationError<Config> {0}")]
    Config(#[source] ConfigFault),
    /// The execution itself could not go on.
    #[error("ViolationError<Execution> {0}")]
    Execution(#[source] ExecutionFault),
    /// State or queue could not be written, read or locked.
    #[error("ViolationError<OrchestratorTransaction> [{cause}] {message}")]
    Transaction {
        /// Which operation failed.
        cause: TransactionCause,
        /// What happened, with the subject.
        message: String,
        /// What the host's own memory or store threw, if it did.
        raised: Option<Token>,
    },
    /// A violation that the user's own code raised; the object itself is in the host's table.
    #[error("{}", .0.message)]
    Host(Raised),
}

impl Violation {
    /// Which class of violation this is.
    ///
    /// ```
    /// use arvo::{ExecutionFault, Violation, ViolationKind};
    /// assert_eq!(Violation::Execution(ExecutionFault::Cancelled).kind(), ViolationKind::Execution);
    /// ```
    pub fn kind(&self) -> ViolationKind {
        match self {
            Self::Contract(_) => ViolationKind::Contract,
            Self::Config(_) => ViolationKind::Config,
            Self::Execution(_) => ViolationKind::Execution,
            Self::Transaction { .. } => ViolationKind::Transaction,
            Self::Host(raised) => raised.violation.unwrap_or(ViolationKind::Custom),
        }
    }

    /// The name that the reference gives it, such as `ViolationError<Config>`.
    ///
    /// ```
    /// use arvo::{ExecutionFault, Violation};
    /// assert_eq!(Violation::Execution(ExecutionFault::Cancelled).name(), "ViolationError<Execution>");
    /// ```
    pub fn name(&self) -> String {
        match self {
            Self::Host(raised) => raised.name.clone(),
            own => format!("ViolationError<{}>", own.kind().type_name()),
        }
    }

    /// Where data broke a schema, if that is what happened; empty otherwise.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Self::Contract(
                ContractFault::Input { issues }
                | ContractFault::Emit { issues }
                | ContractFault::Output { issues }
                | ContractFault::WorkflowInput { issues }
                | ContractFault::Emittable { issues, .. },
            ) => issues,
            _ => &[],
        }
    }

    /// The host's own object behind this violation, by its number in the execution's table.
    pub fn token(&self) -> Option<Token> {
        match self {
            Self::Host(raised) => Some(raised.token),
            Self::Contract(ContractFault::Schema { raised, .. }) => Some(raised.token),
            Self::Transaction { raised, .. } => *raised,
            _ => None,
        }
    }
}

/// The classes of violations; a `Custom` one is of a type that the user derived.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ViolationKind {
    /// See [`Violation::Contract`].
    Contract,
    /// See [`Violation::Config`].
    Config,
    /// See [`Violation::Execution`].
    Execution,
    /// See [`Violation::Transaction`].
    Transaction,
    /// A type of the user's own.
    Custom,
}

impl ViolationKind {
    /// The field `type` of the reference's violations; **wire**.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Contract => "Contract",
            Self::Config => "Config",
            Self::Execution => "Execution",
            Self::Transaction => "OrchestratorTransaction",
            Self::Custom => "Custom",
        }
    }

    /// The kind of a violation whose field `type` is `name`.
    ///
    /// ```
    /// use arvo::ViolationKind;
    /// assert_eq!(ViolationKind::of_type("Config"), ViolationKind::Config);
    /// assert_eq!(ViolationKind::of_type("RateLimited"), ViolationKind::Custom);
    /// ```
    pub fn of_type(name: &str) -> Self {
        [Self::Contract, Self::Config, Self::Execution, Self::Transaction]
            .into_iter()
            .find(|kind| kind.type_name() == name)
            .unwrap_or(Self::Custom)
    }
}

/// How data, or an event made of it, breaks a contract.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractFault {
    /// The event follows another contract than the handler's.
    #[error(
        "Contract URI mismatch: Handler expects '{expected}' but event dataschema specifies '{dataschema}'. \
         Events must reference the same contract URI as their handler."
    )]
    UriMismatch {
        /// URI of the handler's contract.
        expected: Arc<str>,
        /// Dataschema of the event.
        dataschema: Arc<str>,
    },
    /// The consumed event's data breaks the version's `accepts`.
    #[error("Input event payload validation failed: {}", Issues(.issues))]
    Input {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// An output's data breaks the schema of its type.
    #[error("Emit Event data validation failed: {}", Issues(.issues))]
    Emit {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// An output has a type that the contract's version does not emit.
    #[error("Emit Event data validation failed: No contract available for {type_name}")]
    UnknownEmit {
        /// The output's type.
        type_name: String,
    },
    /// An output's attribute (time, domain, an extension, …) is broken.
    #[error("the output can't be made an event: {}", Issues(.issues))]
    Output {
        /// Every broken attribute, its name as the path.
        issues: Vec<Issue>,
    },
    /// What the function returned is no output and no list of outputs.
    #[error(
        "the function returned {found} as output {index}; return nothing, one output {{type, data, …}}, or a list of them"
    )]
    NoOutput {
        /// Its place among the outputs, from 0.
        index: usize,
        /// What it is instead.
        found: &'static str,
    },
    /// What a workflow's function returned is no object.
    #[error("the function returned {found}; return nothing, or an object of context, output and services")]
    NoResumption {
        /// What it is instead.
        found: &'static str,
    },
    /// What a workflow shall end with is no object.
    #[error("the output that ends the workflow is {found}; its data must be an object")]
    NoCompletion {
        /// What it is instead.
        found: &'static str,
    },
    /// An event does not follow the contract that a workflow knows it by.
    #[error("Input validation failed - Event data does not meet contract requirements: {0}")]
    Foreign(Box<Foreign>),
    /// The consumed event's data breaks its schema.
    #[error("Input validation failed - Event data does not meet contract requirements: {}", Issues(.issues))]
    WorkflowInput {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// Data that a workflow sends breaks the receiver's schema.
    #[error(
        "[Emittable Event Creation] Invalid event data: Schema validation failed.\nEvent type: {type_name}\nDetails: {}",
        Issues(.issues)
    )]
    Emittable {
        /// Type of the event.
        type_name: Arc<str>,
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// A host schema's function failed instead of judging.
    #[error("the schema of {type_name} failed with {}: {}; a schema reports problems, it throws nothing", .raised.name, .raised.message)]
    Schema {
        /// Type of the event whose data was checked.
        type_name: Arc<str>,
        /// What it threw.
        raised: Box<Raised>,
    },
}

/// How an event misses the contract that a workflow knows it by.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Foreign {
    /// It names no contract.
    #[error(
        "Event dataschema resolution failed: Unable to parse dataschema='{dataschema}' for event(id='{id}', \
         type='{type_name}'). This makes the event opaque and does not allow contract resolution"
    )]
    Opaque {
        /// Its dataschema, `null` if it has none.
        dataschema: String,
        /// Its id.
        id: String,
        /// Its type.
        type_name: String,
    },
    /// It follows another contract.
    #[error(
        "Contract URI mismatch: {role} Contract(uri='{uri}', type='{accepts}') does not match \
         Event(dataschema='{dataschema}', type='{type_name}')"
    )]
    Uri {
        /// Whose contract is meant.
        role: Role,
        /// URI of that contract.
        uri: String,
        /// The type that it accepts.
        accepts: String,
        /// Dataschema of the event.
        dataschema: String,
        /// Type of the event.
        type_name: String,
    },
    /// It follows another version.
    #[error(
        "Contract version mismatch: {role} Contract(version='{version}', type='{accepts}', uri={uri}) does not match \
         Event(dataschema='{dataschema}', type='{type_name}')"
    )]
    Version {
        /// Whose contract is meant.
        role: Role,
        /// Version of that contract.
        version: String,
        /// URI of that contract.
        uri: String,
        /// The type that it accepts.
        accepts: String,
        /// Dataschema of the event.
        dataschema: String,
        /// Type of the event.
        type_name: String,
    },
}

/// Whose contract a workflow holds an event against.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Role {
    /// The workflow's own.
    #[error("self")]
    Own,
    /// A service's.
    #[error("service")]
    Service,
}

/// How a handler is wired wrongly.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFault {
    /// The event is of a type that the handler does not accept.
    #[error("Event type mismatch: Received '{received}', expected '{expected}'")]
    TypeMismatch {
        /// Type of the event.
        received: Arc<str>,
        /// Type that the handler's contract accepts.
        expected: Arc<str>,
    },
    /// The event names a version that the contract lacks.
    #[error("Invalid contract version: {version}. Available versions: {}", .available.join(", "))]
    UnknownVersion {
        /// The version named.
        version: String,
        /// The contract's versions, ascending.
        available: Vec<String>,
    },
    /// No function serves the version that the event's subject names.
    #[error("Handler resolution failed: No handler found matching orchestrator name='{name}' and version='{version}'.")]
    NoFunction {
        /// The orchestrator that the subject names.
        name: String,
        /// The version that it names.
        version: String,
    },
    /// No contract that the workflow knows has the event's type.
    #[error("Contract validation failed - Event does not match any registered contract schemas in the {workflow}")]
    UnknownType {
        /// `resumable` or `machine`.
        workflow: &'static str,
    },
    /// Two services have one contract.
    #[error(
        "In {workflow}, the service contracts must have unique URIs. Multiple versions of the same contract are not \
         allow. The contracts '{second}' and '{first}' have the same URI '{uri}'"
    )]
    DuplicateService {
        /// `ArvoResumable` or `ArvoMachine`.
        workflow: &'static str,
        /// Name of the later one.
        second: String,
        /// Name of the earlier one.
        first: String,
        /// Their URI.
        uri: String,
    },
    /// A workflow is its own service.
    #[error(
        "In {workflow}, Circular dependency detected: Machine with URI '{uri}' is registered as service '{service}'. \
         Self-referential services create execution loops and are prohibited."
    )]
    SelfService {
        /// `ArvoResumable` or `ArvoMachine`.
        workflow: &'static str,
        /// URI of the workflow's contract.
        uri: String,
        /// Name of the service.
        service: String,
    },
}

/// Why an execution could not go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionFault {
    /// Its caller gave up on it.
    #[error("the execution was cancelled before its function answered; nothing was emitted, it may be tried again")]
    Cancelled,
    /// The event's subject names no workflow.
    #[error(
        "Invalid event (id={id}) subject format. Expected an ArvoOrchestrationSubject but received '{subject}'. The \
         subject must follow the format specified by ArvoOrchestrationSubject schema"
    )]
    Subject {
        /// The event's id.
        id: String,
        /// Its subject.
        subject: String,
    },
    /// The subject that a call to another workflow names as its parent is none.
    #[error(
        "[Emittable Event Creation] Invalid parentSubject$$ for the event(type='{type_name}', uri='{dataschema}'). It \
         must be follow the ArvoOrchestrationSubject schema. The easiest way is to use the current orchestration \
         subject by storing the subject via the context block in the machine definition."
    )]
    ParentSubject {
        /// Type of the event that is sent.
        type_name: String,
        /// Its dataschema.
        dataschema: String,
    },
    /// User code of a workflow threw something that is no error.
    #[error("Non-Error object thrown during machine execution: {kind}. This indicates a serious implementation flaw.")]
    NoError {
        /// What kind of thing it was, as the host's language calls it.
        kind: String,
    },
    /// An output's data is an object of the host that can't be written as JSON.
    #[error("data of {type_name} can't be written as JSON: {}; emit plain data", .raised.message)]
    Unwritable {
        /// Type of the event.
        type_name: Arc<str>,
        /// What the host threw when asked for the text.
        raised: Box<Raised>,
    },
}

/// The operation on state that failed; its text is **wire**.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum TransactionCause {
    /// The record could not be read.
    #[error("READ_MACHINE_MEMORY_FAILURE")]
    Read,
    /// Locking failed.
    #[error("LOCK_MACHINE_MEMORY_FAILURE")]
    Lock,
    /// The record, or the events emitted with it, could not be written.
    #[error("WRITE_MACHINE_MEMORY_FAILURE")]
    Write,
    /// Somebody else holds the lock.
    #[error("LOCK_UNACQUIRED")]
    LockUnacquired,
    /// The subject names no workflow.
    #[error("INVALID_SUBJECT")]
    InvalidSubject,
}

impl TransactionCause {
    /// All causes, in the order of the reference.
    pub const ALL: [Self; 5] = [Self::Read, Self::Lock, Self::Write, Self::LockUnacquired, Self::InvalidSubject];
}

/// One problem of data, or of an event's attributes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// JSON Pointer of the value at fault; of the key for one that is missing, of the object for keys that are
    /// unknown; empty for the whole.
    pub path: String,
    /// What is wrong there. It never holds the data's own values.
    pub message: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}

/// Several issues as one text.
pub(crate) struct Issues<'a>(pub(crate) &'a [Issue]);

impl fmt::Display for Issues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, issue) in self.0.iter().enumerate() {
            write!(f, "{}{issue}", if at > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

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
