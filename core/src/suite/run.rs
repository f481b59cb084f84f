//! One case on one config: what is next, what came of it, and whether the case passes.
//!
//! Texts are the reference's, to the letter: the reports of two languages can be compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::case::{Case, Check, Expects, Input};
use super::input;
use super::thrown::Thrown;
use crate::environment::Environment;
use crate::event::Event;
use crate::json;

/// One case on its way. It owns all it needs and holds no function, so it can go to another thread; what is asked of
/// it twice is told twice.
///
/// The repetitions of a case go side by side: each makes its first step before any makes its second.
///
/// ```
/// use std::sync::Arc;
/// use arvo::{Environment, suite::{Answer, Next, Run, Suite, Verdict}};
///
/// let suite = Suite::read(r##"{
///     "config": {"function": "echo"},
///     "cases": [{"name": "gives back what it got", "steps": [{
///         "input": {"type": "com.calc.add", "data": {"a": 1}},
///         "expectedEvents": {"$eq": [{"$ref": "events.0.data"}, {"a": 1}]}
///     }]}]
/// }"##)?;
/// let mut run = Run::new(&suite.cases[0], &Environment::shared());
/// let verdict = loop {
///     let answer = match run.next() {
///         Next::Execute { event, .. } => Answer::Executed(vec![event]),
///         Next::Done(verdict) => break verdict,
///         other => panic!("{other:?} is a function's, and a file has none"),
///     };
///     run.answer(answer)?;
/// };
/// assert_eq!(verdict, Verdict::Passed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    case: Arc<Case>,
    environment: Arc<Environment>,
    iterations: Vec<Iteration>,
    /// What the first iterations failed with, by their number: no more than a report lists.
    failures: BTreeMap<usize, String>,
    /// The step at which all iterations are that have not failed.
    step: usize,
    /// The iteration whose turn it is.
    turn: usize,
    phase: Phase,
}

#[derive(Clone, Debug, Default)]
struct Iteration {
    /// What the step before emitted.
    previous: Option<Arc<[Event]>>,
    failed: bool,
}

#[derive(Clone, Debug)]
enum Phase {
    Input,
    Execute(Event),
    Events(Arc<[Event]>),
    Error(Thrown),
    Done(Verdict),
}

/// What must be done next. `step` is the place of the step in the case, from 0.
#[derive(Clone, Debug)]
pub enum Next {
    /// The step's own function makes the event; answer with [`Answer::Made`].
    Input {
        /// Which step's.
        step: usize,
        /// What the step before emitted, nothing where an error was expected; `None` for the first step.
        previous: Option<Arc<[Event]>>,
    },
    /// The config's handler or function gets the event; answer with [`Answer::Executed`].
    Execute {
        /// Which step's.
        step: usize,
        /// The event.
        event: Event,
    },
    /// The step's own function checks the events; answer with [`Answer::Checked`].
    CheckEvents {
        /// Which step's.
        step: usize,
        /// What was emitted.
        events: Arc<[Event]>,
    },
    /// The step's own function checks the error, which was expected; answer with [`Answer::Checked`]. A host that keeps
    /// what was thrown shows its function that very object.
    CheckError {
        /// Which step's.
        step: usize,
        /// What was thrown.
        error: Thrown,
    },
    /// It is over.
    Done(Verdict),
}

/// What came of it. [`Answer::Thrown`] fits everything that is asked.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The event was made.
    Made(Event),
    /// These events were emitted.
    Executed(Vec<Event>),
    /// The check holds, or it does not.
    Checked(bool),
    /// It failed instead.
    Thrown(Thrown),
}

/// How a case ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// With this text, for the runner's report.
    Failed(String),
}

/// An answer of the wrong kind, or one after the end; the run is unharmed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the answer does not fit what the run asked for: {wanted} is wanted")]
pub struct Misfit {
    /// The answers that fit.
    pub wanted: &'static str,
}

/// Failures that a report lists.
const LISTED: usize = 10;

impl Run {
    /// Begins; everything that the case itself answers is answered.
    pub fn new(case: &Arc<Case>, environment: &Arc<Environment>) -> Self {
        let times = case.repeat.map_or(1, |repeat| repeat.times());
        let mut run = Self {
            case: Arc::clone(case),
            environment: Arc::clone(environment),
            iterations: (0..times).map(|_| Iteration::default()).collect(),
            failures: BTreeMap::new(),
            step: 0,
            turn: 0,
            phase: Phase::Input,
        };
        run.settle();
        run
    }

