//! The third phase of a workflow's execution: from what its function returned to events and a record (SPEC §12.9–11).

use std::sync::Arc;

use crate::contract::{ContractKind, Refused, Schema, VersionedContract, parent_subject};
use crate::domain::{Domain, DomainContext};
use crate::environment::Limits;
use crate::event::{Data, Emitted, Event, EventDraft, EventError, Raised};
use crate::memory::{Content, Progress, Record, Workflow};
use crate::subject::Subject;
use crate::telemetry::{Creation, Line};
use crate::violation::{ContractFault, ExecutionFault, Token, Violation};

use super::execution::{Phase, State};
use super::host::Host;
use super::open::Flow;
use super::output::Output;
use super::plan::{Kind, Serving, WorkflowPlan};
use super::resumed::{Completion, Resumed};
use super::step::{Turn, Write};

/// Why what a function returned can't be sent.
pub(super) enum Unsent {
    /// Nothing is written, the caller is told.
    Violation(Violation),
    /// The workflow fails.
    Error(Raised),
}

/// What a step of a workflow sends, as it leaves and as its record keeps it.
pub(super) struct Sent {
    emitted: Vec<Emitted>,
    produced: Vec<Event>,
}

impl Sent {
    pub(super) fn len(&self) -> usize {
        self.emitted.len()
    }
}

impl From<EventError> for Unsent {
    /// A broken attribute is an error of the workflow; **wire**: it goes by the name that the reference gives it.
    fn from(error: EventError) -> Self {
        let raised = Raised::error(Token::CONSUMED, "ZodError", error.to_string());
        let stack = error.issues().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Self::Error(Raised { stack: Some(stack), ..raised })
    }
}

impl From<Violation> for Unsent {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<Raised> for Unsent {
    fn from(raised: Raised) -> Self {
        if raised.violation.is_some() { Self::Violation(Violation::Host(raised)) } else { Self::Error(raised) }
    }
}

impl State {
    /// A resumable's function has returned.
    pub(super) fn sending(self: Box<Self>, resumed: Resumed, host: &dyn Host) -> Turn {
        let written = self.resumed(resumed, host);
        self.written(written)
    }

    /// Commits what a workflow's step led to, or tells why it can't be.
    pub(super) fn written(self: Box<Self>, written: Result<(Write, Arc<[Emitted]>), Unsent>) -> Turn {
        match written {
            Ok((write, emitted)) => self.commit(Some(write), emitted),
            Err(Unsent::Violation(violation)) => self.end(Err(violation)),
            Err(Unsent::Error(raised)) => self.failed(raised),
        }
    }

    fn resumed(&self, resumed: Resumed, host: &dyn Host) -> Result<(Write, Arc<[Emitted]>), Unsent> {
        let (Phase::Call(version), Some(flow)) = (&self.phase, &self.flow) else { return Err(unreachable()) };
        let Some(serving) = self.plan.serving(version.version().as_str()) else { return Err(unreachable()) };
        let Resumed { context, output, services } = resumed;
        let done = output.is_some();
        let sent = self.events(&serving, services, output, host)?;
        self.log(Line::Resumed { events: sent.len() });
        let state = match context {
            Some(Data::Host(token)) => Some(Data::Text(host.text(token)?)),
            Some(data) => Some(data),
            None => flow.previous.as_ref().and_then(|record| state_of(record, self.environment.limits())),
        };
        let expected = if sent.produced.is_empty() {
            flow.expected.clone()
        } else {
            Some(sent.produced.iter().map(|event| (event.envelope().id.clone(), Vec::new())).collect())
        };
        self.write(sent, done, Progress::Resumable { expected, state })
    }

    /// Makes the events that a workflow sends, the completion last.
    pub(super) fn events(
        &self,
        serving: &Serving<'_>,
        outputs: Vec<Output>,
        completion: Option<Completion>,
        host: &dyn Host,
    ) -> Result<Sent, Unsent> {
        let (Some(flow), Kind::Workflow(workflow)) = (&self.flow, &self.plan.kind) else { return Err(unreachable()) };
        let mut emitted = Vec::with_capacity(outputs.len() + usize::from(completion.is_some()));
        for output in outputs {
            self.send(flow, serving, output, host, &mut emitted)?;
        }
        if let Some(completion) = completion {
            self.complete(flow, workflow, serving, completion, host, &mut emitted)?;
        }
        let of = |emitted: &Emitted| emitted.event_by(self.environment.limits(), |token| host.text(token));
        let produced = emitted.iter().map(of).collect::<Result<_, Raised>>()?;
        Ok(Sent { emitted, produced })
    }

