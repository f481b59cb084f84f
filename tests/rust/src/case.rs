//! Running one case after the other: which expectation holds, what differs, how many passed.

use std::panic::{self, AssertUnwindSafe};

use serde_json::{Value, json};

use crate::report::Row;

/// The cases of one file, as far as they have run.
pub(crate) struct Run<'a> {
    file: String,
    differences: &'a Value,
    passed: usize,
    failed: usize,
    differing: usize,
}

/// What a check found wrong; nothing if the case passes.
pub(crate) type Problems = Vec<String>;

impl<'a> Run<'a> {
    pub(crate) fn new(file: &str, differences: &'a Value) -> Self {
        Self { file: file.to_owned(), differences, passed: 0, failed: 0, differing: 0 }
    }

    /// Runs a case against its expectation: the case's own, ours, or that of `differences.json`.
    pub(crate) fn case(&mut self, group: &str, name: &str, case: &Value, check: impl FnOnce(&Value) -> Problems) {
        let open = json!({"$open": true});
        let expect = match (self.difference(group, name), case.get("oursExpect"), case.get("ours")) {
            (Some(expect), _, _) => {
                self.differing += 1;
                expect
            }
            (None, Some(ours), _) => ours,
            (None, None, Some(_)) => &open,
            (None, None, None) => case.get("expect").unwrap_or(&Value::Null),
        };
        self.check(group, name, || check(expect));
    }

    /// Runs a case whose expectation is not under `expect`.
    pub(crate) fn check(&mut self, group: &str, name: &str, check: impl FnOnce() -> Problems) {
        let problems = panic::catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            vec![format!("panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?"))]
        });
        if problems.is_empty() {
            self.passed += 1;
            return;
        }
        self.failed += 1;
        println!("{} {group}: {name}", self.file);
        for problem in problems {
            println!("    {problem}");
        }
    }

    pub(crate) fn row(self) -> Row {
        Row { file: self.file, passed: self.passed, failed: self.failed, differences: self.differing }
    }

    fn difference(&self, group: &str, name: &str) -> Option<&'a Value> {
        let is_it = |entry: &&Value| {
            let case = &entry["case"];
            entry["file"] == *self.file
                && entry["group"] == group
                && (case == name || case.as_u64().is_some_and(|index| index.to_string() == name))
        };
        self.differences.as_array()?.iter().find(is_it).map(|entry| &entry["expect"])
    }
}

/// The cases of a group; a file that lacks the group has none of them.
pub(crate) fn group<'a>(data: &'a Value, group: &str) -> impl Iterator<Item = &'a Value> {
    data[group].as_array().into_iter().flatten()
}

/// A member that a case must have and that is text.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("the case has no text {key:?}: {value}"))
}
