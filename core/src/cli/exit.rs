//! How a command ends: the exit codes, and what to say when it did not do what was asked.

use std::io;

use crate::store::StoreError;

/// The exit codes, as the module's documentation and `arvo --help` tell them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Late = 4,
}

/// Why a command stopped, for the error stream.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) exit: Exit,
    /// Empty: nothing to say.
    pub(super) text: String,
}

/// How a command ended.
pub(super) type Ended = Result<Exit, Stop>;

impl Stop {
    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, text: text.into() }
    }

    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into() }
    }

    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self { exit: Exit::NotFound, text: text.into() }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Url { .. } => Exit::Usage,
            StoreError::Open { .. } | StoreError::UnknownSubject { .. } | StoreError::UnknownDelivery { .. } => {
                Exit::NotFound
            }
            _ => Exit::Failed,
        };
        Self { exit, text: error.to_string() }
    }
}

/// Of the output: a reader that has seen enough, such as `head`, is no failure.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Done, text: String::new() },
            _ => Self::failed(format!("the output can't be written: {error}")),
        }
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => Self::from(io::Error::from(kind)),
            None => Self::failed(error.to_string()),
        }
    }
}
