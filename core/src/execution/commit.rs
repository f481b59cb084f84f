//! The last phase: effects become real, all or none (ARCHITECTURE §1).

use std::sync::Arc;

use crate::event::{Emitted, Event, Raised};
use crate::telemetry::Line;
use crate::violation::{TransactionCause, Violation};

use super::execution::{Phase, State};
use super::step::{Commit, Committed, Outcome, Step, Turn, Write};

impl State {
    pub(super) fn commit(mut self: Box<Self>, record: Option<Write>, emitted: Arc<[Emitted]>) -> Turn {
        let commit = Commit {
            subject: self.event.envelope().subject.clone(),
            consumed: self.event.clone(),
            record,
            emitted: Arc::clone(&emitted),
        };
        if commit.record.is_some() {
            self.log(Line::Persisting);
        }
        self.phase = Phase::Commit { emitted, is_kept: commit.record.is_some() };
        self.step(Step::Commit(commit))
    }

    /// The event is none of this workflow's, or comes too late: it is acknowledged, nothing else.
    pub(super) fn ignore(self: Box<Self>) -> Turn {
        self.commit(None, Arc::new([]))
    }

    pub(super) fn committed(mut self: Box<Self>, result: Result<Committed, Raised>) -> Turn {
        let subject = self.event.subject();
        let outcome = match result {
            Ok(Committed::Done) => match std::mem::replace(&mut self.phase, Phase::Start) {
                Phase::Commit { emitted, is_kept } => {
                    self.log_committed(emitted.len(), is_kept);
                    Ok(emitted)
                }
                _ => Ok(Arc::new([]) as Arc<[Emitted]>), // unreachable: only a commit is committed
            },
            Ok(Committed::Answered(events)) => Ok(self.answered(&events)),
            Ok(Committed::Conflict) => Err(lost(subject, "somebody else wrote first", None)),
            Err(raised) => Err(lost(subject, &raised.message, Some(&raised))),
        };
        self.end(outcome)
    }

    /// The answers that the event had before.
    pub(super) fn answered(&self, events: &[Event]) -> Arc<[Emitted]> {
        self.log(Line::Answered { id: self.event.id() });
        events.iter().map(Emitted::from).collect()
    }

    fn log_committed(&self, events: usize, is_kept: bool) {
        match (is_kept, self.plan.is_workflow()) {
            (true, _) if self.is_failed() => return self.log_unsuccessful(),
            (true, _) => {
                self.log(Line::Persisted { subject: self.event.subject() });
                self.log(Line::Succeeded { events });
            }
            (false, false) if events == 0 => return,
            (false, _) => {}
        }
        self.log(Line::Emitted { events });
    }

    /// The end, by way of the unlocking where there is a lock.
    pub(super) fn end(mut self: Box<Self>, outcome: Outcome) -> Turn {
        if let Err(violation) = &outcome {
            self.log_violation(violation);
        }
        match &mut self.flow {
            Some(flow) if flow.locked => {
                flow.locked = false;
                let subject = self.event.envelope().subject.clone();
                self.phase = Phase::Unlock(outcome);
                return self.step(Step::Unlock { subject });
            }
            _ => {}
        }
        if self.plan.is_workflow() {
            self.log(Line::NothingToUnlock);
        }
        self.done(outcome)
    }

    pub(super) fn unlocked(mut self: Box<Self>) -> Turn {
        self.log(Line::Unlocked);
        match std::mem::replace(&mut self.phase, Phase::Start) {
            Phase::Unlock(outcome) => self.done(outcome),
            _ => self.done(Ok(Arc::new([]))), // unreachable: only the last phase is unlocked
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