    /// The record of a workflow that took a step.
    pub(super) fn write(&self, sent: Sent, done: bool, progress: Progress) -> Result<(Write, Arc<[Emitted]>), Unsent> {
        let Some(flow) = &self.flow else { return Err(unreachable()) };
        let new = Record::of(Workflow {
            done,
            init_event_id: flow.init_event_id.clone(),
            parent_subject: flow.parent_subject.clone(),
            subject: self.event.envelope().subject.clone(),
            consumed: Some(self.event.clone()),
            produced: sent.produced,
            progress,
        });
        let write = Write { new, previous: flow.previous.clone(), revision: flow.revision };
        Ok((write, sent.emitted.into()))
    }

    /// One call of a service; events of types that no contract of the workflow has are sent unchecked.
    fn send(
        &self,
        flow: &Flow,
        serving: &Serving<'_>,
        output: Output,
        host: &dyn Host,
        emitted: &mut Vec<Emitted>,
    ) -> Result<(), Unsent> {
        let Output { mut draft, mut data, domains } = output;
        let list = domains.as_deref().unwrap_or(&self.plan.emits);
        if list.is_empty() {
            return Ok(()); // nothing is sent, so nothing is judged either
        }
        let version = &serving.contract;
        let type_ = draft.type_.clone();
        let type_ = type_.as_deref().unwrap_or_default();
        let service =
            serving.services.iter().map(|(_, service)| service).find(|service| *service.accepts().type_ == *type_);
        let purpose = match service {
            Some(_) => Some(Line::ToService { type_ }),
            None if version.emit(type_).is_some() => Some(Line::Completion { type_ }),
            None => None,
        };
        self.log_creating(type_, purpose);
        let mut contract_domain = None;
        let mut child_of = None;
        if let Some(service) = service {
            data = self.checked_output(&service.accepts().schema, type_, data, host)?;
            draft.dataschema = Some(service.shared_dataschema());
            contract_domain = service.contract().domain();
            if service.contract().kind() == ContractKind::Orchestrator {
                child_of = Some((service, self.parent_in(service, &data, host)?));
            }
            draft.parentid = Some(self.event.envelope().id.clone());
        } else if let Some(own) = version.emit(type_) {
            // The completion, sent by hand: it goes where the workflow's own one would.
            data = self.checked_output(&own.schema, type_, data, host)?;
            draft.dataschema = Some(version.shared_dataschema());
            contract_domain = version.contract().domain();
            draft.subject = draft.subject.or_else(|| flow.parent_subject.clone());
            draft.parentid = Some(flow.init_event_id.clone());
        } else {
            draft.parentid = Some(self.event.envelope().id.clone());
        }
        draft.datacontenttype = None;
        draft.redirectto = draft.redirectto.or_else(|| Some(self.plan.source.clone()));
        let mut domains = self.domains(flow, list, contract_domain);
        let mut is_first = true;
        let mut send_to = |domain: Option<Arc<str>>, draft: EventDraft, data: Data| -> Result<(), Unsent> {
            if !std::mem::take(&mut is_first) {
                self.log_creating(type_, purpose);
            }
            let subject = match &child_of {
                Some((service, parent)) => self.child_subject(service, parent.as_ref(), &draft, domain.as_deref())?,
                None => draft.subject.clone().unwrap_or_else(|| self.event.envelope().subject.clone()),
            };
            emitted.push(self.created(EventDraft { subject: Some(subject), domain, ..draft }, data)?);
            Ok(())
        };
        let Some(last) = domains.pop() else { return Ok(()) };
        domains.into_iter().try_for_each(|domain| send_to(domain, draft.clone(), data.clone()))?;
        send_to(last, draft, data) // most have one domain: no copy
    }

    /// The event that ends the workflow.
    fn complete(
        &self,
        flow: &Flow,
        workflow: &WorkflowPlan,
        serving: &Serving<'_>,
        output: Completion,
        host: &dyn Host,
        emitted: &mut Vec<Emitted>,
    ) -> Result<(), Unsent> {
        let version = &serving.contract;
        let domains = output.domains.as_deref().unwrap_or(&workflow.complete);
        let Some(own) = version.emits().first().filter(|_| !domains.is_empty()) else { return Ok(()) };
        let type_: &str = &own.type_;
        self.log_creating(type_, Some(Line::Completion { type_ }));
        let data = self.checked_output(&own.schema, &own.type_, output.data, host)?;
        let mut draft = EventDraft { id: output.id, ..EventDraft::default() };
        draft.type_ = Some(own.type_.clone());
        draft.dataschema = Some(version.shared_dataschema());
        draft.executionunits = output.executionunits;
        draft.redirectto = Some(self.plan.source.clone());
        draft.to = Some(flow.subject.meta().get("redirectto").map_or(flow.subject.initiator(), String::as_str).into());
        draft.parentid = Some(flow.init_event_id.clone());
        draft.subject = Some(flow.parent_subject.clone().unwrap_or_else(|| self.event.envelope().subject.clone()));
        for domain in self.domains(flow, domains, version.contract().domain()) {
            if emitted.last().is_some_and(|last| last.envelope.type_() == type_) {
                self.log_creating(type_, Some(Line::Completion { type_ }));
            }
            let draft = EventDraft { domain, ..draft.clone() };
            emitted.push(self.created(draft, data.clone())?);
        }
        Ok(())
    }

