//! The suite: what is tested, by which cases.

use std::sync::Arc;

use super::case::Case;

/// Cases, and the handlers or functions that each of them is run on.
///
/// ```
/// let suite = arvo::suite::Suite::read(r##"{
///     "config": {"handler": "com.calc.add"},
///     "cases": [{"name": "adds", "steps": [{
///         "input": {"type": "com.calc.add", "dataschema": "#/svc/calc/1.0.0", "data": {"a": 1, "b": 2}},
///         "expectedEvents": {"$eq": [{"$ref": "events.0.data.sum"}, 3]}
///     }]}]
/// }"##)?;
/// assert_eq!(suite.configs[0].group(), "Test<com.calc.add>");
/// assert_eq!(suite.cases[0].name(), "adds");
/// # Ok::<(), arvo::suite::SuiteError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Suite {
    /// What is tested, at least one.
    pub configs: Vec<Config>,
    /// By what, at least one; each runs on each config.
    pub cases: Vec<Arc<Case>>,
}

impl Suite {
    /// A suite of these cases, each run on each config.
    pub fn new(configs: impl IntoIterator<Item = Config>, cases: impl IntoIterator<Item = Case>) -> Self {
        Self { configs: configs.into_iter().collect(), cases: cases.into_iter().map(Arc::new).collect() }
    }
}

/// One thing that is tested.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// What a runner's report calls it, if it is said.
    pub name: Option<String>,
    /// What it is.
    pub target: Target,
}

/// What runs the events of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// The handler or workflow of this source: the type of event that its contract accepts.
    Handler(String),
    /// A function of the program's, by the name that the program gives it; empty for one without a name.
    Function(String),
}

impl Config {
    /// What is tested, without a name of its own.
    pub fn new(target: Target) -> Self {
        Self { name: None, target }
    }

    /// The name of its group of tests: its own, else `Test<…>` around the handler's source or the function's name.
    ///
    /// ```
    /// use arvo::suite::{Config, Target};
    /// assert_eq!(Config::new(Target::Function(String::new())).group(), "Test<>");
    /// ```
    pub fn group(&self) -> String {
        match (&self.name, &self.target) {
            (Some(name), _) => name.clone(),
            (None, Target::Handler(source) | Target::Function(source)) => format!("Test<{source}>"),
        }
    }
}
