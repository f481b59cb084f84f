//! The second phase of a workflow's execution: which version, does the event keep a contract that the workflow
//! knows, and what is its function given? (SPEC §12.5–7, §13)

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Refused, Schema, VersionedContract};
use crate::environment::Limits;
use crate::event::{Data, Dataschema, Event, Token};
use crate::memory::{Record, Workflow};
use crate::violation::{ConfigFault, ContractFault, Foreign, Issue, Role, Violation};

use super::collected::{Collected, Known};
use super::execution::{Phase, State, step};
use super::host::Host;
use super::plan::{Kind, Plan, WorkflowPlan};
use super::step::{Call, Resumption, Step, Turn};

impl State {
    pub(super) fn resume(mut self: Box<Self>, workflow: Option<Workflow>, is_init: bool, host: &dyn Host) -> Turn {
        let Some(flow) = &mut self.flow else { return self.ignore() };
        let parent = if is_init && workflow.is_none() { parent_subject(&self.event) } else { None };
        flow.remember(workflow.as_ref(), parent);
        let Some(version) = self.plan.contract.exact(flow.subject.version().as_str()) else {
            let (name, version) = (flow.subject.orchestrator().to_owned(), flow.subject.version().to_string());
            return self.end(Err(Violation::Config(ConfigFault::NoFunction { name, version })));
        };
        let known = match known(&self.plan, &version, &self.event) {
            Ok(known) => known,
            Err(violation) => return self.end(Err(violation)),
        };
        let (data, changed) = match checked(&known, &self.event, self.environment.limits(), host) {
            Ok(checked) => checked,
            Err(Refused::Issues(issues)) => {
                return self.end(Err(Violation::Contract(ContractFault::WorkflowInput { issues })));
            }
            Err(Refused::Raised(raised)) => return self.failed(raised),
        };
        if workflow.as_ref().is_some_and(|workflow| workflow.done) {
            return self.ignore();
        }
        if !is_init {
            self.collect();
        }
        self.call(version, workflow, is_init, data, changed)
    }

    /// Puts the event among the responses to the event that it answers, if that was sent last.
    fn collect(&mut self) {
        let (Some(flow), Some(parent)) = (&mut self.flow, self.event.parentid()) else { return };
        let expected = flow.expected.iter_mut().flatten();
        if let Some((_, responses)) = expected.into_iter().find(|(sent, _)| **sent == *parent) {
            responses.push(self.event.clone());
        }
    }

    fn call(
        mut self: Box<Self>,
        version: VersionedContract,
        workflow: Option<Workflow>,
        is_init: bool,
        data: Data,
        changed: bool,
    ) -> Turn {
        let expected = self.flow.as_ref().and_then(|flow| flow.expected.clone());
        let collected = Collected::new(&self.plan, *self.environment.limits(), expected.clone());
        let resumption = Resumption {
            is_init,
            context: workflow.as_ref().and_then(|workflow| workflow.state.clone()),
            metadata: workflow.map(|workflow| Record::of(Workflow { expected, ..workflow })),
            collected,
        };
        let event = match &data {
            Data::Value(value) if changed => self.event.with_value(value.clone()),
            _ => self.event.clone(),
        };
        let number = self.plan.contract.index_of(version.version().as_str()).unwrap_or_default();
        let function = u32::try_from(number).unwrap_or(u32::MAX);
        self.phase = Phase::Call(version);
        step(self, Step::Call(Box::new(Call { function, event, data, changed, workflow: Some(resumption) })))
    }
}

/// The contract that the workflow knows the event by.
fn known(plan: &Plan, own: &VersionedContract, event: &Event) -> Result<Known, Violation> {
    let Some((uri, version)) = event.dataschema().and_then(Dataschema::split) else {
        return Err(foreign(Foreign::Opaque {
            dataschema: event.dataschema().unwrap_or("null").to_owned(),
            id: event.id().to_owned(),
            type_name: event.type_().to_owned(),
        }));
    };
    if event.type_() == plan.source() {
        expect_uri(Role::Own, own, uri, event)?;
        if version != own.version().as_str() {
            return Err(match plan.contract.exact(version) {
                Some(_) => other_version(Role::Own, own, event),
                None => Violation::Config(ConfigFault::UnknownVersion {
                    version: version.to_owned(),
                    available: plan.contract.versions().map(|known| known.version().to_string()).collect(),
                }),
            });
        }
        return Ok(Known::Accepts(own.clone()));
    }
    let Kind::Resumable(workflow) = &plan.kind else { return Err(unknown_type()) };
    let Some(known) = of_service(workflow, event) else { return Err(unknown_type()) };
    let service = known.contract();
    expect_uri(Role::Service, service, uri, event)?;
    if version != service.version().as_str() && version != "0.0.0" {
        return Err(other_version(Role::Service, service, event));
    }
    Ok(known)
}

