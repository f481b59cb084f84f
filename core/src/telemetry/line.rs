//! The lines of an execution's log; **wire**: severities and texts are the reference's, its slips included, since
//! dashboards and tests read them. Those that the reference has no line for are **ours**.

use std::fmt::{self, Display};

use crate::subject::{SubjectError, UnreadableSubject};

use super::note::Severity;
use Severity::{Critical, Error, Info, Warning};

/// A line, before anybody asks for its text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    // A handler's.
    Accepted { type_: &'a str, uri: &'a str },
    NoDataschema { issue: &'a str },
    LatestVersion { dataschema: &'a str, version: &'a str, uri: &'a str },
    Version { version: &'a str },
    Validated { uri: &'a str, version: &'a str },
    Calling { type_: &'a str },
    // A workflow's, on its way in.
    Starting { type_: &'a str, subject: &'a str },
    Subject,
    OtherSubject { wanted: &'a str, found: &'a str },
    NoLock { subject: &'a str },
    Locking,
    Locked { subject: &'a str },
    Reading,
    Failed { id: &'a str, subject: &'a str },
    Done { id: &'a str, subject: &'a str },
    Answered { id: &'a str },
    Beginning { subject: &'a str },
    NotInit { wanted: &'a str, found: &'a str },
    Resuming { subject: &'a str },
    Resolving { what: &'a str, type_: &'a str },
    Input { type_: &'a str },
    MachineInput { type_: &'a str, machine: &'a str },
    Dataschema { dataschema: &'a str, uri: &'a str, version: &'a str },
    Local { subject: &'a str, error: &'a SubjectError },
    // A machine's.
    Resolved { machine: &'a str, version: &'a str },
    NoMachine { machine: &'a str, version: &'a str },
    MachineStarts { machine: &'a str, type_: &'a str },
    MachineResumes { machine: &'a str, type_: &'a str },
    MachineRan { machine: &'a str, events: usize },
    Snapshot { machine: &'a str },
    // A workflow's, on its way out.
    Creating { type_: &'a str },
    ToService { type_: &'a str },
    Completion { type_: &'a str },
    Created { type_: &'a str },
    Resumed { events: usize },
    Stepped { status: &'a str, events: usize },
    Persisting,
    Persisted { subject: &'a str },
    Succeeded { events: usize },
    Emitted { events: usize },
    Unsuccessful { kind: &'a str, message: &'a str },
    Violated { kind: &'a str, message: &'a str },
    Unlocked,
    NothingToUnlock,
    // An event's, while it is made.
    ContentType { found: &'a str, wanted: &'a str },
}

impl Line<'_> {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::LatestVersion { .. } | Self::OtherSubject { .. } | Self::Failed { .. } => Warning,
            Self::Done { .. } | Self::NotInit { .. } | Self::ContentType { .. } => Warning,
            Self::NoDataschema { .. } | Self::NoMachine { .. } | Self::Unsuccessful { .. } => Error,
            Self::Violated { .. } => Critical,
            _ => Info,
        }
    }
}

impl Display for Line<'_> {
    #[rustfmt::skip] // a table
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { type_, uri } => write!(f, "Event type '{type_}' validated against contract '{uri}'"),
            Self::NoDataschema { issue } => write!(f, "Unable to parse the event dataschema: {issue}"),
            Self::LatestVersion { dataschema, version, uri } => write!(f, "Version resolution failed for event with dataschema '{dataschema}'. Defaulting to latest version (={version}) of contract (uri={uri})"),
            Self::Version { version } => write!(f, "Processing event with contract version {version}"),
            Self::Validated { uri, version } => write!(f, "Event payload validated successfully against contract {uri}/{version}"),
            Self::Calling { type_ } => write!(f, "Executing handler for event type '{type_}'"),
            Self::Starting { type_, subject } => write!(f, "Starting execution for {type_} on subject {subject}"),
            Self::Subject => f.write_str("Validating event subject"),
            Self::OtherSubject { wanted, found } => write!(f, "Event subject mismatch - expected '{wanted}' but got '{found}'"),
            Self::NoLock { subject } => write!(f, "Skipping acquiring lock for event (subject={subject}) as the resource does not required locking."),
            Self::Locking => f.write_str("Acquiring lock for the event"),
            Self::Locked { subject } => write!(f, "This execution acquired lock at resource '{subject}'"),
            Self::Reading => f.write_str("Reading machine state for the event"),
            Self::Failed { id, subject } => write!(f, "The orchestration has failed in a previous event. Ignoring event id: {id} with event subject: {subject}"),
            Self::Done { id, subject } => write!(f, "The orchestration is done. Ignoring event id: {id} with event subject: {subject}"),
            Self::Answered { id } => write!(f, "Event id: {id} was answered before. Giving the same answers again"),
            Self::Beginning { subject } => write!(f, "Initializing new execution state for subject: {subject}"),
            Self::NotInit { wanted, found } => write!(f, "Invalid initialization event detected. Expected type '{wanted}' but received '{found}'."),
            Self::Resuming { subject } => write!(f, "Resuming execution with existing state for subject: {subject}"),
            Self::Resolving { what, type_ } => write!(f, "Resolving {what} for event {type_}"),
            Self::Input { type_ } => write!(f, "Input validation started for event {type_}"),
            Self::MachineInput { type_, machine } => write!(f, "Input validation started for event {type_} on machine {machine}"),
            Self::Dataschema { dataschema, uri, version } => write!(f, "Dataschema resolved: {dataschema} matches contract(uri='{uri}', version='{version}')"),
            Self::Local { subject, error } => write!(f, "Unable to parse the provided subject. Falling back to ArvoDomain.LOCAL. Error: Error parsing orchestration subject string to the context.\nError -> {}\nsubject -> {subject}", Reason(error)),
            Self::Resolved { machine, version } => write!(f, "Resolved machine for type {machine}@{version}"),
            Self::NoMachine { machine, version } => write!(f, "No machine for type {machine}@{version}"),
            Self::MachineStarts { machine, type_ } => write!(f, "Starting new orchestration for machine '{machine}' with event type '{type_}'"),
            Self::MachineResumes { machine, type_ } => write!(f, "Resuming orchestration for machine '{machine}' from existing state with event '{type_}'"),
            Self::MachineRan { machine, events } => write!(f, "Machine '{machine}' execution completed successfully with {events} queued events"),
            Self::Snapshot { machine } => write!(f, "Extracting final state snapshot from machine '{machine}'"),
            Self::Creating { type_ } => write!(f, "Creating emittable event: {type_}"),
            Self::ToService { type_ } => write!(f, "Creating service event for external system: {type_}"),
            Self::Completion { type_ } => write!(f, "Creating event for workflow completion: {type_}"),
            Self::Created { type_ } => write!(f, "Event created successfully: {type_}"),
            Self::Resumed { events } => write!(f, "Resumable execution completed. Generated events: {events}"),
            Self::Stepped { status, events } => write!(f, "Machine execution completed - Status: {status}, Generated events: {events}"),
            Self::Persisting => f.write_str("Persisting machine state to the storage"),
            Self::Persisted { subject } => write!(f, "State update persisted in memory for subject {subject}"),
            Self::Succeeded { events } => write!(f, "Execution successfully completed and emitted {events} events"),
            Self::Emitted { events } => write!(f, "Execution completed with issues and emitted {events} events"),
            Self::Unsuccessful { kind, message } => write!(f, "{kind} execution failed: {message}"),
            Self::Violated { kind, message } => write!(f, "{kind} violation error: {message}"),
            Self::Unlocked => f.write_str("Lock successfully released"),
            Self::NothingToUnlock => f.write_str("Lock was not acquired by the process so perfroming no operation"),
            Self::ContentType { found, wanted } => write!(f, "Warning! The provided datacontenttype(={found})\nis not ArvoEvent compatible (={wanted}). There may\nbe some limited functionality."),
        }
    }
}

/// What is wrong with a subject, as the reference tells it: what its decompressor reports is lost there.
struct Reason<'a>(&'a SubjectError);

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SubjectError::Unreadable { reason: UnreadableSubject::Codec(_), .. } => f.write_str("undefined"),
            SubjectError::Unreadable { reason, .. } => reason.fmt(f),
            other => other.fmt(f),
        }
    }
}
