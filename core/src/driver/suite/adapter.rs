//! Where the results of a suite go: a program's own test runner, or a report that panics.

use std::fmt::{self, Write as _};

use crate::suite::Verdict;

/// A test runner, as a suite sees it.
pub trait TestAdapter {
    /// A group begins; the tests that follow belong to it.
    fn describe(&mut self, group: &str);

    /// Called before each test.
    fn before(&mut self) {}

    /// A test has ended so.
    fn test(&mut self, name: &str, verdict: &Verdict);
}

/// The adapter for `#[test]`: keeps all results; [`TestReport::assert`] panics with those that failed.
///
/// ```
/// use arvo::{TestAdapter, TestReport, suite::Verdict};
///
/// let mut report = TestReport::default();
/// report.describe("Test<com.calc.add>");
/// report.test("adds", &Verdict::Passed);
/// report.assert();
/// report.test("subtracts", &Verdict::Failed("Step 1: Expected error but function succeeded".into()));
/// assert!(report.to_string().starts_with("1 of 2 tests failed"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    group: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    group: String,
    name: String,
    verdict: Verdict,
}

impl TestReport {
    /// How many tests have run.
    pub fn tests(&self) -> usize {
        self.rows.len()
    }

    /// How many of them failed.
    pub fn failed(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict != Verdict::Passed).count()
    }

    /// Ends a test of the program's own runner.
    ///
    /// # Panics
    /// With a table of the failures, if there are any; also if no test has run at all.
    pub fn assert(&self) {
        assert!(self.tests() > 0, "no test has run: the suite has no case or no config");
        assert!(self.failed() == 0, "{self}");
    }
}

impl TestAdapter for TestReport {
    fn describe(&mut self, group: &str) {
        group.clone_into(&mut self.group);
    }

    fn test(&mut self, name: &str, verdict: &Verdict) {
        self.rows.push(Row { group: self.group.clone(), name: name.to_owned(), verdict: verdict.clone() });
    }
}

/// The failures, each below its group.
impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} tests failed", self.failed(), self.tests())?;
        let mut group = None;
        for row in &self.rows {
            let Verdict::Failed(message) = &row.verdict else { continue };
            if group != Some(&row.group) {
                write!(f, "\n\n{}", row.group)?;
                group = Some(&row.group);
            }
            write!(f, "\n  {}", row.name)?;
            for line in message.lines() {
                f.write_str("\n    ")?;
                f.write_str(line)?;
            }
        }
        f.write_char('\n')
    }
}
