//! The same two workflows as machines, read from files that hold expressions and no code: every language runs them.

use std::collections::BTreeMap;

use arvo::{BoxError, Contract, Machine, Orchestrator};

/// The orchestrator of one machine file (`../../*.machine.json`).
pub(crate) fn orchestrator(file: &str, contracts: &BTreeMap<String, Contract>) -> Result<Orchestrator, BoxError> {
    let contracts: Vec<Contract> = contracts.values().cloned().collect();
    let machine = Machine::from_json(serde_json::from_str(file)?, &contracts)?;
    for warning in machine.warnings() {
        eprintln!("{}: {} {}: {}", machine.id(), warning.code, warning.path, warning.message);
    }
    Ok(Orchestrator::builder().machine(machine).build()?)
}
