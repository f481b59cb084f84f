//! A machine as a file: contract, services, named implementations and definition in one JSON object, the same for
//! every language (ARCHITECTURE §4).

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::{Contract, VersionedContract};
use crate::violation::{ConfigFault, MachineProblem, Violation};

use super::machine::{Machine, MachineSpec, refusal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    contract: Reference,
    #[serde(default)]
    services: Map<String, Value>,
    #[serde(default)]
    guards: Map<String, Value>,
    #[serde(default)]
    actions: Map<String, Value>,
    machine: Value,
}

/// A version of a contract.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    uri: String,
    version: String,
}

impl MachineSpec {
    /// Reads a machine from its JSON form: `{contract, services, guards, actions, machine}`. `contract` and each of
    /// `services` name a version of one of `contracts` as `{uri, version}`; `guards` and `actions` may be left out.
    ///
    /// # Errors
    /// [`Violation::Config`] with [`ConfigFault::Machine`]: the form is another, or a contract is not at hand.
    ///
    /// ```
    /// use arvo::{Contract, Machine, MachineSpec};
    /// let object = || serde_json::json!({"type": "object"});
    /// let flow = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let file = serde_json::json!({
    ///     "contract": {"uri": "#/flows/order", "version": "1.0.0"},
    ///     "machine": {"id": "order", "initial": "a", "states": {"a": {"type": "final"}}, "output": {"ok": true}},
    /// });
    /// let machine = Machine::compile(MachineSpec::from_json(file, &[flow])?)?;
    /// assert_eq!(machine.id(), "order");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(file: Value, contracts: &[Contract]) -> Result<Self, Violation> {
        let file = read(file)?;
        let mut problems = Vec::new();
        let contract = resolve(&file.contract, contracts, "contract", &mut problems);
        let mut services = Vec::with_capacity(file.services.len());
        for (name, reference) in file.services {
            let path = format!("services.{name}");
            match serde_json::from_value::<Reference>(reference) {
                Ok(reference) => {
                    services.extend(resolve(&reference, contracts, &path, &mut problems).map(|found| (name, found)));
                }
                Err(error) => problems.push(refusal("E-FORM", &path, format!("must be {{uri, version}}: {error}"))),
            }
        }
        match contract {
            Some(contract) if problems.is_empty() => {
                let setup = [("guards", file.guards), ("actions", file.actions)];
                let setup = setup.into_iter().map(|(key, map)| (key.to_owned(), Value::Object(map))).collect();
                Ok(Self { services, setup, ..Self::new(&contract, file.machine) })
            }
            _ => Err(refused(problems)),
        }
    }
}

impl Machine {
    /// Reads and compiles a machine that is made of expressions alone; one that has functions is read by
    /// [`MachineSpec::from_json`].
    ///
    /// # Errors
    /// As [`MachineSpec::from_json`] and [`Machine::compile`].
    pub fn from_json(file: Value, contracts: &[Contract]) -> Result<Self, Violation> {
        Self::compile(MachineSpec::from_json(file, contracts)?)
    }
}

/// The definition in a machine's file, and what its named implementations stand for.
pub(super) fn definition_of(file: Value) -> Result<(Value, Map<String, Value>), Violation> {
    let file = read(file)?;
    let setup = [("guards", file.guards), ("actions", file.actions)];
    Ok((file.machine, setup.into_iter().map(|(key, map)| (key.to_owned(), Value::Object(map))).collect()))
}

fn read(file: Value) -> Result<File, Violation> {
    serde_json::from_value(file).map_err(|error| {
        let message = format!(
            "a machine's file is {{contract: {{uri, version}}, services: {{name: {{uri, version}}}}, guards, actions, machine}}: {error}"
        );
        refused(vec![refusal("E-FORM", "", message)])
    })
}

fn resolve(
    wanted: &Reference,
    contracts: &[Contract],
    path: &str,
    problems: &mut Vec<MachineProblem>,
) -> Option<VersionedContract> {
    let Reference { uri, version } = wanted;
    let Some(contract) = contracts.iter().find(|contract| contract.uri() == uri) else {
        let known: Vec<&str> = contracts.iter().map(Contract::uri).collect();
        let message = format!("contract {uri} is not among those given ({}); give it too", known.join(", "));
        problems.push(refusal("E-SERVICE", path, message));
        return None;
    };
    contract.version(version).map_err(|error| problems.push(refusal("E-SERVICE", path, error.to_string()))).ok()
}

pub(super) fn refused(problems: Vec<MachineProblem>) -> Violation {
    Violation::Config(ConfigFault::Machine { problems })
}
