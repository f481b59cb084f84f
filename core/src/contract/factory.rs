//! Factories: events that keep a contract, made in one call (SPEC §7).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::environment::Environment;
use crate::event::{Data, Emitted, Event, EventDraft, EventError, Headers, Raised};
use crate::json;
use crate::subject::{Subject, SubjectError};
use crate::violation::{Issue, Issues};

use super::builder::PARENT_SUBJECT;
use super::contract::{ContractKind, TypedSchema, VersionedContract};
use super::schema::{NoHost, Refused, SchemaHost};

/// Makes events of one version of a contract. It sets type, dataschema and content type; a subject that is left
/// out is made.
///
/// ```
/// let object = || serde_json::json!({"type": "object"});
/// let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
/// let event = contract
///     .latest()
///     .factory()
///     .accepts(arvo::EventDraft::from_source("com.shop.web").data(serde_json::json!({"name": "Ada"})))?;
/// assert_eq!(event.type_(), "com.greet.user");
/// assert_eq!(event.dataschema(), Some("#/services/greet/1.0.0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Factory {
    contract: VersionedContract,
    environment: Arc<Environment>,
    trace: Headers,
}

/// Which event a factory makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Making {
    /// The event that the contract accepts.
    Accepts,
    /// One that it emits; the draft says which type.
    Emits,
    /// Its system error; the draft's data is [`ErrorReport::data`].
    SystemError,
    /// The event that begins a workflow; orchestrator contracts only.
    Init,
    /// The event that ends a workflow; orchestrator contracts only.
    Complete,
}

impl Factory {
    pub(super) fn new(contract: VersionedContract) -> Self {
        Self { contract, environment: Environment::shared(), trace: Headers::default() }
    }

    /// The same factory with another clock, other ids or limits.
    #[must_use]
    pub fn with_environment(mut self, environment: Arc<Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// The same factory with trace headers for drafts that bring none.
    #[must_use]
    pub fn with_trace(mut self, trace: Headers) -> Self {
        self.trace = trace;
        self
    }

    /// Makes the event that the contract accepts.
    ///
    /// # Errors
    /// [`FactoryError`]: the data breaks the schema, or an attribute its rule.
    pub fn accepts(&self, draft: EventDraft) -> Result<Event, FactoryError> {
        self.event(Making::Accepts, draft)
    }

    /// Makes an event of the draft's type, which the contract emits.
    ///
    /// # Errors
    /// As [`Factory::accepts`], and [`FactoryError::UnknownEmit`].
    ///
    /// ```
    /// # let object = || serde_json::json!({"type": "object"});
    /// # let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// let draft = arvo::EventDraft::new("com.greet.user", "evt.greet.user.success").data(serde_json::json!({}));
    /// assert!(contract.latest().factory().emits(draft).is_ok());
    /// let draft = arvo::EventDraft::new("com.greet.user", "evt.other.thing").data(serde_json::json!({}));
    /// assert!(matches!(contract.latest().factory().emits(draft), Err(arvo::FactoryError::UnknownEmit { .. })));
    /// # Ok::<(), arvo::ContractError>(())
    /// ```
    pub fn emits(&self, draft: EventDraft) -> Result<Event, FactoryError> {
        self.event(Making::Emits, draft)
    }

    /// Makes the contract's system error event.
    ///
    /// # Errors
    /// [`FactoryError`]: an attribute breaks its rule.
    ///
    /// ```
    /// # let object = || serde_json::json!({"type": "object"});
    /// # let contract = arvo::Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
    /// let error = arvo::ErrorReport::new("Timeout", "nobody answered");
    /// let event = contract.latest().factory().system_error(arvo::EventDraft::from_source("com.greet.user"), &error)?;
    /// assert_eq!(event.type_(), "sys.com.greet.user.error");
    /// assert_eq!(event.dataschema(), Some("#/services/greet/0.0.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn system_error(&self, draft: EventDraft, error: &ErrorReport) -> Result<Event, FactoryError> {
        self.event(Making::SystemError, draft.data(error.data()))
    }

