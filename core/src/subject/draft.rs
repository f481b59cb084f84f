//! How a new subject is made: a root, or the child of another.

use serde_json::{Map, Value, json};

use super::content::Texts;
use super::error::SubjectError;
use super::subject::Subject;
use crate::environment::Environment;
use crate::event::Version;

/// A subject to be; [`SubjectDraft::build`] gives it a fresh execution id and checks everything at once.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a draft is no subject before `build`"]
pub struct SubjectDraft {
    orchestrator: String,
    version: String,
    initiator: String,
    domain: Option<String>,
    meta: Map<String, Value>,
}

impl Subject {
    /// Begins a workflow of its own. `initiator` is the source of the event that asks for it.
    ///
    /// ```
    /// use arvo::{Environment, Subject};
    ///
    /// let subject = Subject::root("arvo.orc.order", "com.shop.web")
    ///     .version("2.0.0")
    ///     .domain(Some("human.review"))
    ///     .meta("redirectto", "com.shop.mail")
    ///     .build(&Environment::system())?;
    /// assert_eq!(subject.version().as_str(), "2.0.0");
    /// assert_eq!(subject.execution().len(), 36);
    /// # Ok::<(), arvo::SubjectError>(())
    /// ```
    pub fn root(orchestrator: impl Into<String>, initiator: impl Into<String>) -> SubjectDraft {
        SubjectDraft {
            orchestrator: orchestrator.into(),
            version: Version::WILDCARD.to_string(),
            initiator: initiator.into(),
            domain: None,
            meta: Map::new(),
        }
    }

    /// Begins a workflow inside this one: the child's initiator is this one's orchestrator, and it inherits domain
    /// and meta.
    ///
    /// ```
    /// use arvo::{Environment, Subject};
    ///
    /// let environment = Environment::system();
    /// let order = Subject::root("arvo.orc.order", "com.shop.web").meta("team", "red").build(&environment)?;
    /// let payment = order.child("arvo.orc.payment").meta("redirectto", "com.shop.mail").build(&environment)?;
    /// assert_eq!(payment.initiator(), "arvo.orc.order");
    /// assert_eq!(payment.meta()["team"], "red");
    /// assert_ne!(payment.execution(), order.execution());
    /// # Ok::<(), arvo::SubjectError>(())
    /// ```
    pub fn child(&self, orchestrator: impl Into<String>) -> SubjectDraft {
        let meta = self.meta().iter().map(|(key, value)| (key.clone(), Value::String(value.clone())));
        SubjectDraft { meta: meta.collect(), ..Self::root(orchestrator, self.orchestrator()) }.domain(self.domain())
    }
}

impl SubjectDraft {
    /// Version of the orchestrator's contract; `0.0.0` if it is not said.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The domain to run in. `None` leaves what the draft has: a child's is then its parent's.
    pub fn domain(mut self, domain: Option<&str>) -> Self {
        self.domain = domain.map(str::to_owned).or(self.domain);
        self
    }

    /// Something to carry along. Over an equal key of the parent it wins. It must be text; [`build`](Self::build)
    /// says so of anything else.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.meta.insert(key.into(), value.into());
        self
    }

    /// The subject, with an execution id of its own.
    ///
    /// # Errors
    /// [`SubjectError::Content`] names every field that breaks its rule.
    ///
    /// ```
    /// let draft = arvo::Subject::root("order", "web").version("1");
    /// let error = draft.build(&arvo::Environment::system()).unwrap_err();
    /// let broken: Vec<String> = error.broken().iter().map(|field| field.name()).collect();
    /// assert_eq!(broken, ["orchestrator.name", "orchestrator.version", "execution.initiator"]);
    /// ```
    pub fn build(self, environment: &Environment) -> Result<Subject, SubjectError> {
        let id = environment.uuid().to_string();
        if let Some(content) = self.texts(&id).and_then(Texts::check) {
            return Ok(content.into());
        }
        let content = json!({
            "orchestrator": {"name": self.orchestrator, "version": self.version},
            "execution": {"id": id, "initiator": self.initiator, "domain": self.domain},
            "meta": self.meta,
        });
        Subject::from_value(content, environment.limits())
    }

    fn texts(&self, id: &str) -> Option<Texts> {
        let meta = self.meta.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        Some(Texts {
            name: self.orchestrator.clone(),
            version: self.version.clone(),
            id: id.to_owned(),
            initiator: self.initiator.clone(),
            domain: self.domain.clone(),
            meta: meta.collect::<Option<_>>()?,
        })
    }
}
