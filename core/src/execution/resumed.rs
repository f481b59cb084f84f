//! What the function of a resumable workflow returns: new state, the end, calls of services (SPEC §13).

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::Domain;
use crate::environment::Limits;
use crate::event::{Data, EventId};
use crate::json::{self, JsonError};
use crate::violation::{ContractFault, Issue};

use super::output::{Output, read_domains};

/// What happens next in a workflow. Empty: nothing, it waits on.
///
/// ```
/// let next = arvo::Resumed::default()
///     .context(serde_json::json!({"tries": 1}))
///     .service(arvo::Output::new("com.payment.charge", serde_json::json!({"amount": 5})));
/// let end = arvo::Resumed::default().output(serde_json::json!({"paid": true}));
/// # let _ = (next, end);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Resumed {
    /// The user's state from now on; `None` keeps the last one.
    pub context: Option<Data>,
    /// Ends the workflow.
    pub output: Option<Completion>,
    /// Events to send.
    pub services: Vec<Output>,
}

/// The end of a workflow: the data of its completion event, and what that event says beside it.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The data.
    pub data: Data,
    /// How its id is made (`__id` in JSON).
    pub id: EventId,
    /// Its domains, otherwise the default list (`__domain`).
    pub domains: Option<Vec<Domain>>,
    /// What the workflow cost, otherwise its units (`__executionunits`).
    pub executionunits: Option<f64>,
}

impl<D: Into<Data>> From<D> for Completion {
    fn from(data: D) -> Self {
        Self { data: data.into(), id: EventId::Random, domains: None, executionunits: None }
    }
}

impl Resumed {
    /// The user's state from now on.
    #[must_use]
    pub fn context(mut self, context: impl Into<Data>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Ends the workflow with this data.
    #[must_use]
    pub fn output(mut self, output: impl Into<Completion>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Sends one more event.
    #[must_use]
    pub fn service(mut self, service: Output) -> Self {
        self.services.push(service);
        self
    }

    /// Reads what a function returned, as JSON text: nothing (`null`), or `{context?, output?, services?}`.
    ///
    /// # Errors
    /// [`ContractFault::NoOutput`] for anything else, [`ContractFault::Output`] when it can't be read.
    ///
    /// ```
    /// let resumed = arvo::Resumed::read(r#"{"output": {"total": 1, "__domain": ["x"]}}"#, &arvo::Limits::default())?;
    /// assert_eq!(resumed.output.and_then(|end| end.domains).map(|list| list.len()), Some(1));
    /// # Ok::<(), arvo::ContractFault>(())
    /// ```
    pub fn read(text: &str, limits: &Limits) -> Result<Self, ContractFault> {
        if text.len() > limits.record {
            return Err(unreadable(&JsonError::TooLarge { of: "record", size: text.len(), limit: limits.record }));
        }
        let found = match text.trim_start().as_bytes().first() {
            Some(b'{') => return Self::read_object(text, limits),
            Some(b'n') => return Ok(Self::default()),
            Some(b'[') => "a list",
            Some(b'"') => "text",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        };
        Err(ContractFault::NoResumption { found })
    }

    /// Takes what a function returned, as a JSON value.
    ///
    /// # Errors
    /// As [`Resumed::read`].
    pub fn take(value: Value) -> Result<Self, ContractFault> {
        let mut map = match value {
            Value::Null => return Ok(Self::default()),
            Value::Object(map) => map,
            other => return Err(ContractFault::NoResumption { found: json::kind(&other) }),
        };
        let context = map.remove("context").filter(|context| !context.is_null()).map(Data::from);
        let output = match map.remove("output") {
            None | Some(Value::Null) => None,
            Some(Value::Object(output)) => Some(Completion::of_map(output)?),
            Some(other) if is_false(&other) => None,
            Some(other) => return Err(ContractFault::NoCompletion { found: json::kind(&other) }),
        };
        let services = map.remove("services").map_or(Ok(Vec::new()), Output::take)?;
        Ok(Self { context, output, services })
    }

    fn read_object(text: &str, limits: &Limits) -> Result<Self, ContractFault> {
        #[derive(Deserialize)]
        struct Form<'a> {
            #[serde(borrow, default)]
            context: Option<&'a RawValue>,
            #[serde(borrow, default)]
            output: Option<&'a RawValue>,
            #[serde(borrow, default)]
            services: Option<&'a RawValue>,
        }
        let form: Form<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error.into()))?;
        let context = form.context.filter(|raw| raw.get() != "null").map(|raw| Data::Text(raw.get().into()));
        let output = match form.output {
            None => None,
            Some(raw) => match json::parse(raw.get(), limits).map_err(|error| unreadable(&error))? {
                Value::Object(output) => Some(Completion::of_map(output)?),
                other if is_false(&other) => None,
                other => return Err(ContractFault::NoCompletion { found: json::kind(&other) }),
            },
        };
        let services = match form.services {
            None => Vec::new(),
            Some(raw) => Output::read(raw.get(), &Limits { event: limits.record, ..*limits })?,
        };
        Ok(Self { context, output, services })
    }
}

/// What counts as no output, as in the reference.
fn is_false(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => false,
    }
}

impl Completion {
    /// Takes the completion's data, the members `__id`, `__domain` and `__executionunits` out of it.
    ///
    /// # Errors
    /// [`ContractFault::Output`] when one of these is of a wrong kind.
    pub fn of_map(mut map: Map<String, Value>) -> Result<Self, ContractFault> {
        let mut issues = Vec::new();
        let mut wrong = |path: &str, wanted: &str| {
            issues.push(Issue { path: format!("/output/{path}"), message: format!("must be {wanted}") });
        };
        let id = match map.remove("__id") {
            None => EventId::Random,
            Some(id) => serde_json::from_value(id).unwrap_or_else(|_| {
                wrong("__id", "text, or {deduplication: DEVELOPER_MANAGED | ARVO_MANAGED, value: text}");
                EventId::Random
            }),
        };
        let domains = map.remove("__domain").map_or(Ok(None), |domains| read_domains(&domains));
        let domains = domains.unwrap_or_else(|_| {
            wrong("__domain", "text, null, or a list of them");
            None
        });
        let executionunits = match map.remove("__executionunits") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => number.as_f64(),
            Some(_) => {
                wrong("__executionunits", "a number");
                None
            }
        };
        if !issues.is_empty() {
            return Err(ContractFault::Output { issues });
        }
        Ok(Self { data: Value::Object(map).into(), id, domains, executionunits })
    }
}

fn unreadable(error: &JsonError) -> ContractFault {
    ContractFault::Output { issues: vec![Issue { path: String::new(), message: error.to_string() }] }
}
