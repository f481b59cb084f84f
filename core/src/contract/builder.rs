//! Building contracts: plain ones, and the two kinds that fix their types (SPEC §5).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::domain::{DomainName, DomainNameError};
use crate::event::{Data, Version, grammar};
use crate::uri;

use super::contract::{Contract, ContractKind, Inner, TypedSchema, VersionInner, dataschema};
use super::error::ContractError;
use super::json::system_error_schema;
use super::schema::Schema;
use super::unknown_keys::UnknownKeys;

/// A schema as it is given to a builder: built already, or as JSON Schema, compiled when the contract is built.
#[derive(Clone, Debug)]
pub enum SchemaSource {
    /// Built already.
    Built(Schema),
    /// JSON Schema; unknown keys as it says itself.
    Json(Value),
}

impl From<Schema> for SchemaSource {
    fn from(schema: Schema) -> Self {
        Self::Built(schema)
    }
}

impl From<Value> for SchemaSource {
    fn from(schema: Value) -> Self {
        Self::Json(schema)
    }
}

#[derive(Clone, Debug)]
struct VersionSource {
    version: String,
    accepts: SchemaSource,
    emits: Vec<(Arc<str>, SchemaSource)>,
}

/// Builds a plain contract; see [`Contract::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ContractBuilder {
    pub(super) uri: Arc<str>,
    pub(super) type_: Arc<str>,
    pub(super) domain: Option<String>,
    pub(super) description: Option<Arc<str>>,
    pub(super) metadata: Map<String, Value>,
    pub(super) kind: ContractKind,
    versions: Vec<VersionSource>,
}

/// The builder methods that all kinds share, written once.
macro_rules! common {
    ($builder:ident, |$it:ident| $plain:expr) => {
        impl $builder {
            /// Processing context of the contract's handler.
            pub fn domain(mut self, domain: impl Into<String>) -> Self {
                let $it = &mut self;
                $plain.domain = Some(domain.into());
                self
            }

            /// What the contract is for, in a person's words.
            pub fn description(mut self, description: impl Into<Arc<str>>) -> Self {
                let $it = &mut self;
                $plain.description = Some(description.into());
                self
            }

            /// Data of the contract's own.
            pub fn metadata(mut self, metadata: Map<String, Value>) -> Self {
                let $it = &mut self;
                $plain.metadata = metadata;
                self
            }
        }
    };
}

common!(ContractBuilder, |it| it);
common!(SimpleContractBuilder, |it| it.plain);
common!(OrchestratorContractBuilder, |it| it.plain);

impl ContractBuilder {
    pub(super) fn new(uri: impl Into<Arc<str>>, type_: impl Into<Arc<str>>) -> Self {
        Self {
            uri: uri.into(),
            type_: type_.into(),
            domain: None,
            description: None,
            metadata: Map::new(),
            kind: ContractKind::Plain,
            versions: Vec::new(),
        }
    }

    /// Adds a version: the schema of what it accepts, and type and schema of each event it emits.
    pub fn version<T: Into<Arc<str>>, S: Into<SchemaSource>>(
        mut self,
        version: impl Into<String>,
        accepts: impl Into<SchemaSource>,
        emits: impl IntoIterator<Item = (T, S)>,
    ) -> Self {
        self.versions.push(VersionSource {
            version: version.into(),
            accepts: accepts.into(),
            emits: emits.into_iter().map(|(type_, schema)| (type_.into(), schema.into())).collect(),
        });
        self
    }

    /// Checks everything and compiles the schemas.
    ///
    /// # Errors
    /// [`ContractError`]: the first thing found wrong.
    pub fn build(self) -> Result<Contract, ContractError> {
        self.check_reserved()?;
        self.check_uri()?;
        check_type(&self.type_)?;
        let domain = self.domain.as_deref().map(parse_domain).transpose()?;
        let mut versions = Vec::with_capacity(self.versions.len());
        for source in &self.versions {
            let built = self.build_version(source)?;
            if versions.iter().any(|known: &VersionInner| known.version == built.version) {
                return Err(ContractError::VersionTwice { uri: self.uri, version: built.version.to_string() });
            }
            versions.push(built);
        }
        if versions.is_empty() {
            return Err(ContractError::NoVersions { uri: self.uri });
        }
        let given: Vec<Version> = versions.iter().map(|built| built.version.clone()).collect();
        versions.sort_by(|one, other| one.version.cmp(&other.version));
        let as_given =
            given.iter().filter_map(|given| versions.iter().position(|built| built.version == *given)).collect();
        let type_: Arc<str> = format!("sys.{}.error", self.type_).into();
        let schema = Schema::from_json(&system_error_schema(), UnknownKeys::AsWritten).map_err(|source| {
            let version = Version::WILDCARD.to_string();
            ContractError::Schema { uri: self.uri.clone(), version, type_name: type_.clone(), source }
        })?;
        Ok(Contract(Arc::new(Inner {
            system_error: TypedSchema { type_, schema },
            system_error_dataschema: dataschema(&self.uri, &Version::WILDCARD),
            uri: self.uri,
            type_: self.type_,
            domain,
            description: self.description,
            metadata: self.metadata,
            kind: self.kind,
            versions,
            as_given,
        })))
    }

