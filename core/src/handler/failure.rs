//! Why an execution gives no events, as Rust users get it.

use crate::violation::Violation;

use super::handler::BoxError;

/// Why an execution gives no events.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The core's own.
    #[error("{0}")]
    Violation(#[source] Violation),
    /// A violation that the function returned as its error: the same value.
    #[error("{0}")]
    User(#[source] BoxError),
    /// The user's memory failed; `cause` is its own error.
    #[error("{violation}")]
    Memory {
        /// What that means: a [`Violation::Transaction`].
        violation: Violation,
        /// What the memory failed with: the same value.
        #[source]
        cause: BoxError,
    },
}

impl Failure {
    /// The user's own error, if it is of this type.
    ///
    /// ```
    /// let failure = arvo::Failure::User(arvo::UserViolation::new("Busy", "later").into());
    /// assert!(failure.user::<arvo::UserViolation>().is_some());
    /// ```
    pub fn user<E: std::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::User(error) | Self::Memory { cause: error, .. } => error.downcast_ref(),
            Self::Violation(_) => None,
        }
    }

    /// The core's violation, if it is one.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Violation(violation) | Self::Memory { violation, .. } => Some(violation),
            Self::User(error) => error.downcast_ref(),
        }
    }
}
