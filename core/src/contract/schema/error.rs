//! Why something can't be a schema.

use jsonschema::ReferencingError;
use jsonschema::error::ValidationErrorKind;

use crate::json::JsonError;

/// Why a JSON value is not accepted as a schema. `at` is a JSON Pointer into the schema, empty for the whole.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// It breaks the rules of JSON Schema.
    #[error("the schema at {at:?} is not JSON Schema: {reason}; see the draft that its `$schema` names")]
    NotASchema {
        /// Where.
        at: String,
        /// Which rule.
        reason: String,
    },
    /// Its `$schema` is no known draft.
    #[error("`$schema` {uri:?} is unknown; use draft 2020-12, 2019-09, 7, 6 or 4")]
    UnknownDraft {
        /// What it says.
        uri: String,
    },
    /// A reference leaves the schema; nothing is fetched from network or files.
    #[error("`$ref` to {uri:?} leaves the schema; put its target under `$defs` and refer to it by `#/$defs/…`")]
    RemoteReference {
        /// Where to.
        uri: String,
    },
    /// A reference finds nothing.
    #[error("`$ref` to {reference:?} finds nothing; name a part of this schema, such as `#/$defs/Order`")]
    DanglingReference {
        /// What it says.
        reference: String,
    },
    /// A pattern is no regular expression that matches in linear time.
    #[error(
        "pattern {pattern:?} at {at:?} can't be used: it must be a regular expression of moderate size, without \
         look-around and back-references"
    )]
    Pattern {
        /// Where.
        at: String,
        /// The pattern.
        pattern: String,
    },
    /// `x-arvo-unknown-keys` says something else than `strip`, `strict` or `passthrough`.
    #[error("`x-arvo-unknown-keys` at {at:?} is {found}; say \"strip\", \"strict\" or \"passthrough\"")]
    UnknownKeysValue {
        /// Pointer of the object schema.
        at: String,
        /// What it says, as JSON.
        found: String,
    },
    /// A schema leads back to itself without going into the value.
    #[error("the schema at {at:?} leads back to itself for the same value; refer to it under `properties` or `items`")]
    EndlessReference {
        /// Where.
        at: String,
    },
    /// Schemas that judge one and the same value refer to each other too deep.
    #[error("`$ref`, `allOf` and the like lie deeper than {limit} at {at:?}; refer to the target directly")]
    TooDeep {
        /// Where it begins.
        at: String,
        /// Steps allowed.
        limit: usize,
    },
    /// The schema's JSON breaks a limit.
    #[error("the schema is too large")]
    Limit(#[source] JsonError),
    /// A default that brings in a default, without end or in too large a number.
    #[error("the default at {at:?} fills in more than {limit} further defaults; write out what it should be")]
    EndlessDefault {
        /// Pointer of the property.
        at: String,
        /// Defaults allowed in one default.
        limit: usize,
    },
}

impl SchemaError {
    pub(super) fn of(error: &jsonschema::ValidationError<'_>) -> Self {
        let at = error.instance_path().as_str().to_owned();
        match error.kind() {
            ValidationErrorKind::Referencing(error) => Self::of_reference(error),
            ValidationErrorKind::Format { format } if format == "regex" => {
                Self::Pattern { at, pattern: text_of(error) }
            }
            ValidationErrorKind::Pattern { .. } if at.ends_with("/pattern") => {
                Self::Pattern { at, pattern: text_of(error) }
            }
            _ => Self::NotASchema { at, reason: error.to_string() },
        }
    }

    pub(super) fn of_reference(error: &ReferencingError) -> Self {
        match error {
            ReferencingError::Unretrievable { uri, .. } => Self::RemoteReference { uri: uri.clone() },
            ReferencingError::UnknownSpecification { specification } => {
                Self::UnknownDraft { uri: specification.clone() }
            }
            ReferencingError::PointerToNowhere { pointer } => {
                Self::DanglingReference { reference: format!("#{pointer}") }
            }
            ReferencingError::NoSuchAnchor { anchor } => Self::DanglingReference { reference: format!("#{anchor}") },
            other => Self::NotASchema { at: String::new(), reason: other.to_string() },
        }
    }
}

fn text_of(error: &jsonschema::ValidationError<'_>) -> String {
    error.instance().as_str().unwrap_or_default().to_owned()
}
