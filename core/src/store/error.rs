//! Why a store did not do what it was asked; each says what to do about it.

use crate::domain::DomainNameError;

/// Why a store refused or failed. Nothing was changed by a request that ends with one of these, but for
/// [`StoreError::Lost`], after which nobody knows.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no store that is known here.
    #[error(
        "store {url:?}: {why}; write sqlite:PATH, for example sqlite:shop.db or sqlite:/var/lib/shop.db?synchronous=normal"
    )]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file can't be opened or made.
    #[error("the store {path} can't be opened: {why}; is the folder there, and may this user write in it?")]
    Open {
        /// The file.
        path: String,
        /// The system's words.
        why: String,
    },
    /// The file is a database of something else.
    #[error("{path} is a database, but no store of Arvo; name another file")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file is damaged.
    #[error("the store is damaged: {why}; stop all workers, keep a copy of the file, and restore the last backup")]
    Corrupt {
        /// The database's words.
        why: String,
    },
    /// A newer Arvo has written the file.
    #[error("the store has version {found}, this program knows {known}; use the newer program, nothing was changed")]
    Newer {
        /// Version in the file.
        found: i64,
        /// Version of this program.
        known: i64,
    },
    /// The file can be read, not written.
    #[error("the store can't be written: the file or its folder is read-only for this user")]
    ReadOnly,
    /// No room is left.
    #[error("the store can't be written: the disk is full; nothing was changed, free some room and go on")]
    Full,
    /// The system failed the database: its disk, its file system, its memory.
    #[error("the store's file can't be read or written: {why}; nothing was changed, see to the disk and go on")]
    Io {
        /// The database's words.
        why: String,
    },
    /// Another process held the file for too long.
    #[error(
        "another process kept the store locked for {seconds} s; is one stopped in a debugger, or is a backup at work?"
    )]
    Busy {
        /// How long this one waited.
        seconds: u64,
    },
    /// The process was forked after the store was opened.
    #[error(
        "this process was forked after it opened the store; open the store after the fork, in each process its own"
    )]
    Forked,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The request's answer was lost with the store's thread; whether it took effect is not known.
    #[error("the store's thread ended in mid-work; open the store again: what was committed is there")]
    Lost,
    /// An event says not where it goes.
    #[error("event {id} has no \"to\": it can't be stored; set the type of whoever shall handle it")]
    NoAddress {
        /// The event.
        id: String,
    },
    /// An event, or the record of a workflow, that nobody could read again.
    #[error(
        "{what} of {size} bytes is over the limit of {limit}, and is not stored; keep the large parts elsewhere and send a reference, or raise the limit for all who read it"
    )]
    TooLarge {
        /// Which.
        what: String,
        /// Bytes of its text.
        size: usize,
        /// Bytes allowed: `Limits::event` or `Limits::record`.
        limit: usize,
    },
    /// A text is no name of a domain.
    #[error(transparent)]
    Domain(#[from] DomainNameError),
    /// There is no such workflow.
    #[error("the store knows no subject {subject:?}")]
    UnknownSubject {
        /// As given.
        subject: String,
    },
    /// There is no such delivery.
    #[error("the store has no delivery {seq}")]
    UnknownDelivery {
        /// As given.
        seq: i64,
    },
    /// The delivery is not in a state for that.
    #[error("delivery {seq} is {found}, only one that is {wanted} can be {action}")]
    State {
        /// The delivery.
        seq: i64,
        /// What it is.
        found: &'static str,
        /// What it would have to be.
        wanted: &'static str,
        /// What was asked.
        action: &'static str,
    },
    /// The workflow has ended.
    #[error("workflow {subject:?} has ended ({status}); only one that goes on can be cancelled")]
    Ended {
        /// The workflow.
        subject: String,
        /// How it ended.
        status: &'static str,
    },
    /// A query that would write.
    #[error("only statements that read are allowed here: {sql}")]
    NotReading {
        /// The statement.
        sql: String,
    },
    /// The database refused a statement.
    #[error("the database refused: {why}")]
    Sql {
        /// Its words.
        why: String,
    },
}

impl StoreError {
    /// Whether trying again can't help.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Forked | Self::Closed | Self::Lost | Self::Corrupt { .. } | Self::Newer { .. } | Self::Foreign { .. }
        )
    }
}
