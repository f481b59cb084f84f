//! Rules broken on purpose, outside the store: a simulation that does not find them finds nothing.

use rusqlite::{Connection, params};

use crate::store::{
    Answered, Backend, Columns, Counts, Effect, Exchange, Exchanged, How, Incoming, Outlook, Place, Posting, Receipt,
    Retry, Served, Sqlite, StoreError, Which, WorkerId, WorkflowRow,
};

use super::faulty::pass_on;

/// A rule of the store that is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Planted {
    /// Whoever settles gets through, whoever holds the claim by now.
    NoFence,
    /// A record is written over one that was not read.
    NoRevision,
    /// What is to come later is claimed now.
    NoDue,
    /// A lane that is claimed keeps the epoch of whoever had it.
    SameEpoch,
    /// Answers are stored twice.
    AnswersTwice,
    /// What could not be committed is acknowledged all the same.
    AcknowledgedAlone,
    /// What a worker lost sight of stays claimed.
    NothingFreed,
    /// A cancel leaves children alone.
    ChildrenSpared,
    /// Nobody is told that there is something to claim.
    NobodyTold,
    /// Answers are left out.
    AnswersLost,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NoFence,
        Self::NoRevision,
        Self::NoDue,
        Self::SameEpoch,
        Self::AnswersTwice,
        Self::AcknowledgedAlone,
        Self::NothingFreed,
        Self::ChildrenSpared,
        Self::NobodyTold,
        Self::AnswersLost,
    ];
}

/// SQLite, with a rule broken or none.
#[derive(Debug)]
pub(super) struct Ground {
    sqlite: Sqlite,
    pub(super) planted: Option<Planted>,
}

impl Ground {
    pub(super) fn new() -> Result<Self, StoreError> {
        Ok(Self { sqlite: Sqlite::open("sqlite::memory:")?, planted: None })
    }

    pub(super) fn connection(&self) -> &Connection {
        self.sqlite.connection()
    }

    fn around<T>(
        &mut self,
        _: &'static str,
        run: impl FnOnce(&mut Sqlite) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        run(&mut self.sqlite)
    }

