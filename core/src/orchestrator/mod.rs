//! Orchestrators: workflows as machines (SPEC §11, §12), for Rust users.

mod builder;
mod forms;
mod functions;
mod machine_builder;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod orchestrator;
mod scope;
mod state_builder;

pub use builder::OrchestratorBuilder;
pub use forms::{Action, Guard, Transition};
pub(crate) use functions::{Function, Functions};
pub use machine_builder::{HostedMachine, MachineBuilder};
pub use orchestrator::Orchestrator;
pub(crate) use scope::Seen;
pub use scope::{Enqueue, Scope};
pub use state_builder::StateBuilder;
