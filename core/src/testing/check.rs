//! The rules that hold after every step (STORE, invariants 1 to 9 and 11; 12 is in `depth.rs`); each complaint names its rule.

use std::collections::{HashMap, HashSet};

use crate::store::{Claim, Claimed, Effect, Exchange, Exchanged, How, Kept, Posted, Settled};

use super::model::{Changes, Fact, Flow, Mail, Model};
use super::seen::Seen;

macro_rules! rule {
    ($holds:expr, $($text:tt)*) => { if !$holds { return Err(format!($($text)*)); } };
}
pub(super) use rule;

/// What of an exchange became real, by delivery.
#[derive(Default)]
struct Real<'a> {
    done: HashMap<i64, (&'a Claim, Option<&'a Kept>, Vec<&'a str>)>,
    failed: HashSet<i64>,
    again: HashSet<i64>,
    claimed: HashSet<i64>,
}

impl Model {
    /// Checks a step and takes it over.
    pub(super) fn check(&mut self, changes: &Changes, fact: Fact<'_>, now: i64) -> Result<(), String> {
        let real = match fact {
            Fact::Exchange(exchange, given) => self.check_outcomes(exchange, given)?,
            _ => Real::default(),
        };
        self.taken.clear();
        for (id, old, new) in &changes.flows {
            self.check_flow(*id, old.as_ref(), new.as_ref(), fact, &real)?;
        }
        for (seq, old, new) in &changes.mails {
            self.check_mail(*seq, old.as_ref(), new.as_ref(), fact, &real, changes)?;
        }
        self.take(changes);
        for (seq, (claim, record, emitted)) in &real.done {
            self.check_done(*seq, claim, *record, emitted, changes)?;
        }
        for (id, _, _) in &changes.flows {
            self.check_family(*id)?;
        }
        if let Fact::Exchange(exchange, given) = fact {
            let mut lanes = HashSet::new();
            for claimed in &given.claimed {
                rule!(
                    claimed.claim.lane.is_none() || lanes.insert(claimed.claim.workflow),
                    "3: lane {} was given twice",
                    claimed.claim.workflow
                );
                self.check_claim(exchange, claimed, now)?;
            }
            self.check_depths(exchange, given, now)?;
        }
        Ok(())
    }

    fn holds(&self, worker: i64, claim: &Claim, done: bool) -> bool {
        let Some(mail) = self.mails.get(&claim.seq) else { return false };
        let Some(revision) = claim.lane else {
            return mail.state == 1 && mail.epoch == claim.epoch && mail.worker == Some(worker);
        };
        let Some(flow) = self.flows.get(&claim.workflow) else { return false };
        let held = mail.state == 0 && flow.busy == Some(worker) && flow.epoch == claim.epoch;
        held && (!done || (flow.revision == revision && flow.control != "cancel"))
    }

    /// Whether whoever has a claim would still get through with it.
    pub(super) fn is_held(&self, worker: i64, claim: &Claim) -> bool {
        self.holds(worker, claim, true)
    }

