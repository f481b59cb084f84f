//! Test suites for Rust programs: closures and handlers around the core's runs, and the check of contracts.

mod adapter;
mod check;
mod test_suite;
mod tested;

pub use adapter::{TestAdapter, TestReport};
pub use check::{Conforming, conforms};
pub use test_suite::{TestCase, TestCaseBuilder, TestSuite};
pub use tested::Tested;
