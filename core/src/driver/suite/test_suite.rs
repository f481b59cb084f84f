//! Suites of Rust programs: cases of closures or of a file, on handlers, workflows and functions.

use std::fmt;
use std::sync::Arc;

use super::adapter::TestAdapter;
use super::tested::Tested;
use crate::environment::Environment;
use crate::event::Event;
use crate::handler::BoxError;
use crate::suite::{Answer, Case, CaseBuilder, Config, Next, Repeat, Run, Suite, SuiteError, Target, Thrown, Verdict};

type Making = Box<dyn Fn(Option<&[Event]>) -> Result<Event, BoxError> + Send + Sync>;
type OfEvents = Box<dyn Fn(&[Event]) -> Result<bool, BoxError> + Send + Sync>;
type OfError = Box<dyn Fn(&Thrown) -> Result<bool, BoxError> + Send + Sync>;

/// Cases and what they are run on. With closures:
///
/// ```
/// use arvo::{EventDraft, Environment, TestCase, TestReport, TestSuite, Tested};
/// use serde_json::json;
///
/// let ping = |n: u32| EventDraft::new("com.me.app", "com.test.ping").subject("s").data(json!({"n": n}));
/// let case = TestCase::new("gives back what it got")
///     .step(move |_| Ok(ping(1).build(&Environment::shared())?))
///     .step_for_events(
///         |previous| previous.and_then(|events| events.first()).cloned().ok_or("the first step emitted nothing".into()),
///         |events| Ok(events[0].data()?["n"] == 1),
///     )
///     .build()?;
/// let mut report = TestReport::default();
/// let suite = TestSuite::new().on(Tested::function("echo", |event| async { Ok(vec![event]) })).case(case);
/// futures_executor::block_on(suite.run(&mut report));
/// report.assert();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it does nothing before `run`"]
pub struct TestSuite {
    configs: Vec<Config>,
    /// Whether a file says what is tested: then what is given is only looked up.
    of_file: bool,
    given: Vec<Tested>,
    cases: Vec<TestCase>,
    environment: Arc<Environment>,
}

impl TestSuite {
    /// A suite of closures, of nothing yet.
    pub fn new() -> Self {
        Self {
            configs: Vec::new(),
            of_file: false,
            given: Vec::new(),
            cases: Vec::new(),
            environment: Environment::shared(),
        }
    }

    /// A suite of a file: give it the handlers and functions that the file names.
    pub fn of(suite: Suite) -> Self {
        let cases = suite.cases.into_iter().map(|case| TestCase { case, functions: Vec::new() }).collect();
        Self { configs: suite.configs, of_file: true, cases, ..Self::new() }
    }

    /// Tests this one, or gives it to the file that names it.
    pub fn on(mut self, tested: impl Into<Tested>) -> Self {
        let tested = tested.into();
        if !self.of_file {
            self.configs.push(Config::new(tested.target()));
        }
        self.given.push(tested);
        self
    }

    /// The same, with a name for its group of tests.
    pub fn on_named(self, name: impl Into<String>, tested: impl Into<Tested>) -> Self {
        let mut suite = self.on(tested);
        if !suite.of_file
            && let Some(config) = suite.configs.last_mut()
        {
            config.name = Some(name.into());
        }
        suite
    }

    /// Adds a case.
    pub fn case(mut self, case: TestCase) -> Self {
        self.cases.push(case);
        self
    }

    /// Time and ids of the events that a file's cases make; those of the machine when left out.
    pub fn environment(mut self, environment: Arc<Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// Runs every case on every config, one after the other.
    pub async fn run(&self, adapter: &mut (dyn TestAdapter + Send)) {
        for config in &self.configs {
            adapter.describe(&config.group());
            for case in &self.cases {
                adapter.before();
                let verdict = match self.given.iter().find(|given| given.target() == config.target) {
                    Some(tested) => case.run(tested, &self.environment).await,
                    None => Verdict::Failed(self.nothing_given(&config.target)),
                };
                adapter.test(case.case.name(), &verdict);
            }
        }
    }

    fn nothing_given(&self, target: &Target) -> String {
        let name = |target: &Target| match target {
            Target::Handler(source) => format!("handler {source}"),
            Target::Function(name) => format!("function {name}"),
        };
        let given: Vec<String> = self.given.iter().map(|given| name(&given.target())).collect();
        let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
        format!("{} was not given to the suite, which has {given}; call `TestSuite::on` with it", name(target))
    }
}

impl Default for TestSuite {
    fn default() -> Self {
        Self::new()
    }
}

/// A case with its closures.
pub struct TestCase {
    case: Arc<Case>,
    functions: Vec<Functions>,
}

/// Of one step.
struct Functions {
    input: Making,
    check: Check,
}

enum Check {
    None,
    Events(OfEvents),
    Error(OfError),
}

/// Builds a [`TestCase`].
#[must_use]
pub struct TestCaseBuilder {
    case: CaseBuilder,
    functions: Vec<Functions>,
}

impl TestCase {
    /// Begins a case.
    #[allow(clippy::new_ret_no_self)] // a case without steps is none
    pub fn new(name: impl Into<String>) -> TestCaseBuilder {
        TestCaseBuilder { case: Case::builder(name), functions: Vec::new() }
    }

