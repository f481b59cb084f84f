//! The contract definitions of the recorded cases as contracts (tests/vectors/README.md, section 2).

use arvo::{Contract, ContractError};
use serde_json::{Value, json};

use crate::case::text;

/// A definition as a contract.
pub(crate) fn contract(definition: &Value) -> Result<Contract, ContractError> {
    /// What all kinds of contracts may be given.
    macro_rules! with_common {
        ($builder:expr) => {{
            let mut builder = $builder;
            if let Some(domain) = definition["domain"].as_str() {
                builder = builder.domain(domain);
            }
            if let Some(description) = definition["description"].as_str() {
                builder = builder.description(description);
            }
            if let Some(metadata) = definition["metadata"].as_object() {
                builder = builder.metadata(metadata.clone());
            }
            builder
        }};
    }
    let uri = text(definition, "uri");
    let versions = || definition["versions"].as_object().into_iter().flatten();
    match text(definition, "kind") {
        "orchestrator" => versions()
            .fold(with_common!(Contract::orchestrator(uri, text(definition, "name"))), |builder, (version, each)| {
                builder.version(version, schema(&each["init"]), schema(&each["complete"]))
            })
            .build(),
        "simple" => versions()
            .fold(with_common!(Contract::simple(uri, text(definition, "type"))), |builder, (version, each)| {
                builder.version(version, schema(&each["accepts"]), schema(&each["emits"]))
            })
            .build(),
        _ => versions()
            .fold(with_common!(Contract::builder(uri, text(definition, "type"))), |builder, (version, each)| {
                let emits = each["emits"].as_object().cloned().unwrap_or_default();
                let emits = emits.into_iter().map(|(type_, emit)| (type_, schema(&emit)));
                builder.version(version, schema(&each["accepts"]), emits)
            })
            .build(),
    }
}

/// A recorded schema with the modes for unknown keys written where they hold; `"{}"` is an empty strip object.
pub(crate) fn schema(definition: &Value) -> Value {
    if definition == "{}" {
        return json!({"type": "object", "properties": {}, "additionalProperties": false, "x-arvo-unknown-keys": "strip"});
    }
    let mut written = definition["schema"].clone();
    for (pointer, mode) in definition["unknownKeys"].as_object().into_iter().flatten() {
        if mode == "catchall" {
            continue; // JSON Schema's own rule: `additionalProperties` checks them, and they are kept
        }
        let path = pointer.trim_start_matches('#');
        match written.pointer_mut(path) {
            Some(Value::Object(target)) => target.insert("x-arvo-unknown-keys".to_owned(), mode.clone()),
            _ => panic!("{pointer} is no object schema of {definition}"),
        };
    }
    written
}