    /// What must be done next.
    pub fn next(&self) -> Next {
        let step = self.step;
        match &self.phase {
            Phase::Input => Next::Input { step, previous: self.iterations[self.turn].previous.clone() },
            Phase::Execute(event) => Next::Execute { step, event: event.clone() },
            Phase::Events(events) => Next::CheckEvents { step, events: Arc::clone(events) },
            Phase::Error(error) => Next::CheckError { step, error: error.clone() },
            Phase::Done(verdict) => Next::Done(verdict.clone()),
        }
    }

    /// Takes what came of it.
    ///
    /// # Errors
    /// [`Misfit`] when the answer is of the wrong kind.
    pub fn answer(&mut self, answer: Answer) -> Result<(), Misfit> {
        match (&self.phase, answer) {
            (Phase::Done(_), _) => return Err(Misfit { wanted: "nothing: the case is over; no answer" }),
            (Phase::Input, Answer::Made(event)) => self.phase = Phase::Execute(event),
            (Phase::Execute(_), Answer::Executed(events)) => self.executed(events.into()),
            (Phase::Execute(_), Answer::Thrown(thrown)) => self.thrown(thrown),
            (Phase::Input, Answer::Thrown(thrown)) => self.unexpected(&thrown),
            (Phase::Events(_), Answer::Checked(holds)) => self.events_checked(Ok(holds)),
            (Phase::Events(_), Answer::Thrown(thrown)) => self.events_checked(Err(thrown)),
            (Phase::Error(_), Answer::Checked(holds)) => self.error_checked(holds),
            (Phase::Error(_), Answer::Thrown(thrown)) => self.unexpected(&thrown),
            (Phase::Input, _) => return Err(Misfit { wanted: "Answer::Made or Answer::Thrown" }),
            (Phase::Execute(_), _) => return Err(Misfit { wanted: "Answer::Executed or Answer::Thrown" }),
            (Phase::Events(_) | Phase::Error(_), _) => {
                return Err(Misfit { wanted: "Answer::Checked or Answer::Thrown" });
            }
        }
        self.settle();
        Ok(())
    }

    /// Answers what the case itself can, up to what a host must.
    fn settle(&mut self) {
        let case = Arc::clone(&self.case);
        loop {
            let Some(step) = case.steps.get(self.step) else { return };
            match (&self.phase, &step.input, &step.expects) {
                (Phase::Input, Input::Template(template), _) => {
                    let previous = self.iterations[self.turn].previous.as_deref();
                    let scope = match previous.map(values).transpose() {
                        Ok(previous) => Map::from_iter([("previous".to_owned(), previous.unwrap_or_default())]),
                        Err(thrown) => return self.fail_and_go_on(&thrown),
                    };
                    let made = template.evaluate(&scope, self.environment.limits());
                    match made.and_then(|made| input::event(made, &self.environment)) {
                        Ok(event) => self.phase = Phase::Execute(event),
                        Err(thrown) => self.unexpected(&thrown),
                    }
                }
                (Phase::Events(events), _, Expects::Events(Check::Question(question))) => {
                    let limits = self.environment.limits();
                    let checked = values(events).and_then(|events| question.ask("events", events, limits));
                    self.events_checked(checked);
                }
                (Phase::Error(error), _, Expects::Error(Check::Question(question))) => {
                    match question.ask("error", error.to_value(), self.environment.limits()) {
                        Ok(holds) => self.error_checked(holds),
                        Err(thrown) => self.unexpected(&thrown),
                    }
                }
                _ => return,
            }
        }
    }

    fn fail_and_go_on(&mut self, thrown: &Thrown) {
        self.unexpected(thrown);
        self.settle();
    }

    fn executed(&mut self, events: Arc<[Event]>) {
        match self.case.steps[self.step].expects {
            Expects::Nothing => self.pass(events),
            Expects::Events(_) => self.phase = Phase::Events(events),
            Expects::Error(_) => self.fail("Expected error but function succeeded"),
        }
    }