    /// Of several faults this is told first, as by the reference.
    fn check_reserved(&self) -> Result<(), ContractError> {
        if self.kind == ContractKind::Orchestrator {
            return Ok(());
        }
        if is_reserved(&self.type_) {
            return Err(ContractError::AcceptsReserved { uri: self.uri.clone(), type_name: self.type_.clone() });
        }
        for source in &self.versions {
            if let Some((type_, _)) = source.emits.iter().find(|(type_, _)| is_reserved(type_)) {
                return Err(ContractError::EmitsReserved {
                    uri: self.uri.clone(),
                    version: source.version.clone(),
                    type_name: type_.clone(),
                });
            }
        }
        Ok(())
    }

    fn check_uri(&self) -> Result<(), ContractError> {
        if self.uri.is_empty() {
            return Err(ContractError::UriEmpty);
        }
        if !uri::is_properly_encoded(&self.uri) {
            return Err(ContractError::UriNotEncoded { uri: self.uri.clone() });
        }
        Ok(())
    }

    fn build_version(&self, source: &VersionSource) -> Result<VersionInner, ContractError> {
        let version: Version =
            source.version.parse().map_err(|_| ContractError::VersionGrammar { version: source.version.clone() })?;
        if version.is_wildcard() {
            return Err(ContractError::Wildcard { uri: self.uri.clone() });
        }
        for (type_, _) in &source.emits {
            check_type(type_)?;
        }
        let compile = |type_: &Arc<str>, schema: &SchemaSource| match schema {
            SchemaSource::Built(schema) => Ok(TypedSchema { type_: type_.clone(), schema: schema.clone() }),
            SchemaSource::Json(json) => Schema::from_json(json, UnknownKeys::AsWritten)
                .map(|schema| TypedSchema { type_: type_.clone(), schema })
                .map_err(|error| ContractError::Schema {
                    uri: self.uri.clone(),
                    version: source.version.clone(),
                    type_name: type_.clone(),
                    source: error,
                }),
        };
        Ok(VersionInner {
            dataschema: dataschema(&self.uri, &version),
            accepts: compile(&self.type_, &source.accepts)?,
            emits: source.emits.iter().map(|(type_, schema)| compile(type_, schema)).collect::<Result<_, _>>()?,
            version,
        })
    }
}

/// Builds a simple contract; see [`Contract::simple`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SimpleContractBuilder {
    plain: ContractBuilder,
    root_type: Arc<str>,
}

impl SimpleContractBuilder {
    pub(super) fn new(uri: impl Into<Arc<str>>, root_type: impl Into<Arc<str>>) -> Self {
        let root_type = root_type.into();
        let mut plain = ContractBuilder::new(uri, format!("com.{root_type}"));
        plain.kind = ContractKind::Simple;
        Self { plain, root_type }
    }

    /// Adds a version: the schema of the request and that of the answer.
    pub fn version(
        mut self,
        version: impl Into<String>,
        accepts: impl Into<SchemaSource>,
        emits: impl Into<SchemaSource>,
    ) -> Self {
        let answer = format!("evt.{}.success", self.root_type);
        self.plain = self.plain.version(version, accepts, [(answer, emits)]);
        self
    }

    /// Checks everything and compiles the schemas.
    ///
    /// # Errors
    /// [`ContractError`]: the first thing found wrong.
    pub fn build(mut self) -> Result<Contract, ContractError> {
        let metadata = &mut self.plain.metadata;
        metadata.insert("contractType".to_owned(), "SimpleArvoContract".into());
        metadata.insert("rootType".to_owned(), self.root_type.as_ref().into());
        self.plain.build()
    }
}

