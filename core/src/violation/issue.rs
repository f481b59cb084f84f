//! One problem of data, with its place.

use std::fmt;

/// One problem of data, or of an event's attributes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// JSON Pointer of the value at fault; of the key for one that is missing, of the object for keys that are
    /// unknown; empty for the whole.
    pub path: String,
    /// What is wrong there. It never holds the data's own values.
    pub message: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}

/// Several issues as one text.
pub(crate) struct Issues<'a>(pub(crate) &'a [Issue]);

impl fmt::Display for Issues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, issue) in self.0.iter().enumerate() {
            write!(f, "{}{issue}", if at > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}
