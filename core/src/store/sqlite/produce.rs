//! Events come in: a row for each, and one for the workflow that it names.

use std::sync::Arc;

use rusqlite::params;

use crate::store::backend::{Posted, Served};
use crate::store::error::StoreError;
use crate::store::incoming::{Incoming, Named};
use crate::store::look::Receipt;

use super::connection::Sqlite;

/// Where an event comes from, for its row.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    /// The delivery that led to it.
    pub(super) seq: i64,
    /// The row of that delivery's subject.
    pub(super) workflow: i64,
}

/// A worker that may claim at once what it produces.
pub(super) struct Taker<'a> {
    pub(super) worker: i64,
    pub(super) served: &'a [Served],
    pub(super) room: usize,
}

/// The row of an event that came in.
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) workflow: i64,
    /// What the taker got of it.
    pub(super) taken: Option<Taken>,
}

/// What was claimed as it came in.
pub(super) enum Taken {
    /// The delivery itself.
    Delivery(Posted),
    /// The lane of its workflow, to be opened with its first mail.
    Lane,
}

/// A subject's row, as far as an incoming event must know it.
struct Subject {
    id: i64,
    is_cancelled: bool,
}

impl Sqlite {
    /// Stores a published event.
    pub(super) fn take_in(&mut self, event: &Incoming, now: i64) -> Result<Receipt, StoreError> {
        let mut taker = Taker { worker: 0, served: &[], room: 0 };
        match self.insert(event, None, &mut taker, now)? {
            Some(row) => Ok(Receipt { seq: row.seq, fresh: true }),
            None => {
                let subject = self.subject(event, None, now)?.id;
                let domain = self.domain(event).unwrap_or_default().to_owned();
                let known = self.row(
                    "SELECT seq FROM delivery WHERE workflow = ?1 AND consumer = ?2 AND domain = ?3 AND event_id = ?4",
                    params![subject, event.consumer, domain, event.event.id()],
                    |row| row.get(0),
                )?;
                let seq = known.ok_or(StoreError::Sql { why: "a row that was in the way is gone".into() })?;
                Ok(Receipt { seq, fresh: false })
            }
        }
    }

    /// Stores an event, unless it is there already; the taker claims it if it serves it, has room, and it is due.
    pub(super) fn insert(
        &mut self,
        event: &Incoming,
        cause: Option<(Cause, &str)>,
        taker: &mut Taker<'_>,
        now: i64,
    ) -> Result<Option<Row>, StoreError> {
        let subject = self.subject(event, cause, now)?;
        let domain = self.domain(event).unwrap_or_default();
        let is_local = domain.is_empty();
        let due = event.deliver_at.unwrap_or(now);
        let lane = event.lane && is_local;
        let is_dropped = subject.is_cancelled && event.lane; // the answers of services that were at work
        let is_served = is_local
            && due <= now
            && taker.room > 0
            && !is_dropped
            && taker.served.iter().any(|served| {
                served.lane == lane && served.consumer == event.consumer && served.version == event.version
            });
        let claimed = is_served && !lane;
        let state = if is_dropped { 4 } else { i64::from(claimed) };
        let seq: Option<i64> = self.row(
            "INSERT INTO delivery (workflow, consumer, version, domain, event_id, lane, cause, state, due, tries, worker, epoch, event) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?10, ?12) \
             ON CONFLICT (workflow, consumer, domain, event_id) DO NOTHING RETURNING seq",
            params![
                subject.id,
                event.consumer,
                event.version,
                domain,
                event.event.id(),
                lane,
                cause.map(|(cause, _)| cause.seq),
                state,
                due,
                i64::from(claimed),
                claimed.then_some(taker.worker),
                event.text,
            ],
            |row| row.get(0),
        )?;
        let Some(seq) = seq else { return Ok(None) };
        let taken = if claimed {
            Some(Taken::Delivery(Posted::Event(event.event.clone())))
        } else if lane && !is_dropped {
            (self.call_lane(subject.id, due, is_served.then_some(taker.worker))?).then_some(Taken::Lane)
        } else {
            None
        };
        taker.room -= usize::from(taken.is_some());
        Ok(Some(Row { seq, workflow: subject.id, taken }))
    }