    fn check_outcomes<'a>(&mut self, exchange: &'a Exchange, given: &'a Exchanged) -> Result<Real<'a>, String> {
        let mut real = Real::default();
        let mut settled_lanes = HashSet::new();
        rule!(exchange.settled.len() == given.outcomes.len(), "an outcome for each settlement");
        for (Settled { claim, how }, effect) in exchange.settled.iter().zip(&given.outcomes) {
            let done = matches!(how, How::Done { .. });
            let holds = self.holds(exchange.worker.0, claim, done)
                && !(claim.lane.is_some() && settled_lanes.contains(&claim.workflow));
            match effect {
                Effect::Refused(_) => {
                    self.hit(if done { Seen::SettlementRefused } else { Seen::FailureRefused });
                    self.excused.insert(claim.seq);
                    continue;
                }
                Effect::Real => rule!(holds, "3: {claim:?} was settled, but was not held any more"),
                Effect::Lost => {
                    rule!(!holds, "3: {claim:?} was held, but is lost");
                    self.hit(if done { Seen::CommitLostToAnother } else { Seen::FailureLostToAnother });
                    continue;
                }
            }
            if claim.lane.is_some() {
                settled_lanes.insert(claim.workflow);
            }
            match how {
                How::Done { record, emitted } => {
                    let ids = emitted.iter().map(|event| event.event.id()).collect();
                    rule!(
                        real.done.insert(claim.seq, (claim, record.as_ref(), ids)).is_none(),
                        "3: {} was settled twice",
                        claim.seq
                    );
                }
                How::Again { .. } => {
                    self.hit(Seen::LostRaceAgain);
                    self.excused.insert(claim.seq);
                    real.again.insert(claim.seq);
                }
                How::Failed { .. } => {
                    self.excused.insert(claim.seq);
                    real.failed.insert(claim.seq);
                }
            }
        }
        real.claimed = given.claimed.iter().map(|claimed| claimed.claim.seq).collect();
        Ok(real)
    }

    fn check_flow(
        &mut self,
        id: i64,
        old: Option<&Flow>,
        new: Option<&Flow>,
        fact: Fact<'_>,
        real: &Real<'_>,
    ) -> Result<(), String> {
        let (old, new) = match (old, new) {
            (None, None) => return Ok(()),
            (None, Some(new)) => {
                rule!(new.revision == 0 && new.record.is_none() && new.status == "new", "2: {id} was born with a past");
                if new.control == "cancel" {
                    self.hit(Seen::ChildBornCancelled);
                }
                if self.gone_subjects.contains(&new.subject) {
                    self.hit(Seen::BornAgainAfterPurge);
                }
                return Ok(());
            }
            (Some(old), None) => {
                let ended =
                    matches!(&*old.status, "done" | "failed") || old.control == "cancel" || old.consumer.is_none();
                rule!(matches!(fact, Fact::Purge) && ended && old.busy.is_none(), "1: subject {id} is gone: {old:?}");
                self.hit(Seen::Purged);
                return Ok(());
            }
            (Some(old), Some(new)) => (old, new),
        };
        rule!(
            old.subject == new.subject && old.consumer == new.consumer && old.version == new.version,
            "1: {id} is another subject now"
        );
        let writes = real
            .done
            .values()
            .filter(|(claim, record, _)| claim.lane.is_some() && claim.workflow == id && record.is_some())
            .count();
        rule!(
            new.revision == old.revision + i64::try_from(writes).unwrap_or(0),
            "2: revision of {id} went from {} to {} with {writes} commits",
            old.revision,
            new.revision
        );
        rule!(
            writes == 1 || (old.record == new.record && old.status == new.status),
            "2: the record of {id} changed without a commit"
        );
        rule!(new.epoch >= old.epoch, "3: the epoch of {id} fell");
        if old.control == "cancel" {
            rule!(
                new.control == "cancel" && new.record == old.record && new.revision == old.revision,
                "8: {id} goes on after its cancel"
            );
        }
        if new.control == "cancel" {
            rule!(new.busy.is_none() && new.due.is_none(), "8: {id} is cancelled and at work");
        }
        if let Some(worker) = new.busy.filter(|_| new.busy != old.busy || new.epoch != old.epoch) {
            rule!(new.epoch > old.epoch, "3: lane {id} changed hands in the same epoch");
            rule!(new.control == "run", "7: lane {id} was claimed while it is {}", new.control);
            if self.last_worker.insert(id, worker).is_some_and(|last| last != worker) {
                self.hit(Seen::LaneWentFromWorkerToWorker);
            }
        }
        match (&*old.control, &*new.control) {
            ("run", "pause") => self.hit(Seen::DeadLetterPausedItsLane),
            ("pause", "run") => rule!(matches!(fact, Fact::Retry(_) | Fact::Drop), "6: {id} goes on by itself"),
            ("pause", "pause") | ("run", "run") | ("run" | "pause" | "cancel", "cancel") => {}
            (old, new) => return Err(format!("8: {id} went from {old} to {new}")),
        }
        Ok(())
    }

