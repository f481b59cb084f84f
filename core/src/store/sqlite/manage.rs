//! What clients change: dead letters, domains, cancelled workflows, old subjects.

use rusqlite::params;

use crate::store::error::StoreError;
use crate::store::incoming::Incoming;

use super::connection::Sqlite;
use super::look::state;
use super::produce::{Cause, Taker};

/// Subjects that ended before `?1`, their last event too, and whose initiator does not wait for them any more. One that
/// is no workflow has ended when nothing of it waits or is dead; answers to whoever published its events wait for nobody.
const ENDED: &str = "FROM workflow w LEFT JOIN workflow p ON p.id = w.parent \
                     WHERE w.changed < ?1 AND w.busy IS NULL \
                     AND (w.status IN ('done', 'failed') OR w.control = 'cancel' OR w.consumer IS NULL) \
                     AND (p.id IS NULL OR p.status IN ('done', 'failed') OR p.control = 'cancel') \
                     AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.workflow = w.id \
                       AND (d.state = 1 OR d.due >= ?1 OR d.done >= ?1 OR (w.consumer IS NULL AND d.state IN (0, 3) \
                         AND NOT (d.state = 0 AND EXISTS (SELECT 1 FROM delivery c WHERE c.seq = d.cause \
                           AND c.cause IS NULL AND c.event ->> '$.source' = d.consumer)))))";

/// A delivery, as far as these statements must know it.
struct Delivery {
    workflow: i64,
    state: i64,
    lane: bool,
    domain: String,
    subject: String,
}

impl Sqlite {
    pub(super) fn answer_waiting(&mut self, seq: i64, events: &[Incoming], now: i64) -> Result<(), StoreError> {
        self.read_domains()?;
        let delivery = self.in_domain(seq, "answered")?;
        self.run("UPDATE delivery SET state = 2, done = ?2 WHERE seq = ?1", params![seq, now])?;
        let cause = Cause { seq, workflow: delivery.workflow };
        for event in events {
            let mut taker = Taker { worker: 0, served: &[], room: 0 };
            self.insert(event, Some((cause, &delivery.subject)), &mut taker, now)?;
        }
        Ok(())
    }

    pub(super) fn admit_waiting(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        let delivery = self.in_domain(seq, "admitted")?;
        self.let_in(seq, delivery.workflow, now)
    }

    /// An event goes on in the local flow; one that is there already, by the same id, is dropped.
    fn let_in(&self, seq: i64, workflow: i64, now: i64) -> Result<(), StoreError> {
        let admitted = self.run(
            "UPDATE OR IGNORE delivery SET domain = '', due = max(due, ?2), lane = EXISTS (SELECT 1 FROM workflow w \
             WHERE w.id = delivery.workflow AND w.consumer = delivery.consumer) WHERE seq = ?1",
            params![seq, now],
        )?;
        if admitted == 0 {
            self.run("UPDATE delivery SET state = 4, done = ?2 WHERE seq = ?1", params![seq, now])?;
        }
        self.see_to(workflow, now)
    }

    pub(super) fn revive(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        let delivery = self.dead_letter(seq, "retried")?;
        self.run("UPDATE delivery SET state = 0, tries = 0, due = ?2 WHERE seq = ?1", params![seq, now])?;
        self.resume(&delivery, now)
    }

    pub(super) fn bury(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        let delivery = self.dead_letter(seq, "dropped")?;
        self.run("UPDATE delivery SET state = 4, done = ?2 WHERE seq = ?1", params![seq, now])?;
        self.resume(&delivery, now)
    }

    /// A workflow whose last dead letter is gone goes on.
    fn resume(&self, delivery: &Delivery, now: i64) -> Result<(), StoreError> {
        if delivery.lane {
            self.run(
                "UPDATE workflow SET control = 'run', changed = ?2 WHERE id = ?1 AND control = 'pause' \
                 AND NOT EXISTS (SELECT 1 FROM delivery WHERE workflow = ?1 AND lane AND state = 3)",
                params![delivery.workflow, now],
            )?;
            self.see_to(delivery.workflow, now)?;
        }
        Ok(())
    }

    /// Recomputes when an idle lane is due.
    fn see_to(&self, workflow: i64, now: i64) -> Result<(), StoreError> {
        let idle = self.row("SELECT busy IS NULL FROM workflow WHERE id = ?1", [workflow], |row| row.get(0))?;
        if idle == Some(true) {
            self.free_lane(workflow, now)?;
        }
        Ok(())
    }

