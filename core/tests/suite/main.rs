//! The core's integration tests: one binary, a module for each subject.

#![allow(clippy::unwrap_used)] // helpers of tests may stop too

mod floors;
mod hostile;
mod id;
mod subject;
mod uri;
mod version;
