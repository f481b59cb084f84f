//! What a worker did becomes real: record, answers and acknowledgement of one event together, or none of them.

use rusqlite::params;

use crate::memory::Record;
use crate::store::backend::{Claim, Claimed, Effect, Exchange, Exchanged, How, Kept, Posted, Settled};
use crate::store::error::StoreError;
use crate::store::incoming::Incoming;
use crate::store::retry::Retry;

use super::connection::{Sqlite, text};
use super::produce::{Cause, Taken, Taker};

impl Sqlite {
    pub(super) fn settle_and_claim(&mut self, exchange: &Exchange, now: i64) -> Result<Exchanged, StoreError> {
        let mut given = Exchanged::default();
        let worker = exchange.worker.0;
        if let Some(until) = exchange.beat {
            // Whoever is here must look again, too: what was freed is none of its own produce.
            let freed = self.beat(worker, until, &exchange.retry, now)?;
            (given.more, given.produced) = (freed, freed);
        }
        self.read_domains()?;
        let mut taker = Taker { worker, served: &exchange.served, room: exchange.room };
        for settled in &exchange.settled {
            self.run("SAVEPOINT settled", [])?;
            let before = (given.claimed.len(), taker.room);
            let settled = self.settle(settled, &exchange.retry, &mut taker, &mut given, now);
            let effect = match settled {
                Ok(true) => Effect::Real,
                Ok(false) => Effect::Lost,
                Err(error) if is_of_the_row(&error) => Effect::Refused(error.to_string()),
                Err(error) => return Err(error),
            };
            if effect != Effect::Real {
                self.run("ROLLBACK TO settled", [])?;
                given.claimed.truncate(before.0);
                taker.room = before.1;
            }
            self.run("RELEASE settled", [])?;
            given.outcomes.push(effect);
        }
        // After the settlements: what they acknowledge is not freed, what they claimed is held.
        if let Some(holds) = &exchange.holds {
            let held: Vec<Claim> = holds.iter().copied().chain(given.claimed.iter().map(|new| new.claim)).collect();
            given.produced |= self.free_others(worker, &held, now)?;
        }
        if exchange.claim {
            self.claim(&mut taker, &mut given, now)?;
        }
        given.more |= taker.room == 0;
        if exchange.count {
            given.depths = self.count_waiting(&exchange.served, now)?;
        }
        Ok(given)
    }

    /// Settles one execution; `false`: the claim is somebody else's by now.
    fn settle(
        &mut self,
        settled: &Settled,
        retry: &Retry,
        taker: &mut Taker<'_>,
        given: &mut Exchanged,
        now: i64,
    ) -> Result<bool, StoreError> {
        let claim = &settled.claim;
        match &settled.how {
            How::Done { record, emitted } => {
                if !self.acknowledge(claim, record.as_ref(), taker.worker, now)? {
                    return Ok(false);
                }
                self.produce(claim, emitted, taker, given, now)?;
                if let Some(revision) = claim.lane {
                    let revision = revision + i64::from(record.is_some());
                    // No record was written: the one that is kept must be read again for the next event.
                    let record = record.as_ref().map(|kept| kept.record.clone());
                    self.go_on(claim, revision, record, taker, given, now)?;
                }
                Ok(true)
            }
            How::Again { due } => {
                // Mail of a lane keeps its time, or what came after it would be due first: the lane waits.
                let how = "due = iif(lane, due, ?4), tries = max(tries - 1, 0), state = 0";
                let claimed = self.unsettle(claim, taker.worker, how, params![due])?;
                self.give_back(claim, claimed, given, now)?;
                if claimed && claim.lane.is_some() {
                    let sql = "UPDATE workflow SET due = max(due, ?2) WHERE id = ?1 AND busy IS NULL";
                    self.run(sql, params![claim.workflow, due])?;
                }
                Ok(claimed)
            }
            How::Failed { due, dead, cause } => {
                let tries = if *dead { 0 } else { retry.tries };
                let claimed = self.unsettle(
                    claim,
                    taker.worker,
                    "due = ?4, failures = json_insert(coalesce(failures, '[]'), '$[#]', json(?5)), \
                     state = CASE WHEN tries >= ?6 THEN 3 ELSE 0 END",
                    params![due, cause, tries],
                )?;
                if claimed && claim.lane.is_some() {
                    self.run(
                        "UPDATE workflow SET control = 'pause', changed = ?3 WHERE id = ?1 AND control = 'run' \
                         AND EXISTS (SELECT 1 FROM delivery WHERE seq = ?2 AND state = 3)",
                        params![claim.workflow, claim.seq, now],
                    )?;
                }
                self.give_back(claim, claimed, given, now)
            }
        }
    }

    /// The consumed event is handled, its workflow has a new record.
    fn acknowledge(&self, claim: &Claim, record: Option<&Kept>, worker: i64, now: i64) -> Result<bool, StoreError> {
        let Some(revision) = claim.lane else {
            let sql = "UPDATE delivery SET state = 2, worker = NULL, done = ?4 \
                       WHERE seq = ?1 AND state = 1 AND epoch = ?2 AND worker = ?3";
            return Ok(self.run(sql, params![claim.seq, claim.epoch, worker, now])? == 1);
        };
        let held = match record {
            Some(kept) => self.run(
                "UPDATE workflow SET record = ?1, revision = revision + 1, status = ?2, changed = ?3 \
                 WHERE id = ?4 AND busy = ?5 AND epoch = ?6 AND revision = ?7 AND control <> 'cancel'",
                params![kept.record.text(), kept.status.as_str(), now, claim.workflow, worker, claim.epoch, revision],
            )?,
            None => self.run(
                "UPDATE workflow SET changed = ?1 \
                 WHERE id = ?2 AND busy = ?3 AND epoch = ?4 AND revision = ?5 AND control <> 'cancel'",
                params![now, claim.workflow, worker, claim.epoch, revision],
            )?,
        };
        let sql = "UPDATE delivery SET state = 2, done = ?2 WHERE seq = ?1 AND state = 0";
        Ok(held == 1 && self.run(sql, params![claim.seq, now])? == 1)
    }

