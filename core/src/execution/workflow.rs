//! The second phase of a workflow's execution: which version, does the event keep a contract that the workflow
//! knows, and what is its function given? (SPEC §12.5–7, §13)

use std::sync::Arc;

use crate::contract::{Refused, Schema, SchemaHost, VersionedContract, parent_subject};
use crate::environment::Limits;
use crate::event::{Data, Dataschema, Event, Token};
use crate::memory::{Progress, Record, Workflow};
use crate::telemetry::Line;
use crate::violation::{ConfigFault, ContractFault, Foreign, Issue, Raised, Role, Violation};

use super::collected::{Collected, Known};
use super::execution::{Phase, State};
use super::host::Host;
use super::plan::{Plan, Services, Serving};
use super::recorded::parsed;
use super::step::{Call, Resumption, Step, Turn};

impl State {
    pub(super) fn resume(mut self: Box<Self>, workflow: Option<&Workflow>, is_init: bool, host: &dyn Host) -> Turn {
        let Some(flow) = &mut self.flow else { return self.ignore() };
        let is_new = is_init && workflow.is_none();
        let parent = if is_new { parent_subject(&self.event.data_at_hand()) } else { None };
        flow.remember(workflow, parent);
        let plan = Arc::clone(&self.plan);
        let Some(serving) = plan.serving(flow.subject.version().as_str()) else {
            let (name, version) = (flow.subject.orchestrator().to_owned(), flow.subject.version().to_string());
            let violation = plan.unserved(name, version);
            self.log_resolved(Some(&violation));
            return self.end(Err(violation));
        };
        self.log_resolved(None);
        self.log_input(&serving);
        let known = match known(&plan, &serving, &self.event) {
            Ok(known) => known,
            Err(violation) => return self.end(Err(violation)),
        };
        self.log_known(&known);
        let (data, changed) = match checked(&known, &self.event, self.environment.limits(), host) {
            Ok(checked) => checked,
            Err(Refused::Issues(issues)) => {
                return self.end(Err(Violation::Contract(ContractFault::WorkflowInput { issues })));
            }
            Err(Refused::Raised(raised)) => return self.failed(raised),
        };
        if workflow.is_some_and(|workflow| workflow.done) {
            self.log(Line::Done { id: self.event.id(), subject: self.event.subject() });
            return self.ignore();
        }
        let event = match &data {
            Data::Value(value) if changed => self.event.with_value(value.clone()),
            _ => self.event.clone(),
        };
        let input = Input { event, data, changed };
        match serving.machine {
            Some(machine) => self.take_step(&serving, machine, workflow, &input, host),
            None => self.call(&serving, workflow, is_init, input),
        }
    }

    /// Which machine or function takes the event.
    fn log_resolved(&self, unserved: Option<&Violation>) {
        let (Some(_), Some(flow)) = (&self.recording, &self.flow) else { return };
        let is_machine = !self.plan.machines().is_empty();
        let what = if is_machine { "machine" } else { "handler" };
        self.log(Line::Resolving { what, type_: self.event.type_() });
        if !is_machine {
            return;
        }
        let (machine, version) = (self.plan.source(), flow.subject.version().as_str());
        let line = match unserved {
            None => Line::Resolved { machine, version },
            Some(_) => Line::NoMachine { machine, version },
        };
        let raised = |violation: &Violation| Raised::error(Token::CONSUMED, violation.name(), violation.to_string());
        let failure = unserved.map(raised);
        self.log_child("Resolve Machine", self.clock(), &[line], failure.as_ref(), parsed(&flow.subject));
    }

    fn log_input(&self, serving: &Serving<'_>) {
        let type_ = self.event.type_();
        self.log(match serving.machine {
            Some(_) => Line::MachineInput { type_, machine: self.plan.source() },
            None => Line::Input { type_ },
        });
    }

