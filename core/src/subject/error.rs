//! Why something is no subject: every broken field, as data and as text.

use std::fmt;

use crate::codec::CodecError;
use crate::json::JsonError;
use crate::violation::Issue;

/// As much of a text that can't be read as an error shows.
const SHOWN: usize = 120;

/// Why a subject can't be made, or a text is none. The texts begin as the reference's do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// What was given to make it breaks the rules.
    #[error(
        "Error creating orchestration subject string from the provided context.\n\
         Error -> Invalid ArvoOrchestrationContextType: {}", List(.broken)
    )]
    Content {
        /// Each broken field.
        broken: Vec<BrokenField>,
    },
    /// A text can't be read as a subject.
    #[error("Error parsing orchestration subject string to the context.\nError -> {reason}\nsubject -> {subject}")]
    Unreadable {
        /// The text, or its beginning.
        subject: String,
        /// What is wrong with it.
        reason: UnreadableSubject,
    },
}

impl SubjectError {
    pub(super) fn unreadable(text: &str, reason: impl Into<UnreadableSubject>) -> Self {
        let subject = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        Self::Unreadable { subject, reason: reason.into() }
    }

    /// The broken fields; empty when a text could not be decoded at all.
    pub fn broken(&self) -> &[BrokenField] {
        match self {
            Self::Content { broken } | Self::Unreadable { reason: UnreadableSubject::Content { broken }, .. } => broken,
            Self::Unreadable { .. } => &[],
        }
    }

    /// The same as issues, with the place of each field as a JSON Pointer.
    pub fn issues(&self) -> Vec<Issue> {
        self.broken().iter().map(BrokenField::issue).collect()
    }
}

/// What is wrong with a text that should be a subject.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableSubject {
    /// It is no base64 of a zlib stream, or over a limit.
    #[error("{0}")]
    Codec(#[from] CodecError),
    /// What was in it is no JSON, or over a limit.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// It is JSON that breaks the rules of subjects.
    #[error("{}", List(.broken))]
    Content {
        /// Each broken field.
        broken: Vec<BrokenField>,
    },
}

impl From<Vec<BrokenField>> for UnreadableSubject {
    fn from(broken: Vec<BrokenField>) -> Self {
        Self::Content { broken }
    }
}

/// One field of a subject's content that breaks its rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrokenField {
    /// The keys that lead to it; none for the content itself.
    pub path: Vec<String>,
    /// The rule that it breaks.
    pub fault: FieldFault,
}

impl BrokenField {
    pub(super) fn new(path: &[&str], fault: FieldFault) -> Self {
        Self { path: path.iter().copied().map(str::to_owned).collect(), fault }
    }

    /// Its place with dots between, such as `execution.initiator`.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    fn issue(&self) -> Issue {
        let path = self.path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect();
        Issue { path, message: self.fault.to_string() }
    }
}

impl fmt::Display for BrokenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_slice() {
            [] => write!(f, "the content {}", self.fault),
            _ => write!(f, "{} {}", self.name(), self.fault),
        }
    }
}

/// How a field breaks its rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldFault {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It is of another kind.
    #[error("is {found}; it must be {wanted}")]
    Kind {
        /// What it is.
        found: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// It breaks the grammar of event types.
    #[error("is no event type; use three or more parts of a-z and 0-9 with dots between, such as arvo.orc.order")]
    NotType,
    /// It is no version.
    #[error("is no version; use three numbers with dots between, such as 1.0.0")]
    NotVersion,
    /// It is empty or holds a semicolon.
    #[error("is empty or holds a ';'; use another id, such as a UUID")]
    NotExecutionId,
    /// It breaks the grammar of domains.
    #[error("is no domain; use a-z, 0-9 and '.', such as human.review, or null")]
    NotDomain,
    /// It is over a limit.
    #[error("is refused: {0}")]
    Limit(JsonError),
}

struct List<'a>(&'a [BrokenField]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, broken) in self.0.iter().enumerate() {
            write!(f, "{}{broken}", if at > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}
