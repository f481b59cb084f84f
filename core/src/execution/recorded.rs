//! What telemetry is told of an execution: how its span begins, and what every end has in common (SPEC §16).

use std::borrow::Cow;
use std::cell::RefCell;

use crate::domain::Domain;
use crate::environment::Environment;
use crate::event::{Emitted, Event};
use crate::subject::Subject;
use crate::telemetry::{
    Attribute, Child, Creation, Line, Mark, Metric, Note, Opening, Recording, SpanKind, Status, Trace, consumable,
    seconds, told,
};
use crate::violation::{Raised, Violation};

use super::execution::{Execution, Phase, State};
use super::plan::{Kind, Plan};
use super::step::{Outcome, Step, Turn};

/// `None` while nobody listens: then nothing is made, dated or kept.
pub(super) type Recorded = Option<Box<RefCell<Recording>>>;

pub(super) fn recorded(trace: &Trace, environment: &Environment) -> Recorded {
    Recording::of(trace, environment).map(RefCell::new).map(Box::new)
}

impl Plan {
    /// How the span of an execution begins: who wants spans asks this, begins the span, and starts the execution with
    /// its headers.
    ///
    /// ```
    /// # use arvo::{Contract, Environment, EventDraft, HandlerSpec, Plan, telemetry::SpanKind};
    /// # let object = || serde_json::json!({"type": "object"});
    /// let contract = Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// let plan = Plan::handler(HandlerSpec::new(&contract, ["1.0.0"]))?;
    /// let event = contract.latest().factory().accepts(EventDraft::from_source("com.shop.web").data(serde_json::json!({})))?;
    /// let opening = plan.opening(&event, &Environment::system());
    /// assert_eq!((opening.name.as_ref(), opening.kind), ("Handler<#/services/greet>", SpanKind::Consumer));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn opening(&self, event: &Event, environment: &Environment) -> Opening {
        let (span, form, type_) = match (&self.kind, self.machines()) {
            (Kind::Handler, _) => ("handler.simple", "Handler", "handler"),
            (Kind::Workflow(_), []) => ("handler.orchestrator.imperative", "Resumable", "resumable"),
            (Kind::Workflow(_), _) => ("handler.orchestrator.statemachine", "Orchestrator", "orchestrator"),
        };
        let uri = self.contract.uri();
        let kind = if self.is_workflow() { SpanKind::Producer } else { SpanKind::Consumer };
        let name = match (&self.span.name, kind) {
            (Some(name), _) => name.clone(),
            (None, SpanKind::Producer) => format!("{form}<{uri}>@<{}>", event.type_()),
            (None, _) => format!("{form}<{uri}>"),
        };
        let mut attributes: Vec<Attribute> =
            vec![("arvo.span.kind".into(), span.into()), ("openinference.span.kind".into(), "CHAIN".into())];
        let own = self.span.attributes.iter();
        attributes.extend(own.map(|(name, value)| (Cow::Owned(name.clone()), value.clone())));
        attributes.push(("arvo.handler.source".into(), self.source.clone().into()));
        attributes.push(("arvo.contract.uri".into(), uri.into()));
        attributes.push(("arvo.handler.execution.type".into(), type_.into()));
        attributes.extend(consumable(event.envelope()));
        if self.is_workflow()
            && let Ok(subject) = Subject::cached(event.subject(), environment.limits())
        {
            attributes.extend(parsed(&subject));
        }
        once(&mut attributes);
        let parent = Opening::parent_of(event);
        Opening { name: Cow::Owned(name), kind, attributes, parent, at: environment.nanos() }
    }

    /// The word for it in lines of the log.
    fn class(&self) -> &'static str {
        if self.machines().is_empty() { "ArvoResumable" } else { "ArvoOrchestrator" }
    }
}