    #[allow(clippy::too_many_lines)] // one table of what may become what
    fn check_mail(
        &mut self,
        seq: i64,
        old: Option<&Mail>,
        new: Option<&Mail>,
        fact: Fact<'_>,
        real: &Real<'_>,
        changes: &Changes,
    ) -> Result<(), String> {
        let (old, new) = match (old, new) {
            (None, None) => return Ok(()),
            (None, Some(new)) => return self.check_birth(seq, new, fact, real, changes),
            (Some(old), None) => {
                rule!(matches!(fact, Fact::Purge) && old.state != 1, "1: delivery {seq} is gone: {old:?}");
                return Ok(());
            }
            (Some(old), Some(new)) => (old, new),
        };
        let same = old.workflow == new.workflow && old.consumer == new.consumer && old.version == new.version;
        rule!(same && old.cause == new.cause && old.id == new.id, "1: delivery {seq} is another now");
        let workflow = new.workflow;
        let let_in = matches!(fact, Fact::Admit | Fact::Domain);
        rule!((old.domain == new.domain && old.lane == new.lane) || let_in, "1: delivery {seq} changed its domain");
        rule!(new.epoch >= old.epoch, "3: the epoch of delivery {seq} fell");
        if old.domain != new.domain {
            self.moved.insert(seq);
            self.hit(if matches!(fact, Fact::Domain) { Seen::DomainMadeLocal } else { Seen::DomainAdmitted });
        }
        let lapsed = match fact {
            Fact::Exchange(exchange, _) => exchange.beat.is_some() || exchange.holds.is_some(),
            Fact::Register | Fact::Leave => true,
            _ => false,
        };
        match (old.state, new.state) {
            (0, 0) if new.tries > old.tries && old.lane => {
                rule!(real.claimed.contains(&seq), "6: {seq} was counted as tried, but given to nobody")
            }
            (1, 1) if old.epoch != new.epoch => {
                let freed = lapsed || real.failed.contains(&seq) || real.again.contains(&seq);
                rule!(freed && real.claimed.contains(&seq), "3: {seq} changed hands while it was claimed");
                self.excused.insert(seq);
            }
            (old, new) if old == new => {}
            (0, 1) => rule!(
                real.claimed.contains(&seq) && new.epoch == old.epoch + 1 && !new.lane,
                "3: {seq} was claimed by nobody: {new:?}"
            ),
            (1, 0) => {
                if !real.failed.contains(&seq) && !real.again.contains(&seq) {
                    rule!(lapsed, "3: {seq} was freed by nobody");
                    self.excused.insert(seq);
                    self.taken.push(seq);
                }
            }
            (0 | 1, 2) => {
                let answered = matches!(fact, Fact::Answer(number, _) if number == seq);
                rule!(real.done.contains_key(&seq) || answered, "1: {seq} was done by nobody");
            }
            (0 | 1, 3) => {
                rule!(real.failed.contains(&seq) || lapsed, "1: {seq} died of nothing");
                if !real.failed.contains(&seq) {
                    self.hit(Seen::DeadByLostWorkers);
                    self.taken.push(seq);
                }
                if !new.lane {
                    self.hit(Seen::DeadLetterOfAHandler);
                }
            }
            (0 | 3, 4) => {
                let was = |flow: Option<&Flow>| flow.is_some_and(|flow| flow.control == "cancel");
                let cancelled = changes
                    .flows
                    .iter()
                    .any(|(id, old, new)| *id == workflow && !was(old.as_ref()) && was(new.as_ref()));
                rule!(let_in || cancelled || matches!(fact, Fact::Drop), "1: {seq} was dropped by nobody");
            }
            (3, 0) => {
                rule!(matches!(fact, Fact::Retry(number) if number == seq), "1: {seq} rose by itself");
                self.moved.insert(seq);
                self.revived.insert(seq);
                self.excused.insert(seq);
            }
            (old, new) => return Err(format!("1: delivery {seq} went from {old} to {new}")),
        }
        // A lane whose worker lost it.
        if old.lane
            && old.state == 0
            && old.tries > 0
            && lapsed
            && !real.failed.contains(&seq)
            && !real.again.contains(&seq)
        {
            self.excused.insert(seq);
        }
        Ok(())
    }

