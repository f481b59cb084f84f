//! Contract-first, event-driven workflows: the core that every language shares.
//!
//! A [`Contract`] says what a service accepts and emits; a [`Handler`] answers its events; every event is a
//! CloudEvents envelope, validated on its way in and out. The core is sans-IO: an [`Execution`] gives its next
//! [`Step`] and takes the [`Answer`]; it never waits, and starts no thread.
#![deny(missing_docs)]

pub mod json;
pub mod uri;

mod codec;
mod contract;
mod domain;
mod driver;
mod environment;
mod event;
mod execution;
mod handler;
mod subject;
mod violation;

pub use codec::CodecError;
pub use contract::*;
pub use domain::{Domain, DomainContext, DomainName, DomainNameError};
pub use driver::Failure;
pub use environment::{Clock, Environment, IdSource, Limits};
pub use event::{
    ARVO_CONTENT_TYPE, AttributeFault, BrokenAttribute, Data, Dataschema, DataschemaError, Emitted, Envelope, Event,
    EventDraft, EventError, EventId, Headers, LenientVersionError, ManagedId, Scalar, Version, VersionError,
    lenient_version,
};
pub use execution::{
    Answer, Call, Commit, Committed, Desk, DeskError, Execution, HandlerError, HandlerSpec, Host, Misfit, Note,
    Outcome, Output, Plan, Step, Ticket, Turn,
};
pub use handler::{BoxError, Handler, HandlerBuilder, Input, IntoOutputs};
pub use json::JsonError;
pub use subject::{BrokenField, FieldFault, Subject, SubjectDraft, SubjectError, UnreadableSubject};
pub use violation::{
    ConfigFault, ContractFault, ExecutionFault, Issue, Raised, Token, TransactionCause, UserViolation, Violation,
    ViolationKind,
};
