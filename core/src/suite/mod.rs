//! Test suites that every language runs alike, and the check that a handler keeps its contract (SPEC §17).
//!
//! A [`Suite`] says what to do with a handler and what must come of it. One [`Case`] on one handler is a [`Run`]: a
//! value that says what is [`Next`] and takes the [`Answer`], until it has passed or failed. All rules and texts are
//! in it, so that a language's runner is a loop.

mod breach;
mod case;
mod conforms;
mod crossing;
mod error;
mod generate;
mod input;
mod question;
mod read;
mod run;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod suite;
mod template;
mod thrown;

pub use breach::{Breach, Wrong};
pub use case::{Case, CaseBuilder, Repeat};
pub use conforms::{Conformity, Conforms, Effort, Outcome, Trial};
pub use error::{CaseProblem, SuiteError};
pub use generate::{GenerateError, Generator};
pub use run::{Answer, Misfit, Next, Run, Verdict};
pub use suite::{Config, Suite, Target};
pub use thrown::Thrown;
