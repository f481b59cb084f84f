//! From a URL to an open database: its file, its settings, its schema, and what may be wrong with them.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::error::StoreError;

use super::connection::Sqlite;

/// When a commit is real.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sync {
    /// Once the disk has it: power may fail.
    #[default]
    Full,
    /// Once the operating system has it: the process may die at any time, but the last commits may be lost when the
    /// power fails. The file stays consistent.
    Normal,
}

/// Says that a database is a store: "Arvo" in ASCII.
const APPLICATION: i64 = 0x4172_766f;
/// Version of the schema.
pub(crate) const VERSION: i64 = 1;
/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(20);

impl Sqlite {
    /// Opens `sqlite:PATH`, with `?synchronous=full` or `normal` behind it; makes the file if there is none.
    /// `sqlite::memory:` lives as long as the value.
    ///
    /// # Errors
    /// [`StoreError::Url`], and whatever is wrong with the file.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// The same, for a file that is there: none is made.
    ///
    /// # Errors
    /// As [`Sqlite::open`]; [`StoreError::Open`] where there is no such file.
    pub fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, OpenFlags::empty())
    }

    fn open_with(url: &str, flags: OpenFlags) -> Result<Self, StoreError> {
        let (path, sync) = parse(url)?;
        let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| unopened(path, error.into()))?;
        connection.set_prepared_statement_cache_capacity(128);
        connection.busy_handler(Some(patient))?;
        // A plan once made stays: otherwise SQLite parses a statement anew for each value it is given.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        match prepare(&connection, path, sync) {
            Ok(()) => Ok(Self::of(connection, url)),
            Err(error) => Err(unopened(path, error)),
        }
    }
}

fn parse(url: &str) -> Result<(&str, Sync), StoreError> {
    let wrong = |why: &str| StoreError::Url { url: url.to_owned(), why: why.to_owned() };
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Err(wrong(if url.starts_with("postgres") {
            "PostgreSQL is not built in yet"
        } else {
            "no scheme that is known here"
        }));
    };
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        return Err(wrong("it names no file"));
    }
    let sync = match options {
        "" | "synchronous=full" => Sync::Full,
        "synchronous=normal" => Sync::Normal,
        _ => return Err(wrong("after \"?\" only synchronous=full or synchronous=normal is known")),
    };
    Ok((path, sync))
}

fn prepare(connection: &Connection, path: &str, sync: Sync) -> Result<(), StoreError> {
    let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let application = number("application_id")?;
    let is_empty: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && !is_empty {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let found = number("user_version")?;
    if found > VERSION {
        return Err(StoreError::Newer { found, known: VERSION });
    }
    // The journal's mode can't change within a transaction, so it comes first; a file that can't be written says so here.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    let sync = match sync {
        Sync::Full => "FULL",
        Sync::Normal => "NORMAL",
    };
    // Every worker has a cache of its own, which is full after some ten thousand events, behind it that of the system. 4 MB
    // hold what a transaction of a hundred events changes; 16 MB were no faster.
    connection.execute_batch(&format!(
        "PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4000; \
         PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;"
    ))?;
    if found < VERSION {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Another process may have been first.
        if number("user_version")? < VERSION {
            connection.execute_batch(include_str!("schema.sql"))?;
            connection
                .execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"))?;
        }
        connection.execute_batch("COMMIT")?;
    }
    let writable = connection.is_readonly("main").map(|readonly| !readonly)?;
    if writable { Ok(()) } else { Err(StoreError::ReadOnly) }
}

/// Waits a little and asks again: SQLite's own handler sleeps up to a tenth of a second, which is long among workers
/// whose transactions take one or two milliseconds.
fn patient(times: i32) -> bool {
    let wait = Duration::from_micros(match times {
        0..=3 => 100,
        4..=20 => 500,
        _ => 2_000,
    });
    std::thread::sleep(wait);
    wait.saturating_mul(times.unsigned_abs()) < PATIENCE
}

fn unopened(path: &str, error: StoreError) -> StoreError {
    match error {
        StoreError::Sql { why } | StoreError::Io { why } => StoreError::Open { path: path.to_owned(), why },
        other => other,
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { why },
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NoLargeFileSupport
                | ErrorCode::OutOfMemory,
            ) => Self::Io { why },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { seconds: PATIENCE.as_secs() },
            _ => Self::Sql { why },
        }
    }
}
