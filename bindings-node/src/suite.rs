//! Test suites and the check of contracts: what is next goes to the face as JSON, what came of it comes back.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::VersionedContract;
use arvo::suite::{Answer, Case, Config, Conforms, Effort, Outcome, Run, Suite, SuiteError, Target};
use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;

use crate::environment;
use crate::error::Failure;
use crate::plan::NodePlan;
use crate::text::Text;
use crate::workflow::NodeWorkflow;

/// A suite, read.
#[napi]
pub struct NodeSuite(Suite);

/// Cases that the program writes, and what they are run on.
#[derive(Deserialize)]
struct Written {
    configs: Vec<WrittenConfig>,
    /// Each as [`Case::read`] takes it.
    cases: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct WrittenConfig {
    name: Option<String>,
    handler: Option<String>,
    function: Option<String>,
}

/// Reads a suite of a file.
#[napi(catch_unwind)]
pub fn read_suite(text: String) -> Either<NodeSuite, Text> {
    made(Suite::read(&text).map_err(Failure::from))
}

/// Takes a suite of the program's.
#[napi(catch_unwind)]
pub fn write_suite(written: String) -> Either<NodeSuite, Text> {
    let suite = || {
        let written: Written = serde_json::from_str(&written).map_err(|error| Failure::new("suite", error))?;
        let configs = written.configs.into_iter().map(|WrittenConfig { name, handler, function }| {
            let mut config = Config::new(match handler {
                Some(source) => Target::Handler(source),
                None => Target::Function(function.unwrap_or_default()),
            });
            config.name = name;
            config
        });
        let cases = written.cases.iter().map(|case| Case::read(&case.to_string()));
        Ok(Suite::new(configs.collect::<Vec<_>>(), cases.collect::<Result<Vec<_>, _>>()?))
    };
    made(suite())
}

fn made(suite: Result<Suite, Failure>) -> Either<NodeSuite, Text> {
    match suite {
        Ok(suite) => Either::A(NodeSuite(suite)),
        Err(failure) => Either::B(failure.into()),
    }
}

impl From<SuiteError> for Failure {
    fn from(error: SuiteError) -> Self {
        Self::new("suite", error)
    }
}

#[napi]
impl NodeSuite {
    /// Its groups, what each tests, and the names of its cases, as JSON.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Text {
        let group = |config: &Config| match &config.target {
            Target::Handler(source) => json!({"name": config.group(), "handler": source}),
            Target::Function(name) => json!({"name": config.group(), "function": name}),
        };
        let groups: Vec<_> = self.0.configs.iter().map(group).collect();
        let cases: Vec<_> = self.0.cases.iter().map(|case| case.name()).collect();
        json!({"groups": groups, "cases": cases}).into()
    }

    /// Begins a case.
    #[napi(catch_unwind)]
    pub fn run(&self, case: u32) -> Option<NodeRun> {
        let case = self.0.cases.get(case as usize)?;
        Some(NodeRun(RefCell::new(Run::new(case, &environment::current()))))
    }
}

/// One case on its way.
#[napi]
pub struct NodeRun(RefCell<Run>);

#[napi]
impl NodeRun {
    /// What is next.
    #[napi(catch_unwind)]
    pub fn next(&self) -> Text {
        self.0.borrow().next().to_json().into()
    }

    /// Takes the answer to that; empty, or why it is none.
    #[napi(catch_unwind)]
    pub fn answer(&self, answer: String) -> Text {
        let taken = Answer::from_json(&answer)
            .map_err(Failure::from)
            .and_then(|answer| self.0.borrow_mut().answer(answer).map_err(|misfit| Failure::new("driver", misfit)));
        crate::error::answer(taken.map(|()| String::new()))
    }
}

/// The check of one handler, on its way.
#[napi]
pub struct NodeConforms(RefCell<Conforms>);

#[derive(Deserialize)]
struct Param {
    /// A number as text, since it has more digits than JavaScript's, or any other text.
    seed: Option<String>,
    valid: Option<usize>,
    invalid: Option<usize>,
}

/// Begins the check of a handler or workflow.
#[napi(catch_unwind)]
pub fn begin_conforms(
    tested: Either<ClassInstance<'_, NodePlan>, ClassInstance<'_, NodeWorkflow>>,
    param: String,
) -> Either<NodeConforms, Text> {
    let plan = match &tested {
        Either::A(handler) => Arc::clone(&handler.plan),
        Either::B(workflow) => Arc::clone(&workflow.flow.plan),
    };
    let begin = || {
        let Param { seed, valid, invalid } =
            serde_json::from_str(&param).map_err(|error| Failure::new("suite", error))?;
        let environment = environment::current();
        let seed = match seed {
            Some(seed) => Effort::seed_of(&seed),
            None => environment.uuid().as_u64_pair().0,
        };
        let mut effort = Effort::new(seed);
        effort.valid = valid.unwrap_or(effort.valid);
        effort.invalid = invalid.unwrap_or(effort.invalid);
        let served = plan.served_versions();
        let is_served = |version: &VersionedContract| served.iter().any(|of| of == version.version().as_str());
        let versions: Vec<_> = plan.contract().versions().filter(is_served).collect();
        Ok::<_, Failure>(NodeConforms(RefCell::new(Conforms::new(versions, effort, &environment))))
    };
    match begin() {
        Ok(check) => Either::A(check),
        Err(failure) => Either::B(failure.into()),
    }
}

#[napi]
impl NodeConforms {
    /// What is next.
    #[napi(catch_unwind)]
    pub fn next(&self) -> Text {
        self.0.borrow().next().to_json().into()
    }

    /// Takes what came of it; empty, or why it is no answer.
    #[napi(catch_unwind)]
    pub fn answer(&self, outcome: String) -> Text {
        let taken = Outcome::from_json(&outcome).map_err(Failure::from).and_then(|(outcome, calls)| {
            self.0.borrow_mut().answer(outcome, calls).map_err(|misfit| Failure::new("driver", misfit))
        });
        crate::error::answer(taken.map(|()| String::new()))
    }
}
