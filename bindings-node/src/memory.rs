//! The memory inside the process, as the face holds it: records cross as JSON text.

use arvo::{InMemory, LockGuard, MemoryError, Record};
use napi_derive::napi;
use serde_json::Value;

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// Workflows kept in this process.
#[napi]
pub struct NodeMemory(pub(crate) InMemory);

#[napi]
impl NodeMemory {
    /// An empty memory.
    #[napi(constructor, catch_unwind)]
    #[allow(clippy::new_without_default)] // JavaScript knows constructors alone
    pub fn new() -> Self {
        Self(InMemory::new())
    }

    /// The record kept for `id`, or `null`.
    #[napi(catch_unwind)]
    pub fn read(&self, id: String) -> Text {
        told(self.0.read(&id), |kept| kept.map_or_else(|| "null".to_owned(), |kept| kept.record.text().to_owned()))
    }

    /// Keeps a record; there is none in an empty text.
    #[napi(catch_unwind)]
    pub fn write(&self, id: String, record: String) -> Text {
        let record = if record.is_empty() { Err(MemoryError::NoRecord) } else { Ok(Record::from_text(record)) };
        told(record.and_then(|record| self.0.put(&id, record)), |()| "null".to_owned())
    }

    /// Locks `id`: `false` where it is locked.
    #[napi(catch_unwind)]
    pub fn lock(&self, id: String) -> Text {
        told(self.0.lock(&id, environment::current().now()), |guard| {
            let locked = guard.is_some();
            guard.into_iter().for_each(LockGuard::keep);
            Value::Bool(locked).to_string()
        })
    }

    /// Ends whatever lock there is on `id`.
    #[napi(catch_unwind)]
    pub fn unlock(&self, id: String) -> Text {
        told(self.0.unlock(&id), |done| Value::Bool(done).to_string())
    }

    /// Forgets record and lock of `id`, or everything.
    #[napi(catch_unwind)]
    pub fn clear(&self, id: Option<String>) {
        self.0.clear(id.as_deref());
    }

    /// How many records are kept.
    #[napi(catch_unwind)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

fn told<T>(result: Result<T, MemoryError>, show: impl FnOnce(T) -> String) -> Text {
    answer(result.map(show).map_err(|error| Failure::new("memory", error)))
}
