//! The last phase: effects become real, all or none (ARCHITECTURE §1).

use std::sync::Arc;

use crate::event::{Emitted, Raised};
use crate::violation::{TransactionCause, Violation};

use super::execution::{Phase, State, done, step};
use super::step::{Commit, Committed, Outcome, Step, Turn, Write};

impl State {
    pub(super) fn commit(mut self: Box<Self>, record: Option<Write>, emitted: Arc<[Emitted]>) -> Turn {
        let commit = Commit {
            subject: self.event.envelope().subject.clone(),
            consumed: self.event.clone(),
            record,
            emitted: Arc::clone(&emitted),
        };
        self.phase = Phase::Commit(emitted);
        step(self, Step::Commit(commit))
    }

    /// The event is none of this workflow's, or comes too late: it is acknowledged, nothing else.
    pub(super) fn ignore(self: Box<Self>) -> Turn {
        self.commit(None, Arc::new([]))
    }

    pub(super) fn committed(mut self: Box<Self>, result: Result<Committed, Raised>) -> Turn {
        let subject = self.event.subject();
        let outcome = match result {
            Ok(Committed::Done) => match std::mem::replace(&mut self.phase, Phase::Read) {
                Phase::Commit(emitted) => Ok(emitted),
                _ => Ok(Arc::new([]) as Arc<[Emitted]>), // unreachable: only a commit is committed
            },
            Ok(Committed::Answered(events)) => Ok(events.iter().map(Emitted::from).collect()),
            Ok(Committed::Conflict) => Err(lost(subject, "somebody else wrote first", None)),
            Err(raised) => Err(lost(subject, &raised.message, Some(&raised))),
        };
        self.end(outcome)
    }

    /// The end, by way of the unlocking where there is a lock.
    pub(super) fn end(mut self: Box<Self>, outcome: Outcome) -> Turn {
        match &mut self.flow {
            Some(flow) if flow.locked => {
                flow.locked = false;
                let subject = self.event.envelope().subject.clone();
                self.phase = Phase::Unlock(outcome);
                step(self, Step::Unlock { subject })
            }
            _ => done(outcome),
        }
    }

    pub(super) fn unlocked(self) -> Turn {
        match self.phase {
            Phase::Unlock(outcome) => done(outcome),
            _ => done(Ok(Arc::new([]))), // unreachable: only the last phase is unlocked
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
