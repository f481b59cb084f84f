//! The contract itself, checked and compiled when it is built; only lookups afterwards.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::DomainName;
use crate::event::{Dataschema, Version};

use super::builder::{ContractBuilder, OrchestratorContractBuilder, SimpleContractBuilder};
use super::error::UnknownVersion;
use super::factory::Factory;
use super::schema::Schema;

/// A URI, the event type that is accepted, and versions of what is accepted and emitted (SPEC §5).
///
/// ```
/// let contract = arvo::Contract::builder("#/services/greeting", "com.greeting.make")
///     .version(
///         "1.0.0",
///         serde_json::json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}),
///         [("evt.greeting.made", serde_json::json!({"type": "object"}))],
///     )
///     .build()?;
/// assert_eq!(contract.version("latest")?.dataschema(), "#/services/greeting/1.0.0");
/// assert!(contract.version("2.0.0").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Contract(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) uri: Arc<str>,
    pub(super) type_: Arc<str>,
    pub(super) domain: Option<DomainName>,
    pub(super) description: Option<Arc<str>>,
    pub(super) metadata: Map<String, Value>,
    pub(super) kind: ContractKind,
    pub(super) system_error: TypedSchema,
    pub(super) system_error_dataschema: Arc<str>,
    /// Ascending, at least one.
    pub(super) versions: Vec<VersionInner>,
    /// Places of the versions in the order in which they were given, which is that of the JSON form.
    pub(super) as_given: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct VersionInner {
    pub(super) version: Version,
    pub(super) dataschema: Arc<str>,
    pub(super) accepts: TypedSchema,
    pub(super) emits: Vec<TypedSchema>,
}

/// What a contract is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContractKind {
    /// Any types.
    Plain,
    /// `com.{t}` in, `evt.{t}.success` out.
    Simple,
    /// `arvo.orc.{n}` in, `arvo.orc.{n}.done` out.
    Orchestrator,
}

/// An event type with the schema of its data.
#[derive(Clone, Debug)]
pub struct TypedSchema {
    /// The event type.
    pub type_: Arc<str>,
    /// What its data must be.
    pub schema: Schema,
}

impl Contract {
    /// Begins a plain contract.
    pub fn builder(uri: impl Into<Arc<str>>, type_: impl Into<Arc<str>>) -> ContractBuilder {
        ContractBuilder::new(uri, type_)
    }

    /// Begins a contract of one request and one answer: accepts `com.{root_type}`, emits `evt.{root_type}.success`.
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// assert_eq!(contract.type_(), "com.greet.user");
    /// # Ok::<(), arvo::ContractError>(())
    /// ```
    pub fn simple(uri: impl Into<Arc<str>>, root_type: impl Into<Arc<str>>) -> SimpleContractBuilder {
        SimpleContractBuilder::new(uri, root_type)
    }