    fn check_birth(
        &mut self,
        seq: i64,
        new: &Mail,
        fact: Fact<'_>,
        real: &Real<'_>,
        changes: &Changes,
    ) -> Result<(), String> {
        let known = match (new.cause, fact) {
            (None, Fact::Publish(ids) | Fact::Answer(_, ids)) => ids.contains(&new.id),
            (_, Fact::Cancel { told }) => new.id == told,
            (Some(cause), Fact::Answer(number, ids)) => cause == number && ids.contains(&new.id),
            (Some(cause), Fact::Exchange(..)) => {
                real.done.get(&cause).is_some_and(|(_, _, emitted)| emitted.contains(&&*new.id))
            }
            _ => false,
        };
        rule!(known, "4: {seq} comes from nowhere: {new:?}");
        rule!(matches!(new.state, 0 | 1 | 4), "1: {seq} was born in state {}", new.state);
        let after = |id: i64| changes.flows.iter().find(|(at, _, _)| *at == id).and_then(|(_, _, new)| new.as_ref());
        let flow = after(new.workflow).or_else(|| self.flows.get(&new.workflow));
        let cancelled = flow.is_some_and(|flow| flow.control == "cancel");
        let own = flow.is_some_and(|flow| flow.consumer.as_ref() == Some(&new.consumer));
        rule!(!(cancelled && own) || new.state == 4, "8: {seq} waits for a cancelled workflow");
        rule!(new.state != 4 || (cancelled && own), "1: {seq} was born dropped");
        if new.state == 4 {
            self.hit(Seen::AnswerToTheCancelledDropped);
        }
        if !new.domain.is_empty() {
            self.hit(Seen::WaitedInDomain);
        }
        rule!(new.state != 1 || real.claimed.contains(&seq), "3: {seq} was born claimed, but given to nobody");
        if new.state == 1 {
            self.hit(Seen::ClaimedAsProduced);
        }
        if new.lane && real.claimed.contains(&seq) {
            self.hit(Seen::LaneClaimedAsProduced);
        }
        Ok(())
    }

    /// What one commit made: its answers, all of them and once, and its record.
    fn check_done(
        &mut self,
        seq: i64,
        claim: &Claim,
        record: Option<&Kept>,
        emitted: &[&str],
        changes: &Changes,
    ) -> Result<(), String> {
        let born = changes
            .mails
            .iter()
            .filter(|(_, old, new)| old.is_none() && new.as_ref().is_some_and(|new| new.cause == Some(seq)));
        let born: Vec<&str> = born.filter_map(|(_, _, new)| new.as_ref().map(|new| &*new.id)).collect();
        let is_known = |id: &str| id.starts_with("fixed") && !born.contains(&id);
        let wanted: Vec<&str> = emitted.iter().copied().filter(|id| !is_known(id)).collect();
        rule!(born == wanted, "5: {seq} emitted {wanted:?}, but {born:?} are there");
        let Some(mail) = self.mails.get(&seq).cloned() else { return Err(format!("1: {seq} is gone")) };
        rule!(mail.state == 2, "5: {seq} was settled, but is in state {}", mail.state);
        if self.revived.contains(&seq) {
            self.hit(Seen::RetriedDeadLetterHandled);
        }
        if self.timers.contains_key(&mail.id) {
            self.hit(Seen::TimerHandled);
        }
        if claim.lane.is_none() {
            return Ok(());
        }
        let flow = self.flows.get(&claim.workflow);
        if let Some(kept) = record {
            rule!(
                flow.and_then(|flow| flow.record.as_deref()) == Some(kept.record.text()),
                "5: the record of {seq} is not the one of its workflow"
            );
        }
        let mut overtaken = false;
        for (earlier, other) in self.mail_of(mail.workflow).take_while(|(earlier, _)| *earlier < seq) {
            let waits = other.lane && other.state == 0;
            overtaken |= waits && self.timers.contains_key(&other.id);
            let is_bound =
                waits && other.cause.is_some() && other.cause == mail.cause && !self.timers.contains_key(&other.id);
            rule!(
                !is_bound || self.moved.contains(&earlier) || self.moved.contains(&seq),
                "6: {seq} was handled before {earlier}"
            );
        }
        if overtaken {
            self.hit(Seen::TimerOvertaken);
        }
        Ok(())
    }

