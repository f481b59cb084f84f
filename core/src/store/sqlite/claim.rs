//! Who handles what: claims, leases, take-over. Workflows are claimed, never the events of their lanes: so a claim costs
//! the same however long a lane is (STORE).

use std::sync::Arc;

use rusqlite::params;

use crate::memory::Record;
use crate::store::backend::{Claim, Claimed, Exchanged, Outlook, Posted, Served, WorkerId};
use crate::store::error::StoreError;
use crate::store::retry::Retry;

use super::connection::{Sqlite, text};
use super::produce::Taker;

impl Sqlite {
    pub(super) fn enlist(&mut self, name: &str, until: i64, retry: &Retry, now: i64) -> Result<WorkerId, StoreError> {
        let id = self.row(
            "INSERT INTO worker (name, until) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET until = ?2 RETURNING id",
            params![name, until],
            |row| row.get(0),
        )?;
        let id: i64 = id.ok_or(StoreError::Sql { why: "an insert gave no row".into() })?;
        self.free_all_of(&[id], retry, now)?;
        Ok(WorkerId(id))
    }

    pub(super) fn sign_off(&mut self, worker: WorkerId, retry: &Retry, now: i64) -> Result<(), StoreError> {
        self.free_all_of(&[worker.0], retry, now)?;
        self.run("DELETE FROM worker WHERE id = ?1", [worker.0]).map(drop)
    }

    /// The lease goes on; whoever let his end loses his claims. Says whether any were freed.
    pub(super) fn beat(&mut self, worker: i64, until: i64, retry: &Retry, now: i64) -> Result<bool, StoreError> {
        self.run("UPDATE worker SET until = ?2 WHERE id = ?1", params![worker, until])?;
        // Holders, not rows of workers: one of two that shared a name may have signed off the other's row, too.
        let dead: Vec<i64> = self.rows(
            "SELECT worker FROM delivery WHERE state = 1 UNION SELECT busy FROM workflow WHERE busy IS NOT NULL \
             EXCEPT SELECT id FROM worker WHERE until >= ?1 OR id = ?2 EXCEPT SELECT ?2",
            params![now, worker],
            |row| row.get(0),
        )?;
        self.free_all_of(&dead, retry, now)
    }

    /// Frees what dead workers held. What they were at counts as tried, so that an event that takes every worker down
    /// ends in the dead letters; the first time it goes again at once, then later and later.
    fn free_all_of(&mut self, workers: &[i64], retry: &Retry, now: i64) -> Result<bool, StoreError> {
        let mut freed = false;
        for worker in workers {
            let lost = "failures = json_insert(coalesce(failures, '[]'), '$[#]', json_object('name', 'WorkerLost', \
                        'message', 'the worker ' || coalesce((SELECT name FROM worker WHERE id = ?1), ?1) || ' ended while it handled this event', \
                        'at', ?2, 'try', tries)), \
                        state = CASE WHEN tries >= ?3 THEN 3 ELSE 0 END, \
                        due = CASE WHEN tries <= 1 THEN min(due, ?2) ELSE ?2 + min(?5, ?4 << min(tries - 2, 40)) END";
            let values = params![worker, now, retry.tries, retry.first, retry.longest];
            let sql = format!("UPDATE delivery SET worker = NULL, {lost} WHERE state = 1 AND worker = ?1");
            freed |= self.run(&sql, values)? > 0;
            self.run(
                &format!(
                    "UPDATE delivery SET {lost} WHERE lane AND state = 0 AND tries > 0 \
                     AND workflow IN (SELECT id FROM workflow WHERE busy = ?1)"
                ),
                values,
            )?;
            self.run(
                "UPDATE workflow SET control = 'pause', changed = ?2 WHERE busy = ?1 AND control = 'run' \
                 AND EXISTS (SELECT 1 FROM delivery d WHERE d.workflow = workflow.id AND d.lane AND d.state = 3)",
                params![worker, now],
            )?;
            let lanes: Vec<i64> = self.rows("SELECT id FROM workflow WHERE busy = ?1", [worker], |row| row.get(0))?;
            freed |= !lanes.is_empty();
            for lane in lanes {
                self.free_lane(lane, now)?;
            }
        }
        Ok(freed)
    }

