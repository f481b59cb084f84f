//! The store in one SQLite file: several processes and languages at once, nothing to install (STORE).

mod claim;
mod exchange;
mod look;
mod manage;
mod open;
mod produce;
#[path = "backend.rs"]
mod sqlite;

pub use open::Sync;
pub use sqlite::Sqlite;