    /// A child of a cancelled workflow does not go on.
    fn check_family(&mut self, id: i64) -> Result<(), String> {
        let is_cancelled = |id: i64| self.flows.get(&id).is_some_and(|flow| flow.control == "cancel");
        let goes_on = |flow: &Flow| flow.control != "cancel" && matches!(&*flow.status, "new" | "active");
        for (child, flow) in &self.flows {
            if (*child == id || flow.parent == Some(id)) && goes_on(flow) && flow.consumer.is_some() {
                rule!(!flow.parent.is_some_and(is_cancelled), "8: {child} goes on, but its parent is cancelled");
            }
        }
        Ok(())
    }

    fn check_claim(&mut self, exchange: &Exchange, claimed: &Claimed, now: i64) -> Result<(), String> {
        let Claim { seq, epoch, workflow, lane } = claimed.claim;
        let Some(mail) = self.mails.get(&seq).cloned() else {
            return Err(format!("3: {seq} was given, but is not there"));
        };
        let Some(flow) = self.flows.get(&workflow).cloned() else { return Err(format!("3: {workflow} is not there")) };
        let first = self.granted.insert((seq, epoch));
        rule!(first, "3: {seq} was given twice in epoch {epoch}");
        rule!(self.holds(exchange.worker.0, &claimed.claim, true), "3: {:?} was given, but is not held", claimed.claim);
        rule!(lane.is_some() == mail.lane && mail.domain.is_empty(), "7: {seq} is in a domain, or the lane is wrong");
        rule!(i64::from(claimed.tries) == mail.tries && mail.tries > 0, "6: {seq} was not counted");
        let id = match &claimed.event {
            Posted::Event(event) => event.id().to_owned(),
            Posted::Text(text) => id_in(text).to_owned(),
        };
        rule!(id == mail.id, "5: {seq} came with the event {id} in place of {}", mail.id);
        let version = if mail.lane { flow.version.clone().unwrap_or_default() } else { mail.version.clone() };
        let is_served = exchange.served.iter().any(|served| {
            *served.consumer == *mail.consumer && *served.version == *version && served.lane == mail.lane
        });
        rule!(is_served, "7: {seq} of {} {version} was given to a worker that does not serve it", mail.consumer);
        rule!(mail.due <= now, "7: {seq} was given {} ms before its time", mail.due - now);
        let told = self
            .timers
            .get(&mail.id)
            .copied()
            .filter(|_| mail.tries == 1 && !self.moved.contains(&seq) && !self.excused.contains(&seq));
        rule!(told.is_none_or(|due| due <= now), "7: the timer {seq} was given before its time");
        if mail.lane {
            rule!(
                claimed.record.as_ref().map(crate::memory::Record::text) == flow.record.as_deref(),
                "5: {seq} was given with another record"
            );
            if exchange.settled.iter().any(|settled| {
                settled.claim.workflow == workflow && settled.claim.epoch == epoch && settled.claim.lane.is_some()
            }) {
                self.hit(Seen::MailAfterMailOfOneClaim);
            }
        }
        if mail.tries > 1 {
            self.hit(Seen::BackOffWaited);
        }
        Ok(())
    }
}

/// The id in an event's JSON.
pub(super) fn id_in(text: &str) -> &str {
    text.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(id, _)| id)
}
