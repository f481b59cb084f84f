//! Handlers: stateless services bound to a contract (SPEC §10), for Rust users.

mod builder;
mod failure;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod handler;
mod input;

pub use builder::HandlerBuilder;
pub use failure::Failure;
pub use handler::{BoxError, Handler};
pub use input::{Input, IntoOutputs};
