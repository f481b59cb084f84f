//! The first phase: is this event for this handler, which version, and does its data keep the contract? (SPEC §10.1–3)

use crate::contract::{Refused, VersionedContract};
use crate::environment::Environment;
use crate::event::{Data, Dataschema, Event, Token};
use crate::telemetry::Line;
use crate::violation::{ConfigFault, ContractFault, Issue, Violation};

use super::execution::{Phase, State};
use super::host::Host;
use super::step::{Call, Step, Turn};

impl State {
    pub(super) fn incoming(mut self: Box<Self>, host: &dyn Host) -> Turn {
        let version = match self.version() {
            Ok(version) => version,
            Err(violation) => return self.end(Err(violation)),
        };
        let checked = check(&version, &self.event, &self.environment, host);
        let number = self.plan.contract.index_of(version.version().as_str()).unwrap_or_default();
        let (data, changed) = match checked {
            Ok(checked) => checked,
            Err(Refusal::Violation(violation)) => return self.end(Err(violation)),
            Err(Refusal::Raised(raised)) => return self.failed(raised),
        };
        let contract = &self.plan.contract;
        self.log(Line::Validated { uri: contract.uri(), version: version.version().as_str() });
        self.log(Line::Calling { type_: self.event.type_() });
        self.phase = Phase::Call(version);
        let event = match &data {
            Data::Value(value) if changed => self.event.with_value(value.clone()),
            _ => self.event.clone(),
        };
        let function = u32::try_from(number).unwrap_or(u32::MAX);
        self.step(Step::Call(Box::new(Call { function, event, data, changed, workflow: None })))
    }

    fn version(&self) -> Result<VersionedContract, Violation> {
        let (contract, event) = (&self.plan.contract, &self.event);
        if event.type_() != contract.type_() {
            return Err(Violation::Config(ConfigFault::TypeMismatch {
                received: event.envelope().shared_type(),
                expected: contract.shared_type(),
            }));
        }
        self.log(Line::Accepted { type_: event.type_(), uri: contract.uri() });
        let version = self.version_in(event.dataschema())?;
        self.log(Line::Version { version: version.version().as_str() });
        Ok(version)
    }

    fn version_in(&self, dataschema: Option<&str>) -> Result<VersionedContract, Violation> {
        let contract = &self.plan.contract;
        let Some((uri, version)) = dataschema.and_then(Dataschema::split) else {
            let latest = contract.latest();
            self.log(Line::NoDataschema { issue: "it must be <uri of a contract>/<version>" });
            self.log(Line::LatestVersion {
                dataschema: dataschema.unwrap_or("null"),
                version: latest.version().as_str(),
                uri: contract.uri(),
            });
            return Ok(latest);
        };
        if !uri.is_empty() && uri != contract.uri() {
            return Err(Violation::Contract(ContractFault::UriMismatch {
                expected: contract.shared_uri(),
                dataschema: dataschema.unwrap_or_default().into(),
            }));
        }
        contract.exact(version).ok_or_else(|| {
            Violation::Config(ConfigFault::UnknownVersion {
                version: version.to_owned(),
                available: contract.versions().map(|known| known.version().to_string()).collect(),
            })
        })
    }
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
