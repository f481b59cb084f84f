//! Contract-first, event-driven workflows: the core that every language shares.
//!
//! A [`Contract`] says what a service accepts and emits; a [`Handler`] answers its events; every event is a
//! CloudEvents envelope, validated on its way in and out. The core is sans-IO: an [`Execution`] gives its next
//! [`Step`] and takes the [`Answer`]; it never waits, and starts no thread. With the feature `sqlite`
//! a `Store` keeps events and workflows in a file, on a thread of its own, and a `Worker` runs handlers on it.
#![deny(missing_docs)]

pub mod expression;
pub mod history;
pub mod json;
pub mod statechart;
pub mod suite;
pub mod telemetry;
pub mod uri;

#[cfg(feature = "cli")]
pub mod cli;

mod broker;
mod codec;
mod contract;
mod domain;
mod driver;
mod environment;
mod event;
mod execution;
mod handler;
mod machine;
mod memory;
mod orchestrator;
#[cfg(feature = "opentelemetry")]
pub mod otel;
mod random;
mod resumable;
#[cfg(feature = "sqlite")]
mod store;
mod subject;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod violation;

pub use broker::{
    Broker, BrokerBuilder, BrokerError, BrokerFailure, Delivery, Dispatcher, Errand, Problem, Subscriber, Work,
};
pub use codec::CodecError;
pub use contract::*;
pub use domain::{Domain, DomainContext, DomainName, DomainNameError};
pub use driver::{Conforming, TestAdapter, TestCase, TestCaseBuilder, TestReport, TestSuite, Tested, conforms};
#[cfg(feature = "sqlite")]
pub use driver::{Serves, Worker, WorkerBuilder, WorkerError, WorkerFailure};
pub use environment::{Clock, Environment, IdSource, Limits};
pub use event::{
    ARVO_CONTENT_TYPE, AttributeFault, BrokenAttribute, Data, Dataschema, DataschemaError, Emitted, Envelope, Event,
    EventDraft, EventError, EventId, Headers, LenientVersionError, ManagedId, Scalar, Version, VersionError,
    lenient_version,
};
pub use execution::{
    Answer, Call, Collected, Commit, Committed, Completion, Desk, DeskError, Execution, Found, HandlerError,
    HandlerSpec, Host, Locked, Misfit, OrchestratorSpec, Outcome, Output, Plan, ResumableSpec, Resumed, Resumption,
    Run, SchemasOnly, Step, Ticket, Turn, Unusable, WorkflowDomains, Write,
};
pub use handler::{BoxError, Failure, Handler, HandlerBuilder, Input, IntoOutputs};
pub use json::JsonError;
pub use machine::{Machine, MachineSpec, Show, Sketch};
pub use memory::{InMemory, LockGuard, Memory, MemoryError, Record, RecordError, Stored};
pub use orchestrator::{
    Action, Enqueue, Guard, HostedMachine, MachineBuilder, Orchestrator, OrchestratorBuilder, Scope, StateBuilder,
    Transition,
};
pub use resumable::{IntoResumed, Resumable, ResumableBuilder, ResumableInput};
#[cfg(feature = "sqlite")]
pub use store::*;
pub use subject::{BrokenField, FieldFault, Subject, SubjectDraft, SubjectError, UnreadableSubject};
pub use violation::{
    ConfigFault, ContractFault, ExecutionFault, Foreign, Issue, MachineProblem, Raised, Role, Token, TransactionCause,
    UserViolation, Violation, ViolationKind,
};

#[cfg(doctest)]
#[doc = include_str!("../../docs/workflows.md")]
struct Workflows;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../docs/durable.md")]
struct Durable;

#[cfg(doctest)]
#[doc = include_str!("../../docs/expressions.md")]
struct Expressions;

#[cfg(all(doctest, feature = "opentelemetry"))]
#[doc = include_str!("../../docs/telemetry.md")]
struct Telemetry;

#[cfg(doctest)]
#[doc = include_str!("../../docs/machines.md")]
struct Machines;

#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct Testing;