    fn before(&self, exchange: &mut Exchange, now: i64) -> Result<(), StoreError> {
        let worker = exchange.worker.0;
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| self.connection().execute(sql, values);
        match self.planted {
            Some(Planted::NoFence) => {
                for settled in &exchange.settled {
                    let claim = settled.claim;
                    let sql = "UPDATE delivery SET state = 1, epoch = ?2, worker = ?3 WHERE seq = ?1 AND NOT lane AND state IN (0, 1)";
                    run(sql, &[&claim.seq, &claim.epoch, &worker])?;
                }
            }
            Some(Planted::NoRevision) => {
                for settled in &mut exchange.settled {
                    let claim = &mut settled.claim;
                    if claim.lane.is_some() {
                        let sql = "UPDATE workflow SET busy = ?2, epoch = ?3 WHERE id = ?1 AND control = 'run'";
                        run(sql, &[&claim.workflow, &worker, &claim.epoch])?;
                        let sql = "SELECT revision FROM workflow WHERE id = ?1";
                        claim.lane = self.connection().query_row(sql, [claim.workflow], |row| row.get(0)).ok();
                    }
                }
            }
            Some(Planted::NoDue) if exchange.claim => {
                run("UPDATE delivery SET due = min(due, ?1) WHERE state = 0 AND NOT lane", &[&now])?;
            }
            Some(Planted::NothingFreed) => exchange.holds = None,
            Some(Planted::AnswersLost) => {
                for settled in &mut exchange.settled {
                    if let How::Done { emitted, .. } = &mut settled.how {
                        *emitted = emitted.iter().take(1).cloned().collect();
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn after(&self, exchange: &Exchange, given: &mut Exchanged) -> Result<(), StoreError> {
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| self.connection().execute(sql, values);
        let outcomes = exchange.settled.iter().zip(&given.outcomes);
        match self.planted {
            Some(Planted::SameEpoch) => {
                for claimed in
                    given.claimed.iter_mut().filter(|claimed| claimed.claim.lane.is_some() && claimed.claim.epoch > 1)
                {
                    run("UPDATE workflow SET epoch = 1 WHERE id = ?1", &[&claimed.claim.workflow])?;
                    claimed.claim.epoch = 1;
                }
            }
            Some(Planted::AnswersTwice) => {
                for (settled, effect) in outcomes.filter(|(_, effect)| **effect == Effect::Real) {
                    let again = "INSERT OR IGNORE INTO delivery (workflow, consumer, version, domain, event_id, lane, cause, state, due, tries, epoch, event) \
                                 SELECT workflow, consumer, version, domain, event_id || '-again', lane, cause, 0, due, 0, 0, event \
                                 FROM delivery WHERE cause = ?1 AND event_id NOT LIKE '%-again'";
                    debug_assert_eq!(*effect, Effect::Real);
                    self.connection().execute(again, params![settled.claim.seq])?;
                }
            }
            Some(Planted::AcknowledgedAlone) => {
                for (settled, _) in outcomes.filter(|(_, effect)| **effect != Effect::Real) {
                    run("UPDATE delivery SET state = 2 WHERE seq = ?1 AND state IN (0, 1)", &[&settled.claim.seq])?;
                }
            }
            Some(Planted::NobodyTold) => given.produced = false,
            _ => {}
        }
        Ok(())
    }
}

impl Backend for Ground {
    fn exchange(&mut self, exchange: &Exchange, now: i64) -> Result<Exchanged, StoreError> {
        if self.planted.is_none() {
            return self.sqlite.exchange(exchange, now);
        }
        let mut changed = exchange.clone();
        self.before(&mut changed, now)?;
        let mut given = self.sqlite.exchange(&changed, now)?;
        self.after(exchange, &mut given)?;
        Ok(given)
    }

    fn cancel(&mut self, subject: &str, told: Option<&Incoming>, now: i64) -> Result<Vec<String>, StoreError> {
        let gone = self.sqlite.cancel(subject, told, now)?;
        if self.planted == Some(Planted::ChildrenSpared) {
            let sql = "UPDATE workflow SET control = 'run' WHERE control = 'cancel' AND subject <> ?1";
            self.connection().execute(sql, [subject])?;
        }
        Ok(gone)
    }

    pass_on! {
        register(name: &str, until: i64, retry: &Retry, now: i64) -> WorkerId;
        outlook(served: &[Served], now: i64) -> Outlook;
        leave(worker: WorkerId, retry: &Retry, now: i64) -> ();
        publish(events: &[Incoming], now: i64) -> Vec<Receipt>;
        answered(seq: i64, now: i64) -> Answered;
        newest() -> i64;
        arrived(seq: i64) -> Vec<(i64, Place)>;
        place(seq: i64) -> Place;
        changed() -> bool;
        workflows(which: &Which) -> Vec<WorkflowRow>;
        workflow(subject: &str) -> Option<WorkflowRow>;
        tree(subject: &str) -> Vec<WorkflowRow>;
        history(subject: &str) -> Vec<Posting>;
        dead(limit: usize) -> Vec<Posting>;
        waiting(domain: &str, limit: usize) -> Vec<Posting>;
        counts(now: i64) -> Counts;
        answer(seq: i64, events: &[Incoming], now: i64) -> ();
        admit(seq: i64, now: i64) -> ();
        retry(seq: i64, now: i64) -> ();
        drop_dead(seq: i64, now: i64) -> ();
        removable(before: i64) -> usize;
        purge(before: i64, limit: usize) -> usize;
        domains() -> Vec<String>;
        set_domain(domain: &str, local: bool, now: i64) -> usize;
        query(sql: &str) -> Columns;
        backup(path: &str) -> ();
        begin_reading() -> ();
        begin() -> ();
        mark() -> ();
        unmark(keep: bool) -> ();
        commit() -> ();
    }

    fn rollback(&mut self) {
        self.sqlite.rollback();
    }
}
