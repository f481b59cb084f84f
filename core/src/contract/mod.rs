//! Contracts: what a service accepts and emits, version by version (SPEC §4, §5, §7).

mod builder;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod contract;
mod error;
mod factory;
mod json;
mod schema;
#[cfg(feature = "schemars")]
mod typed;
mod unknown_keys;

pub(crate) use builder::parent_subject;
pub use builder::{ContractBuilder, OrchestratorContractBuilder, SchemaSource, SimpleContractBuilder};
pub use contract::{Contract, ContractKind, TypedSchema, VersionedContract};
pub use error::{ContractError, UnknownVersion};
pub use factory::{ErrorReport, Factory, FactoryError, Making};
pub(crate) use schema::escape;
pub use schema::*;
pub use unknown_keys::*;
