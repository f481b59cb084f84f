//! The check that a handler written in Rust keeps its contract.

use std::sync::Arc;

use super::tested::Tested;
use crate::environment::Environment;
use crate::suite::{Conformity, Conforms, Effort, Trial};

/// Checks by random data that a handler or workflow keeps its contract: see [`Conforms`].
///
/// ```
/// use arvo::{Contract, Handler, Input, Output, conforms};
/// use serde_json::json;
///
/// let half = Contract::simple("#/svc/half", "half.number")
///     .version(
///         "1.0.0",
///         json!({"type": "object", "properties": {"n": {"type": "integer", "maximum": 1000}}, "required": ["n"]}),
///         json!({"type": "object", "properties": {"half": {"type": "integer"}}, "required": ["half"]}),
///     )
///     .build()?;
/// let handler = Handler::builder(&half)
///     .version("1.0.0", |input: Input| async move {
///         let n = input.event.data()?["n"].as_f64().unwrap_or(0.0);
///         Ok(Output::new("evt.half.number.success", json!({"half": n / 2.0})))
///     })
///     .build()?;
/// let end = futures_executor::block_on(conforms(&handler).seed(1).run());
/// let arvo::suite::Conformity::Broken(breach) = end else { panic!("odd numbers have no whole half") };
/// assert_eq!(breach.input, json!({"n": 1}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn conforms(tested: impl Into<Tested>) -> Conforming {
    Conforming { tested: tested.into(), seed: None, valid: None, invalid: None, environment: Environment::shared() }
}

/// A check to be run.
#[derive(Clone, Debug)]
#[must_use = "it does nothing before `run`"]
pub struct Conforming {
    tested: Tested,
    seed: Option<u64>,
    valid: Option<usize>,
    invalid: Option<usize>,
    environment: Arc<Environment>,
}

impl Conforming {
    /// The same seed tries the same. Without it the environment variable `ARVO_SEED` is taken, else a fresh one.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Inputs that fit the contract, for each version; 100.
    pub fn valid(mut self, inputs: usize) -> Self {
        self.valid = Some(inputs);
        self
    }

    /// Inputs that do not, for each version; 50.
    pub fn invalid(mut self, inputs: usize) -> Self {
        self.invalid = Some(inputs);
        self
    }

    /// Time and ids of the events; those of the machine when left out.
    pub fn environment(mut self, environment: Arc<Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// Runs it; [`Conformity::assert`] ends a test with the report.
    pub async fn run(self) -> Conformity {
        let fresh = || self.environment.uuid().as_u64_pair().0;
        let asked = std::env::var("ARVO_SEED").ok().filter(|text| !text.trim().is_empty());
        let asked = || asked.map(|text| Effort::seed_of(&text));
        let mut effort = Effort::new(self.seed.or_else(asked).unwrap_or_else(fresh));
        effort.valid = self.valid.unwrap_or(effort.valid);
        effort.invalid = self.invalid.unwrap_or(effort.invalid);
        let served = self.tested.plan().map(|plan| (plan.contract().clone(), plan.served_versions()));
        let versions = served.into_iter().flat_map(|(contract, served)| {
            let versions: Vec<_> = contract.versions().collect();
            versions.into_iter().filter(move |version| served.iter().any(|served| served == version.version().as_str()))
        });
        let mut check = Conforms::new(versions, effort, &self.environment);
        loop {
            let (outcome, calls) = match check.next() {
                Trial::Execute(event) => self.tested.outcome(event).await,
                Trial::Done(end) => return end,
            };
            let _ = check.answer(outcome, calls); // misfits only after the end, which has returned
        }
    }
}
