//! From what user code returned to events: types, schemas, domains, addresses (SPEC §8, §10.5).

use crate::contract::{Refused, VersionedContract};
use crate::domain::{Domain, DomainContext};
use crate::event::{Data, Emitted, EventDraft, EventError};
use crate::telemetry::Creation;
use crate::violation::{ContractFault, Issue, Violation};

use super::execution::{Phase, State};
use super::host::Host;
use super::output::Output;
use super::step::Turn;

impl State {
    pub(super) fn outgoing(self: Box<Self>, outputs: Vec<Output>, host: &dyn Host) -> Turn {
        let Phase::Call(version) = &self.phase else { return self.ignore() };
        let mut emitted = Vec::with_capacity(outputs.len());
        for output in outputs {
            if let Err(violation) = self.emit(version, output, host, &mut emitted) {
                return self.end(Err(violation));
            }
        }
        self.commit(None, emitted.into())
    }

    fn emit(
        &self,
        version: &VersionedContract,
        output: Output,
        host: &dyn Host,
        emitted: &mut Vec<Emitted>,
    ) -> Result<(), Violation> {
        let Output { mut draft, data, domains } = output;
        let domains = domains.as_deref().unwrap_or(&self.plan.emits);
        if domains.is_empty() {
            return Ok(()); // nothing is sent, so nothing is judged either
        }
        // A handler's outputs stay in the workflow and version that they answer, whatever they say.
        draft.broken.retain(|broken| !matches!(broken.attribute.as_str(), "subject" | "dataschema"));
        let type_ = match &draft.type_ {
            Some(type_) => type_.clone(),
            None if draft.broken.iter().any(|broken| broken.attribute == "type") => {
                return Err(broken(draft.emit(&self.environment)));
            }
            None => {
                let issues = vec![Issue { path: "/type".to_owned(), message: "is missing".to_owned() }];
                return Err(Violation::Contract(ContractFault::NoType { issues }));
            }
        };
        let Some(emit) = version.emit(&type_) else {
            return Err(Violation::Contract(ContractFault::UnknownEmit { type_name: type_.as_ref().to_owned() }));
        };
        let data = match emit.schema.validate(&data, self.environment.limits(), host) {
            Ok(None) => data,
            Ok(Some(changed)) => changed,
            Err(Refused::Issues(issues)) => return Err(Violation::Contract(ContractFault::Emit { issues })),
            Err(Refused::Raised(raised)) if raised.violation.is_some() => return Err(Violation::Host(raised)),
            Err(Refused::Raised(raised)) => {
                return Err(Violation::Contract(ContractFault::Schema { type_name: type_, raised: Box::new(raised) }));
            }
        };
        let consumed = self.event.envelope();
        draft.type_ = Some(emit.type_.clone());
        draft.dataschema = Some(version.shared_dataschema());
        draft.datacontenttype = None;
        draft.to = draft.to.or_else(|| consumed.redirectto.clone()).or_else(|| Some(consumed.source.clone()));
        draft.executionunits = draft.executionunits.or(Some(self.plan.executionunits));
        self.emit_in(domains, "EventFactory.emits", version, draft, data, emitted).map_err(|error| broken(Err(error)))
    }

    /// Makes one event for each domain: what all events of an execution have in common is set here. `method` and
    /// `version` are what telemetry calls it by.
    pub(super) fn emit_in(
        &self,
        domains: &[Domain],
        method: &str,
        version: &VersionedContract,
        mut draft: EventDraft,
        data: Data,
        emitted: &mut Vec<Emitted>,
    ) -> Result<(), EventError> {
        let consumed = self.event.envelope();
        draft.source = Some(self.plan.source.clone());
        draft.subject = Some(consumed.subject.clone());
        draft.parentid = Some(consumed.id.clone());
        draft.accesscontrol = draft.accesscontrol.or_else(|| consumed.accesscontrol.clone());
        draft.traceparent = self.trace.traceparent.clone();
        draft.tracestate = self.trace.tracestate.clone();
        let own = self.plan.contract.domain();
        let context = DomainContext {
            self_contract: own,
            event_contract: own,
            triggering_event: consumed.domain.as_deref(),
            current_subject: Some(&consumed.subject),
            parent_subject: None,
            limits: *self.environment.limits(),
        };
        draft.data = Some(data);
        self.log_domains(domains, None);
        let mut domains = Domain::resolve_all(domains, &context);
        let Some(last) = domains.pop() else { return Ok(()) };
        let mut emit = |draft: EventDraft| {
            let started = self.clock();
            let made = draft.emit(&self.environment)?;
            self.log_made(started, &made, || {
                let uri = version.contract().uri();
                Creation::by_factory(method, made.envelope.type_(), uri, version.version().as_str())
            });
            emitted.push(made);
            Ok(())
        };
        domains.into_iter().try_for_each(|domain| emit(EventDraft { domain, ..draft.clone() }))?;
        emit(EventDraft { domain: last, ..draft }) // most have one domain: no copy
    }
}

fn broken(made: Result<Emitted, EventError>) -> Violation {
    let issues = made.map_or_else(|error| error.issues(), |_| Vec::new());
    Violation::Contract(ContractFault::Output { issues })
}
