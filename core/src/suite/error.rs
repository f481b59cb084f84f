//! Why JSON is no suite: all problems at once, each with its place.

use std::fmt;

use crate::expression::TemplateError;
use crate::json::JsonError;

/// Why a suite or a case can't be made: every problem.
///
/// ```
/// let error = arvo::suite::Suite::read(r#"{"config": {"handlr": "com.a.b"}, "cases": []}"#).unwrap_err();
/// assert_eq!(error.problems.len(), 3);
/// assert_eq!(error.problems[0].path(), "/config/handlr");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the suite can't be used: {}", Problems(.problems))]
pub struct SuiteError {
    /// At least one.
    pub problems: Vec<CaseProblem>,
}

/// One thing wrong with a suite or a case.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseProblem {
    /// The text is no JSON, or beyond the limits.
    #[error("{0}")]
    Json(JsonError),
    /// A member is missing.
    #[error("{path} is missing; it must be {wanted}")]
    Missing {
        /// JSON Pointer of the member.
        path: String,
        /// What must stand there.
        wanted: &'static str,
    },
    /// A member is of another kind than it must be.
    #[error("{path} is {found}; it must be {wanted}")]
    Wrong {
        /// JSON Pointer of the member.
        path: String,
        /// What must stand there.
        wanted: &'static str,
        /// What stands there.
        found: String,
    },
    /// A member that nothing is known of, perhaps misspelled.
    #[error("{path} is unknown; here may stand {}", .known.join(", "))]
    Unknown {
        /// JSON Pointer of the member.
        path: String,
        /// The members that are known there.
        known: &'static [&'static str],
    },
    /// Two members that exclude each other.
    #[error("{path} has both {} and {}; give one of them", .both[0], .both[1])]
    Both {
        /// JSON Pointer of the object.
        path: String,
        /// The two members.
        both: [&'static str; 2],
    },
    /// A function of the program where there can be none.
    #[error("{path} asks for a function of the program; in a file write a template")]
    NoFunction {
        /// JSON Pointer of the place.
        path: String,
    },
    /// An expression that does not compile.
    #[error("{path}: {error}")]
    Expression {
        /// JSON Pointer of the template.
        path: String,
        /// What is wrong with it.
        error: TemplateError,
    },
}

impl CaseProblem {
    /// JSON Pointer of the place; empty for the whole.
    pub fn path(&self) -> &str {
        match self {
            Self::Json(_) => "",
            Self::Missing { path, .. }
            | Self::Wrong { path, .. }
            | Self::Unknown { path, .. }
            | Self::Both { path, .. }
            | Self::NoFunction { path }
            | Self::Expression { path, .. } => path,
        }
    }
}

impl From<CaseProblem> for SuiteError {
    fn from(problem: CaseProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

struct Problems<'a>(&'a [CaseProblem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if at > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}
