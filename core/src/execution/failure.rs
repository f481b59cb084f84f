//! User code failed: a violation comes out as itself, any other error becomes system error events, and in a workflow
//! a record that says so (SPEC §9, §10.6, §12).

use std::sync::Arc;

use serde_json::json;

use crate::event::{Data, Emitted, EventDraft, EventError, Raised};
use crate::memory;
use crate::telemetry::Creation;
use crate::violation::{ContractFault, ExecutionFault, Violation};

use super::execution::State;
use super::step::{Turn, Write};

impl State {
    pub(super) fn failed(self: Box<Self>, raised: Raised) -> Turn {
        if raised.violation.is_some() {
            return self.end(Err(Violation::Host(raised)));
        }
        if let (Some(kind), true) = (&raised.no_error, self.plan.is_workflow()) {
            let kind = kind.to_string();
            return self.end(Err(Violation::Execution(ExecutionFault::NoError { kind })));
        }
        self.log_raised(&raised);
        let stack = raised.stack.as_deref().filter(|_| self.environment.limits().error_stack);
        let data = Data::from(json!({
            "errorName": raised.name,
            "errorMessage": raised.message,
            "errorStack": stack,
        }));
        let (type_, dataschema) = self.plan.contract.shared_system_error();
        let draft = EventDraft::default().type_(type_).dataschema(dataschema);
        let emitted = match &self.flow {
            Some(_) => self.workflow_errors(draft, data),
            None => self.handler_errors(draft, data),
        };
        match (emitted, &self.flow) {
            (Err(error), _) => self.end(Err(Violation::Contract(ContractFault::Output { issues: error.issues() }))),
            (Ok(emitted), None) => self.commit(None, emitted.into()),
            (Ok(emitted), Some(flow)) => {
                let previous = flow.previous.clone();
                let new =
                    memory::failure(self.event.subject(), &raised.name, &raised.message, stack, previous.as_ref());
                let write = Write { new, previous, revision: flow.revision };
                self.commit(Some(write), emitted.into())
            }
        }
    }

    fn handler_errors(&self, mut draft: EventDraft, data: Data) -> Result<Vec<Emitted>, EventError> {
        draft.to = Some(self.event.envelope().source.clone());
        draft.executionunits = Some(self.plan.executionunits);
        let mut emitted = Vec::with_capacity(self.plan.system_error.len());
        let latest = self.plan.contract.latest();
        let method = "EventFactory.systemError";
        self.emit_in(&self.plan.system_error, method, &latest, draft, data, &mut emitted)?;
        Ok(emitted)
    }

    /// To whoever began the workflow, in the parent's workflow if there is one.
    fn workflow_errors(&self, mut draft: EventDraft, data: Data) -> Result<Vec<Emitted>, EventError> {
        let Some(flow) = &self.flow else { return Ok(Vec::new()) };
        let consumed = self.event.envelope();
        draft.to = Some(Arc::from(flow.subject.initiator()));
        draft.subject = Some(flow.parent_subject.clone().unwrap_or_else(|| consumed.subject.clone()));
        draft.parentid = Some(flow.init_event_id.clone());
        let domains = self.domains(flow, &self.plan.system_error, self.plan.contract.domain());
        let of = |domain| {
            let started = self.clock();
            let made = self.stamped(EventDraft { domain, ..draft.clone() }, data.clone())?;
            self.log_made(started, &made, || {
                let (contract, type_) = (&self.plan.contract, made.envelope.type_());
                let machine = self.plan.machines().first().map(|machine| machine.version().to_string());
                let version = machine.unwrap_or_else(|| contract.latest().version().to_string());
                Creation::by_factory("OrchestratorEventFactory.systemError", type_, contract.uri(), &version)
            });
            Ok(made)
        };
        domains.into_iter().map(of).collect()
    }
}
