//! What the database holds, kept beside it row by row: only what a statement changed is read again, so that each step
//! can be checked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, Row};

use crate::store::{Exchange, Exchanged};

use super::seen::{Seen, Tallies};

/// A row of `delivery`, without its event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Mail {
    pub(super) workflow: i64,
    pub(super) consumer: String,
    pub(super) version: String,
    pub(super) domain: String,
    pub(super) id: String,
    pub(super) lane: bool,
    pub(super) cause: Option<i64>,
    pub(super) state: i64,
    pub(super) due: i64,
    pub(super) tries: i64,
    pub(super) worker: Option<i64>,
    pub(super) epoch: i64,
}

/// A row of `workflow`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Flow {
    pub(super) subject: String,
    pub(super) consumer: Option<String>,
    pub(super) version: Option<String>,
    pub(super) parent: Option<i64>,
    pub(super) revision: i64,
    pub(super) record: Option<String>,
    pub(super) status: String,
    pub(super) control: String,
    pub(super) due: Option<i64>,
    pub(super) busy: Option<i64>,
    pub(super) epoch: i64,
}

/// What a request did, as far as the rows can't tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fact<'a> {
    Register,
    Exchange(&'a Exchange, &'a Exchanged),
    Leave,
    Publish(&'a [String]),
    Cancel { told: &'a str },
    Retry(i64),
    Drop,
    Answer(i64, &'a [String]),
    Admit,
    Domain,
    Purge,
}

/// The rows, and what is known of their past.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) mails: BTreeMap<i64, Mail>,
    pub(super) flows: BTreeMap<i64, Flow>,
    /// Mails by subject.
    pub(super) of_flow: HashMap<i64, BTreeSet<i64>>,
    /// What was told to come later, by event id.
    pub(super) timers: HashMap<String, i64>,
    /// Deliveries whose place in the order was changed: retried or let in later.
    pub(super) moved: HashSet<i64>,
    /// Deliveries that were dead and tried again.
    pub(super) revived: HashSet<i64>,
    /// Claims that were given, by delivery and epoch.
    pub(super) granted: HashSet<(i64, i64)>,
    /// Deliveries that may run once more: their last run failed, or was overtaken.
    pub(super) excused: HashSet<i64>,
    /// Deliveries that ran.
    pub(super) runs: HashSet<i64>,
    /// The worker that a lane was last claimed by.
    pub(super) last_worker: HashMap<i64, i64>,
    /// Deliveries of subjects that were purged.
    pub(super) gone: HashSet<i64>,
    pub(super) gone_subjects: HashSet<String>,
    /// Deliveries that a lapse or a restart took from their worker in this step.
    pub(super) taken: Vec<i64>,
    pub(super) tallies: Tallies,
}

/// One row before and after.
pub(super) type Change<T> = (i64, Option<T>, Option<T>);

/// What changed in a step.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) mails: Vec<Change<Mail>>,
    pub(super) flows: Vec<Change<Flow>>,
}

/// Has the database note which rows a statement touches, and refuse what says so.
pub(super) const NOTES: &str = "
CREATE TEMP TABLE note (kind INTEGER, id INTEGER);
CREATE TEMP TRIGGER n1 AFTER INSERT ON main.delivery BEGIN INSERT INTO note VALUES (0, NEW.seq); END;
CREATE TEMP TRIGGER n2 AFTER UPDATE ON main.delivery BEGIN INSERT INTO note VALUES (0, NEW.seq); END;
CREATE TEMP TRIGGER n3 AFTER DELETE ON main.delivery BEGIN INSERT INTO note VALUES (0, OLD.seq); END;
CREATE TEMP TRIGGER n4 AFTER INSERT ON main.workflow BEGIN INSERT INTO note VALUES (1, NEW.id); END;
CREATE TEMP TRIGGER n5 AFTER UPDATE ON main.workflow BEGIN INSERT INTO note VALUES (1, NEW.id); END;
CREATE TEMP TRIGGER n6 AFTER DELETE ON main.workflow BEGIN INSERT INTO note VALUES (1, OLD.id); END;
CREATE TEMP TRIGGER r1 BEFORE INSERT ON main.delivery WHEN NEW.event_id LIKE 'refused%'
BEGIN SELECT RAISE(ABORT, 'refused by the test'); END;
CREATE TEMP TRIGGER r2 BEFORE UPDATE ON main.delivery WHEN OLD.failures IS NOT NEW.failures AND NEW.failures LIKE '%refused%once%'
BEGIN SELECT RAISE(ABORT, 'refused by the test'); END;";

