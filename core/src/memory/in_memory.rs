//! The memory inside the process: records with their revisions, and locks that end with their execution (SPEC §14).

use std::fmt;

use foldhash::HashMap;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::record::Record;

/// How long a lock lives whose execution is forgotten, in milliseconds.
const LOCK_LIFE: i64 = 30_000;

/// Workflows kept in this process. Clones share what they keep.
///
/// A write compares revisions, so of two executions that read the same record one loses; the lock only saves the
/// loser's work.
///
/// ```
/// use arvo::{InMemory, Record};
///
/// let memory = InMemory::new();
/// let lock = memory.lock("s", 0)?;
/// assert!(lock.is_some());
/// assert!(memory.lock("s", 0)?.is_none());
/// assert!(memory.write("s", Record::from_text("{}"), None)?);
/// assert!(!memory.write("s", Record::from_text("{}"), None)?, "somebody wrote in between");
/// let stored = memory.read("s")?.ok_or(arvo::MemoryError::NoRecord)?;
/// assert!(memory.write("s", Record::from_text("{}"), Some(stored.revision))?);
/// # Ok::<(), arvo::MemoryError>(())
/// ```
#[derive(Clone, Default)]
pub struct InMemory(Arc<Shared>);

#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    records: HashMap<Arc<str>, Stored>,
    locks: HashMap<Arc<str>, Held>,
    last: u64,
}

struct Held {
    number: u64,
    until: i64,
}

/// A record with the revision that the memory keeps beside it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The record.
    pub record: Record,
    /// Changes with each write.
    pub revision: u64,
}

impl InMemory {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// The record kept for `id`, if there is one.
    ///
    /// # Errors
    /// [`MemoryError::EmptyId`].
    pub fn read(&self, id: &str) -> Result<Option<Stored>, MemoryError> {
        named(id, "read")?;
        Ok(self.state().records.get(id).cloned())
    }

    /// Keeps `record` for `id`, if the revision kept is still the one given (`None`: no record yet). `false` says
    /// that somebody else wrote first; nothing has changed then.
    ///
    /// # Errors
    /// [`MemoryError::EmptyId`].
    pub fn write(&self, id: &str, record: Record, revision: Option<u64>) -> Result<bool, MemoryError> {
        named(id, "write")?;
        let mut state = self.state();
        let State { records, last, .. } = &mut *state;
        let kept = records.get_mut(id);
        if kept.as_deref().map(|stored| stored.revision) != revision {
            return Ok(false);
        }
        *last += 1;
        let stored = Stored { record, revision: *last };
        match kept {
            Some(kept) => *kept = stored,
            None => drop(records.insert(id.into(), stored)),
        }
        Ok(true)
    }

    /// Locks `id` at the time `now` (milliseconds since 1970). The lock ends when the guard is dropped, or 30 s
    /// later; `None` says that somebody else holds it.
    ///
    /// # Errors
    /// [`MemoryError::EmptyId`].
    pub fn lock(&self, id: &str, now: i64) -> Result<Option<LockGuard>, MemoryError> {
        named(id, "lock")?;
        let mut state = self.state();
        if state.locks.get(id).is_some_and(|held| held.until > now) {
            return Ok(None);
        }
        state.last += 1;
        let number = state.last;
        let id: Arc<str> = id.into();
        state.locks.insert(id.clone(), Held { number, until: now.saturating_add(LOCK_LIFE) });
        Ok(Some(LockGuard { memory: Arc::downgrade(&self.0), id, number }))
    }

    /// Ends whatever lock there is on `id`; `true` always, as the reference's.
    ///
    /// # Errors
    /// [`MemoryError::EmptyId`].
    pub fn unlock(&self, id: &str) -> Result<bool, MemoryError> {
        named(id, "unlock")?;
        self.state().locks.remove(id);
        Ok(true)
    }

    /// Keeps `record` for `id`, whatever is kept now: for setting a memory up, not for workflows at work.
    ///
    /// # Errors
    /// [`MemoryError::EmptyId`].
    pub fn put(&self, id: &str, record: Record) -> Result<(), MemoryError> {
        named(id, "write")?;
        let mut state = self.state();
        state.last += 1;
        let stored = Stored { record, revision: state.last };
        state.records.insert(id.into(), stored);
        Ok(())
    }

    /// Forgets record and lock of `id`, or everything.
    pub fn clear(&self, id: Option<&str>) {
        let mut state = self.state();
        match id {
            Some(id) => {
                state.records.remove(id);
                state.locks.remove(id);
            }
            None => {
                state.records.clear();
                state.locks.clear();
            }
        }
    }

    /// How many records are kept.
    pub fn len(&self) -> usize {
        self.state().records.len()
    }

    /// Whether no record is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

impl Shared {
    /// Nothing below can panic half-way, so a poisoned lock guards a whole state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemory").field("records", &self.len()).finish_non_exhaustive()
    }
}

/// A lock in an [`InMemory`]; dropping it gives it back, unless its time was over and somebody else holds it now.
#[must_use]
pub struct LockGuard {
    memory: Weak<Shared>,
    id: Arc<str>,
    number: u64,
}

impl LockGuard {
    /// Lets the lock live on without the guard, until [`InMemory::unlock`] or its time is over.
    pub fn keep(mut self) {
        self.memory = Weak::new();
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        let Some(memory) = self.memory.upgrade() else { return };
        let mut state = memory.state();
        if state.locks.get(&self.id).is_some_and(|held| held.number == self.number) {
            state.locks.remove(&self.id);
        }
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard").field("id", &self.id).finish_non_exhaustive()
    }
}

fn named(id: &str, operation: &'static str) -> Result<(), MemoryError> {
    if id.is_empty() { Err(MemoryError::EmptyId { operation }) } else { Ok(()) }
}

/// Why an [`InMemory`] refuses a call.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The key is empty.
    #[error("Machine ID is required for {operation} operation")]
    EmptyId {
        /// `read`, `write`, `lock` or `unlock`.
        operation: &'static str,
    },
    /// There is nothing to write.
    #[error("Data is required for write operation")]
    NoRecord,
}
