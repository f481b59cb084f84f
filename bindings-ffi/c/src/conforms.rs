//! Whether a handler or workflow of a C program keeps its contract: the loop over the core's check by random data.

use std::sync::Arc;

use arvo_core::Violation;
use arvo_core::suite::{Conformity, Conforms, Effort, Outcome, Trial};
use serde_json::Value;

use crate::boundary::{Caught, Failure, Status};
use crate::host::RaisedTable;
use crate::run::Shared;
use crate::span::Traced;
use crate::suite::thrown;

/// `arvo_effort`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CEffort {
    seed: u64,
    valid: usize,
    invalid: usize,
}

fn effort(shared: &Shared, given: Option<&CEffort>) -> Effort {
    let asked = std::env::var("ARVO_SEED").ok().filter(|text| !text.trim().is_empty());
    let seed = match (given.map_or(0, |given| given.seed), asked) {
        (0, Some(text)) => Effort::seed_of(&text),
        (0, None) => shared.environment.uuid().as_u64_pair().0,
        (seed, _) => seed,
    };
    let mut effort = Effort::new(seed);
    if let Some(given) = given {
        let wanted = |given: usize, otherwise: usize| if given > 0 { given } else { otherwise };
        (effort.valid, effort.invalid) = (wanted(given.valid, effort.valid), wanted(given.invalid, effort.invalid));
    }
    effort
}

/// Fails with the report if the contract is not kept.
pub(crate) fn conforms(shared: &Arc<Shared>, given: Option<&CEffort>) -> Result<(), Failure> {
    shared.check_memory()?;
    let (effort, served) = (effort(shared, given), shared.plan.served_versions());
    let is_served = |version: &str| served.iter().any(|served| served == version);
    let versions = shared.plan.contract().versions().filter(|version| is_served(version.version().as_str()));
    let mut check = Conforms::new(versions, effort, &shared.environment);
    loop {
        let (outcome, calls) = match check.next() {
            Trial::Execute(event) => outcome(shared, &event),
            Trial::Done(Conformity::Kept { .. }) => return Ok(()),
            Trial::Done(Conformity::Broken(breach)) => {
                let failure = Failure::new(Status::BREACH, "Breach", breach.to_string());
                let failure = failure.with("input", breach.input.clone()).with("seed", breach.seed.into());
                return Err(failure.with("version", breach.version.into()));
            }
            Trial::Done(Conformity::Unknown { version, error }) => {
                let message = format!("{version}: {error}");
                return Err(
                    Failure::new(Status::INVALID_SCHEMA, "NoData", message).with("version", Value::from(version))
                );
            }
        };
        check.answer(outcome, calls).map_err(|misfit| Failure::argument(misfit.to_string()))?; // not before the end
    }
}

/// What came of an event, and how often a function of the program was called for it.
fn outcome(shared: &Arc<Shared>, event: &arvo_core::Event) -> (Outcome, u32) {
    let table = RaisedTable::default();
    let traced = Traced::begin(&shared.plan, event, &shared.environment, false);
    let outcome = match shared.drive(event, &traced, &table, |step, _| shared.perform(step, &table)) {
        Ok(Ok(emitted)) => {
            let events = emitted.iter().filter_map(|emitted| emitted.event_within(shared.environment.limits()));
            Outcome::Emitted(events.map(|event| event.type_().to_owned()).collect())
        }
        Ok(Err(violation)) => {
            let is_host = matches!(violation, Violation::Host(_));
            let thrown = match table.caught(&violation, event) {
                Caught::Failure(failure) => thrown(&failure),
                Caught::Raised(raised) => raised.content().map_or_else(|wrong| thrown(&wrong), thrown),
            };
            if is_host { Outcome::Raised(thrown) } else { Outcome::Violated(thrown) }
        }
        Err(failure) => Outcome::Violated(thrown(&failure)),
    };
    (outcome, table.calls())
}