/// Empties the database for the next run.
pub(super) const RESET: &str = "
DELETE FROM delivery; DELETE FROM workflow; DELETE FROM worker; DELETE FROM local_domain;
DELETE FROM sqlite_sequence; DELETE FROM temp.note;";

impl Model {
    pub(super) fn hit(&mut self, what: Seen) {
        self.tallies.hit(what);
    }

    /// Reads what changed since the last time.
    pub(super) fn read(&mut self, connection: &Connection) -> rusqlite::Result<Changes> {
        let mut changes = Changes::default();
        let sql = "SELECT n.id, d.workflow, d.consumer, d.version, d.domain, d.event_id, d.lane, d.cause, d.state, d.due, \
                   d.tries, d.worker, d.epoch FROM (SELECT DISTINCT id FROM temp.note WHERE kind = 0) n \
                   LEFT JOIN delivery d ON d.seq = n.id ORDER BY n.id";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let new = mail(row)?;
            changes.mails.push((seq, self.mails.get(&seq).cloned(), new));
        }
        let sql = "SELECT n.id, w.subject, w.consumer, w.version, w.parent, w.revision, w.record, w.status, w.control, \
                   w.due, w.busy, w.epoch FROM (SELECT DISTINCT id FROM temp.note WHERE kind = 1) n \
                   LEFT JOIN workflow w ON w.id = n.id ORDER BY n.id";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let new = flow(row)?;
            changes.flows.push((id, self.flows.get(&id).cloned(), new));
        }
        drop(rows);
        connection.prepare_cached("DELETE FROM temp.note")?.execute([])?;
        Ok(changes)
    }

    /// Takes over what changed.
    pub(super) fn take(&mut self, changes: &Changes) {
        for (id, _, new) in &changes.flows {
            match new {
                Some(new) => drop(self.flows.insert(*id, new.clone())),
                None => {
                    if let Some(flow) = self.flows.remove(id) {
                        self.gone_subjects.insert(flow.subject);
                    }
                    self.of_flow.remove(id);
                }
            }
        }
        for (seq, _, new) in &changes.mails {
            match new {
                Some(new) => {
                    self.of_flow.entry(new.workflow).or_default().insert(*seq);
                    self.mails.insert(*seq, new.clone());
                }
                None => {
                    self.mails.remove(seq);
                    self.gone.insert(*seq);
                }
            }
        }
    }

    /// The mail of a subject, by number.
    pub(super) fn mail_of(&self, workflow: i64) -> impl Iterator<Item = (i64, &Mail)> {
        let all = self.of_flow.get(&workflow).into_iter().flatten();
        all.filter_map(|seq| self.mails.get(seq).map(|mail| (*seq, mail)))
    }
}

fn mail(row: &Row<'_>) -> rusqlite::Result<Option<Mail>> {
    let Some(workflow) = row.get(1)? else { return Ok(None) };
    Ok(Some(Mail {
        workflow,
        consumer: row.get(2)?,
        version: row.get(3)?,
        domain: row.get(4)?,
        id: row.get(5)?,
        lane: row.get(6)?,
        cause: row.get(7)?,
        state: row.get(8)?,
        due: row.get(9)?,
        tries: row.get(10)?,
        worker: row.get(11)?,
        epoch: row.get(12)?,
    }))
}

fn flow(row: &Row<'_>) -> rusqlite::Result<Option<Flow>> {
    let Some(subject) = row.get(1)? else { return Ok(None) };
    Ok(Some(Flow {
        subject,
        consumer: row.get(2)?,
        version: row.get(3)?,
        parent: row.get(4)?,
        revision: row.get(5)?,
        record: row.get(6)?,
        status: row.get(7)?,
        control: row.get(8)?,
        due: row.get(9)?,
        busy: row.get(10)?,
        epoch: row.get(11)?,
    }))
}