/// Of equal names the last counts, where the first stood.
fn once(attributes: &mut Vec<Attribute>) {
    let mut kept: Vec<Attribute> = Vec::with_capacity(attributes.len());
    for (name, value) in attributes.drain(..) {
        match kept.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => kept.push((name, value)),
        }
    }
    *attributes = kept;
}

/// What a workflow's subject tells.
pub(super) fn parsed(subject: &Subject) -> [Attribute; 2] {
    [
        ("arvo.parsed.subject.orchestrator.name".into(), subject.orchestrator().into()),
        ("arvo.parsed.subject.orchestrator.version".into(), subject.version().to_string().into()),
    ]
}

impl State {
    /// Gives the next step, with what there is to record so far.
    pub(super) fn step(self: Box<Self>, step: Step) -> Turn {
        let notes = self.notes();
        Turn::Step(Execution(self), step, notes)
    }

    /// The end: what became of it is recorded, and measured.
    #[allow(clippy::boxed_local)] // it is boxed wherever it comes from
    pub(super) fn done(self: Box<Self>, outcome: Outcome) -> Turn {
        self.record(|recording, at| {
            let failure = recording.failure.take();
            let status = match (&outcome, failure) {
                (Ok(_), None) => Status::Ok,
                (Ok(_), Some(message)) => Status::Error(self.failed_with(&message)),
                (Err(violation), _) => Status::Error(self.failed_with(&violation.to_string())),
            };
            let word = if status == Status::Ok { "normal" } else { "failure" };
            recording.attributes(vec![("arvo.handler.execution.status".into(), word.into())]);
            for emitted in outcome.iter().flat_map(|emitted| emitted.iter()) {
                recording.emits(&emitted.envelope);
            }
            recording.status(status);
            self.measure(recording, at, &outcome);
        });
        let notes = self.notes();
        Turn::Done(outcome, notes)
    }

    fn measure(&self, recording: &mut Recording, at: u64, outcome: &Outcome) {
        let seconds = recording.seconds(at);
        let source = || -> Vec<Attribute> {
            let operation = ("messaging.operation.name".into(), "process".into());
            let destination = ("messaging.destination.name".into(), self.plan.source.clone().into());
            vec![("messaging.system".into(), "arvo".into()), operation, destination]
        };
        let error = |violation: &Violation| ("error.type".into(), violation.name().into());
        let with_error = || {
            let mut attributes = source();
            attributes.extend(outcome.as_ref().err().map(error));
            attributes
        };
        recording.measure(Metric::Consumed, 1.0, with_error);
        recording.measure(Metric::Duration, seconds, with_error);
        match outcome {
            #[allow(clippy::cast_precision_loss)] // nobody emits 2⁵³ events
            Ok(emitted) if !emitted.is_empty() => recording.measure(Metric::Sent, emitted.len() as f64, source),
            Ok(_) => {}
            Err(_) => recording.measure(Metric::Violations, 1.0, with_error),
        }
    }

    /// How long the lock was waited for.
    pub(super) fn measure_lock(&self) {
        let Phase::Lock(asked) = self.phase else { return };
        self.record(|recording, at| {
            let source = self.plan.source.clone();
            recording.measure(Metric::LockWait, seconds(asked, at), || {
                vec![("messaging.destination.name".into(), source.into())]
            });
        });
    }

    /// The message of the span's status.
    fn failed_with(&self, message: &str) -> String {
        if self.plan.is_workflow() { message.to_owned() } else { format!("Event processing failed: {message}") }
    }

    fn notes(&self) -> Vec<Note> {
        self.recording.as_ref().map_or_else(Vec::new, |recording| recording.borrow_mut().take())
    }

    /// Records something, dated now; nothing while nobody listens.
    pub(super) fn record(&self, write: impl FnOnce(&mut Recording, u64)) {
        if let Some(recording) = &self.recording {
            write(&mut recording.borrow_mut(), self.environment.nanos());
        }
    }

    /// The time, for whoever listens.
    pub(super) fn clock(&self) -> u64 {
        if self.recording.is_some() { self.environment.nanos() } else { 0 }
    }

