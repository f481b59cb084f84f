//! Machine memory: where workflows are kept between their events (SPEC §14).

mod in_memory;
#[allow(clippy::module_inception)] // the file holds the interface of that name
mod memory;
mod record;

pub use in_memory::{InMemory, LockGuard, MemoryError, Stored};
pub(crate) use memory::Keeping;
pub use memory::Memory;
pub(crate) use record::{Content, Expected, Kept, Progress, Workflow, failure};
pub use record::{Record, RecordError};
