//! The connection, and the interface's methods by the file that has their statements.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, Params, Row};

use crate::environment::Limits;
use crate::store::backend::{Backend, Exchange, Exchanged, Outlook, Place, Reopen, Served, WorkerId};
use crate::store::error::StoreError;
use crate::store::incoming::Incoming;
use crate::store::look::{Answered, Columns, Counts, Posting, Receipt, Which, WorkflowRow};
use crate::store::retry::Retry;

/// A store in one SQLite file. Belongs to one thread at a time.
#[derive(Debug)]
pub struct Sqlite {
    pub(super) connection: Connection,
    /// Where it is.
    url: Box<str>,
    /// Domains whose events are handled here, as this connection last read them.
    pub(super) local: HashSet<String>,
    /// The `data_version` at which it read them.
    pub(super) read_at: Option<i64>,
    pub(super) seen: Option<i64>,
    pub(super) limits: Limits,
}

impl Sqlite {
    pub(super) fn of(connection: Connection, url: &str) -> Self {
        Self { connection, url: url.into(), local: HashSet::new(), read_at: None, seen: None, limits: Limits::DEFAULT }
    }

    /// For tests, which look at the rows.
    #[cfg(feature = "testing")]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs a statement, gives how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Runs a statement, gives its rows.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Runs a statement, gives its first row.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let first = rows.next()?.map(read).transpose()?;
        while rows.next()?.is_some() {} // a statement that writes is done when it has given all its rows
        Ok(first)
    }

    pub(super) fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.row("PRAGMA data_version", [], |row| row.get(0))?.unwrap_or_default())
    }
}

impl Backend for Sqlite {
    fn register(&mut self, name: &str, until: i64, retry: &Retry, now: i64) -> Result<WorkerId, StoreError> {
        self.enlist(name, until, retry, now)
    }

    fn outlook(&mut self, served: &[Served], now: i64) -> Result<Outlook, StoreError> {
        self.look_out(served, now)
    }

    fn exchange(&mut self, exchange: &Exchange, now: i64) -> Result<Exchanged, StoreError> {
        self.settle_and_claim(exchange, now)
    }

    fn leave(&mut self, worker: WorkerId, retry: &Retry, now: i64) -> Result<(), StoreError> {
        self.sign_off(worker, retry, now)
    }

    fn publish(&mut self, events: &[Incoming], now: i64) -> Result<Vec<Receipt>, StoreError> {
        self.read_domains()?;
        events.iter().map(|event| self.take_in(event, now)).collect()
    }

    fn answered(&mut self, seq: i64, now: i64) -> Result<Answered, StoreError> {
        self.find_answer(seq, now)
    }

    fn newest(&mut self) -> Result<i64, StoreError> {
        Ok(self.row("SELECT max(seq) FROM delivery", [], |row| row.get::<_, Option<i64>>(0))?.flatten().unwrap_or(0))
    }

    fn arrived(&mut self, seq: i64) -> Result<Vec<(i64, Place)>, StoreError> {
        let sql = "SELECT seq, workflow, consumer FROM delivery WHERE seq > ?1";
        self.rows(sql, [seq], |row| Ok((row.get(0)?, Place { workflow: row.get(1)?, consumer: row.get(2)? })))
    }

    fn place(&mut self, seq: i64) -> Result<Place, StoreError> {
        let sql = "SELECT workflow, event ->> '$.source' FROM delivery WHERE seq = ?1";
        let found = self.row(sql, [seq], |row| Ok(Place { workflow: row.get(0)?, consumer: row.get(1)? }))?;
        found.ok_or(StoreError::UnknownDelivery { seq })
    }

    fn changed(&mut self) -> Result<bool, StoreError> {
        let now = self.data_version()?;
        Ok(self.seen.replace(now) != Some(now))
    }

    fn workflows(&mut self, which: &Which) -> Result<Vec<WorkflowRow>, StoreError> {
        self.list(which)
    }

    fn workflow(&mut self, subject: &str) -> Result<Option<WorkflowRow>, StoreError> {
        self.find(subject)
    }

    fn tree(&mut self, subject: &str) -> Result<Vec<WorkflowRow>, StoreError> {
        self.walk(subject)
    }

    fn history(&mut self, subject: &str) -> Result<Vec<Posting>, StoreError> {
        self.postings("w.subject = ?1", subject, usize::MAX)
    }

    fn dead(&mut self, limit: usize) -> Result<Vec<Posting>, StoreError> {
        self.postings("d.state = 3 AND ?1 = ''", "", limit)
    }

    fn waiting(&mut self, domain: &str, limit: usize) -> Result<Vec<Posting>, StoreError> {
        self.postings("d.state = 0 AND d.domain <> '' AND d.domain = ?1", domain, limit)
    }

    fn counts(&mut self, now: i64) -> Result<Counts, StoreError> {
        self.count(now)
    }

    fn answer(&mut self, seq: i64, events: &[Incoming], now: i64) -> Result<(), StoreError> {
        self.answer_waiting(seq, events, now)
    }

    fn admit(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        self.admit_waiting(seq, now)
    }

    fn retry(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        self.revive(seq, now)
    }

    fn drop_dead(&mut self, seq: i64, now: i64) -> Result<(), StoreError> {
        self.bury(seq, now)
    }

    fn cancel(&mut self, subject: &str, told: Option<&Incoming>, now: i64) -> Result<Vec<String>, StoreError> {
        self.cancel_tree(subject, told, now)
    }

    fn purge(&mut self, before: i64, limit: usize) -> Result<usize, StoreError> {
        self.remove_ended(before, limit)
    }

    fn removable(&mut self, before: i64) -> Result<usize, StoreError> {
        self.count_ended(before)
    }

    fn domains(&mut self) -> Result<Vec<String>, StoreError> {
        self.rows("SELECT name FROM local_domain ORDER BY name", [], |row| row.get(0))
    }

    fn set_domain(&mut self, domain: &str, local: bool, now: i64) -> Result<usize, StoreError> {
        self.list_domain(domain, local, now)
    }

    fn apart(&self) -> Option<Reopen> {
        self.connection.path().filter(|path| !path.is_empty())?; // without a path it is in memory
        let url = self.url.clone();
        Some(Box::new(move || Ok(Box::new(Self::open_existing(&url)?))))
    }

    fn query(&mut self, sql: &str) -> Result<Columns, StoreError> {
        self.read_only(sql)
    }

    fn backup(&mut self, path: &str) -> Result<(), StoreError> {
        self.run("VACUUM INTO ?1", [path]).map(drop)
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN DEFERRED", []).map(drop)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE", []).map(drop)
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        self.run("SAVEPOINT request", [])?;
        Ok(())
    }

    fn unmark(&mut self, keep: bool) -> Result<(), StoreError> {
        if !keep {
            self.run("ROLLBACK TO request", [])?;
            self.read_at = None;
        }
        self.run("RELEASE request", []).map(drop)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.run("COMMIT", []).map(drop)
    }

    fn rollback(&mut self) {
        self.read_at = None;
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK"); // nothing else can be done; the next begin tells
        }
    }
}

/// JSON text out of a column, shared.
pub(super) fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<Arc<str>> {
    Ok(row.get_ref(at)?.as_str()?.into())
}