    pub(super) fn log(&self, line: Line<'_>) {
        self.record(|recording, at| recording.log(at, line));
    }

    /// User code failed: the span says so, whatever is emitted.
    pub(super) fn log_raised(&self, raised: &Raised) {
        self.record(|recording, at| {
            recording.exception(at, &raised.name, &raised.message, raised.stack.as_deref());
            recording.failure = Some(raised.message.clone());
        });
    }

    pub(super) fn log_violation(&self, violation: &Violation) {
        self.record(|recording, at| {
            let message = violation.to_string();
            let stack = match violation {
                Violation::Host(raised) => raised.stack.as_deref(),
                _ => None,
            };
            recording.exception(at, &violation.name(), &message, stack);
            if self.plan.is_workflow() {
                recording.log(at, Line::Violated { kind: self.plan.class(), message: &message });
            }
        });
    }

    /// Whether user code failed in it, as far as anybody listens.
    pub(super) fn is_failed(&self) -> bool {
        self.recording.as_ref().is_some_and(|recording| recording.borrow().failure.is_some())
    }

    /// A failed workflow's record is written.
    pub(super) fn log_unsuccessful(&self) {
        self.record(|recording, at| {
            let message = recording.failure.clone().unwrap_or_default();
            recording.log(at, Line::Unsuccessful { kind: self.plan.class(), message: &message });
        });
    }

    /// The workflow failed before: the event is ignored, and the span says why.
    pub(super) fn log_failed_before(&self) {
        let line = Line::Failed { id: self.event.id(), subject: self.event.subject() };
        self.record(|recording, at| {
            recording.log(at, line);
            recording.failure = Some(line.to_string());
        });
    }

    /// An event that the execution made, as a span of its own.
    pub(super) fn log_made(&self, started: u64, made: &Emitted, creation: impl FnOnce() -> Creation) {
        self.record(|recording, at| {
            if recording.is_recorded() {
                recording.child(creation().child(started, at, &made.envelope));
            }
        });
    }

    /// A step inside the execution that is over.
    pub(super) fn log_child(
        &self,
        name: &'static str,
        started: u64,
        lines: &[Line<'_>],
        failure: Option<&Raised>,
        own: impl IntoIterator<Item = Attribute>,
    ) {
        self.record(|recording, ended| {
            if !recording.is_recorded() {
                return;
            }
            let mut attributes: Vec<Attribute> = vec![("arvo.span.kind".into(), "internal".into())];
            attributes.extend(own);
            attributes.extend(told(self.event.envelope()));
            let mut marks: Vec<Mark> =
                lines.iter().map(|line| Mark::log(ended, line.severity(), line.to_string())).collect();
            let status = match failure {
                None => Status::Ok,
                Some(raised) => {
                    attributes.extend(Mark::exception_attributes(&raised.name, &raised.message));
                    marks.push(Mark::exception(ended, &raised.name, &raised.message, raised.stack.as_deref()));
                    Status::Error(raised.message.clone())
                }
            };
            recording.child(Child { name: name.into(), started, ended, attributes, marks, status });
        });
    }

    /// A subject that a domain is looked for in can't be read: the domain is the local one (SPEC §8).
    pub(super) fn log_domains(&self, list: &[Domain], parent: Option<&str>) {
        self.record(|recording, at| {
            let limits = self.environment.limits();
            let own = Some(self.event.subject());
            for entry in list {
                let asked = match entry {
                    Domain::FromCurrentSubject => [own, None],
                    Domain::FromParentSubject => [parent, None],
                    Domain::OrchestrationContext => [own, parent],
                    _ => continue,
                };
                for subject in asked.into_iter().flatten() {
                    let Err(error) = Subject::cached(subject, limits) else { continue };
                    recording.exception(at, "Error", &Line::Local { subject, error: &error }.to_string(), None);
                }
            }
        });
    }
}
