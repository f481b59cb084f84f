//! The contracts that the benches of workflows share: a service that adds, and a workflow that calls it twice.

use arvo::Contract;
use serde_json::{Value, json};

fn numbers(required: &[&str]) -> Value {
    let properties: serde_json::Map<String, Value> =
        required.iter().map(|name| ((*name).to_owned(), json!({"type": "number"}))).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

pub(crate) fn service() -> Contract {
    Contract::simple("#/services/add", "calc.add")
        .version("1.0.0", numbers(&["a", "b"]), numbers(&["sum"]))
        .build()
        .unwrap()
}

pub(crate) fn flow() -> Contract {
    Contract::orchestrator("#/flows/sum", "sum").version("1.0.0", numbers(&["n"]), numbers(&["total"])).build().unwrap()
}