/// Builds an orchestrator's contract; see [`Contract::orchestrator`].
#[derive(Clone, Debug)]
#[must_use]
pub struct OrchestratorContractBuilder {
    plain: ContractBuilder,
    name: Arc<str>,
}

/// The property that every init event has: the subject of the workflow that started this one, or null.
pub(super) const PARENT_SUBJECT: &str = "parentSubject$$";

/// That subject, as the data of an init event says (SPEC §7); data that the host keeps is none.
pub(crate) fn parent_subject(data: &Data) -> Option<Arc<str>> {
    data.text_under(PARENT_SUBJECT)
}

impl OrchestratorContractBuilder {
    pub(super) fn new(uri: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        let mut plain = ContractBuilder::new(uri, format!("arvo.orc.{name}"));
        plain.kind = ContractKind::Orchestrator;
        Self { plain, name }
    }

    /// Adds a version: the schema of the data that begins a workflow (of an object; `parentSubject$$` is added to
    /// it, unless it says itself what that is) and of the data that ends one. A host schema must know
    /// `parentSubject$$` itself.
    pub fn version(
        mut self,
        version: impl Into<String>,
        init: impl Into<SchemaSource>,
        complete: impl Into<SchemaSource>,
    ) -> Self {
        let end = format!("arvo.orc.{}.done", self.name);
        self.plain = self.plain.version(version, init, [(end, complete)]);
        self
    }

    /// Checks everything and compiles the schemas.
    ///
    /// # Errors
    /// [`ContractError`]: the first thing found wrong.
    pub fn build(mut self) -> Result<Contract, ContractError> {
        self.plain.check_uri()?;
        if !grammar::is_orchestrator_name(&self.name) {
            return Err(ContractError::OrchestratorName { name: self.name });
        }
        for version in &mut self.plain.versions {
            let known = match &version.accepts {
                SchemaSource::Built(schema) if schema.is_host() => continue,
                SchemaSource::Built(schema) => schema.to_json(),
                SchemaSource::Json(json) => json.clone(),
            };
            let init = with_parent_subject(known).ok_or_else(|| ContractError::InitNotObject {
                uri: self.plain.uri.clone(),
                version: version.version.clone(),
            })?;
            version.accepts = SchemaSource::Json(init);
        }
        let metadata = &mut self.plain.metadata;
        metadata.insert("contractType".to_owned(), "ArvoOrchestratorContract".into());
        metadata.insert("rootType".to_owned(), self.name.as_ref().into());
        metadata.insert("initEventType".to_owned(), self.plain.type_.as_ref().into());
        metadata.insert("completeEventType".to_owned(), format!("arvo.orc.{}.done", self.name).into());
        self.plain.build()
    }
}

/// The schema of an object, with `parentSubject$$` in front of its properties.
fn with_parent_subject(mut schema: Value) -> Option<Value> {
    let object = schema.as_object_mut()?;
    if object.get("type").is_some_and(|kind| kind != "object") {
        return None;
    }
    object.entry("type").or_insert_with(|| "object".into());
    let properties = object.entry("properties").or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
    if properties.contains_key(PARENT_SUBJECT) {
        return Some(schema);
    }
    properties.shift_insert(
        0,
        PARENT_SUBJECT.to_owned(),
        json!({
            "anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}],
            "description": "Subject of the workflow that starts this one and gets its result; null for a workflow of its own.",
        }),
    );
    let required = object.entry("required").or_insert_with(|| Value::Array(Vec::new())).as_array_mut()?;
    required.insert(0, PARENT_SUBJECT.into());
    Some(schema)
}

fn check_type(type_: &Arc<str>) -> Result<(), ContractError> {
    if type_.is_empty() {
        Err(ContractError::TypeEmpty)
    } else if !grammar::is_event_type(type_) {
        Err(ContractError::TypeGrammar { type_name: type_.clone() })
    } else {
        Ok(())
    }
}

fn is_reserved(type_: &str) -> bool {
    type_.starts_with("arvo.orc")
}

fn parse_domain(text: &str) -> Result<DomainName, ContractError> {
    text.parse().map_err(|error| match error {
        DomainNameError::Empty => ContractError::DomainEmpty,
        DomainNameError::Character { text, .. } => ContractError::DomainGrammar { domain: text },
    })
}
