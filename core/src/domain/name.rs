//! Domain names: the processing context an event leaves the local flow for (SPEC §2, §8).
//!
//! A [`DomainName`] that exists is well formed; text becomes one by [`str::parse`] and nowhere else.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A name such as `human.review`: lower-case ASCII letters, digits and dots, at least one.
///
/// ```
/// let domain: arvo::DomainName = "human.review".parse()?;
/// assert_eq!(domain.as_str(), "human.review");
/// assert!("Human".parse::<arvo::DomainName>().is_err());
/// # Ok::<(), arvo::DomainNameError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DomainName(Arc<str>);

impl DomainName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DomainName {
    type Err = DomainNameError;

    fn from_str(text: &str) -> Result<Self, DomainNameError> {
        if text.is_empty() {
            return Err(DomainNameError::Empty);
        }
        match text.char_indices().find(|(_, c)| !matches!(c, 'a'..='z' | '0'..='9' | '.')) {
            None => Ok(Self(text.into())),
            Some((at, found)) => Err(DomainNameError::Character { text: text.to_owned(), at, found }),
        }
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no [`DomainName`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainNameError {
    /// A character outside `a-z`, `0-9` and the dot.
    #[error("domain {text:?}: {found:?} at byte {at} is not allowed; use a-z, 0-9 and '.'")]
    Character {
        /// The whole text.
        text: String,
        /// Byte offset of the first character at fault.
        at: usize,
        /// That character.
        found: char,
    },
    /// No text at all.
    #[error("domain is empty; leave it out (null) to stay local")]
    Empty,
}