    /// Frees what the store thinks the worker holds, but the worker does not: claims whose reply was lost. Says whether
    /// there were any.
    pub(super) fn free_others(&mut self, worker: i64, holds: &[Claim], now: i64) -> Result<bool, StoreError> {
        let held = serde_json::json!(holds.iter().map(|claim| claim.seq).collect::<Vec<_>>()).to_string();
        let claimed = self.run(
            "UPDATE delivery SET state = 0, worker = NULL, tries = max(tries - 1, 0) WHERE state = 1 AND worker = ?1 \
             AND seq NOT IN (SELECT value FROM json_each(?2))",
            params![worker, held],
        )?;
        let lanes = holds.iter().filter(|claim| claim.lane.is_some()).map(|claim| claim.workflow);
        let held = serde_json::json!(lanes.collect::<Vec<_>>()).to_string();
        let freed: Vec<i64> = self.rows(
            "SELECT id FROM workflow WHERE busy = ?1 AND id NOT IN (SELECT value FROM json_each(?2))",
            params![worker, held],
            |row| row.get(0),
        )?;
        let any = claimed > 0 || !freed.is_empty();
        for lane in freed {
            self.run(
                "UPDATE delivery SET tries = tries - 1 WHERE lane AND state = 0 AND tries > 0 AND workflow = ?1",
                [lane],
            )?;
            self.free_lane(lane, now)?;
        }
        Ok(any)
    }

    /// Claims what waits, in turn of what is served, as far as there is room.
    pub(super) fn claim(&mut self, taker: &mut Taker<'_>, given: &mut Exchanged, now: i64) -> Result<(), StoreError> {
        for served in taker.served {
            if taker.room == 0 {
                return Ok(());
            }
            if served.lane {
                self.claim_lanes(served, taker, given, now)?;
            } else {
                self.claim_deliveries(served, taker, given, now)?;
            }
        }
        Ok(())
    }

    fn claim_deliveries(
        &mut self,
        served: &Served,
        taker: &mut Taker<'_>,
        given: &mut Exchanged,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut claimed = self.rows(
            "UPDATE delivery SET state = 1, worker = ?1, epoch = epoch + 1, tries = tries + 1 WHERE seq IN (\
             SELECT seq FROM delivery WHERE state = 0 AND NOT lane AND domain = '' \
             AND consumer = ?2 AND version = ?3 AND due <= ?4 ORDER BY due, seq LIMIT ?5) \
             RETURNING seq, epoch, workflow, event, tries",
            params![taker.worker, served.consumer, served.version, now, limit(taker.room)],
            |row| {
                let claim = Claim { seq: row.get(0)?, epoch: row.get(1)?, workflow: row.get(2)?, lane: None };
                let event = Posted::Text(text(row, 3)?);
                Ok(Claimed { claim, event, consumer: served.consumer.clone(), tries: row.get(4)?, record: None })
            },
        )?;
        claimed.sort_by_key(|claimed| claimed.claim.seq);
        taker.room -= claimed.len();
        given.claimed.append(&mut claimed);
        Ok(())
    }

    fn claim_lanes(
        &mut self,
        served: &Served,
        taker: &mut Taker<'_>,
        given: &mut Exchanged,
        now: i64,
    ) -> Result<(), StoreError> {
        let lanes: Vec<i64> = self.rows(
            "UPDATE workflow SET busy = ?1, epoch = epoch + 1 WHERE id IN (\
             SELECT id FROM workflow WHERE busy IS NULL AND due IS NOT NULL AND control = 'run' \
             AND consumer = ?2 AND version = ?3 AND due <= ?4 ORDER BY due LIMIT ?5) RETURNING id",
            params![taker.worker, served.consumer, served.version, now, limit(taker.room)],
            |row| row.get(0),
        )?;
        for lane in lanes {
            if self.open_lane(lane, given, now)? {
                taker.room -= 1;
            }
        }
        Ok(())
    }

