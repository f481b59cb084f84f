//! Test suites of a C program: cases of a file or of functions, run on handlers, workflows and functions. Every rule is
//! the core's; here is the loop over its runs.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::suite::{
    Answer, Case, CaseBuilder, Config, Next, Repeat, Run, Suite, SuiteError, Target, Thrown, Verdict,
};
use arvo_core::{Environment, Event};
use serde_json::{Value, json};

use crate::boundary::{Caught, Failure, Status, Str};
use crate::broker::Callback;
use crate::error::raised;
use crate::event::{EventHandle, Events};
use crate::handle::{Handle, Lent, kind, take};
use crate::run::Shared;
use crate::user::UserData;

/// `arvo_suite_function_fn`
pub(crate) type FunctionFn = unsafe extern "C" fn(
    *mut c_void,
    *const Handle<EventHandle>,
    *mut Handle<Events>,
    *mut *mut Handle<Failure>,
) -> Status;
/// `arvo_suite_input_fn`
pub(crate) type InputFn = unsafe extern "C" fn(
    *mut c_void,
    *const Handle<Events>,
    *mut *mut Handle<EventHandle>,
    *mut *mut Handle<Failure>,
) -> Status;
/// `arvo_suite_events_fn`; the C program writes a byte, which may be no `bool` at all.
pub(crate) type EventsFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Events>, *mut u8, *mut *mut Handle<Failure>) -> Status;
/// `arvo_suite_thrown_fn`
pub(crate) type ThrownFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Failure>, *mut u8, *mut *mut Handle<Failure>) -> Status;

/// The content of an `arvo_suite`.
pub struct SuiteHandle {
    configs: Vec<Config>,
    /// Whether a file says what is tested: then what is given is only looked up.
    of_file: bool,
    given: Vec<(Target, Tested)>,
    cases: Vec<Given>,
}

kind!(SuiteHandle, "arvo_suite", b"suite\0\0\0");

/// What runs the events of a case.
enum Tested {
    Plan(Arc<Shared>),
    Function(Callback<FunctionFn>),
}

/// A case: of a file, or with functions, whose steps are still being added.
enum Given {
    OfFile(Arc<Case>),
    OfFunctions { name: String, repeat: Option<Repeat>, steps: Vec<Step> },
}

/// The functions of one step.
pub(crate) struct Step {
    pub(crate) input: InputFn,
    pub(crate) check: Check,
    pub(crate) user_data: UserData,
}

pub(crate) enum Check {
    Nothing,
    Events(EventsFn),
    Thrown(ThrownFn),
}

impl From<SuiteError> for Failure {
    fn from(error: SuiteError) -> Self {
        let problems = error.problems.iter();
        let problems: Value =
            problems.map(|problem| json!({"path": problem.path(), "message": problem.to_string()})).collect();
        Self::new(Status::INVALID_SUITE, "InvalidSuite", error.to_string()).with("problems", problems)
    }
}

impl SuiteHandle {
    pub(crate) fn new() -> Self {
        Self { configs: Vec::new(), of_file: false, given: Vec::new(), cases: Vec::new() }
    }

    pub(crate) fn of(suite: Suite) -> Self {
        let cases = suite.cases.into_iter().map(Given::OfFile).collect();
        Self { configs: suite.configs, of_file: true, cases, ..Self::new() }
    }

    /// Tests it, or gives it to the file that names it.
    fn give(&mut self, target: Target, name: Option<&str>, tested: Tested) {
        if !self.of_file {
            let mut config = Config::new(target.clone());
            config.name = name.map(str::to_owned);
            self.configs.push(config);
        }
        self.given.push((target, tested));
    }

    pub(crate) fn add(&mut self, shared: &Arc<Shared>, name: Option<&str>) {
        let target = Target::Handler(shared.plan.source().to_owned());
        self.give(target, name, Tested::Plan(Arc::clone(shared)));
    }

    pub(crate) fn add_function(&mut self, name: &str, group: Option<&str>, function: Callback<FunctionFn>) {
        self.give(Target::Function(name.to_owned()), group, Tested::Function(function));
    }

    pub(crate) fn begin_case(&mut self, name: &str) {
        self.cases.push(Given::OfFunctions { name: name.to_owned(), repeat: None, steps: Vec::new() });
    }

    fn last(&mut self) -> Result<(&mut Option<Repeat>, &mut Vec<Step>), Failure> {
        match self.cases.last_mut() {
            Some(Given::OfFunctions { repeat, steps, .. }) => Ok((repeat, steps)),
            _ => Err(Failure::argument("the suite has no case of functions yet; begin one with arvo_suite_case")),
        }
    }

    pub(crate) fn step(&mut self, step: Step) -> Result<(), Failure> {
        self.last()?.1.push(step);
        Ok(())
    }

