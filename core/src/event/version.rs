//! Versions of contracts, and the dataschema that names one of them (SPEC §4).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::event::grammar::trim;

/// A contract's version: three numbers of any length, such as `1.10.0`.
///
/// Two versions are equal when their texts are, for `01.0.0` and `1.0.0` are different versions of a contract. They
/// are ordered by their numbers first; [`Version::compare`] looks at nothing else.
///
/// ```
/// use arvo::Version;
///
/// let (nine, ten): (Version, Version) = ("1.9.0".parse()?, "1.10.0".parse()?);
/// assert!(nine < ten);
/// assert!("1.9".parse::<Version>().is_err());
/// assert_eq!(Version::WILDCARD.to_string(), "0.0.0");
/// # Ok::<(), arvo::VersionError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Version(Cow<'static, str>);

impl Version {
    /// `0.0.0`: any version. Never a contract's own; system errors carry it.
    pub const WILDCARD: Self = Self(Cow::Borrowed("0.0.0"));

    /// The text that it was made from.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is [`Version::WILDCARD`].
    pub fn is_wildcard(&self) -> bool {
        *self == Self::WILDCARD
    }

    /// Compares the numbers alone.
    ///
    /// ```
    /// use std::cmp::Ordering;
    ///
    /// let (short, long): (arvo::Version, arvo::Version) = ("1.0.0".parse()?, "01.0.0".parse()?);
    /// assert_eq!(short.compare(&long), Ordering::Equal);
    /// assert_ne!(short, long);
    /// # Ok::<(), arvo::VersionError>(())
    /// ```
    pub fn compare(&self, other: &Self) -> Ordering {
        self.numbers().cmp(other.numbers())
    }

    /// Each number without its leading zeros, after its length: so that texts are ordered as numbers.
    fn numbers(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.split('.').map(|digits| digits.trim_start_matches('0')).map(|digits| (digits.len(), digits))
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text == Self::WILDCARD.0 {
            return Ok(Self::WILDCARD);
        }
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        if is_version(&text) { Ok(Self(text.into())) } else { Err(VersionError { text }) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A text that is no version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is no version; use three numbers with dots between, such as 1.0.0")]
pub struct VersionError {
    /// The text.
    pub text: String,
}

/// A dataschema, `{contract uri}/{version}`: which version of which contract an event's data follows.
///
/// ```
/// use arvo::{Dataschema, Version};
///
/// let schema: Dataschema = "#/shop/order/1.0.0".parse()?;
/// assert_eq!((schema.uri.as_str(), schema.version.as_str()), ("#/shop/order", "1.0.0"));
/// assert_eq!(Dataschema::new("#/shop/order", Version::WILDCARD).to_string(), "#/shop/order/0.0.0");
/// assert!("#/shop/order".parse::<Dataschema>().is_err());
/// # Ok::<(), arvo::DataschemaError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Dataschema {
    /// The contract's URI; may be empty.
    pub uri: String,
    /// The version.
    pub version: Version,
}

impl Dataschema {
    /// Puts the two halves together.
    pub fn new(uri: impl Into<String>, version: Version) -> Self {
        Self { uri: uri.into(), version }
    }

    /// The two halves of a dataschema's text, cut at the last `/`; `None` if what follows is no version.
    ///
    /// ```
    /// assert_eq!(arvo::Dataschema::split("#/shop/order/1.0.0"), Some(("#/shop/order", "1.0.0")));
    /// assert_eq!(arvo::Dataschema::split("1.0.0"), Some(("", "1.0.0")));
    /// assert_eq!(arvo::Dataschema::split("#/shop/order"), None);
    /// ```
    pub fn split(text: &str) -> Option<(&str, &str)> {
        let (uri, version) = text.rsplit_once('/').unwrap_or(("", text));
        is_version(version).then_some((uri, version))
    }
}

impl FromStr for Dataschema {
    type Err = DataschemaError;

    fn from_str(text: &str) -> Result<Self, DataschemaError> {
        let halves = Self::split(text).and_then(|(uri, version)| Some(Self::new(uri, version.parse().ok()?)));
        halves.ok_or_else(|| DataschemaError { text: text.to_owned() })
    }
}

impl fmt::Display for Dataschema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.uri, self.version)
    }
}

/// A text that is no dataschema.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text:?} is no dataschema; end it with '/' and a version, such as #/orders/1.0.0")]
pub struct DataschemaError {
    /// The text.
    pub text: String,
}

/// The three numbers of a text that need not be a version, read as the reference reads them: each part's leading
/// integer counts, what follows it and parts after the third do not.
///
/// # Errors
/// [`LenientVersionError`]: fewer than three parts, or one that begins with no integer.
///
/// ```
/// assert_eq!(arvo::lenient_version("1.2.3-beta"), Ok([1.0, 2.0, 3.0]));
/// assert!(arvo::lenient_version("v1.2.3").is_err());
/// ```
pub fn lenient_version(text: &str) -> Result<[f64; 3], LenientVersionError> {
    let parts = text.split('.').take(3).map(leading_integer).collect::<Option<Vec<f64>>>();
    let parts = parts.ok_or_else(|| LenientVersionError::Number { text: text.to_owned() })?;
    <[f64; 3]>::try_from(parts).map_err(|_| LenientVersionError::Parts { text: text.to_owned() })
}

/// Why even [`lenient_version`] finds no version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LenientVersionError {
    /// There are fewer than three parts.
    #[error("Invalid semantic version format: {text}")]
    Parts {
        /// The text.
        text: String,
    },
    /// A part begins with no integer.
    #[error("Invalid version number in {text}")]
    Number {
        /// The text.
        text: String,
    },
}

fn is_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3 && parts.next().is_none()
}

/// ECMAScript's `parseInt(text, 10)`.
fn leading_integer(text: &str) -> Option<f64> {
    let text = trim(text);
    let digits_at = usize::from(text.starts_with(['+', '-']));
    let digits = text[digits_at..].bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    text[..digits_at + digits].parse().ok()
}
