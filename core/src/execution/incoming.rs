//! The first phase: is this event for this handler, which version, and does its data keep the contract? (SPEC §10.1–3)

use std::sync::Arc;

use crate::contract::{Refused, VersionedContract};
use crate::environment::Environment;
use crate::event::{Data, Dataschema, Event, Headers, Token};
use crate::violation::{ConfigFault, ContractFault, Issue, Violation};

use super::execution::{Phase, State, done, step};
use super::host::Host;
use super::plan::Plan;
use super::step::{Call, Step, Turn};

impl State {
    pub(super) fn incoming(
        plan: Arc<Plan>,
        environment: Arc<Environment>,
        event: Event,
        trace: Headers,
        host: &dyn Host,
    ) -> Turn {
        let version = match version_of(&plan, &event) {
            Ok(version) => version,
            Err(violation) => return done(Err(violation)),
        };
        let checked = check(&version, &event, &environment, host);
        let number = plan.contract.index_of(version.version().as_str()).unwrap_or_default();
        let state = Box::new(Self { plan, environment, event, trace, phase: Phase::Call(version), flow: None });
        let (data, changed) = match checked {
            Ok(checked) => checked,
            Err(Refusal::Violation(violation)) => return done(Err(violation)),
            Err(Refusal::Raised(raised)) => return state.failed(raised),
        };
        let event = match &data {
            Data::Value(value) if changed => state.event.with_value(value.clone()),
            _ => state.event.clone(),
        };
        let function = u32::try_from(number).unwrap_or(u32::MAX);
        step(state, Step::Call(Box::new(Call { function, event, data, changed, workflow: None })))
    }
}

fn version_of(plan: &Plan, event: &Event) -> Result<VersionedContract, Violation> {
    let contract = &plan.contract;
    if event.type_() != contract.type_() {
        return Err(Violation::Config(ConfigFault::TypeMismatch {
            received: event.envelope().shared_type(),
            expected: contract.shared_type(),
        }));
    }
    let Some((uri, version)) = event.dataschema().and_then(Dataschema::split) else { return Ok(contract.latest()) };
    if !uri.is_empty() && uri != contract.uri() {
        return Err(Violation::Contract(ContractFault::UriMismatch {
            expected: contract.shared_uri(),
            dataschema: event.dataschema().unwrap_or_default().into(),
        }));
    }
    contract.exact(version).ok_or_else(|| {
        Violation::Config(ConfigFault::UnknownVersion {
            version: version.to_owned(),
            available: contract.versions().map(|known| known.version().to_string()).collect(),
        })
    })
}

enum Refusal {
    Violation(Violation),
    /// A host schema's function failed: that is user code failing.
    Raised(crate::violation::Raised),
}

/// The data to use, and whether it differs from what came.
fn check(
    version: &VersionedContract,
    event: &Event,
    environment: &Environment,
    host: &dyn Host,
) -> Result<(Data, bool), Refusal> {
    let schema = &version.accepts().schema;
    let data = if schema.is_host() {
        Data::Host(Token::CONSUMED)
    } else {
        Data::Value(event.shared_data().map_err(|error| {
            let issues = vec![Issue { path: String::new(), message: error.to_string() }];
            Refusal::Violation(Violation::Contract(ContractFault::Input { issues }))
        })?)
    };
    match schema.validate(&data, environment.limits(), host) {
        Ok(None) => Ok((data, false)),
        Ok(Some(changed)) => Ok((changed, true)),
        Err(Refused::Issues(issues)) => Err(Refusal::Violation(Violation::Contract(ContractFault::Input { issues }))),
        Err(Refused::Raised(raised)) => Err(Refusal::Raised(raised)),
    }
}
