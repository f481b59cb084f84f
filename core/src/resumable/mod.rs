//! Resumables: workflows written as functions that are called for every event (SPEC §13), for Rust users.

mod builder;
mod input;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod resumable;

pub use builder::ResumableBuilder;
pub use input::{IntoResumed, ResumableInput};
pub use resumable::Resumable;
