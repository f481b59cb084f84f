//! Durable state: one transaction holds a workflow's record, the consumed event's acknowledgement and the produced
//! events (STORE). User code runs at least once for an event; its record, its answers and the acknowledgement take
//! effect exactly once.

mod backend;
mod cancelled;
mod client;
mod depth;
mod duty;
mod error;
mod find;
mod incoming;
mod look;
mod reply;
mod retry;
mod setting;
mod shift;
mod sqlite;
mod station;
mod task;
mod thread;
mod waiting;

pub use backend::*;
pub use depth::Depth;
pub use duty::{Ask, Duty, Job, Replied, ShiftSpec, Tally};
pub use error::StoreError;
pub use incoming::{Incoming, Named};
pub use look::{Answered, Columns, Counts, Posting, Receipt, Which, WorkflowRow};
pub use reply::Reply;
pub use retry::{Retry, Verdict};
pub use setting::{SettingError, WorkerSettings};
pub use shift::Shift;
pub use sqlite::{Sqlite, Sync};
pub use station::{Station, Taken};
pub use task::{Ended, Task};
pub use thread::Store;
