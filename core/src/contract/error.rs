//! Why a contract can't be made, or a version of it not found. Texts are the reference's where it has one.

use std::sync::Arc;

use super::schema::SchemaError;

/// Why a contract can't be made: the first thing found wrong, in the order uri, type, domain, versions.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// There is no URI.
    #[error("URI must be a non-empty string")]
    UriEmpty,
    /// The URI differs from `encodeURI(decodeURI(uri))`.
    #[error("The URI must a valid URI string")]
    UriNotEncoded {
        /// The URI given.
        uri: Arc<str>,
    },
    /// There is no type.
    #[error("Type must be a non-empty string")]
    TypeEmpty,
    /// A type breaks the grammar of event types.
    #[error("Type should be prefixed with a reverse-DNS name")]
    TypeGrammar {
        /// The type given.
        type_name: Arc<str>,
    },
    /// The domain is an empty text.
    #[error("The domain must be non-empty string")]
    DomainEmpty,
    /// The domain breaks the grammar of domains.
    #[error("Domain must contain only lowercase letters, numbers, and dots")]
    DomainGrammar {
        /// The domain given.
        domain: String,
    },
    /// There is no version.
    #[error("An ArvoContract (uri={uri}) must have at least one version")]
    NoVersions {
        /// The contract's URI.
        uri: Arc<str>,
    },
    /// A version breaks the grammar of versions.
    #[error("Invalid version format of the semantic version")]
    VersionGrammar {
        /// The version given.
        version: String,
    },
    /// The wildcard is no version of a contract.
    #[error("For contract (uri={uri}), the version cannot be '0.0.0'. It is a reserved version type.")]
    Wildcard {
        /// The contract's URI.
        uri: Arc<str>,
    },
    /// A version is given twice.
    #[error("contract (uri={uri}) has version {version} twice; give each version once")]
    VersionTwice {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
    },
    /// The accepted type is reserved.
    #[error(
        "In contract (uri={uri}), the 'accepts' event (type={type_name}) must not start\nwith 'arvo.orc' because this \
         is a reserved pattern\nfor Arvo orchestrators."
    )]
    AcceptsReserved {
        /// The contract's URI.
        uri: Arc<str>,
        /// The type.
        type_name: Arc<str>,
    },
    /// An emitted type is reserved.
    #[error(
        "In contract (uri={uri}, version={version}), the 'emits' event (type={type_name}) must not start\nwith \
         'arvo.orc' because this is a reserved pattern\nfor Arvo orchestrators."
    )]
    EmitsReserved {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
        /// The type.
        type_name: Arc<str>,
    },
    /// The name of an orchestrator contract breaks its grammar.
    #[error("Invalid 'name' = '{name}'. The 'name' must only contain alphanumeric characters. e.g. test.orchestrator")]
    OrchestratorName {
        /// The name given.
        name: Arc<str>,
    },
    /// A schema can't be used.
    #[error("contract (uri={uri}, version={version}), schema of {type_name}: {source}")]
    Schema {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
        /// The event type whose data it describes.
        type_name: Arc<str>,
        /// What is wrong with it.
        source: SchemaError,
    },
    /// The schema of an orchestrator's init event is not one of an object.
    #[error(
        "contract (uri={uri}, version={version}): the init schema must be one of an object, {{\"type\": \"object\", …}}, \
         so that parentSubject$$ can be added to it"
    )]
    InitNotObject {
        /// The contract's URI.
        uri: Arc<str>,
        /// The version.
        version: String,
    },
    /// The JSON form of a contract lacks a member, or has one of a wrong kind.
    #[error("contract in JSON: {path} must be {wanted}")]
    Json {
        /// JSON Pointer of the member.
        path: String,
        /// What must stand there.
        wanted: &'static str,
    },
}

/// A contract lacks a version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("The contract (uri={uri}) does not have version={version}")]
pub struct UnknownVersion {
    /// The contract's URI.
    pub uri: Arc<str>,
    /// What was asked for.
    pub version: String,
}
