//! The last phase: effects become real, all or none (ARCHITECTURE §1).

use std::sync::Arc;

use crate::event::{Emitted, Raised};
use crate::violation::{TransactionCause, Violation};

use super::execution::{Phase, State, done, step};
use super::step::{Commit, Committed, Step, Turn};

impl State {
    pub(super) fn commit(mut self: Box<Self>, emitted: Arc<[Emitted]>) -> Turn {
        let commit = Commit {
            subject: self.event.envelope().subject.clone(),
            consumed: self.event.clone(),
            emitted: Arc::clone(&emitted),
        };
        self.phase = Phase::Commit(emitted);
        step(self, Step::Commit(commit))
    }

    pub(super) fn committed(self: Box<Self>, result: Result<Committed, Raised>) -> Turn {
        match (result, self.phase) {
            (Ok(Committed::Done), Phase::Commit(emitted)) => done(Ok(emitted)),
            (Ok(Committed::Answered(events)), _) => done(Ok(events.iter().map(Emitted::from).collect())),
            (Ok(_), _) => done(Err(lost(self.event.subject(), "somebody else wrote first", None))),
            (Err(raised), _) => done(Err(lost(self.event.subject(), &raised.message, Some(&raised)))),
        }
    }
}

fn lost(subject: &str, why: &str, raised: Option<&Raised>) -> Violation {
    Violation::Transaction {
        cause: TransactionCause::Write,
        message: format!("Error writing state for event (subject={subject}): {why}"),
        raised: raised.map(|raised| raised.token),
    }
}