    /// A lane has new mail: an idle one is claimed at once where the taker may, otherwise it is due.
    fn call_lane(&self, workflow: i64, due: i64, taker: Option<i64>) -> Result<bool, StoreError> {
        if let Some(worker) = taker {
            let claimed = self.run(
                "UPDATE workflow SET busy = ?2, epoch = epoch + 1 \
                 WHERE id = ?1 AND busy IS NULL AND due IS NULL AND control = 'run'",
                params![workflow, worker],
            )?;
            if claimed == 1 {
                return Ok(true);
            }
        }
        // What is retried goes first, so that new mail never makes its lane due earlier. A busy lane is seen to when it
        // is given back.
        self.run(
            "UPDATE workflow SET due = ?2 WHERE id = ?1 AND busy IS NULL AND (due IS NULL OR (due > ?2 AND NOT EXISTS \
             (SELECT 1 FROM delivery WHERE workflow = ?1 AND state = 0 AND lane AND (tries = 0) = 0)))",
            params![workflow, due],
        )?;
        Ok(false)
    }

    /// The row of an event's subject, made if there is none.
    fn subject(&self, event: &Incoming, cause: Option<(Cause, &str)>, now: i64) -> Result<Subject, StoreError> {
        let text = event.event.subject();
        if let Some((Cause { workflow, .. }, own)) = cause
            && own == text
        {
            let is_cancelled =
                self.row("SELECT control = 'cancel' FROM workflow WHERE id = ?1", [workflow], |row| row.get(0))?;
            return Ok(Subject { id: workflow, is_cancelled: is_cancelled.unwrap_or(false) });
        }
        if let Some(known) = self.known(text)? {
            // Its row may have been born with an event that did not say who began it.
            if let Some(parent) = event.parent.as_ref().filter(|parent| ***parent != *text) {
                let parent = self.named(parent, now)?;
                let adopted = self.run(
                    "UPDATE workflow SET parent = ?2 WHERE id = ?1 AND parent IS NULL AND status = 'new'",
                    params![known.id, parent.id],
                )?;
                if adopted == 1 && parent.is_cancelled && !known.is_cancelled {
                    self.cancel_all(known.id, now)?;
                    return Ok(Subject { is_cancelled: true, ..known });
                }
            }
            return Ok(known);
        }
        let parent = match event.parent.as_ref().filter(|parent| ***parent != *text) {
            Some(parent) => Some(self.named(parent, now)?),
            None => None,
        };
        self.bear(text, event.workflow.as_ref(), parent.as_ref(), now)
    }

    fn named(&self, text: &Arc<str>, now: i64) -> Result<Subject, StoreError> {
        match self.known(text)? {
            Some(known) => Ok(known),
            None => self.bear(text, Named::of(text, &self.limits).as_ref(), None, now),
        }
    }

    fn known(&self, text: &str) -> Result<Option<Subject>, StoreError> {
        self.row("SELECT id, control = 'cancel' FROM workflow WHERE subject = ?1", [text], |row| {
            Ok(Subject { id: row.get(0)?, is_cancelled: row.get(1)? })
        })
    }

    /// A child of a cancelled workflow is born cancelled.
    fn bear(
        &self,
        text: &str,
        named: Option<&Named>,
        parent: Option<&Subject>,
        now: i64,
    ) -> Result<Subject, StoreError> {
        let is_cancelled = parent.is_some_and(|parent| parent.is_cancelled);
        let id = self.row(
            "INSERT INTO workflow (subject, consumer, version, parent, control, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
            params![
                text,
                named.map(|named| &*named.consumer),
                named.map(|named| &*named.version),
                parent.map(|parent| parent.id),
                if is_cancelled { "cancel" } else { "run" },
                now,
            ],
            |row| row.get(0),
        )?;
        let id = id.ok_or(StoreError::Sql { why: "an insert gave no row".into() })?;
        Ok(Subject { id, is_cancelled })
    }

    /// The domain that an event waits in; none where it is handled here.
    fn domain<'a>(&self, event: &'a Incoming) -> Option<&'a str> {
        event.domain.as_deref().filter(|domain| !self.local.contains(*domain))
    }

    /// Reads which domains are local, if another connection may have changed that.
    pub(super) fn read_domains(&mut self) -> Result<(), StoreError> {
        let version = self.data_version()?;
        if self.read_at != Some(version) {
            self.local = self.rows("SELECT name FROM local_domain", [], |row| row.get(0))?.into_iter().collect();
            self.read_at = Some(version);
        }
        Ok(())
    }
}
