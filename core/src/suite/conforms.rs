//! Does a handler keep its contract? Random data that fits it, and data that does not, until one is handled wrongly;
//! then smaller data, until none is.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::breach::{Breach, Wrong};
use super::generate::{GenerateError, Generator};
use super::input;
use super::run::Misfit;
use super::thrown::Thrown;
use crate::contract::{ContractKind, VersionedContract};
use crate::environment::Environment;
use crate::event::Event;
use crate::random::Random;
use crate::violation::Issue;

/// How much is tried.
///
/// ```
/// let effort = arvo::suite::Effort::new(42);
/// assert_eq!((effort.valid, effort.invalid), (100, 50));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Effort {
    /// The same seed tries the same.
    pub seed: u64,
    /// Inputs that fit, for each version; 100.
    pub valid: usize,
    /// Inputs that do not, for each version; 50.
    pub invalid: usize,
}

impl Effort {
    /// The usual effort.
    pub fn new(seed: u64) -> Self {
        Self { seed, valid: 100, invalid: 50 }
    }

    /// The seed that a text stands for, such as that of the environment variable `ARVO_SEED`: a number is itself, any
    /// other text is as good a seed.
    ///
    /// ```
    /// use arvo::suite::Effort;
    /// assert_eq!((Effort::seed_of("7"), Effort::seed_of(" 18446744073709551615 ")), (7, u64::MAX));
    /// assert_ne!(Effort::seed_of("release 7"), Effort::seed_of("release 8"));
    /// ```
    pub fn seed_of(text: &str) -> u64 {
        let mix = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        text.trim().parse().unwrap_or_else(|_| text.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }
}

/// The check of one handler or workflow, a value without the loop: it hands out events and is told what came of each.
/// A workflow gets the events that begin it.
///
/// Two rules: input that fits the contract ends without a violation, but for those that user code raises on purpose
/// (system error events are fine); input that does not is refused with a contract violation before user code runs.
/// Of a host's schema the core knows only the JSON Schema that came with it, so there the host's own word counts: what
/// it refuses or accepts is no breach.
///
/// ```
/// use std::sync::Arc;
/// use arvo::{Contract, Environment, suite::{Conformity, Conforms, Effort, Outcome, Trial}};
/// use serde_json::json;
///
/// let contract = Contract::simple("#/svc/half", "half.number")
///     .version("1.0.0", json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}), json!({"type": "object"}))
///     .build()?;
/// let mut check = Conforms::new(contract.versions(), Effort::new(1), &Environment::shared());
/// let end = loop {
///     let fits = match check.next() {
///         Trial::Execute(event) => event.data()?["n"].as_i64().is_some(), // stands for a handler
///         Trial::Done(end) => break end,
///     };
///     let outcome = if fits { Outcome::Emitted(vec![]) } else { Outcome::refused() };
///     check.answer(outcome, u32::from(fits))?;
/// };
/// assert_eq!(end, Conformity::Kept { valid: 100, invalid: 50 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conforms {
    subjects: Vec<Subject>,
    effort: Effort,
    environment: Arc<Environment>,
    /// The version that is tried.
    at: usize,
    /// The next case of that version.
    case: usize,
    tried: Tried,
    welcome: Welcome,
    phase: Phase,
}

/// How a host's schema takes what is made to fit it, of one version.
#[derive(Clone, Debug, Default)]
enum Welcome {
    #[default]
    Unknown,
    /// It has refused all so far, the last in these words.
    Refused(String),
    Accepted,
}

/// One version under test.
#[derive(Clone, Debug)]
struct Subject {
    version: VersionedContract,
    generator: Result<Generator, GenerateError>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    valid: usize,
    invalid: usize,
}

#[derive(Clone, Debug)]
enum Phase {
    Trying { data: Value, fits: bool, event: Event },
    Shrinking(Box<Shrinking>),
    Done(Conformity),
}

#[derive(Clone, Debug)]
struct Shrinking {
    breach: Breach,
    fits: bool,
    candidates: VecDeque<Value>,
    data: Value,
    event: Event,
    /// Inputs that may still be handed out.
    left: usize,
}

/// What must be done next.
#[derive(Clone, Debug)]
pub enum Trial {
    /// The handler gets the event; tell what came of it with [`Conforms::answer`].
    Execute(Event),
    /// It is over.
    Done(Conformity),
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Events of these types were emitted.
    Emitted(Vec<String>),
    /// A violation of the core's own.
    Violated(Thrown),
    /// A violation that user code raised itself.
    Raised(Thrown),
}

impl Outcome {
    /// The refusal of an event that breaks the contract, as a handler's would be.
    pub fn refused() -> Self {
        Self::Violated(Thrown::violation("Contract", "ViolationError<Contract> Input event payload validation failed"))
    }
}

