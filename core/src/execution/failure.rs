//! User code failed: a violation comes out as itself, any other error becomes system error events (SPEC §9, §10.6).

use serde_json::json;

use crate::event::{Data, EventDraft, Raised};
use crate::violation::{ContractFault, Violation};

use super::execution::{State, done};
use super::step::Turn;

impl State {
    pub(super) fn failed(self: Box<Self>, raised: Raised) -> Turn {
        if raised.violation.is_some() {
            return done(Err(Violation::Host(raised)));
        }
        let stack = raised.stack.filter(|_| self.environment.limits().error_stack);
        let data = Data::from(json!({
            "errorName": raised.name,
            "errorMessage": raised.message,
            "errorStack": stack,
        }));
        let (type_, dataschema) = self.plan.contract.shared_system_error();
        let mut draft = EventDraft::default().type_(type_).dataschema(dataschema);
        draft.to = Some(self.event.envelope().source.clone());
        draft.executionunits = Some(self.plan.executionunits);
        let mut emitted = Vec::with_capacity(self.plan.system_error.len());
        match self.emit_in(&self.plan.system_error, draft, &data, &mut emitted) {
            Ok(()) => self.commit(emitted.into()),
            Err(error) => done(Err(Violation::Contract(ContractFault::Output { issues: error.issues() }))),
        }
    }
}