    /// Makes the event that begins a workflow. With data's `parentSubject$$` the subject is a child of that one.
    ///
    /// # Errors
    /// As [`Factory::accepts`], and [`FactoryError::NotOrchestrator`], [`FactoryError::Subject`].
    ///
    /// ```
    /// let object = || serde_json::json!({"type": "object"});
    /// let contract = arvo::Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
    /// let draft = arvo::EventDraft::from_source("com.shop.web").data(serde_json::json!({"parentSubject$$": null}));
    /// let event = contract.latest().factory().init(draft)?;
    /// let subject = arvo::Subject::parse(event.subject(), &arvo::Limits::default())?;
    /// assert_eq!(subject.orchestrator(), "arvo.orc.order");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn init(&self, draft: EventDraft) -> Result<Event, FactoryError> {
        self.event(Making::Init, draft)
    }

    /// Makes the event that ends a workflow.
    ///
    /// # Errors
    /// As [`Factory::accepts`], and [`FactoryError::NotOrchestrator`].
    pub fn complete(&self, draft: EventDraft) -> Result<Event, FactoryError> {
        self.event(Making::Complete, draft)
    }

    /// The contract whose events it makes.
    pub fn contract(&self) -> &VersionedContract {
        &self.contract
    }

    /// The environment that it makes events in.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Makes the event of that kind; see the method of its name.
    ///
    /// # Errors
    /// As that method.
    pub fn event(&self, making: Making, draft: EventDraft) -> Result<Event, FactoryError> {
        let emitted = self.make(making, draft, &NoHost)?;
        emitted.event_within(self.environment.limits()).ok_or(FactoryError::HostData)
    }

    /// Makes an event whose data may be an object of the host.
    ///
    /// # Errors
    /// As the method for that `making`.
    pub fn make(&self, making: Making, mut draft: EventDraft, host: &dyn SchemaHost) -> Result<Emitted, FactoryError> {
        let contract = self.contract.contract();
        if matches!(making, Making::Init | Making::Complete) && contract.kind() != ContractKind::Orchestrator {
            return Err(FactoryError::NotOrchestrator);
        }
        let dataschema = if making == Making::SystemError {
            let (type_, dataschema) = contract.shared_system_error();
            draft.type_ = Some(type_);
            dataschema
        } else {
            let typed = self.schema(making, &draft)?.clone();
            let data = draft.data.take().unwrap_or_else(|| Data::from(Value::Null));
            draft.data = Some(self.checked(making, &typed, data, host)?);
            draft.type_ = Some(typed.type_);
            self.contract.shared_dataschema()
        };
        let is_given = draft.subject.is_some() || draft.broken.iter().any(|broken| broken.attribute == "subject");
        if !is_given && draft.source.is_some() {
            draft.subject = Some(self.new_subject(making, &draft, host)?);
        }
        draft.dataschema = Some(dataschema);
        draft.datacontenttype = None;
        draft.specversion = None;
        draft.traceparent = draft.traceparent.or_else(|| self.trace.traceparent.clone());
        draft.tracestate = draft.tracestate.or_else(|| self.trace.tracestate.clone());
        draft.emit(&self.environment).map_err(FactoryError::Event)
    }

    fn schema(&self, making: Making, draft: &EventDraft) -> Result<&TypedSchema, FactoryError> {
        match making {
            Making::Emits => {
                let type_ = draft.type_.as_deref().unwrap_or_default();
                self.contract.emit(type_).ok_or_else(|| FactoryError::UnknownEmit { type_name: type_.to_owned() })
            }
            Making::Complete => self.contract.emits().first().ok_or(FactoryError::NotOrchestrator),
            Making::Accepts | Making::Init | Making::SystemError => Ok(self.contract.accepts()),
        }
    }

    fn checked(
        &self,
        making: Making,
        typed: &TypedSchema,
        data: Data,
        host: &dyn SchemaHost,
    ) -> Result<Data, FactoryError> {
        match typed.schema.validate(&data, self.environment.limits(), host) {
            Ok(None) => Ok(data),
            Ok(Some(changed)) => Ok(changed),
            Err(Refused::Issues(issues)) => Err(match making {
                Making::Init => FactoryError::Init { issues },
                Making::Accepts => FactoryError::Accepts { issues },
                Making::Emits | Making::Complete | Making::SystemError => FactoryError::Emits { issues },
            }),
            Err(Refused::Raised(raised)) => Err(FactoryError::Schema { type_name: typed.type_.clone(), raised }),
        }
    }

    /// A new workflow's subject: of its own, or inside the one that `parentSubject$$` names.
    fn new_subject(&self, making: Making, draft: &EventDraft, host: &dyn SchemaHost) -> Result<Arc<str>, FactoryError> {
        let type_ = draft.type_.as_deref().unwrap_or_default();
        let parent = if making == Making::Init { self.parent_of(draft, host)? } else { None };
        let (mut subject, redirect) = match &parent {
            Some(parent) => (parent.child(type_), Some(draft.redirectto.as_deref().unwrap_or(parent.initiator()))),
            None => (Subject::root(type_, draft.source.as_deref().unwrap_or_default()), draft.redirectto.as_deref()),
        };
        if let Some(redirect) = redirect.filter(|redirect| !redirect.is_empty()) {
            subject = subject.meta("redirectto", redirect);
        }
        let subject = subject.version(self.contract.version().as_str()).domain(draft.domain.as_deref());
        let subject = subject.build(&self.environment).map_err(FactoryError::Subject)?;
        Ok(match making {
            Making::Init => subject.encode_and_remember(self.environment.limits()).into(),
            _ => subject.encode().into(), // no workflow's: nobody reads it
        })
    }

    fn parent_of(&self, draft: &EventDraft, host: &dyn SchemaHost) -> Result<Option<Subject>, FactoryError> {
        let limits = self.environment.limits();
        let parse = |text: &str| json::parse(text, limits).ok().map(Arc::new);
        let data = match &draft.data {
            Some(Data::Value(value)) => Some(value.clone()),
            Some(Data::Text(text)) => parse(text),
            Some(Data::Host(token)) => {
                let text = host.text(*token);
                parse(&text.map_err(|raised| FactoryError::Schema {
                    type_name: self.contract.accepts().type_.clone(),
                    raised,
                })?)
            }
            None => None,
        };
        match data.as_ref().and_then(|data| data.get(PARENT_SUBJECT)).and_then(Value::as_str) {
            Some(parent) if !parent.is_empty() => {
                Subject::cached(parent, limits).map(Some).map_err(FactoryError::Subject)
            }
            _ => Ok(None),
        }
    }
}