    pub(super) fn cancel_tree(
        &mut self,
        subject: &str,
        told: Option<&Incoming>,
        now: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.read_domains()?;
        let found = self.row(
            "SELECT id, status, control FROM workflow WHERE subject = ?1 AND consumer IS NOT NULL",
            [subject],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        )?;
        let Some((id, status, control)) = found else {
            return Err(StoreError::UnknownSubject { subject: subject.to_owned() });
        };
        let ended = match (status.as_str(), control.as_str()) {
            (_, "cancel") => Some("cancelled"),
            ("done", _) => Some("done"),
            ("failed", _) => Some("failed"),
            _ => None,
        };
        if let Some(status) = ended {
            return Err(StoreError::Ended { subject: subject.to_owned(), status });
        }
        let cancelled = self.cancel_all(id, now)?;
        if let Some(told) = told {
            let sql = "SELECT seq FROM delivery WHERE workflow = ?1 ORDER BY seq LIMIT 1";
            let first = self.row(sql, [id], |row| row.get(0))?;
            let cause = first.map(|seq| (Cause { seq, workflow: id }, ""));
            let mut taker = Taker { worker: 0, served: &[], room: 0 };
            self.insert(told, cause, &mut taker, now)?;
        }
        Ok(cancelled)
    }

    /// Cancels a subject and all that descend from it, as far as they have not ended; gives them.
    pub(super) fn cancel_all(&self, id: i64, now: i64) -> Result<Vec<String>, StoreError> {
        let tree =
            "WITH RECURSIVE tree(id) AS (SELECT ?1 UNION SELECT c.id FROM workflow c JOIN tree ON c.parent = tree.id)";
        let cancelled: Vec<(i64, String)> = self.rows(
            &format!(
                "{tree} UPDATE workflow SET control = 'cancel', epoch = epoch + 1, due = NULL, busy = NULL, changed = ?2 \
                 WHERE id IN (SELECT id FROM tree) AND status IN ('new', 'active') AND control <> 'cancel' RETURNING id, subject"
            ),
            params![id, now],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (workflow, _) in &cancelled {
            let sql = "UPDATE delivery SET state = 4, done = ?2 WHERE workflow = ?1 AND state IN (0, 3)";
            self.run(sql, params![workflow, now])?;
        }
        Ok(cancelled.into_iter().map(|(_, subject)| subject).collect())
    }

    pub(super) fn remove_ended(&mut self, before: i64, limit: usize) -> Result<usize, StoreError> {
        let gone: Vec<i64> = self.rows(
            &format!("SELECT w.id {ENDED} ORDER BY w.id LIMIT ?2"),
            params![before, i64::try_from(limit).unwrap_or(i64::MAX)],
            |row| row.get(0),
        )?;
        for id in &gone {
            self.run("DELETE FROM delivery WHERE workflow = ?1", [id])?;
            self.run("UPDATE workflow SET parent = NULL WHERE parent = ?1", [id])?;
            self.run("DELETE FROM workflow WHERE id = ?1", [id])?;
        }
        Ok(gone.len())
    }

    pub(super) fn count_ended(&self, before: i64) -> Result<usize, StoreError> {
        let count: Option<i64> = self.row(&format!("SELECT count(*) {ENDED}"), [before], |row| row.get(0))?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default())
    }

    pub(super) fn list_domain(&mut self, domain: &str, local: bool, now: i64) -> Result<usize, StoreError> {
        self.read_at = None;
        if !local {
            self.run("DELETE FROM local_domain WHERE name = ?1", [domain])?;
            return Ok(0);
        }
        self.run("INSERT INTO local_domain (name) VALUES (?1) ON CONFLICT DO NOTHING", [domain])?;
        let sql = "SELECT seq, workflow FROM delivery WHERE state = 0 AND domain <> '' AND domain = ?1 ORDER BY seq";
        let waiting: Vec<(i64, i64)> = self.rows(sql, [domain], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (seq, workflow) in &waiting {
            self.let_in(*seq, *workflow, now)?;
        }
        Ok(waiting.len())
    }

    fn in_domain(&self, seq: i64, action: &'static str) -> Result<Delivery, StoreError> {
        let delivery = self.delivery(seq)?;
        match (delivery.state, delivery.domain.is_empty()) {
            (0, false) => Ok(delivery),
            (0, true) => {
                Err(StoreError::State { seq, found: "in the local flow", wanted: "waiting in a domain", action })
            }
            (other, _) => Err(StoreError::State { seq, found: state(other), wanted: "waiting in a domain", action }),
        }
    }

    fn dead_letter(&self, seq: i64, action: &'static str) -> Result<Delivery, StoreError> {
        let delivery = self.delivery(seq)?;
        match delivery.state {
            3 => Ok(delivery),
            other => Err(StoreError::State { seq, found: state(other), wanted: "dead", action }),
        }
    }

    fn delivery(&self, seq: i64) -> Result<Delivery, StoreError> {
        let found = self.row(
            "SELECT d.workflow, d.state, d.lane, d.domain, w.subject \
             FROM delivery d JOIN workflow w ON w.id = d.workflow WHERE d.seq = ?1",
            [seq],
            |row| {
                Ok(Delivery {
                    workflow: row.get(0)?,
                    state: row.get(1)?,
                    lane: row.get(2)?,
                    domain: row.get(3)?,
                    subject: row.get(4)?,
                })
            },
        )?;
        found.ok_or(StoreError::UnknownDelivery { seq })
    }
}
