//! The sans-IO lifecycle: an execution gives its next step and takes the answer to it (ARCHITECTURE §1).

mod collected;
mod commit;
mod desk;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod execution;
mod failure;
mod host;
mod in_process;
mod incoming;
mod machine;
mod open;
mod outgoing;
mod output;
mod plan;
mod recorded;
mod resumed;
mod schemas_only;
mod sending;
mod shown;
mod step;
mod workflow;

pub use collected::Collected;
pub use desk::{Desk, DeskError, Ticket};
pub use execution::Execution;
pub(crate) use host::event_json;
pub use host::{Host, Run, Unusable};
pub use output::Output;
pub use plan::{HandlerError, HandlerSpec, OrchestratorSpec, Plan, ResumableSpec, WorkflowDomains};
pub use resumed::{Completion, Resumed};
pub use schemas_only::SchemasOnly;
pub use step::{Answer, Call, Commit, Committed, Found, Locked, Misfit, Outcome, Resumption, Step, Turn, Write};