    fn produce(
        &mut self,
        claim: &Claim,
        emitted: &[Incoming],
        taker: &mut Taker<'_>,
        given: &mut Exchanged,
        now: i64,
    ) -> Result<(), StoreError> {
        if emitted.is_empty() {
            return Ok(());
        }
        let own: String = self
            .row("SELECT subject FROM workflow WHERE id = ?1", [claim.workflow], |row| row.get(0))?
            .unwrap_or_default();
        let cause = Cause { seq: claim.seq, workflow: claim.workflow };
        for event in emitted {
            let Some(row) = self.insert(event, Some((cause, &own)), taker, now)? else { continue };
            match row.taken {
                None => given.produced = true,
                Some(Taken::Delivery(posted)) => given.claimed.push(Claimed {
                    claim: Claim { seq: row.seq, epoch: 1, workflow: row.workflow, lane: None },
                    event: posted,
                    consumer: event.consumer.clone(),
                    tries: 1,
                    record: None,
                }),
                Some(Taken::Lane) => {
                    if !self.open_lane(row.workflow, given, now)? {
                        taker.room += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// A lane that is held goes on with its next mail, or is given back.
    fn go_on(
        &mut self,
        claim: &Claim,
        revision: i64,
        record: Option<Record>,
        taker: &mut Taker<'_>,
        given: &mut Exchanged,
        now: i64,
    ) -> Result<(), StoreError> {
        let lane = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, String>(1)?));
        let state = self.row("SELECT control = 'run', consumer FROM workflow WHERE id = ?1", [claim.workflow], lane)?;
        if let Some((true, consumer)) = state
            && taker.room > 0
            && let Some((seq, event, tries)) = self.next_mail(claim.workflow, now)?
        {
            let record = match record {
                Some(record) => Some(record),
                None => self.record(claim.workflow)?,
            };
            taker.room -= 1;
            let claim = Claim { seq, lane: Some(revision), ..*claim };
            given.claimed.push(Claimed { claim, event: Posted::Text(event), consumer: consumer.into(), tries, record });
            return Ok(());
        }
        given.produced |= self.free_lane(claim.workflow, now)?;
        Ok(())
    }

    fn record(&self, workflow: i64) -> Result<Option<Record>, StoreError> {
        let sql = "SELECT record FROM workflow WHERE id = ?1 AND record IS NOT NULL";
        Ok(self.row(sql, [workflow], |row| text(row, 0))?.map(Record::from_text))
    }

    /// Takes a claim back; `how` says what else changes. The parameters begin with when the event is due again.
    fn unsettle(
        &self,
        claim: &Claim,
        worker: i64,
        how: &str,
        params: &[&dyn rusqlite::ToSql],
    ) -> Result<bool, StoreError> {
        let held = match claim.lane {
            None => "state = 1 AND epoch = ?2 AND worker = ?3",
            Some(_) => {
                "state = 0 AND EXISTS (SELECT 1 FROM workflow w WHERE w.id = workflow AND w.epoch = ?2 AND w.busy = ?3)"
            }
        };
        let sql = format!("UPDATE delivery SET worker = NULL, {how} WHERE seq = ?1 AND {held}");
        let all: Vec<&dyn rusqlite::ToSql> = [&claim.seq as &dyn rusqlite::ToSql, &claim.epoch, &worker]
            .into_iter()
            .chain(params.iter().copied())
            .collect();
        Ok(self.run(&sql, all.as_slice())? == 1)
    }

    fn give_back(&self, claim: &Claim, claimed: bool, given: &mut Exchanged, now: i64) -> Result<bool, StoreError> {
        if claimed && claim.lane.is_some() {
            self.free_lane(claim.workflow, now)?;
        }
        given.produced |= claimed;
        Ok(claimed)
    }
}

/// Whether an error is this row's alone, such as a text that is too long for the database.
fn is_of_the_row(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql { .. })
}

#[cfg(test)]
mod tests {
    use rusqlite::{Error, ffi};

    use super::is_of_the_row;
    use crate::store::error::StoreError;

    fn failed(code: i32) -> StoreError {
        Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn a_row_answers_for_what_is_wrong_with_it_and_not_for_the_disk() {
        for code in [ffi::SQLITE_TOOBIG, ffi::SQLITE_CONSTRAINT_CHECK, ffi::SQLITE_MISMATCH] {
            assert!(is_of_the_row(&failed(code)), "{code}");
        }
        for code in [
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_SHORT_READ,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_PERM,
            ffi::SQLITE_PROTOCOL,
            ffi::SQLITE_NOMEM,
        ] {
            assert!(matches!(failed(code), StoreError::Io { .. }), "{code}");
        }
        for code in [ffi::SQLITE_IOERR, ffi::SQLITE_FULL, ffi::SQLITE_CORRUPT, ffi::SQLITE_BUSY, ffi::SQLITE_READONLY] {
            assert!(!is_of_the_row(&failed(code)), "{code}");
        }
    }
}
