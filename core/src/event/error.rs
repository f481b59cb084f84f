//! Why something is no event: every broken attribute, as data and as text (SPEC §2).

use std::fmt;

use crate::json::JsonError;
use crate::violation::Issue;

/// Why a text is no event, or why an event can't be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The text is no JSON object, or over a limit.
    #[error("an event can't be read: {0}")]
    Json(#[source] JsonError),
    /// Attributes are broken: all of them, in the order of the JSON object, extensions last.
    #[error("an event has {} broken attribute(s): {}", .broken.len(), List(.broken))]
    Attributes {
        /// Each attribute with what is wrong with it.
        broken: Vec<BrokenAttribute>,
    },
}

impl EventError {
    /// The broken attributes; empty when the text could not be read at all.
    pub fn broken(&self) -> &[BrokenAttribute] {
        match self {
            Self::Attributes { broken } => broken,
            Self::Json(_) => &[],
        }
    }

    /// The same as issues, each attribute's name as the path.
    pub fn issues(&self) -> Vec<Issue> {
        match self {
            Self::Json(error) => vec![Issue { path: String::new(), message: error.to_string() }],
            Self::Attributes { broken } => broken.iter().map(BrokenAttribute::issue).collect(),
        }
    }
}

impl From<JsonError> for EventError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// One attribute, or extension, that breaks its rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{attribute:?} {fault}")]
pub struct BrokenAttribute {
    /// Its name, as it stands in the JSON object.
    pub attribute: String,
    /// The rule that it breaks.
    pub fault: AttributeFault,
}

impl BrokenAttribute {
    pub(crate) fn new(attribute: impl Into<String>, fault: AttributeFault) -> Self {
        Self { attribute: attribute.into(), fault }
    }

    fn issue(&self) -> Issue {
        Issue {
            path: format!("/{}", self.attribute.replace('~', "~0").replace('/', "~1")),
            message: self.fault.to_string(),
        }
    }
}

/// How an attribute breaks its rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeFault {
    /// It is not there.
    #[error("is missing; give it, or null where the attribute may be absent")]
    Missing,
    /// It is of another kind.
    #[error("is {found}; it must be {wanted}")]
    Kind {
        /// What it is.
        found: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// It is an empty text.
    #[error("is empty; give a text, or leave it out where the attribute may be absent")]
    Empty,
    /// It differs from `encodeURI(decodeURI(text))`.
    #[error("is no properly encoded URI; apply encodeURI to it")]
    NotEncoded,
    /// It breaks the grammar of event types.
    #[error("is no event type; use three or more parts of a-z and 0-9 with dots between, such as com.order.placed")]
    NotType,
    /// It breaks the grammar of domains.
    #[error("is no domain; use a-z, 0-9 and '.', such as human.review")]
    NotDomain,
    /// It is no point in time.
    #[error("is no date-time with an offset, such as 2026-01-31T12:00:00.000+00:00")]
    NotDateTime,
    /// It is another version of CloudEvents.
    #[error("is another version of CloudEvents; it must be \"1.0\"")]
    NotSpecversion,
    /// The data is not JSON.
    #[error("names another format; it must contain application/cloudevents+json or application/json")]
    NotJsonContent,
    /// An event of Arvo's own content type has no address.
    #[error("is null; an event of Arvo's content type must say where it goes")]
    NoAddress,
    /// An id can't be made of what was given.
    #[error("{0}")]
    NotId(String),
    /// An extension bears the name of an attribute.
    #[error("is an attribute's name; an extension must bear another")]
    Reserved,
    /// An extension's name breaks CloudEvents' grammar.
    #[error("is no name of an extension; use a-z and 0-9")]
    NotExtensionName,
}

struct List<'a>(&'a [BrokenAttribute]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, broken) in self.0.iter().enumerate() {
            write!(f, "{}{broken}", if at > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}
