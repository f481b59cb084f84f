//! Contracts and machines that the tests of machines share.

use arvo::{Contract, Machine, MachineProblem, MachineSpec, VersionedContract, Violation};
use serde_json::{Value, json};

fn object() -> Value {
    json!({"type": "object"})
}

fn with(name: &str, kind: &str) -> Value {
    json!({"type": "object", "properties": {name: {"type": kind}}, "required": [name]})
}

pub(super) fn flow() -> Contract {
    Contract::orchestrator("#/flows/order", "order")
        .version("1.0.0", object(), with("paid", "boolean"))
        .version("2.0.0", object(), object())
        .build()
        .unwrap()
}

/// Accepts `{total}`, emits `evt.order.pay.success`.
pub(super) fn pay() -> VersionedContract {
    Contract::simple("#/services/pay", "order.pay")
        .version("1.0.0", with("total", "number"), object())
        .build()
        .unwrap()
        .latest()
}

/// Emits two types.
pub(super) fn pack() -> VersionedContract {
    let emits = [("evt.box.packed", object()), ("evt.box.empty", object())];
    Contract::builder("#/services/pack", "com.box.pack").version("1.0.0", object(), emits).build().unwrap().latest()
}

pub(super) fn spec(definition: Value) -> MachineSpec {
    let version = flow().version("1.0.0").unwrap();
    MachineSpec::new(&version, definition).service("pay", &pay()).service("pack", &pack())
}

pub(super) fn machine(definition: Value) -> Machine {
    Machine::compile(spec(definition)).unwrap()
}

/// What is wrong with a machine, warnings included.
pub(super) fn problems(spec: MachineSpec) -> Vec<MachineProblem> {
    match Machine::compile(spec) {
        Ok(machine) => machine.warnings().to_vec(),
        Err(Violation::Config(arvo::ConfigFault::Machine { problems })) => problems,
        Err(other) => panic!("{other}"),
    }
}