    /// Begins a contract of a workflow: accepts `arvo.orc.{name}`, emits `arvo.orc.{name}.done`.
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// assert_eq!(contract.version("1.0.0")?.complete_type(), Some("arvo.orc.order.done"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn orchestrator(uri: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> OrchestratorContractBuilder {
        OrchestratorContractBuilder::new(uri, name)
    }

    /// Where the contract stands; with a version it is a dataschema.
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// The event type that is accepted, by every version. (`type` is a keyword of Rust.)
    pub fn type_(&self) -> &str {
        &self.0.type_
    }

    /// Processing context of the contract's handler.
    pub fn domain(&self) -> Option<&str> {
        self.0.domain.as_ref().map(DomainName::as_str)
    }

    /// What the contract is for, in a person's words.
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Data of the contract's own; `contractType` and the like for simple and orchestrator contracts.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.0.metadata
    }

    /// Plain, simple or orchestrator.
    pub fn kind(&self) -> ContractKind {
        self.0.kind
    }

    /// Type of the events that tell of failures, `sys.{type}.error`.
    pub fn system_error_type(&self) -> &str {
        &self.0.system_error.type_
    }

    /// The same type with the schema of those events' data.
    pub fn system_error(&self) -> &TypedSchema {
        &self.0.system_error
    }

    /// Dataschema of those events, `{uri}/0.0.0`.
    pub fn system_error_dataschema(&self) -> &str {
        &self.0.system_error_dataschema
    }

    /// All versions, ascending.
    pub fn versions(&self) -> impl ExactSizeIterator<Item = VersionedContract> + DoubleEndedIterator + '_ {
        (0..self.0.versions.len()).map(|index| VersionedContract { contract: self.clone(), index })
    }

    pub(super) fn versions_as_given(&self) -> impl Iterator<Item = VersionedContract> + '_ {
        self.0.as_given.iter().map(|index| VersionedContract { contract: self.clone(), index: *index })
    }

    /// One version: `latest` (or `any`), `oldest`, or exact.
    ///
    /// # Errors
    /// [`UnknownVersion`] when the contract lacks it.
    pub fn version(&self, which: &str) -> Result<VersionedContract, UnknownVersion> {
        let index = match which {
            "latest" | "any" => Some(self.0.versions.len() - 1),
            "oldest" => Some(0),
            exact => self.index_of(exact),
        };
        match index {
            Some(index) => Ok(VersionedContract { contract: self.clone(), index }),
            None => Err(UnknownVersion { uri: self.0.uri.clone(), version: which.to_owned() }),
        }
    }

    /// The greatest version.
    pub fn latest(&self) -> VersionedContract {
        VersionedContract { contract: self.clone(), index: self.0.versions.len() - 1 }
    }

    /// Place of a version among the versions, ascending.
    pub(crate) fn index_of(&self, version: &str) -> Option<usize> {
        self.0.versions.iter().position(|known| known.version.as_str() == version)
    }

    /// The version of exactly this text.
    pub(crate) fn exact(&self, version: &str) -> Option<VersionedContract> {
        self.index_of(version).map(|index| VersionedContract { contract: self.clone(), index })
    }

    /// Type and dataschema of its system error events.
    pub(crate) fn shared_system_error(&self) -> (Arc<str>, Arc<str>) {
        (self.0.system_error.type_.clone(), self.0.system_error_dataschema.clone())
    }

    pub(crate) fn shared_type(&self) -> Arc<str> {
        self.0.type_.clone()
    }

    pub(crate) fn shared_uri(&self) -> Arc<str> {
        self.0.uri.clone()
    }
}

/// Contract and version together: what a handler or a client is written against. Cloning copies a pointer.
#[derive(Clone, Debug)]
pub struct VersionedContract {
    contract: Contract,
    index: usize,
}

impl VersionedContract {
    fn inner(&self) -> &VersionInner {
        &self.contract.0.versions[self.index]
    }

    /// The contract with all versions.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.inner().version
    }

    /// `{uri}/{version}`.
    pub fn dataschema(&self) -> &str {
        &self.inner().dataschema
    }

    /// The accepted type with its schema.
    pub fn accepts(&self) -> &TypedSchema {
        &self.inner().accepts
    }

    /// The emitted types with their schemas, as they were given.
    pub fn emits(&self) -> &[TypedSchema] {
        &self.inner().emits
    }

    /// The schema of one emitted type.
    pub fn emit(&self, type_: &str) -> Option<&TypedSchema> {
        self.inner().emits.iter().find(|emit| *emit.type_ == *type_)
    }

    /// Type of the event that ends a workflow of this contract; `None` unless it is an orchestrator's.
    pub fn complete_type(&self) -> Option<&str> {
        match self.contract.0.kind {
            ContractKind::Orchestrator => self.emits().first().map(|emit| &*emit.type_),
            ContractKind::Plain | ContractKind::Simple => None,
        }
    }

    /// Makes events of this version, with the machine's clock and random ids.
    pub fn factory(&self) -> Factory {
        Factory::new(self.clone())
    }

    pub(crate) fn shared_dataschema(&self) -> Arc<str> {
        self.inner().dataschema.clone()
    }
}

pub(super) fn dataschema(uri: &str, version: &Version) -> Arc<str> {
    Dataschema::new(uri, version.clone()).to_string().into()
}
