//! Machines, compiled; their functions stay in JavaScript, a table of the face's for each machine.

use arvo::statechart;
use arvo::{Contract, Limits, Machine, MachineSpec, Show};
use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::chart::NodeChart;
use crate::contract::NodeContract;
use crate::environment;
use crate::error::{Failure, answer, problem};
use crate::text::Text;

/// A compiled machine.
#[napi]
pub struct NodeMachine {
    pub(crate) machine: Machine,
    pub(crate) has_functions: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    version: String,
    /// Name and version of each service, in the order of their contracts.
    services: Vec<(String, String)>,
    definition: Value,
    setup: Map<String, Value>,
    strict: bool,
    has_functions: bool,
}

/// Compiles a machine.
#[napi(catch_unwind)]
pub fn build_machine(
    contract: &NodeContract,
    services: Vec<ClassInstance<'_, NodeContract>>,
    param: String,
) -> Either<NodeMachine, Text> {
    match build(contract, &services, &param) {
        Ok(machine) => Either::A(machine),
        Err(failure) => Either::B(failure.into()),
    }
}

fn build(
    contract: &NodeContract,
    services: &[ClassInstance<'_, NodeContract>],
    param: &str,
) -> Result<NodeMachine, Failure> {
    let Param { version, services: named, definition, setup, strict, has_functions } =
        serde_json::from_value(read(param, "a machine")?)
            .map_err(|error| Failure::new("contract", format!("a machine can't be built: {error}")))?;
    let mut spec = MachineSpec::new(&contract.0.version(&version)?, definition);
    for ((name, version), service) in named.into_iter().zip(services) {
        spec.services.push((name, service.0.version(&version)?));
    }
    spec.setup = setup;
    spec.strict = strict;
    Ok(NodeMachine { machine: Machine::compile(spec)?, has_functions })
}

/// Reads a portable machine, made of expressions alone.
#[napi(catch_unwind)]
pub fn import_machine(file: String, contracts: Vec<ClassInstance<'_, NodeContract>>) -> Either<NodeMachine, Text> {
    let contracts: Vec<Contract> = contracts.iter().map(|contract| contract.0.clone()).collect();
    let made = read(&file, "a machine").and_then(|file| Ok(Machine::from_json(file, &contracts)?));
    match made {
        Ok(machine) => Either::A(NodeMachine { machine, has_functions: false }),
        Err(failure) => Either::B(failure.into()),
    }
}

/// JSON that a user wrote, for `what`.
pub fn read(text: &str, what: &str) -> Result<Value, Failure> {
    // States are in states: a definition may be as deep as a chart may, and as broad.
    let limits = Limits { depth: 1_024, keys: 100_000, ..environment::limits() };
    arvo::json::parse(text, &limits).map_err(|error| Failure::new("contract", format!("{what} can't be read: {error}")))
}

#[napi]
impl NodeMachine {
    /// What it is, as JSON.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Text {
        let services = self.machine.services().iter().map(|(name, service)| {
            (name.clone(), json!({"uri": service.contract().uri(), "version": service.version().as_str()}))
        });
        json!({
            "id": self.machine.id(),
            "version": self.machine.version().as_str(),
            "source": self.machine.source(),
            "requiresResourceLocking": self.machine.requires_resource_locking(),
            "uri": self.machine.contract().contract().uri(),
            "services": Value::Object(services.collect()),
            "warnings": self.machine.warnings().iter().map(problem).collect::<Value>(),
        })
        .into()
    }

    /// Its definition as records show it.
    #[napi(catch_unwind)]
    pub fn definition(&self) -> Text {
        self.machine.definition().as_ref().into()
    }

    /// Its chart, for tests.
    #[napi(catch_unwind)]
    pub fn chart(&self) -> NodeChart {
        NodeChart { chart: self.machine.chart().clone(), has_functions: self.has_functions, of_machine: true }
    }

    /// A Mermaid diagram; `at` is the JSON of a record or snapshot, `trace` the numbers of transitions taken.
    #[napi(catch_unwind)]
    pub fn mermaid(&self, at: Option<String>, trace: Vec<u32>) -> Either<String, Text> {
        drawn(self.machine.mermaid(&Show { at: at.as_deref(), trace: &trace }))
    }

    /// A Graphviz digraph.
    #[napi(catch_unwind)]
    pub fn dot(&self, at: Option<String>, trace: Vec<u32>) -> Either<String, Text> {
        drawn(self.machine.dot(&Show { at: at.as_deref(), trace: &trace }))
    }

    /// Where a record or snapshot stands, as JSON.
    #[napi(catch_unwind)]
    pub fn describe_at(&self, at: String) -> Text {
        answer(self.machine.describe(&at).map_err(Failure::from))
    }
}

fn drawn(picture: Result<String, statechart::Error>) -> Either<String, Text> {
    match picture {
        Ok(picture) => Either::A(picture),
        Err(error) => Either::B(Failure::from(error).into()),
    }
}
