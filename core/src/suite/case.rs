//! One case: steps in order, each an event to make and what must come of it.

use super::error::{CaseProblem, SuiteError};
use super::question::Question;
use super::template::Template;

/// Steps that are run in order on whatever is tested; cheap to share, it never changes.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) name: String,
    /// At least one.
    pub(super) steps: Vec<Step>,
    pub(super) repeat: Option<Repeat>,
}

/// One event, and what must come of it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) input: Input,
    pub(super) expects: Expects,
}

/// Where the event of a step comes from.
#[derive(Clone, Debug)]
pub(super) enum Input {
    Template(Template),
    /// A function of the host.
    Host,
}

#[derive(Clone, Debug)]
pub(super) enum Expects {
    /// That nothing is thrown.
    Nothing,
    Events(Check),
    Error(Check),
}

#[derive(Clone, Debug)]
pub(super) enum Check {
    Question(Question),
    /// A function of the host.
    Host,
}

/// How often a case is run, and how often it must pass.
///
/// ```
/// use arvo::suite::Repeat;
/// assert!(Repeat::new(10, 95.0).is_some());
/// assert!(Repeat::new(0, 95.0).is_none() && Repeat::new(10, 101.0).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeat {
    times: u32,
    threshold: f64,
}

impl Repeat {
    /// At most this often.
    pub(super) const MOST: u32 = 1_000_000;

    /// `times` from 1 to a million, `threshold` in percent from 0 to 100; none of other numbers.
    pub fn new(times: u32, threshold: f64) -> Option<Self> {
        let fits = (1..=Self::MOST).contains(&times) && (0.0..=100.0).contains(&threshold);
        fits.then_some(Self { times, threshold })
    }

    /// How often the case is run.
    pub fn times(self) -> u32 {
        self.times
    }

    /// In how many of a hundred runs it must pass.
    pub fn success_threshold(self) -> f64 {
        self.threshold
    }
}

impl Case {
    /// Begins a case whose inputs and checks are functions of the program: [`Run`](super::Run) asks for them.
    ///
    /// ```
    /// let case = arvo::suite::Case::builder("adds").step_for_events().build()?;
    /// assert_eq!((case.name(), case.steps()), ("adds", 1));
    /// assert!(arvo::suite::Case::builder("does nothing").build().is_err());
    /// # Ok::<(), arvo::suite::SuiteError>(())
    /// ```
    pub fn builder(name: impl Into<String>) -> CaseBuilder {
        CaseBuilder(Self { name: name.into(), steps: Vec::new(), repeat: None })
    }

    /// What a runner's report calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// How often it is run; `None`: once, and it must pass.
    pub fn repeat(&self) -> Option<Repeat> {
        self.repeat
    }
}

/// Builds a [`Case`] of the program's own functions.
#[derive(Clone, Debug)]
#[must_use]
pub struct CaseBuilder(Case);

impl CaseBuilder {
    /// A step that only must not fail.
    pub fn step(self) -> Self {
        self.with(Expects::Nothing)
    }

    /// A step whose events are checked.
    pub fn step_for_events(self) -> Self {
        self.with(Expects::Events(Check::Host))
    }

    /// A step that must fail, and whose error is checked.
    pub fn step_for_error(self) -> Self {
        self.with(Expects::Error(Check::Host))
    }

    fn with(mut self, expects: Expects) -> Self {
        self.0.steps.push(Step { input: Input::Host, expects });
        self
    }

    /// Runs the case several times.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.0.repeat = Some(repeat);
        self
    }

    /// The case.
    ///
    /// # Errors
    /// [`CaseProblem::Missing`] without a step.
    pub fn build(self) -> Result<Case, SuiteError> {
        if self.0.steps.is_empty() {
            return Err(CaseProblem::Missing { path: "/steps/0".to_owned(), wanted: "a step" }.into());
        }
        Ok(self.0)
    }
}
