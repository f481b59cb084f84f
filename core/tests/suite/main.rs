//! The core's integration tests: one binary, a module for each subject.

#![allow(clippy::unwrap_used)] // helpers of tests may stop too

mod support;

mod broker;
#[cfg(feature = "cli")]
mod cli;
mod collected;
mod completion;
mod conforms;
mod contract;
mod desk;
#[cfg(feature = "sqlite")]
mod documents;
mod domain;
mod driver;
mod event;
mod event_codec;
mod execution;
mod expression;
mod factory;
mod faults;
mod first;
mod floors;
mod generate;
mod handler;
mod history;
mod hostile;
mod hostile_input;
mod id;
mod machine;
mod machine_faults;
mod memory;
mod schema;
mod statechart;
#[cfg(feature = "sqlite")]
mod store;
mod subject;
mod suites;
mod test_suite;
mod uri;
mod version;

mod workflow_faults;
mod workflow_interleaving;
mod world;