    fn log_known(&self, known: &Known) {
        if self.recording.is_none() {
            return;
        }
        let (Known::Accepts(contract) | Known::Emits(contract) | Known::SystemError(contract)) = known;
        let dataschema = self.event.dataschema().unwrap_or_default();
        let version = Dataschema::split(dataschema).map_or("", |(_, version)| version);
        self.log(Line::Dataschema { dataschema, uri: contract.contract().uri(), version });
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
        serving: &Serving<'_>,
        workflow: Option<&Workflow>,
        is_init: bool,
        input: Input,
    ) -> Turn {
        if !is_init {
            self.collect();
        }
        let expected = self.flow.as_ref().and_then(|flow| flow.expected.clone());
        let version = serving.contract.version().to_string();
        let collected = Collected::new(&self.plan, version, *self.environment.limits(), expected.clone());
        let context = workflow.and_then(|workflow| match &workflow.progress {
            Progress::Resumable { state, .. } => state.clone(),
            Progress::Machine { .. } => None,
        });
        let progress = Progress::Resumable { expected, state: context.clone() };
        let metadata = workflow.map(|workflow| Record::of(workflow.at(progress)));
        let resumption = Resumption { is_init, context, metadata, collected };
        let Input { event, data, changed } = input;
        self.phase = Phase::Call(serving.contract.clone());
        let call = Call { function: serving.number, event, data, changed, workflow: Some(resumption) };
        self.step(Step::Call(Box::new(call)))
    }
}

impl Plan {
    /// Whether a version of a workflow would take an event: it is known by a contract, and keeps it. Nothing is run.
    ///
    /// # Errors
    /// The violation that an execution would end with, [`ConfigFault::NoMachine`] or `NoFunction` for another version.
    ///
    /// ```
    /// use arvo::{Contract, Environment, EventDraft, Machine, MachineSpec, NoHost, OrchestratorSpec, Plan};
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let definition = serde_json::json!({"id": "order", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"ok": true}});
    /// let plan = Plan::orchestrator(OrchestratorSpec::new([Machine::compile(MachineSpec::new(&contract.latest(), definition))?]))?;
    /// let draft = EventDraft::from_source("com.shop.web").data(serde_json::json!({"parentSubject$$": null}));
    /// let init = contract.latest().factory().init(draft)?;
    /// assert!(plan.check_input("1.0.0", &init, Environment::shared().limits(), &NoHost).is_ok());
    /// assert!(plan.check_input("2.0.0", &init, Environment::shared().limits(), &NoHost).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_input(&self, version: &str, event: &Event, limits: &Limits, host: &dyn Host) -> Result<(), Violation> {
        let serving =
            self.serving(version).ok_or_else(|| self.unserved(self.source.to_string(), version.to_owned()))?;
        let known = known(self, &serving, event)?;
        checked(&known, event, limits, host).map(drop).map_err(as_violation)
    }

    /// Nobody serves that version.
    fn unserved(&self, name: String, version: String) -> Violation {
        Violation::Config(match self.machines() {
            [] => ConfigFault::NoFunction { name, version },
            _ => ConfigFault::NoMachine { name, version },
        })
    }
}

/// The consumed event as a workflow is shown it.
#[derive(Debug)]
pub(super) struct Input {
    /// With validated data, where the core holds it.
    pub(super) event: Event,
    /// The validated data.
    pub(super) data: Data,
    /// Whether validation changed it.
    pub(super) changed: bool,
}

/// The contract that the workflow knows the event by.
fn known(plan: &Plan, serving: &Serving<'_>, event: &Event) -> Result<Known, Violation> {
    let Some((uri, version)) = event.dataschema().and_then(Dataschema::split) else {
        return Err(foreign(Foreign::Opaque {
            dataschema: event.dataschema().unwrap_or("null").to_owned(),
            id: event.id().to_owned(),
            type_name: event.type_().to_owned(),
        }));
    };
    if event.type_() == plan.source() {
        let own = &serving.contract;
        expect_uri(Role::Own, own, uri, event)?;
        let any = serving.machine.is_some() && version == WILDCARD;
        if version != own.version().as_str() && !any {
            return Err(match plan.contract.exact(version) {
                None if serving.machine.is_none() => Violation::Config(ConfigFault::UnknownVersion {
                    version: version.to_owned(),
                    available: plan.contract.versions().map(|known| known.version().to_string()).collect(),
                }),
                _ => other_version(Role::Own, own, event),
            });
        }
        return Ok(Known::Accepts(own.clone()));
    }
    let Some(known) = of_service(serving.services, event) else {
        return Err(Violation::Config(ConfigFault::UnknownType { workflow: plan.form_name() }));
    };
    let service = known.contract();
    expect_uri(Role::Service, service, uri, event)?;
    if version != service.version().as_str() && version != WILDCARD {
        return Err(other_version(Role::Service, service, event));
    }
    Ok(known)
}

/// The version of a dataschema that stands for every version.
const WILDCARD: &str = "0.0.0";

/// The service that emits such an event, or whose system error it is.
pub(super) fn of_service(services: &Services, event: &Event) -> Option<Known> {
    services.iter().find_map(|(_, service)| {
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
    host: &dyn SchemaHost,
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
