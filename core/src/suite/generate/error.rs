//! Why no data could be made.

use crate::contract::SchemaError;
use crate::violation::Issue;

/// Why no data could be made for a schema.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The schema allows nothing at a place that must be filled.
    #[error("no data can be made: the schema at {path} {reason}")]
    Nothing {
        /// JSON Pointer within the schema.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// What was made did not fit, however often it was tried.
    #[error(
        "no data was found in {tries} tries: the schema at {path} refuses what is made for it ({issue}); \
         say more with the keywords that values can be made of, or test by events of your own"
    )]
    NotFound {
        /// JSON Pointer within the schema, of the part that made what was refused last.
        path: String,
        /// How often it was tried.
        tries: usize,
        /// What was wrong with the last one.
        issue: Issue,
    },
    /// The JSON Schema that a host schema comes with can't be used.
    #[error("no data can be made: the schema that describes the host's can't be used: {0}")]
    Schema(#[source] SchemaError),
}
