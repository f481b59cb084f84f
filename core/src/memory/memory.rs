//! The interface of a memory that a user implements (SPEC §14).

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use super::in_memory::InMemory;
use super::record::Record;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Where workflows are kept, keyed by subject. Another memory than [`InMemory`](super::InMemory) is as safe as its
/// own lock, unless `write` compares what it holds with `previous` and fails when they differ: then no update is
/// ever lost, with or without a lock.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use arvo::{BoxError, Memory, Record};
///
/// #[derive(Default)]
/// struct Map(Mutex<HashMap<String, Record>>);
///
/// impl Memory for Map {
///     async fn read(&self, id: &str) -> Result<Option<Record>, BoxError> {
///         Ok(self.0.lock().map_err(|_| "poisoned")?.get(id).cloned())
///     }
///     async fn write(&self, id: &str, record: Record, previous: Option<Record>) -> Result<(), BoxError> {
///         let mut map = self.0.lock().map_err(|_| "poisoned")?;
///         if map.get(id) != previous.as_ref() {
///             return Err("somebody else wrote first".into());
///         }
///         map.insert(id.to_owned(), record);
///         Ok(())
///     }
///     async fn lock(&self, _id: &str) -> Result<bool, BoxError> { Ok(true) }
///     async fn unlock(&self, _id: &str) -> Result<bool, BoxError> { Ok(true) }
/// }
/// ```
pub trait Memory: Send + Sync + 'static {
    /// The record kept for `id`, if there is one.
    fn read(&self, id: &str) -> impl Future<Output = Result<Option<Record>, BoxError>> + Send;

    /// Keeps `record` for `id`. `previous` is what was read before; failing when another one is kept by now loses no
    /// update.
    fn write(
        &self,
        id: &str,
        record: Record,
        previous: Option<Record>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Locks `id`; `false` when somebody else holds the lock.
    fn lock(&self, id: &str) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Gives the lock back.
    fn unlock(&self, id: &str) -> impl Future<Output = Result<bool, BoxError>> + Send;
}

/// Where a workflow is kept.
#[derive(Clone)]
pub(crate) enum Keeping {
    InProcess(InMemory),
    Own(Arc<dyn ErasedMemory>),
}

type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// [`Memory`] behind a pointer.
pub(crate) trait ErasedMemory: Send + Sync {
    fn read<'a>(&'a self, id: &'a str) -> Answering<'a, Option<Record>>;
    fn write<'a>(&'a self, id: &'a str, record: Record, previous: Option<Record>) -> Answering<'a, ()>;
    fn lock<'a>(&'a self, id: &'a str) -> Answering<'a, bool>;
    fn unlock<'a>(&'a self, id: &'a str) -> Answering<'a, bool>;
}

impl<M: Memory> ErasedMemory for M {
    fn read<'a>(&'a self, id: &'a str) -> Answering<'a, Option<Record>> {
        Box::pin(Memory::read(self, id))
    }

    fn write<'a>(&'a self, id: &'a str, record: Record, previous: Option<Record>) -> Answering<'a, ()> {
        Box::pin(Memory::write(self, id, record, previous))
    }

    fn lock<'a>(&'a self, id: &'a str) -> Answering<'a, bool> {
        Box::pin(Memory::lock(self, id))
    }

    fn unlock<'a>(&'a self, id: &'a str) -> Answering<'a, bool> {
        Box::pin(Memory::unlock(self, id))
    }
}
