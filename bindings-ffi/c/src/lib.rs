//! The C library `libarvo`. `include/arvo.h`, written by hand, is its contract: every `// SAFETY:` here names the
//! paragraph of that header which it rests on.
#![allow(unsafe_code)] // a C ABI is made of it
#![allow(unreachable_pub)] // exported by symbol, not by path

mod actions;
mod args;
mod boundary;
mod broker;
mod broker_calls;
mod builder;
mod chart;
mod conforms;
mod contract;
mod contract_builder;
mod environment;
mod error;
mod event;
mod execution;
mod execution_calls;
mod exports;
mod expression;
mod factory;
mod failure;
mod free;
mod functions;
mod handle;
mod handler;
mod history;
mod host;
mod identity;
mod input;
mod machine;
mod machine_builder;
mod machine_host;
mod memory;
mod names;
mod orchestrator;
mod outputs;
mod pointer;
mod resumable;
mod resumed;
mod run;
mod schema;
mod span;
mod store;
mod store_look;
mod store_manage;
mod suite;
mod suite_calls;
mod telemetry;
mod telemetry_calls;
mod text;
mod user;
mod value;
mod value_set;
mod worker;
mod worker_calls;
