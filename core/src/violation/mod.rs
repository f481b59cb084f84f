//! Every way for an execution to fail so that its caller must know (SPEC §9).
//!
//! A violation emits nothing and leaves no trace in state; whoever called `execute` decides to try again. It
//! holds no event: the consumed event is joined to it where it leaves. Texts are the reference's.

mod contract_fault;
mod issue;
mod raised;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod violation;
mod wiring;

pub use contract_fault::{ContractFault, Foreign, Role};
pub use issue::Issue;
pub(crate) use issue::Issues;
pub use raised::{Raised, Token, UserViolation};
pub use violation::{Violation, ViolationKind};
pub use wiring::{ConfigFault, ExecutionFault, MachineProblem, TransactionCause};