/// An error as system error events tell of it; returned by Rust code as an error, its name and stack are used.
///
/// ```
/// let report = arvo::ErrorReport::new("Timeout", "nobody answered").with_stack("in charge()");
/// assert_eq!(report.to_string(), "nobody answered");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ErrorReport {
    /// Class of the error.
    pub name: String,
    /// What went wrong.
    pub message: String,
    /// Where, if that is told.
    pub stack: Option<String>,
}

impl ErrorReport {
    /// An error of this class and text.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into(), stack: None }
    }

    /// The same error with its stack.
    #[must_use]
    pub fn with_stack(mut self, stack: impl Into<String>) -> Self {
        self.stack = Some(stack.into());
        self
    }

    /// The data of a system error event; **wire**.
    pub fn data(&self) -> Value {
        json!({"errorName": self.name, "errorMessage": self.message, "errorStack": self.stack})
    }
}

/// Why a factory makes no event. Texts are the reference's where it has one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FactoryError {
    /// The data breaks what the contract accepts.
    #[error("Accept Event data validation failed: {}", Issues(.issues))]
    Accepts {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// The data breaks what the contract emits.
    #[error("Emit Event data validation failed: {}", Issues(.issues))]
    Emits {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// The data breaks what begins a workflow.
    #[error("Init Event data validation failed: {}", Issues(.issues))]
    Init {
        /// Every problem, with its place.
        issues: Vec<Issue>,
    },
    /// The contract's version does not emit this type.
    #[error("Emit Event data validation failed: No contract available for {type_name}")]
    UnknownEmit {
        /// The type asked for.
        type_name: String,
    },
    /// Only orchestrator contracts begin and end workflows.
    #[error("This factory can only be used for ArvoOrchestratorContract")]
    NotOrchestrator,
    /// A new subject can't be made, or `parentSubject$$` is none.
    #[error("{0}")]
    Subject(#[source] SubjectError),
    /// An attribute breaks its rule.
    #[error("{0}")]
    Event(#[source] EventError),
    /// A host schema's function failed instead of judging.
    #[error("the schema of {type_name} failed with {}: {}; a schema reports problems, it throws nothing", .raised.name, .raised.message)]
    Schema {
        /// The event type whose data was checked.
        type_name: Arc<str>,
        /// What it threw.
        raised: Raised,
    },
    /// The data is an object of a host, which this call can't resolve.
    #[error("the data is an object of the host; use `make` with that host")]
    HostData,
}

impl FactoryError {
    /// Where data or attributes are broken; empty where that is not what happened.
    pub fn issues(&self) -> Vec<Issue> {
        match self {
            Self::Accepts { issues } | Self::Emits { issues } | Self::Init { issues } => issues.clone(),
            Self::Subject(error) => error.issues(),
            Self::Event(error) => error.issues(),
            Self::UnknownEmit { .. } | Self::NotOrchestrator | Self::Schema { .. } | Self::HostData => Vec::new(),
        }
    }
}
