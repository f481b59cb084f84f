//! The first phases of a workflow's execution: whose event is it, may it be handled now, what is kept? (SPEC §12.1–4)

use std::sync::Arc;

use crate::event::Raised;
use crate::memory::{Content, Expected, LockGuard, Progress, Record, RecordError, Workflow};
use crate::subject::Subject;
use crate::telemetry::Line;
use crate::violation::{ExecutionFault, TransactionCause, Violation};

use super::execution::{Phase, State};
use super::host::Host;
use super::step::{Found, Locked, Step, Turn};

/// What a workflow's execution knows beside its event.
#[derive(Debug)]
pub(super) struct Flow {
    /// What the event's subject says.
    pub(super) subject: Subject,
    /// Whether the lock must be given back.
    pub(super) locked: bool,
    /// Ends the lock with the execution, where the memory can.
    pub(super) guard: Option<LockGuard>,
    /// The record read, and its revision.
    pub(super) previous: Option<Record>,
    pub(super) revision: Option<u64>,
    /// The record's, or what the init event says.
    pub(super) parent_subject: Option<Arc<str>>,
    pub(super) init_event_id: Arc<str>,
    /// The responses so far, the event among them.
    pub(super) expected: Option<Expected>,
}

impl State {
    pub(super) fn open(mut self: Box<Self>) -> Turn {
        let event = &self.event;
        self.log(Line::Starting { type_: event.type_(), subject: event.subject() });
        self.log(Line::Subject);
        let Ok(subject) = Subject::cached(event.subject(), self.environment.limits()) else {
            let (id, subject) = (event.id().to_owned(), event.subject().to_owned());
            return self.end(Err(Violation::Execution(ExecutionFault::Subject { id, subject })));
        };
        let is_ours = subject.orchestrator() == self.plan.source();
        if !is_ours {
            self.log(Line::OtherSubject { wanted: self.plan.source(), found: subject.orchestrator() });
        }
        let flow = Flow {
            subject,
            locked: false,
            guard: None,
            previous: None,
            revision: None,
            parent_subject: None,
            init_event_id: event.envelope().id.clone(),
            expected: None,
        };
        self.flow = Some(Box::new(flow));
        if !is_ours {
            return self.ignore();
        }
        if self.plan.locking() {
            self.log(Line::Locking);
            self.phase = Phase::Lock(self.clock());
            let subject = self.event.envelope().subject.clone();
            return self.step(Step::Lock { subject });
        }
        self.log(Line::NoLock { subject: self.event.subject() });
        self.read()
    }

    pub(super) fn locked(mut self: Box<Self>, result: Result<Locked, Raised>) -> Turn {
        self.measure_lock();
        match result {
            Ok(Locked::Held(guard)) => {
                self.log(Line::Locked { subject: self.event.subject() });
                if let Some(flow) = &mut self.flow {
                    flow.locked = true;
                    flow.guard = guard;
                }
                self.read()
            }
            Ok(Locked::Denied) => self.end(Err(Violation::Transaction {
                cause: TransactionCause::LockUnacquired,
                message: "Lock acquisition denied - Unable to obtain exclusive access to event processing".to_owned(),
                raised: None,
            })),
            Err(raised) => {
                let message =
                    format!("Error acquiring lock for event (subject={}): {}", self.event.subject(), raised.message);
                self.end(Err(Violation::Transaction {
                    cause: TransactionCause::Lock,
                    message,
                    raised: Some(raised.token),
                }))
            }
        }
    }

    fn read(mut self: Box<Self>) -> Turn {
        self.log(Line::Reading);
        self.phase = Phase::Read;
        let subject = self.event.envelope().subject.clone();
        self.step(Step::Read { subject })
    }

    pub(super) fn found(mut self: Box<Self>, result: Result<Found, Raised>, host: &dyn Host) -> Turn {
        let (record, revision) = match result {
            Err(raised) => return self.unread(&raised.message, Some(&raised)),
            Ok(Found::Answered(events)) => {
                let emitted = self.answered(&events);
                return self.end(Ok(emitted));
            }
            Ok(Found::Nothing) => (None, None),
            Ok(Found::Record { record, revision }) => (Some(record), revision),
        };
        let lent = record.clone(); // of a pointer: what it says outlives the step below
        let workflow = match lent.as_ref().map(|record| record.content(self.environment.limits())) {
            None => None,
            Some(Ok(Content::Failure)) => {
                self.log_failed_before();
                return self.ignore();
            }
            Some(Ok(Content::Normal(workflow))) if *workflow.subject != *self.event.subject() => {
                let why = RecordError::Subject { found: workflow.subject.to_string() };
                return self.unread(&why.to_string(), None);
            }
            Some(Ok(Content::Normal(workflow))) if kind(&workflow.progress) != self.plan.form_name() => {
                let why = RecordError::Kind { found: kind(&workflow.progress), wanted: self.plan.form_name() };
                return self.unread(&why.to_string(), None);
            }
            Some(Ok(Content::Normal(workflow))) => Some(workflow),
            Some(Err(error)) => return self.unread(&error.to_string(), None),
        };
        let subject = self.event.subject();
        self.log(if workflow.is_some() { Line::Resuming { subject } } else { Line::Beginning { subject } });
        let is_init = self.event.type_() == self.plan.source();
        if workflow.is_none() && !is_init {
            self.log(Line::NotInit { wanted: self.plan.source(), found: self.event.type_() });
            return self.ignore();
        }
        if let Some(flow) = &mut self.flow {
            flow.previous = record;
            flow.revision = revision;
        }
        self.resume(workflow, is_init, host)
    }

    fn unread(self: Box<Self>, why: &str, raised: Option<&Raised>) -> Turn {
        let message = format!("Error reading state for event (subject={}): {why}", self.event.subject());
        let raised = raised.map(|raised| raised.token);
        self.end(Err(Violation::Transaction { cause: TransactionCause::Read, message, raised }))
    }
}

impl Flow {
    /// Takes over what the record says, or what the init event says where there is none.
    pub(super) fn remember(&mut self, workflow: Option<&Workflow>, parent_subject: Option<Arc<str>>) {
        match workflow {
            Some(workflow) => {
                self.parent_subject = workflow.parent_subject.clone();
                self.init_event_id = workflow.init_event_id.clone();
                if let Progress::Resumable { expected, .. } = &workflow.progress {
                    self.expected = expected.clone();
                }
            }
            None => self.parent_subject = parent_subject,
        }
    }
}

/// What wrote a record, in the words of errors.
fn kind(progress: &Progress) -> &'static str {
    match progress {
        Progress::Resumable { .. } => "resumable",
        Progress::Machine { .. } => "machine",
    }
}