    fn thrown(&mut self, thrown: Thrown) {
        match self.case.steps[self.step].expects {
            Expects::Error(_) => self.phase = Phase::Error(thrown),
            Expects::Nothing | Expects::Events(_) => self.unexpected(&thrown),
        }
    }

    fn unexpected(&mut self, thrown: &Thrown) {
        self.fail(&format!("Unexpected exception: {}", thrown.message));
    }

    fn events_checked(&mut self, checked: Result<bool, Thrown>) {
        let Phase::Events(events) = &self.phase else { return };
        let events = Arc::clone(events);
        let found = match checked {
            Ok(true) => return self.pass(events),
            Ok(false) => "returned false".to_owned(),
            Err(thrown) if thrown.is_error => format!("threw error: {}", thrown.message),
            Err(_) => return self.fail("Custom validator threw unknown error"),
        };
        let shown: Vec<String> =
            events.iter().map(|event| event.to_json_indented(2).unwrap_or_else(|_| event.to_json())).collect();
        self.fail(&format!("Custom validator {found}\nActual events: {}", shown.join("\n")));
    }

    fn error_checked(&mut self, holds: bool) {
        match &self.phase {
            Phase::Error(_) if holds => self.pass(Arc::new([])),
            Phase::Error(thrown) => {
                let message = format!("Error didn't match custom validator: {}", thrown.message);
                self.fail(&message);
            }
            _ => {}
        }
    }

    fn pass(&mut self, events: Arc<[Event]>) {
        self.iterations[self.turn].previous = Some(events);
        self.go_on();
    }

    fn fail(&mut self, what: &str) {
        let message = format!("Step {}: {what}", self.step + 1);
        self.iterations[self.turn] = Iteration { previous: None, failed: true };
        self.failures.insert(self.turn, message);
        if self.failures.len() > LISTED {
            self.failures.pop_last();
        }
        self.go_on();
    }

    /// To the next iteration at this step, else to the first one at the next step.
    fn go_on(&mut self) {
        let goes_on = |from: usize| (from..self.iterations.len()).find(|at| !self.iterations[*at].failed);
        (self.step, self.turn) = match goes_on(self.turn + 1) {
            Some(next) => (self.step, next),
            None => match goes_on(0) {
                Some(first) => (self.step + 1, first),
                None => (self.case.steps.len(), 0),
            },
        };
        self.phase = if self.step < self.case.steps.len() { Phase::Input } else { Phase::Done(self.verdict()) };
    }

    fn verdict(&self) -> Verdict {
        let Some(repeat) = self.case.repeat else {
            return self.failures.get(&0).map_or(Verdict::Passed, |failure| Verdict::Failed(failure.clone()));
        };
        let failed = self.iterations.iter().filter(|iteration| iteration.failed).count();
        let successes = self.iterations.len() - failed;
        let rate = successes as f64 / f64::from(repeat.times()) * 100.0;
        if rate >= repeat.success_threshold() {
            return Verdict::Passed;
        }
        let mut threshold = String::new();
        json::write_float(&mut threshold, repeat.success_threshold());
        let mut text = format!(
            "Success rate {}% is below threshold {threshold}%\nSuccesses: {successes}/{}\nSample failures:",
            two_places(rate),
            repeat.times()
        );
        for failure in self.failures.values() {
            // The reference knows no number here; its text is kept.
            let _ = write!(text, "\n  Iteration undefined: {failure}");
        }
        if let Some(more) = failed.checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = write!(text, "\n  ... and {more} more failures");
        }
        Verdict::Failed(text)
    }
}

/// As JavaScript's `toFixed(2)`: exact, and of two that are equally near the larger.
fn two_places(rate: f64) -> String {
    // Only an odd number of eighths lies between two hundredths and is a double.
    let eighths = rate * 8.0;
    let between = eighths.fract() == 0.0 && eighths % 2.0 != 0.0;
    format!("{:.2}", if between { ((rate * 100.0).floor() + 1.0) / 100.0 } else { rate })
}

/// Events as checks and templates see them.
fn values(events: &[Event]) -> Result<Value, Thrown> {
    let values = events.iter().map(|event| event.to_value().map_err(|error| Thrown::error("Error", error.to_string())));
    values.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

const _: fn() = || {
    fn crosses_threads<T: Send + Sync>() {}
    crosses_threads::<Run>();
};
