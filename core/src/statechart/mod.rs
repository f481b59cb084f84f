//! A statechart interpreter: XState v5 definitions, their synchronous part (STATECHARTS.md).
//!
//! It knows nothing of events, contracts or storage. A [`Chart`] is compiled once; a step takes a [`State`] and an
//! event to the next, calling its [`ChartHost`] for functions; a snapshot is JSON.

mod action;
mod chart;
mod check;
mod compile;
mod configuration;
mod context;
mod definition;
mod describe;
mod error;
mod events;
mod expressions;
mod form;
mod functions;
mod host;
mod keys;
mod label;
mod macrostep;
mod microstep;
mod picture;
mod problem;
mod reach;
mod select;
mod signal;
mod snapshot;
mod target;
mod transition;

pub use chart::{Bounds, Chart, Implementations, Options};
pub(crate) use context::drain_at;
pub use context::parse_context;
pub use definition::Kind;
pub use describe::Description;
pub use error::Error;
pub use events::Given;
pub use expressions::Expressions;
pub use host::*;
pub use macrostep::{Outcome, State, Status, Taken};
pub use picture::Marks;
pub(crate) use problem::nearest;
pub use problem::{Code, Problem, Severity};
pub use signal::{Body, Signal};
pub use snapshot::Snapshot;
