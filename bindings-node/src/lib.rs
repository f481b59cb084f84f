//! The crossing between JavaScript and the core: JSON text goes in, JSON text comes out (ARCHITECTURE §3).
//!
//! Nothing here decides anything. `ts/` is the typed face over these functions; an answer that begins with `!` is a
//! failure as JSON.
#![allow(unsafe_code)] // what `#[napi]` expands to; the only unsafe code of ours is in `text`
#![allow(unreachable_pub)] // exported to JavaScript, not to Rust
#![cfg_attr(test, allow(dead_code, unused_imports))] // `#[napi]` exports nothing in a test build, which linting all targets makes

mod broker;
mod chart;
mod cli;
mod contract;
mod domain;
mod environment;
mod error;
mod event;
mod execution;
mod expression;
mod factory;
mod history;
mod host;
mod known;
mod later;
mod machine;
mod machine_host;
mod memory;
mod notes;
mod numbers;
mod orchestrator;
mod plan;
mod post;
mod recent;
mod resumable;
mod source;
mod store;
mod subject;
mod suite;
mod telemetry;
mod text;
mod version;
mod worker;
mod workflow;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