/// How the check ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Conformity {
    /// The contract was kept.
    Kept {
        /// Inputs tried that fit.
        valid: usize,
        /// Inputs tried that do not; fewer than wanted if a schema takes every object.
        invalid: usize,
    },
    /// It was not.
    Broken(Box<Breach>),
    /// It can't be told: no data could be made for this version.
    Unknown {
        /// Type of event that the contract accepts, and the version.
        version: String,
        /// Why.
        error: GenerateError,
    },
}

impl Conformity {
    /// Ends a test of the program's own runner.
    ///
    /// # Panics
    /// With the report, unless the contract was kept; also if nothing was tried.
    pub fn assert(&self) {
        match self {
            Self::Kept { valid, invalid } => assert!(valid + invalid > 0, "nothing was tried"),
            Self::Broken(breach) => panic!("{breach}"),
            Self::Unknown { version, error } => panic!("{version}: {error}"),
        }
    }
}

/// Inputs handed out while a breach is made smaller.
const SHRINKING: usize = 2_000;

impl Conforms {
    /// Begins the check of these versions of a contract.
    pub fn new(
        versions: impl IntoIterator<Item = VersionedContract>,
        effort: Effort,
        environment: &Arc<Environment>,
    ) -> Self {
        let subject = |version: VersionedContract| {
            let generator = Generator::new(&version.accepts().schema);
            Subject { version, generator }
        };
        let mut check = Self {
            subjects: versions.into_iter().map(subject).collect(),
            effort,
            environment: Arc::clone(environment),
            at: 0,
            case: 0,
            tried: Tried::default(),
            welcome: Welcome::default(),
            phase: Phase::Done(Conformity::Kept { valid: 0, invalid: 0 }),
        };
        check.advance();
        check
    }

    /// What must be done next.
    pub fn next(&self) -> Trial {
        match &self.phase {
            Phase::Trying { event, .. } => Trial::Execute(event.clone()),
            Phase::Shrinking(shrinking) => Trial::Execute(shrinking.event.clone()),
            Phase::Done(end) => Trial::Done(end.clone()),
        }
    }

    /// Takes what came of the event, and how often user code was called for it: a machine's own functions do not count.
    ///
    /// # Errors
    /// [`Misfit`] after the end.
    pub fn answer(&mut self, outcome: Outcome, calls: u32) -> Result<(), Misfit> {
        match std::mem::replace(&mut self.phase, Phase::Done(Conformity::Kept { valid: 0, invalid: 0 })) {
            Phase::Done(end) => {
                self.phase = Phase::Done(end);
                return Err(Misfit { wanted: "nothing: the check is over; no answer" });
            }
            Phase::Trying { data, fits, event } => {
                if fits {
                    self.note(&outcome, calls);
                }
                match self.judge(fits, outcome, calls) {
                    None => self.advance(),
                    Some(wrong) => self.breach(data, fits, event, wrong),
                }
            }
            Phase::Shrinking(mut shrinking) => {
                match self.judge(shrinking.fits, outcome, calls) {
                    Some(wrong) if wrong.is_like(&shrinking.breach.wrong) => {
                        shrinking.breach.input = shrinking.data.clone();
                        shrinking.breach.wrong = wrong;
                        shrinking.breach.shrunk += 1;
                        shrinking.candidates = self.smaller(&shrinking.breach.input);
                    }
                    _ => {}
                }
                self.shrink(shrinking);
            }
        }
        Ok(())
    }

    /// Notes whether what was made to fit was accepted.
    fn note(&mut self, outcome: &Outcome, calls: u32) {
        match (outcome, &self.welcome) {
            (Outcome::Violated(thrown), Welcome::Unknown | Welcome::Refused(_)) if is_refusal(thrown, calls) => {
                self.welcome = Welcome::Refused(thrown.message.clone());
            }
            (Outcome::Violated(_), Welcome::Accepted) => {}
            _ => self.welcome = Welcome::Accepted,
        }
    }

    /// What is wrong with an outcome.
    fn judge(&self, fits: bool, outcome: Outcome, calls: u32) -> Option<Wrong> {
        let is_host = self.subjects[self.at].version.accepts().schema.is_host();
        let refused = |thrown: &Thrown| is_refusal(thrown, calls);
        match (fits, outcome) {
            (_, Outcome::Violated(thrown)) if is_host && refused(&thrown) => None,
            (true, Outcome::Violated(thrown)) => Some(Wrong::Violated(thrown)),
            (true, Outcome::Emitted(_) | Outcome::Raised(_)) => None,
            (false, Outcome::Violated(thrown)) if refused(&thrown) => None,
            (false, Outcome::Violated(thrown)) if is_host => Some(Wrong::Violated(thrown)),
            (false, _) if is_host => None,
            (false, Outcome::Emitted(types)) => Some(Wrong::Accepted(types)),
            (false, _) if calls > 0 => Some(Wrong::Reached(calls)),
            (false, Outcome::Violated(thrown) | Outcome::Raised(thrown)) => Some(Wrong::Otherwise(thrown)),
        }
    }

