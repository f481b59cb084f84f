//! Drivers: `async fn` over the sans-IO values. They await nothing but the user's own futures, so any runtime does.

mod broker;
mod drive;
mod handler;
mod orchestrator;
mod resumable;
mod suite;
mod traced;
#[cfg(feature = "sqlite")]
mod worker;

pub use suite::{Conforming, TestAdapter, TestCase, TestCaseBuilder, TestReport, TestSuite, Tested, conforms};
#[cfg(feature = "sqlite")]
pub use worker::{Serves, Worker, WorkerBuilder, WorkerError, WorkerFailure};