    /// Hands out the first mail of a lane that was just claimed; `false`: there is none, the lane is free again.
    pub(super) fn open_lane(&mut self, workflow: i64, given: &mut Exchanged, now: i64) -> Result<bool, StoreError> {
        let Some((seq, event, tries)) = self.next_mail(workflow, now)? else {
            self.free_lane(workflow, now)?;
            return Ok(false);
        };
        let claimed =
            self.row("SELECT epoch, revision, consumer, record FROM workflow WHERE id = ?1", [workflow], |row| {
                let claim = Claim { seq, epoch: row.get(0)?, workflow, lane: Some(row.get(1)?) };
                let record = row.get_ref(3)?.as_str_or_null()?.map(|text| Record::from_text(Arc::from(text)));
                let consumer = row.get_ref(2)?.as_str_or_null()?.unwrap_or_default().into();
                Ok(Claimed { claim, event: Posted::Text(event), consumer, tries, record })
            })?;
        given.claimed.extend(claimed);
        Ok(true)
    }

    /// The next mail of a lane, counted as tried: what is retried goes first, then by number; a timer that is not due
    /// blocks nobody.
    pub(super) fn next_mail(&self, workflow: i64, now: i64) -> Result<Option<(i64, Arc<str>, u32)>, StoreError> {
        self.row(
            "UPDATE delivery SET tries = tries + 1 WHERE seq = (\
             SELECT seq FROM delivery WHERE workflow = ?1 AND state = 0 AND lane AND (due <= ?2 OR tries > 0) \
             ORDER BY tries = 0, seq LIMIT 1) RETURNING seq, event, tries",
            params![workflow, now],
            |row| Ok((row.get(0)?, text(row, 1)?, row.get(2)?)),
        )
    }

    /// Gives a lane back, due when its next mail is; says whether it has some, now or later.
    pub(super) fn free_lane(&self, workflow: i64, now: i64) -> Result<bool, StoreError> {
        let due = self.row(
            "UPDATE workflow SET busy = NULL, due = CASE WHEN control = 'cancel' THEN NULL ELSE coalesce(\
             (SELECT due FROM delivery WHERE workflow = ?1 AND state = 0 AND lane AND (tries = 0) = 0 ORDER BY seq LIMIT 1), \
             (SELECT ?2 FROM delivery WHERE workflow = ?1 AND state = 0 AND lane AND due <= ?2 LIMIT 1), \
             (SELECT min(due) FROM delivery WHERE workflow = ?1 AND state = 0 AND lane)) END \
             WHERE id = ?1 RETURNING due",
            params![workflow, now],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        Ok(due.flatten().is_some())
    }

    pub(super) fn look_out(&self, served: &[Served], now: i64) -> Result<Outlook, StoreError> {
        let (mut ready, mut next) = (false, None);
        for served in served {
            let sql = if served.lane {
                "SELECT min(due) FROM workflow WHERE busy IS NULL AND due IS NOT NULL AND control = 'run' \
                 AND consumer = ?1 AND version = ?2 AND due > ?3"
            } else {
                "SELECT min(due) FROM delivery WHERE state = 0 AND NOT lane AND domain = '' \
                 AND consumer = ?1 AND version = ?2 AND due > ?3"
            };
            let after = |time: i64| -> Result<Option<i64>, StoreError> {
                let values = params![served.consumer, served.version, time];
                Ok(self.row(sql, values, |row| row.get::<_, Option<i64>>(0))?.flatten())
            };
            let mut due = after(i64::MIN)?;
            if due.is_some_and(|due| due <= now) {
                // What comes later counts as well: after the claim nobody looks again.
                (ready, due) = (true, after(now)?);
            }
            next = [next, due].into_iter().flatten().min();
        }
        Ok(Outlook { ready, next })
    }
}

fn limit(room: usize) -> i64 {
    i64::try_from(room).unwrap_or(i64::MAX)
}
