//! What goes wrong beside data: wiring, the execution itself, state.

use std::sync::Arc;

use super::raised::Raised;

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
    /// No machine serves the version that the event's subject names.
    #[error("Machine resolution failed: No machine found matching orchestrator name='{name}' and version='{version}'.")]
    NoMachine {
        /// The orchestrator that the subject names.
        name: String,
        /// The version that it names.
        version: String,
    },
    /// A machine's definition has problems that refuse it, all of them at once.
    #[error("{}", .problems.iter().filter(|problem| problem.refuses).map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("\n"))]
    Machine {
        /// Every problem, warnings among them.
        problems: Vec<MachineProblem>,
    },
    /// Two machines of an orchestrator serve one version.
    #[error("An orchestrator must have unique machine versions. Machine ID:{id} has duplicate version {version}.")]
    DuplicateMachine {
        /// Id of the later machine.
        id: String,
        /// The version.
        version: String,
    },
    /// The machines of an orchestrator follow several contracts.
    #[error("All the machines in the orchestrator must have type '{type_name}'")]
    ForeignMachine {
        /// The type that the first machine's contract accepts.
        type_name: String,
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

/// One problem of a machine's definition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MachineProblem {
    /// Which rule it breaks, such as `E-TARGET` or `W-UNREACHABLE`.
    pub code: &'static str,
    /// Whether it refuses the definition; otherwise it is a warning.
    pub refuses: bool,
    /// Where, such as `states.a.on.E[0].target`; empty for the whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
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
    /// A machine can't take the step: it does not fit what is stored, or would not end.
    #[error("{message}")]
    Machine {
        /// What is wrong, where, and what to do.
        message: String,
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
