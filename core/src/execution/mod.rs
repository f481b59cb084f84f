//! The sans-IO lifecycle: an execution gives its next step and takes the answer to it (ARCHITECTURE §1).

mod commit;
mod desk;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod execution;
mod failure;
mod host;
mod incoming;
mod outgoing;
mod output;
mod plan;
mod step;

pub use desk::{Desk, DeskError, Ticket};
pub use execution::Execution;
pub use host::Host;
pub use output::Output;
pub use plan::{HandlerError, HandlerSpec, Plan};
pub use step::{Answer, Call, Commit, Committed, Misfit, Note, Outcome, Step, Turn};