    /// To the next case, or to the end.
    fn advance(&mut self) {
        while let Some(subject) = self.subjects.get(self.at) {
            let (case, fits) = (self.case, self.case < self.effort.valid);
            if case >= self.effort.valid + self.effort.invalid {
                if let Welcome::Refused(message) = std::mem::take(&mut self.welcome) {
                    let issue = Issue { path: String::new(), message };
                    let error = GenerateError::NotFound { path: String::new(), tries: self.effort.valid, issue };
                    return self.phase = self.unknown(error);
                }
                (self.at, self.case) = (self.at + 1, 0);
                continue;
            }
            let made = subject.generator.as_ref().map_err(Clone::clone).and_then(|generator| {
                let seed = self.seed_of_case();
                if fits { generator.valid(seed).map(Some) } else { generator.invalid(seed) }
            });
            let data = match made {
                Ok(data) => data.map(|data| if fits { self.without_parent(data) } else { data }),
                Err(error) => return self.phase = self.unknown(error),
            };
            self.case += 1;
            let Some(data) = data else {
                self.case = self.effort.valid + self.effort.invalid; // the schema takes every object
                continue;
            };
            match self.event(&data) {
                Ok(event) => {
                    if fits {
                        self.tried.valid += 1
                    } else {
                        self.tried.invalid += 1
                    }
                    return self.phase = Phase::Trying { data, fits, event };
                }
                Err(_) => continue, // beyond what an event may hold
            }
        }
        self.phase = Phase::Done(Conformity::Kept { valid: self.tried.valid, invalid: self.tried.invalid });
    }

    fn unknown(&self, error: GenerateError) -> Phase {
        let contract = &self.subjects[self.at].version;
        let version = format!("{} {}", contract.accepts().type_, contract.version());
        Phase::Done(Conformity::Unknown { version, error })
    }

    /// Of its own for each case, so that a case does not depend on how many there are.
    fn seed_of_case(&self) -> u64 {
        let number = (self.at as u64) << 32 | self.case as u64;
        Random::new(self.effort.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).next()
    }

    /// A random text is no subject of a parent: a workflow that begins has none.
    fn without_parent(&self, mut data: Value) -> Value {
        if self.subjects[self.at].version.contract().kind() == ContractKind::Orchestrator
            && let Some(parent) = data.get_mut("parentSubject$$").filter(|parent| parent.is_string())
        {
            *parent = Value::Null;
        }
        data
    }

    fn event(&self, data: &Value) -> Result<Event, Thrown> {
        let version = &self.subjects[self.at].version;
        let draft = [
            ("type", Value::from(&*version.accepts().type_)),
            ("dataschema", version.dataschema().into()),
            ("data", data.clone()),
        ];
        let draft: Map<String, Value> = draft.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let event = input::event(Some(draft.into()), &self.environment)?;
        match event.to_json().len() <= self.environment.limits().event {
            true => Ok(event),
            false => Err(Thrown::error("Error", "the event is too large")),
        }
    }

    fn breach(&mut self, data: Value, fits: bool, event: Event, wrong: Wrong) {
        let version = &self.subjects[self.at].version;
        let breach = Breach {
            source_type: version.accepts().type_.to_string(),
            version: version.version().to_string(),
            seed: self.effort.seed,
            case: self.case,
            input: data.clone(),
            shrunk: 0,
            wrong,
        };
        let candidates = self.smaller(&data);
        self.shrink(Box::new(Shrinking { breach, fits, candidates, data, event, left: SHRINKING }));
    }

    fn smaller(&self, data: &Value) -> VecDeque<Value> {
        let generator = self.subjects[self.at].generator.as_ref();
        generator.map(|generator| generator.smaller(data).into()).unwrap_or_default()
    }

    /// Hands out the next smaller input, or ends.
    fn shrink(&mut self, mut shrinking: Box<Shrinking>) {
        while let Some(data) = shrinking.candidates.pop_front().filter(|_| shrinking.left > 0) {
            shrinking.left -= 1;
            let data = if shrinking.fits { self.without_parent(data) } else { data };
            if let Ok(event) = self.event(&data) {
                shrinking.data = data;
                shrinking.event = event;
                return self.phase = Phase::Shrinking(shrinking);
            }
        }
        self.phase = Phase::Done(Conformity::Broken(Box::new(shrinking.breach)));
    }
}

const _: fn() = || {
    fn crosses_threads<T: Send + Sync>() {}
    crosses_threads::<Conforms>();
};

/// Whether an event was refused before user code ran.
fn is_refusal(thrown: &Thrown, calls: u32) -> bool {
    calls == 0 && thrown.type_.as_deref() == Some("Contract")
}