    pub(crate) fn repeat(&mut self, times: usize, threshold: f64) -> Result<(), Failure> {
        let asked = u32::try_from(times).ok().and_then(|times| Repeat::new(times, threshold));
        let repeat = asked.ok_or_else(|| {
            let message = format!(
                "a case can't be run {times} times for a threshold of {threshold}; pass 1 to 1,000,000, and 0 to 100 percent"
            );
            Failure::argument(message)
        })?;
        *self.last()?.0 = Some(repeat);
        Ok(())
    }

    /// Runs every case on every config, one after the other; tells of each.
    pub(crate) fn run(&self, mut tell: impl FnMut(Told<'_>)) -> Result<(), Failure> {
        let cases: Vec<(Arc<Case>, &[Step])> = self.cases.iter().map(Given::case).collect::<Result<_, _>>()?;
        if cases.is_empty() || self.configs.is_empty() {
            return Err(Failure::argument("the suite has no case, or nothing to test; give it both"));
        }
        for config in &self.configs {
            tell(Told::Group(&config.group()));
            for (case, steps) in &cases {
                tell(Told::Before);
                let verdict = match self.given.iter().find(|(target, _)| *target == config.target) {
                    Some((_, tested)) => run(case, steps, tested),
                    None => Verdict::Failed(self.nothing_given(&config.target)),
                };
                tell(Told::Test(case.name(), &verdict));
            }
        }
        Ok(())
    }

    fn nothing_given(&self, target: &Target) -> String {
        let name = |target: &Target| match target {
            Target::Handler(source) => format!("handler {source}"),
            Target::Function(name) => format!("function {name}"),
        };
        let given: Vec<String> = self.given.iter().map(|(given, _)| name(given)).collect();
        let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
        format!("{} was not given to the suite, which has {given}; add it (arvo_suite_add_…)", name(target))
    }
}

/// What a runner of tests is told.
#[derive(Clone, Copy)]
pub(crate) enum Told<'a> {
    Group(&'a str),
    Before,
    Test(&'a str, &'a Verdict),
}

impl Given {
    fn case(&self) -> Result<(Arc<Case>, &[Step]), SuiteError> {
        match self {
            Self::OfFile(case) => Ok((Arc::clone(case), &[])),
            Self::OfFunctions { name, repeat, steps } => {
                let begun = Case::builder(name.as_str());
                let built = steps.iter().fold(begun, |case, step| match step.check {
                    Check::Nothing => case.step(),
                    Check::Events(_) => case.step_for_events(),
                    Check::Thrown(_) => case.step_for_error(),
                });
                let built = repeat.iter().fold(built, |case, repeat| CaseBuilder::repeat(case, *repeat));
                Ok((Arc::new(built.build()?), steps))
            }
        }
    }
}

fn run(case: &Arc<Case>, steps: &[Step], tested: &Tested) -> Verdict {
    let mut run = Run::new(case, &Environment::shared());
    let mut caught = None; // what was thrown last: its check comes at once
    loop {
        let answer = match run.next() {
            Next::Execute { event, .. } => tested.execute(event).map(Answer::Executed),
            Next::Done(verdict) => return verdict,
            Next::Input { step, previous } => of(steps, step).and_then(|step| step.make(previous.as_deref())),
            Next::CheckEvents { step, events } => of(steps, step).and_then(|step| step.check_events(&events)),
            Next::CheckError { step, .. } => of(steps, step).and_then(|step| step.check_thrown(caught.as_ref())),
        };
        let answer = answer.unwrap_or_else(|error| {
            let error = match error {
                Caught::Failure(failure) => Lent::new(failure),
                Caught::Raised(raised) => raised,
            };
            let thrown = error.content().map_or_else(|wrong| thrown(&wrong), thrown);
            caught = Some(error);
            Answer::Thrown(thrown)
        });
        if let Err(misfit) = run.answer(answer) {
            return Verdict::Failed(misfit.to_string()); // not reached: the answers above are those that it asked for
        }
    }
}

fn of(steps: &[Step], step: usize) -> Result<&Step, Caught> {
    steps.get(step).ok_or_else(|| Failure::argument("the case has no function for this step").into())
}

/// What a suite knows of an error.
pub(crate) fn thrown(failure: &Failure) -> Thrown {
    let mut thrown = match failure.violation_type() {
        Some(type_) => Thrown::violation(type_, failure.message.as_str()),
        None => Thrown::error(failure.name.as_str(), failure.message.as_str()),
    };
    thrown.metadata = failure.detail("metadata").filter(|metadata| !metadata.is_null()).cloned().map(Box::new);
    thrown
}

impl Tested {
    fn execute(&self, event: Event) -> Result<Vec<Event>, Caught> {
        let callback = match self {
            Self::Plan(shared) => return shared.execute(&event, false),
            Self::Function(callback) => callback,
        };
        let (event, emitted) = (Lent::new(EventHandle(event)), Lent::new(Events::new([])));
        let mut error = std::ptr::null_mut();
        // SAFETY: arvo.h, `arvo_suite_function_fn`: called with its user data; the rest outlives the call.
        let status = unsafe {
            (callback.function)(callback.user_data.pointer(), event.pointer(), emitted.pointer(), &raw mut error)
        };
        refused(status, error, "the function under test")?;
        Ok(emitted.content()?.iter().map(|event| Ok(event?.0.clone())).collect::<Result<_, Failure>>()?)
    }
}

/// What a function of the program raised, if it did.
fn refused(status: Status, error: *mut Handle<Failure>, what: &str) -> Result<(), Caught> {
    if status == Status::OK && error.is_null() {
        return Ok(());
    }
    // SAFETY: arvo.h, "Callbacks": `*error` is NULL or an error that the library takes over.
    unsafe { raised(status, error, what) }.map_or(Ok(()), |raised| Err(Caught::Raised(raised)))
}

impl Step {
    fn make(&self, previous: Option<&[Event]>) -> Result<Answer, Caught> {
        let previous = previous.map(|events| Lent::new(Events::new(events.iter().cloned())));
        let pointer = previous.as_ref().map_or(std::ptr::null(), |events| events.pointer().cast_const());
        let (mut made, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: arvo.h, `arvo_suite_input_fn`: called with its user data; the rest outlives the call.
        let status = unsafe { (self.input)(self.user_data.pointer(), pointer, &raw mut made, &raw mut error) };
        // SAFETY: arvo.h, `arvo_suite_input_fn`: `*out` is NULL or an event that the library takes over.
        let made = (!made.is_null()).then(|| unsafe { take(made, "*out") }).transpose();
        refused(status, error, "the step's input function")?;
        match made? {
            Some(event) => Ok(Answer::Made(event.0)),
            None => Err(Failure::argument("the step's input function set no event; set *out").into()),
        }
    }

    fn check_events(&self, events: &[Event]) -> Result<Answer, Caught> {
        let Check::Events(check) = self.check else {
            return Err(Failure::argument("the step has no such check").into());
        };
        let events = Lent::new(Events::new(events.iter().cloned()));
        // SAFETY: arvo.h, `arvo_suite_events_fn`: called with its user data; the rest outlives the call.
        self.ask(|user_data, holds, error| unsafe { check(user_data, events.pointer(), holds, error) })
    }

    fn check_thrown(&self, caught: Option<&Lent<Failure>>) -> Result<Answer, Caught> {
        let Check::Thrown(check) = self.check else {
            return Err(Failure::argument("the step has no such check").into());
        };
        let pointer = caught.map_or(std::ptr::null(), |caught| caught.pointer().cast_const());
        // SAFETY: arvo.h, `arvo_suite_thrown_fn`: as above.
        self.ask(|user_data, holds, error| unsafe { check(user_data, pointer, holds, error) })
    }

    fn ask(
        &self,
        check: impl FnOnce(*mut c_void, *mut u8, *mut *mut Handle<Failure>) -> Status,
    ) -> Result<Answer, Caught> {
        let (mut holds, mut error) = (0, std::ptr::null_mut());
        let status = check(self.user_data.pointer(), &raw mut holds, &raw mut error);
        refused(status, error, "the step's check")?;
        match holds {
            0 | 1 => Ok(Answer::Checked(holds == 1)),
            other => {
                let message =
                    format!("the step's check wrote {other} to *holds, which is no bool; write true or false");
                Err(Failure::argument(message).into())
            }
        }
    }
}

/// `arvo_describe_fn`
type DescribeFn = unsafe extern "C" fn(*mut c_void, Str);
/// `arvo_before_fn`
type BeforeFn = unsafe extern "C" fn(*mut c_void);
/// `arvo_test_fn`
type TestFn = unsafe extern "C" fn(*mut c_void, Str, Str);

/// `arvo_test_adapter`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CTestAdapter {
    describe: Option<DescribeFn>,
    before: Option<BeforeFn>,
    test: Option<TestFn>,
}

impl CTestAdapter {
    pub(crate) fn tell(&self, user_data: *mut c_void, told: &Told<'_>) {
        match (*told, self) {
            (Told::Group(group), Self { describe: Some(describe), .. }) => {
                // SAFETY: arvo.h, `arvo_describe_fn`: called with its user data; the text outlives the call.
                unsafe { describe(user_data, Str::of(group)) }
            }
            // SAFETY: arvo.h, `arvo_before_fn`: called with its user data.
            (Told::Before, Self { before: Some(before), .. }) => unsafe { before(user_data) },
            (Told::Test(name, verdict), Self { test: Some(test), .. }) => {
                let failure = match verdict {
                    Verdict::Passed => Str::NONE,
                    Verdict::Failed(message) => Str::of(message),
                };
                // SAFETY: arvo.h, `arvo_test_fn`: called with its user data; the texts outlive the call.
                unsafe { test(user_data, Str::of(name), failure) }
            }
            _ => {} // that is not wanted
        }
    }
}
