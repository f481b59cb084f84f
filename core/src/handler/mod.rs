//! Handlers: stateless services bound to a contract (SPEC §10), for Rust users.

mod builder;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod handler;
mod input;

pub use builder::HandlerBuilder;
pub(crate) use handler::Function;
pub use handler::{BoxError, Handler};
pub use input::{Input, IntoOutputs};
