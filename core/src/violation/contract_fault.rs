//! How data, or an event, breaks a contract.

use std::sync::Arc;

use super::issue::{Issue, Issues};
use super::raised::Raised;

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
    /// An output has no type at all; **wire**: the reference looks for a contract of what is not there.
    #[error("Emit Event data validation failed: No contract available for undefined")]
    NoType {
        /// That it is missing, and where.
        issues: Vec<Issue>,
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
