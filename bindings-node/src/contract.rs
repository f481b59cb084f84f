//! Contracts: built of what the face lays out, or read from their JSON form.

use arvo::{Contract, ContractError, Schema, SchemaSource, UnknownKeys};
use napi::Either;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// A compiled contract. It holds no function of the host: host schemas are numbers.
#[napi]
pub struct NodeContract(pub(crate) Contract);

/// A schema: JSON Schema, or the number of a host schema with JSON Schema beside it.
#[derive(Deserialize)]
struct Slot {
    #[serde(default)]
    schema: Value,
    host: Option<u32>,
}

impl From<Slot> for SchemaSource {
    fn from(slot: Slot) -> Self {
        match slot.host {
            Some(number) => Schema::host(number, slot.schema).into(),
            None => slot.schema.into(),
        }
    }
}

#[derive(Deserialize)]
struct Emit {
    r#type: String,
    #[serde(flatten)]
    slot: Slot,
}

#[derive(Deserialize)]
struct Versioned<E> {
    version: String,
    #[serde(alias = "init")]
    accepts: Slot,
    #[serde(alias = "complete")]
    emits: E,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Layout {
    Plain {
        #[serde(default)]
        r#type: String,
        versions: Vec<Versioned<Vec<Emit>>>,
    },
    Simple {
        #[serde(default)]
        r#type: String,
        versions: Vec<Versioned<Slot>>,
    },
    Orchestrator {
        #[serde(default)]
        name: String,
        versions: Vec<Versioned<Slot>>,
    },
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    uri: String,
    domain: Option<String>,
    description: Option<String>,
    metadata: Option<Map<String, Value>>,
}

/// Sets what all kinds of contracts have in common.
macro_rules! headed {
    ($builder:expr, $head:expr) => {{
        let mut builder = $builder.metadata($head.metadata.unwrap_or_default());
        if let Some(domain) = $head.domain {
            builder = builder.domain(domain);
        }
        if let Some(description) = $head.description {
            builder = builder.description(description);
        }
        builder
    }};
}

/// Builds a contract.
#[napi(catch_unwind)]
pub fn build_contract(contract: String) -> Either<NodeContract, Text> {
    either(build(&contract))
}

/// Reads a contract's JSON form. `unknown_keys` is empty where the schemas decide.
#[napi(catch_unwind)]
pub fn import_contract(text: String, unknown_keys: String) -> Either<NodeContract, Text> {
    either(import(&text, &unknown_keys))
}

fn either(result: Result<Contract, Failure>) -> Either<NodeContract, Text> {
    match result {
        Ok(contract) => Either::A(NodeContract(contract)),
        Err(failure) => Either::B(failure.into()),
    }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new("contract", format!("a contract can't be read: {error}"))
}

fn build(text: &str) -> Result<Contract, Failure> {
    let head: Head = serde_json::from_str(text).map_err(unreadable)?;
    let built = match serde_json::from_str(text).map_err(unreadable)? {
        Layout::Plain { r#type, versions } => {
            let mut builder = headed!(Contract::builder(head.uri, r#type), head);
            for Versioned { version, accepts, emits } in versions {
                builder = builder.version(version, accepts, emits.into_iter().map(|emit| (emit.r#type, emit.slot)));
            }
            builder.build()
        }
        Layout::Simple { r#type, versions } => {
            let mut builder = headed!(Contract::simple(head.uri, r#type), head);
            for Versioned { version, accepts, emits } in versions {
                builder = builder.version(version, accepts, emits);
            }
            builder.build()
        }
        Layout::Orchestrator { name, versions } => {
            let mut builder = headed!(Contract::orchestrator(head.uri, name), head);
            for Versioned { version, accepts, emits } in versions {
                builder = builder.version(version, accepts, emits);
            }
            builder.build()
        }
    };
    Ok(built?)
}

fn import(text: &str, unknown_keys: &str) -> Result<Contract, Failure> {
    let unknown_keys = match unknown_keys {
        "strip" => UnknownKeys::Strip,
        "strict" => UnknownKeys::Strict,
        "passthrough" => UnknownKeys::Passthrough,
        _ => UnknownKeys::AsWritten,
    };
    let json = arvo::json::parse(text, &environment::limits()).map_err(unreadable)?;
    Ok(Contract::from_json(&json, unknown_keys)?)
}

#[napi]
impl NodeContract {
    /// What it is, as JSON; versions ascending.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Text {
        let versions: Vec<Value> =
            self.0.versions().map(|version| json!({"version": version.version().as_str()})).collect();
        json!({
            "uri": self.0.uri(),
            "type": self.0.type_(),
            "domain": self.0.domain(),
            "description": self.0.description(),
            "metadata": self.0.metadata(),
            "systemErrorType": self.0.system_error_type(),
            "systemErrorDataschema": self.0.system_error_dataschema(),
            "versions": versions,
        })
        .into()
    }

    /// Its JSON form.
    #[napi(catch_unwind)]
    pub fn to_json(&self) -> Text {
        self.0.to_json().into()
    }

    /// The exact version that a look-up stands for.
    #[napi(catch_unwind)]
    pub fn resolve(&self, option: String) -> Text {
        answer(self.0.version(option.as_str()).map(|version| version.version().to_string()).map_err(Failure::from))
    }
}

/// The event types that the name of an orchestrator contract stands for, as JSON.
#[napi(catch_unwind)]
pub fn event_types(name: String) -> Text {
    let any = || Value::Object(Map::from_iter([("type".to_owned(), "object".into())]));
    let built = Contract::orchestrator("#/", name).version("1.0.0", any(), any()).build();
    answer(built.map_err(|error: ContractError| Failure::from(error)).map(|contract| {
        let version = contract.latest();
        json!({
            "init": contract.type_(),
            "complete": version.complete_type(),
            "systemError": contract.system_error_type(),
        })
    }))
}