/// The service that emits such an event, or whose system error it is.
pub(super) fn of_service(workflow: &WorkflowPlan, event: &Event) -> Option<Known> {
    workflow.services.iter().find_map(|(_, service)| {
        if service.emit(event.type_()).is_some() {
            Some(Known::Emits(service.clone()))
        } else if service.contract().system_error_type() == event.type_() {
            Some(Known::SystemError(service.clone()))
        } else {
            None
        }
    })
}

/// The data to use, and whether it differs from what came. The host has the consumed event's data already.
fn checked(known: &Known, event: &Event, limits: &Limits, host: &dyn Host) -> Result<(Data, bool), Refused> {
    let schema = schema_of(known, event)?;
    let data = if schema.is_host() { Data::Host(Token::CONSUMED) } else { read(event)? };
    Ok(match schema.validate(&data, limits, host)? {
        None => (data, false),
        Some(changed) => (changed, true),
    })
}

/// The data to use of an event that is not the consumed one, if it differs from what came.
pub(super) fn checked_again(
    known: &Known,
    event: &Event,
    limits: &Limits,
    host: &dyn Host,
) -> Result<Option<Data>, Refused> {
    schema_of(known, event)?.validate(&read(event)?, limits, host)
}

fn schema_of<'a>(known: &'a Known, event: &Event) -> Result<&'a Schema, Refused> {
    match known {
        Known::Accepts(contract) => Ok(&contract.accepts().schema),
        Known::Emits(contract) => match contract.emit(event.type_()) {
            Some(emit) => Ok(&emit.schema),
            None => Err(Refused::Issues(Vec::new())), // unreachable: it is known by that type
        },
        Known::SystemError(contract) => Ok(&contract.contract().system_error().schema),
    }
}

fn read(event: &Event) -> Result<Data, Refused> {
    let data = event.shared_data().map(Data::Value);
    data.map_err(|error| Refused::Issues(vec![Issue { path: String::new(), message: error.to_string() }]))
}

fn parent_subject(event: &Event) -> Option<Arc<str>> {
    let data = event.data().ok()?;
    data.get("parentSubject$$").and_then(Value::as_str).map(Into::into)
}

fn expect_uri(role: Role, contract: &VersionedContract, uri: &str, event: &Event) -> Result<(), Violation> {
    if uri == contract.contract().uri() {
        return Ok(());
    }
    Err(foreign(Foreign::Uri {
        role,
        uri: contract.contract().uri().to_owned(),
        accepts: contract.contract().type_().to_owned(),
        dataschema: event.dataschema().unwrap_or("null").to_owned(),
        type_name: event.type_().to_owned(),
    }))
}

fn other_version(role: Role, contract: &VersionedContract, event: &Event) -> Violation {
    foreign(Foreign::Version {
        role,
        version: contract.version().to_string(),
        uri: contract.contract().uri().to_owned(),
        accepts: contract.contract().type_().to_owned(),
        dataschema: event.dataschema().unwrap_or("null").to_owned(),
        type_name: event.type_().to_owned(),
    })
}

fn unknown_type() -> Violation {
    Violation::Config(ConfigFault::UnknownType { workflow: "resumable" })
}

fn foreign(foreign: Foreign) -> Violation {
    Violation::Contract(ContractFault::Foreign(Box::new(foreign)))
}

/// A response that can't be used any more, as the host's own error would be.
pub(super) fn as_violation(refused: Refused) -> Violation {
    match refused {
        Refused::Issues(issues) => Violation::Contract(ContractFault::WorkflowInput { issues }),
        Refused::Raised(raised) => Violation::Host(raised),
    }
}
