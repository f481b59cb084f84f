//! A subject as a value, and its text form.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::cache::CACHE;
use super::canonical;
use super::content::{Content, Texts};
use super::error::{BrokenField, FieldFault, SubjectError};
use crate::codec;
use crate::environment::Limits;
use crate::event::Version;
use crate::json;

/// The identity of one workflow execution: who runs it, who began it, and what it carries along.
///
/// Immutable, and cheap to clone. A new one is made by [`Subject::root`] or [`Subject::child`]; its text form is
/// base64 of the zlib stream of `{"orchestrator": {"name", "version"}, "execution": {"id", "initiator", "domain"},
/// "meta": {text: text}}`. Unknown keys are kept.
///
/// ```
/// use arvo::{Environment, Limits, Subject};
///
/// let environment = Environment::system();
/// let order = Subject::root("arvo.orc.order", "com.shop.web").version("1.0.0").build(&environment)?;
/// let text = order.encode();
///
/// let same = Subject::parse(&text, &Limits::default())?;
/// assert_eq!(same, order);
/// assert_eq!((same.orchestrator(), same.initiator(), same.domain()), ("arvo.orc.order", "com.shop.web", None));
/// # Ok::<(), arvo::SubjectError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Subject(Arc<Content>);

impl Subject {
    /// Makes a subject from all of its content, the execution's id included.
    ///
    /// # Errors
    /// [`SubjectError::Content`] names every field that is missing or breaks its rule.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let content = json!({
    ///     "orchestrator": {"name": "arvo.orc.order", "version": "1.0.0"},
    ///     "execution": {"id": "order-1", "initiator": "com.shop.web", "domain": null},
    ///     "meta": {},
    /// });
    /// assert_eq!(arvo::Subject::from_value(content, &arvo::Limits::default())?.execution(), "order-1");
    ///
    /// let error = arvo::Subject::from_value(json!({"meta": {"a": 1}}), &arvo::Limits::default()).unwrap_err();
    /// let broken: Vec<String> = error.broken().iter().map(|field| field.name()).collect();
    /// assert_eq!(broken, ["orchestrator", "execution", "meta.a"]);
    /// # Ok::<(), arvo::SubjectError>(())
    /// ```
    pub fn from_value(content: Value, limits: &Limits) -> Result<Self, SubjectError> {
        let over_limit =
            |error| SubjectError::Content { broken: vec![BrokenField::new(&[], FieldFault::Limit(error))] };
        json::check(&content, limits).map_err(over_limit)?;
        Self::of(content).map_err(|broken| SubjectError::Content { broken })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`SubjectError::Unreadable`]: the text is none, over a limit, or its content breaks the rules.
    ///
    /// ```
    /// let error = arvo::Subject::parse("order-1", &arvo::Limits::default()).unwrap_err();
    /// assert!(error.to_string().ends_with("subject -> order-1"));
    /// ```
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, SubjectError> {
        let content = codec::inflate_text(text, limits).map_err(|error| SubjectError::unreadable(text, error))?;
        if let Some(content) = canonical::read(&content, limits).and_then(Texts::check) {
            return Ok(content.into());
        }
        let content = json::parse(&content, limits).map_err(|error| SubjectError::unreadable(text, error))?;
        Self::of(content).map_err(|broken| SubjectError::unreadable(text, broken))
    }

    /// The same, remembering: every event of a workflow carries the same text, so that only the first pays. What is
    /// remembered, by the whole process, is bounded in number and bytes.
    ///
    /// # Errors
    /// As [`Subject::parse`].
    ///
    /// ```
    /// # use arvo::{Environment, Limits, Subject};
    /// let limits = Limits::default();
    /// let text = Subject::root("arvo.orc.order", "com.shop.web").build(&Environment::system())?.encode();
    /// assert_eq!(Subject::cached(&text, &limits)?, Subject::cached(&text, &limits)?);
    /// # Ok::<(), arvo::SubjectError>(())
    /// ```
    pub fn cached(text: &str, limits: &Limits) -> Result<Self, SubjectError> {
        CACHE.get_or_parse(text, limits)
    }

    /// The text form. Compressing is the dearest single thing in a workflow: do it once, when the workflow begins.
    pub fn encode(&self) -> String {
        codec::deflate(self.0.to_json().as_bytes())
    }

    /// The same, remembered for [`Subject::cached`]: the workflow that a subject is made for is mostly run by the
    /// process that made it, which need not inflate what it has deflated just now.
    pub(crate) fn encode_and_remember(&self, limits: &Limits) -> String {
        let json = self.0.to_json();
        let text = codec::deflate(json.as_bytes());
        // Only what `parse` would give back within these limits.
        let within = text.len() <= limits.encoded && json.len() <= limits.inflated;
        if within && canonical::is_within(limits, &self.0.meta) {
            CACHE.remember(&text, limits, self);
        }
        text
    }

    /// Name of the orchestrator that runs the workflow, which is the type of the event that began it.
    pub fn orchestrator(&self) -> &str {
        &self.0.orchestrator.name
    }

    /// Version of the orchestrator's contract.
    pub fn version(&self) -> &Version {
        &self.0.orchestrator.version
    }

    /// Id of this execution, unique among all workflows.
    pub fn execution(&self) -> &str {
        &self.0.execution.id
    }

    /// Who began the workflow: the source of its first event, or the parent workflow's orchestrator.
    pub fn initiator(&self) -> &str {
        &self.0.execution.initiator
    }

    /// The domain that the workflow runs in.
    pub fn domain(&self) -> Option<&str> {
        self.0.execution.domain.as_deref()
    }

    /// What the workflow carries along, `redirectto` for one.
    pub fn meta(&self) -> &BTreeMap<String, String> {
        &self.0.meta
    }

    /// All of the content as JSON text, unknown keys too.
    ///
    /// ```
    /// # use arvo::{Environment, Limits, Subject};
    /// let subject = Subject::root("arvo.orc.order", "com.shop.web").build(&Environment::system())?;
    /// let content = arvo::json::parse(&subject.to_json(), &Limits::default()).unwrap();
    /// assert_eq!(content["orchestrator"]["version"], "0.0.0");
    /// # Ok::<(), arvo::SubjectError>(())
    /// ```
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    pub(super) fn weight(&self) -> Option<usize> {
        self.0.weight()
    }

    #[cfg(test)]
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn of(content: Value) -> Result<Self, Vec<BrokenField>> {
        Content::try_from(content).map(Self::from)
    }
}

impl From<Content> for Subject {
    fn from(content: Content) -> Self {
        Self(Arc::new(content))
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subject").field(&self.0).finish()
    }
}
