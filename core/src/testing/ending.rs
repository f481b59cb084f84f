//! The end of a run: nothing fails any more, clocks are right, and within two leases everything is handled that can be
//! (STORE, invariant 10).

use super::model::{Flow, Mail};
use super::seen::Seen;
use super::simulation::{Op, Request, Run};
use super::users::LEASE;

/// Timers and waits that may be left when the faults end.
const LEFT: i64 = 5_000;

impl Run<'_> {
    /// Faults off.
    pub(super) fn calm(&mut self) -> Result<(), String> {
        self.stormy = false;
        self.note(|_| "the faults end".to_owned());
        for at in 0..self.hands.len() {
            let hand = &mut self.hands[at];
            hand.offset = 0;
            hand.frozen_until = 0;
            if hand.back_at.is_some() && self.random.chance(50) {
                self.hire(Some(at));
            }
        }
        let serves_all =
            |run: &Self| run.hands.iter().any(|hand| hand.alive && hand.kind == 0 && !hand.shift.is_draining());
        if !serves_all(self) {
            self.hire(None);
            let last = self.hands.len() - 1;
            self.hands[last].kind = 0;
            self.hire(Some(last));
        }
        // What nobody knows the fate of is published until it is accepted.
        for at in 0..self.published.len() {
            if self.published[at].seq.is_none() {
                self.commit(vec![Request::Client(Op::Publish(at))])?;
            }
        }
        let horizon = self.now() + 2 * LEASE + LEFT;
        let mut turns = 0;
        loop {
            let mut did = false;
            for at in 0..self.hands.len() {
                did |= self.turn(at)?;
            }
            if !did && self.is_quiet() {
                return self.check_end();
            }
            if !did {
                self.skip();
            }
            turns += 1;
            self.step += 1;
            if self.now() > horizon || turns > 1_500 {
                return Err(format!("10: after {LEFT} ms and two leases this waits: {}", self.leftovers()));
            }
        }
    }

    fn is_quiet(&self) -> bool {
        self.hands.iter().all(|hand| !hand.alive || (hand.asked.is_none() && hand.running.is_empty()))
            && self.model.flows.values().all(|flow| flow.busy.is_none())
            && self.model.mails.values().all(|mail| self.is_at_rest(mail))
    }

    /// Handled, dead, dropped, or waiting for something that will not come in this run.
    fn is_at_rest(&self, mail: &Mail) -> bool {
        if mail.state != 0 {
            return mail.state != 1;
        }
        let flow = self.model.flows.get(&mail.workflow);
        let version = flow.filter(|_| mail.lane).and_then(|flow| flow.version.as_deref()).unwrap_or(&mail.version);
        let served = self.cast.served_by_any.iter().any(|served| {
            *served.consumer == *mail.consumer && *served.version == *version && served.lane == mail.lane
        });
        let paused = mail.lane && flow.is_some_and(|flow| flow.control == "pause");
        !mail.domain.is_empty() || !served || paused
    }

    fn leftovers(&self) -> String {
        let mails = self.model.mails.iter().filter(|(_, mail)| !self.is_at_rest(mail));
        let lanes = self.model.flows.iter().filter(|(_, flow)| flow.busy.is_some());
        let hands: Vec<_> =
            self.hands.iter().map(|hand| (&hand.name, hand.id, hand.alive, hand.running.len(), &hand.asked)).collect();
        let lanes: Vec<(&i64, &Flow)> = lanes.collect();
        format!("{:?}, lanes {lanes:?}, now {}, workers {hands:?}", mails.collect::<Vec<_>>(), self.now())
    }

    /// What must be true of the whole database.
    fn check_end(&mut self) -> Result<(), String> {
        for (id, flow) in &self.model.flows {
            let waits = self.model.mail_of(*id).any(|(_, mail)| mail.lane && mail.state == 0);
            if waits != flow.due.is_some() && flow.control != "cancel" {
                return Err(format!("10: lane {id} is due at {:?}, and mail waits: {waits}", flow.due));
            }
            let dead = self.model.mail_of(*id).any(|(_, mail)| mail.lane && mail.state == 3);
            if dead != (flow.control == "pause") && flow.control != "cancel" {
                return Err(format!("6: workflow {id} is in {}, and has a dead letter: {dead}", flow.control));
            }
        }
        let nothing = [
            (
                "4: a cause that was not handled",
                "SELECT count(*) FROM delivery d JOIN delivery c ON c.seq = d.cause WHERE c.state <> 2 AND d.event_id NOT LIKE 'cancelled-%'",
            ),
            (
                "4: answers of one execution that are there twice",
                "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE cause IS NOT NULL GROUP BY cause, event_id, consumer, domain HAVING count(*) > 1)",
            ),
            (
                "8: work of a cancelled workflow",
                "SELECT count(*) FROM delivery d JOIN workflow w ON w.id = d.workflow WHERE w.control = 'cancel' AND d.lane AND d.state IN (0, 1, 3)",
            ),
            ("3: a claim of nobody", "SELECT count(*) FROM delivery WHERE (state = 1) <> (worker IS NOT NULL)"),
            (
                "1: a delivery without a subject",
                "SELECT count(*) FROM delivery WHERE workflow NOT IN (SELECT id FROM workflow)",
            ),
        ];
        for (what, sql) in nothing {
            let count: i64 = self
                .ground
                .connection()
                .prepare_cached(sql)
                .and_then(|mut found| found.query_row([], |row| row.get(0)))
                .map_err(|error| error.to_string())?;
            if count > 0 {
                return Err(format!("{what}: {count} times"));
            }
        }
        for published in &self.published {
            let Some(seq) = published.seq else {
                return Err(format!("1: {} is not stored", published.event.event.id()));
            };
            if !self.model.mails.contains_key(&seq) && !self.model.gone.contains(&seq) {
                return Err(format!("1: {seq} is lost"));
            }
        }
        if self.model.flows.values().any(|flow| flow.version.as_deref() == Some("3.0.0") && flow.due.is_some()) {
            self.model.hit(Seen::VersionThatNobodyServes);
        }
        Ok(())
    }
}
