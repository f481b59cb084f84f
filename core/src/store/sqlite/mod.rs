//! The store in one SQLite file: several processes and languages at once, nothing to install (STORE).

mod claim;
mod connection;
mod depth;
mod exchange;
mod look;
mod manage;
mod open;
mod produce;
mod query;

pub use connection::Sqlite;
pub use open::Sync;