    async fn run(&self, tested: &Tested, environment: &Arc<Environment>) -> Verdict {
        let mut run = Run::new(&self.case, environment);
        loop {
            let answer = match run.next() {
                Next::Execute { event, .. } => tested.execute(event).await.map(Answer::Executed),
                Next::Done(verdict) => return verdict,
                asked => self.ask(asked),
            };
            let answer = answer.unwrap_or_else(Answer::Thrown);
            if let Err(misfit) = run.answer(answer) {
                return Verdict::Failed(misfit.to_string()); // never: the answers above are those that it asked for
            }
        }
    }

    /// Calls the closure that is asked for.
    fn ask(&self, asked: Next) -> Result<Answer, Thrown> {
        let of = |step: usize| self.functions.get(step);
        let answer = match asked {
            Next::Input { step, previous } => of(step).map(|step| (step.input)(previous.as_deref()).map(Answer::Made)),
            Next::CheckEvents { step, events } => of(step).and_then(|step| match &step.check {
                Check::Events(check) => Some(check(&events).map(Answer::Checked)),
                _ => None,
            }),
            Next::CheckError { step, error } => of(step).and_then(|step| match &step.check {
                Check::Error(check) => Some(check(&error).map(Answer::Checked)),
                _ => None,
            }),
            Next::Execute { .. } | Next::Done(_) => None,
        };
        let none = || Err(Thrown::error("Error", "the case has no function for this step"));
        answer.map_or_else(none, |answer| answer.map_err(|error| Thrown::of_error(&*error)))
    }
}

impl fmt::Debug for TestCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCase").field("name", &self.case.name()).finish_non_exhaustive()
    }
}

impl TestCaseBuilder {
    /// A step that only must not fail: makes its event of what the step before emitted, `None` for the first.
    pub fn step<I>(self, input: I) -> Self
    where
        I: Fn(Option<&[Event]>) -> Result<Event, BoxError> + Send + Sync + 'static,
    {
        self.with(CaseBuilder::step, Functions { input: Box::new(input), check: Check::None })
    }

    /// A step whose events are checked.
    pub fn step_for_events<I, C>(self, input: I, check: C) -> Self
    where
        I: Fn(Option<&[Event]>) -> Result<Event, BoxError> + Send + Sync + 'static,
        C: Fn(&[Event]) -> Result<bool, BoxError> + Send + Sync + 'static,
    {
        let functions = Functions { input: Box::new(input), check: Check::Events(Box::new(check)) };
        self.with(CaseBuilder::step_for_events, functions)
    }

    /// A step that must fail, and whose error is checked.
    pub fn step_for_error<I, C>(self, input: I, check: C) -> Self
    where
        I: Fn(Option<&[Event]>) -> Result<Event, BoxError> + Send + Sync + 'static,
        C: Fn(&Thrown) -> Result<bool, BoxError> + Send + Sync + 'static,
    {
        let functions = Functions { input: Box::new(input), check: Check::Error(Box::new(check)) };
        self.with(CaseBuilder::step_for_error, functions)
    }

    fn with(mut self, step: fn(CaseBuilder) -> CaseBuilder, functions: Functions) -> Self {
        self.case = step(self.case);
        self.functions.push(functions);
        self
    }

    /// Runs the case several times.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.case = self.case.repeat(repeat);
        self
    }

    /// The case.
    ///
    /// # Errors
    /// [`SuiteError`] without a step.
    pub fn build(self) -> Result<TestCase, SuiteError> {
        Ok(TestCase { case: Arc::new(self.case.build()?), functions: self.functions })
    }
}