    fn log_creating(&self, type_: &str, purpose: Option<Line<'_>>) {
        self.log(Line::Creating { type_ });
        if let Some(purpose) = purpose {
            self.log(purpose);
        }
    }

    /// An event that a workflow sends, and what telemetry tells of it.
    fn created(&self, draft: EventDraft, data: Data) -> Result<Emitted, EventError> {
        let started = self.clock();
        let made = self.stamped(draft, data)?;
        let type_ = made.envelope.type_();
        self.log_made(started, &made, || Creation::of_event(type_));
        self.log(Line::Created { type_ });
        Ok(made)
    }

    fn checked_output(&self, schema: &Schema, type_: &str, data: Data, host: &dyn Host) -> Result<Data, Unsent> {
        match schema.validate(&data, self.environment.limits(), host) {
            Ok(None) => Ok(data),
            Ok(Some(changed)) => Ok(changed),
            Err(Refused::Issues(issues)) => {
                let fault = ContractFault::Emittable { type_name: type_.into(), issues };
                Err(Violation::Contract(fault).into())
            }
            Err(Refused::Raised(raised)) => Err(raised.into()),
        }
    }

    /// Domains for what a workflow sends; `contract` is that of the event being sent.
    pub(super) fn domains(&self, flow: &Flow, list: &[Domain], contract: Option<&str>) -> Vec<Option<Arc<str>>> {
        let consumed = self.event.envelope();
        let context = DomainContext {
            self_contract: self.plan.contract.domain(),
            event_contract: contract,
            triggering_event: consumed.domain.as_deref(),
            current_subject: Some(&consumed.subject),
            parent_subject: flow.parent_subject.as_deref(),
            limits: *self.environment.limits(),
        };
        self.log_domains(list, flow.parent_subject.as_deref());
        Domain::resolve_all(list, &context)
    }

    /// What all events that a workflow sends have in common.
    pub(super) fn stamped(&self, mut draft: EventDraft, data: Data) -> Result<Emitted, EventError> {
        draft.source = Some(self.plan.source.clone());
        draft.executionunits = draft.executionunits.or(Some(self.plan.executionunits));
        draft.accesscontrol = draft.accesscontrol.or_else(|| self.event.envelope().accesscontrol.clone());
        draft.traceparent = draft.traceparent.or_else(|| self.trace.traceparent.clone());
        draft.tracestate = draft.tracestate.or_else(|| self.trace.tracestate.clone());
        draft.data = Some(data);
        draft.emit(&self.environment)
    }

    /// The subject that a call to another workflow names as its parent.
    fn parent_in(&self, service: &VersionedContract, data: &Data, host: &dyn Host) -> Result<Option<Subject>, Unsent> {
        let parent = match data {
            Data::Host(token) => parent_subject(&Data::Text(host.text(*token)?)),
            _ => parent_subject(data),
        };
        let Some(parent) = parent else { return Ok(None) };
        Subject::cached(&parent, self.environment.limits()).map(Some).map_err(|_| {
            Violation::Execution(ExecutionFault::ParentSubject {
                type_name: service.accepts().type_.as_ref().to_owned(),
                dataschema: service.dataschema().to_owned(),
            })
            .into()
        })
    }

    /// The subject of a workflow that this one starts: inside the parent that it names, or of its own.
    fn child_subject(
        &self,
        service: &VersionedContract,
        parent: Option<&Subject>,
        draft: &EventDraft,
        domain: Option<&str>,
    ) -> Result<Arc<str>, Unsent> {
        let type_ = service.accepts().type_.as_ref();
        let subject = match parent {
            Some(parent) => parent.child(type_),
            None => Subject::root(type_, self.plan.source.as_ref()),
        };
        let subject = subject
            .version(service.version().as_str())
            .domain(domain)
            .meta("redirectto", draft.redirectto.as_deref().unwrap_or(&self.plan.source));
        let made = subject.build(&self.environment);
        made.map(|subject| subject.encode_and_remember(self.environment.limits()).into())
            .map_err(|error| Unsent::Error(Raised::error(Token::CONSUMED, "Error", error.to_string())))
    }
}

fn state_of(record: &Record, limits: &Limits) -> Option<Data> {
    match record.content(limits) {
        Ok(Content::Normal(Workflow { progress: Progress::Resumable { state, .. }, .. })) => state.clone(),
        _ => None,
    }
}

/// What only a workflow in the right phase asks for was asked for elsewhere: no caller does.
fn unreachable() -> Unsent {
    Violation::Execution(ExecutionFault::Cancelled).into()
}
