//! Failures as JSON: a kind that the face has a class for, the core's text, and what a program needs.

use arvo::expression::{Place, TemplateFault};
use arvo::statechart;
use arvo::{
    ConfigFault, ContractError, DeskError, EventError, ExecutionFault, FactoryError, HandlerError, Issue, JsonError,
    MachineProblem, Misfit, Raised, StoreError, SubjectError, Token, UnknownVersion, Violation, ViolationKind,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::text::Text;

/// A failure on its way into Node.
#[derive(Debug)]
pub struct Failure(Value);

impl From<Failure> for Text {
    fn from(failure: Failure) -> Self {
        failure.to_text().into()
    }
}

/// The text of a success or a failure.
pub fn answer(result: Result<impl Into<Text>, Failure>) -> Text {
    result.map_or_else(Text::from, Into::into)
}

impl Failure {
    /// A failure of this kind without more to tell.
    pub fn new(kind: &'static str, message: impl ToString) -> Self {
        Self(json!({"kind": kind, "message": message.to_string()}))
    }

    /// As it crosses.
    pub fn to_text(&self) -> String {
        format!("!{}", self.0)
    }

    /// The name of the face's class for it, as far as making events goes.
    pub fn class(&self) -> String {
        let kind = self.0["kind"].as_str().unwrap_or_default();
        let (first, rest) = kind.split_at(usize::from(!kind.is_empty()));
        format!("Arvo{}{rest}Error", first.to_ascii_uppercase())
    }

    /// Its text.
    pub fn message(&self) -> &str {
        self.0["message"].as_str().unwrap_or_default()
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }

    /// Where in a template, and where in the expression there.
    pub fn with_place(self, path: &str, place: Option<&Place>) -> Self {
        let failure = self.with("path", path);
        match place {
            Some(place) => failure.with("line", place.line).with("column", place.column),
            None => failure,
        }
    }

    fn with_token(self, token: Option<Token>) -> Self {
        match token {
            Some(token) => self.with("token", token.0),
            None => self,
        }
    }
}

impl From<EventError> for Failure {
    fn from(error: EventError) -> Self {
        let broken: Vec<Value> = error
            .broken()
            .iter()
            .map(|broken| json!({"attribute": broken.attribute, "reason": broken.fault.to_string()}))
            .collect();
        Self::new("event", &error).with("broken", broken)
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        EventError::from(error).into()
    }
}

impl From<SubjectError> for Failure {
    fn from(error: SubjectError) -> Self {
        let broken: Vec<String> = error.broken().iter().map(arvo::BrokenField::name).collect();
        Self::new("subject", &error).with("broken", broken)
    }
}

impl From<ContractError> for Failure {
    fn from(error: ContractError) -> Self {
        Self::new("contract", error)
    }
}

impl From<UnknownVersion> for Failure {
    fn from(error: UnknownVersion) -> Self {
        Self::new("contract", error)
    }
}

impl From<HandlerError> for Failure {
    fn from(error: HandlerError) -> Self {
        match error {
            HandlerError::Wiring(violation) => violation.into(),
            error => Self::new("contract", error),
        }
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::new("driver", error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new("store", &error).with("fatal", error.is_fatal())
    }
}

impl From<&Misfit> for Failure {
    fn from(error: &Misfit) -> Self {
        Self::new("driver", error)
    }
}

impl From<FactoryError> for Failure {
    fn from(error: FactoryError) -> Self {
        match error {
            FactoryError::Event(error) => error.into(),
            FactoryError::Subject(error) => error.into(),
            FactoryError::Schema { ref raised, .. } => Self::new("factory", &error).with_token(Some(raised.token)),
            error => {
                let issues: Vec<Value> = error.issues().iter().map(issue).collect();
                Self::new("factory", &error).with("issues", issues)
            }
        }
    }
}

impl From<TemplateFault> for Failure {
    fn from(fault: TemplateFault) -> Self {
        Self::new("evaluation", &fault)
            .with_place(&fault.path, Some(&fault.error.place))
            .with("overBudget", fault.error.is_budget())
    }
}

impl From<Violation> for Failure {
    /// The text is without `ViolationError<…>`, which the class puts in front.
    fn from(violation: Violation) -> Self {
        let kind = violation.kind().type_name();
        let token = match &violation {
            Violation::Execution(ExecutionFault::Unwritable { raised, .. }) => Some(raised.token),
            violation => violation.token(),
        };
        let failure = match &violation {
            Violation::Contract(fault) => {
                let issues: Vec<Value> = violation.issues().iter().map(issue).collect();
                Self::new(kind, fault).with("issues", issues)
            }
            Violation::Config(fault) => match fault {
                ConfigFault::Machine { problems } => {
                    Self::new(kind, fault).with("problems", problems.iter().map(problem).collect::<Vec<_>>())
                }
                fault => Self::new(kind, fault),
            },
            Violation::Execution(fault) => Self::new(kind, fault),
            Violation::Transaction { cause, message, .. } => Self::new(kind, message).with("cause", cause.to_string()),
            Violation::Host(raised) => Self::new("Host", &raised.message),
        };
        failure.with_token(token)
    }
}

impl From<statechart::Error> for Failure {
    /// The object that a function threw stays at its token.
    fn from(error: statechart::Error) -> Self {
        let mut inner = &error;
        while let statechart::Error::Guard { cause, .. } = inner {
            inner = cause;
        }
        match inner {
            statechart::Error::Host(raised) => Self::new("chart", &error)
                .with_token(Some(raised.token))
                .with("own", std::ptr::eq(inner, &raw const error) || raised.violation.is_some()),
            statechart::Error::Failed { name, .. } => Self::new("chart", &error).with("name", name.as_str()),
            _ => Self::new("chart", &error),
        }
    }
}

/// A problem of a machine's definition.
pub fn problem(problem: &MachineProblem) -> Value {
    let severity = if problem.refuses { "error" } else { "warning" };
    json!({"code": problem.code, "severity": severity, "path": problem.path, "message": problem.message})
}

fn issue(issue: &Issue) -> Value {
    json!({"path": issue.path, "message": issue.message})
}

/// What the face tells of something thrown.
#[derive(Deserialize)]
pub struct Thrown {
    #[serde(default)]
    token: u32,
    /// Its field `type`, if it is a violation.
    violation: Option<String>,
    /// Whether it is an error object at all.
    error: Option<bool>,
    /// What kind of thing it is then, as `typeof` says.
    kind: Option<String>,
    name: Option<String>,
    message: String,
    stack: Option<String>,
}

impl From<Thrown> for Raised {
    fn from(thrown: Thrown) -> Self {
        let token = Token(thrown.token);
        if thrown.error == Some(false) {
            return Self::no_error(token, thrown.kind.unwrap_or_default(), thrown.message);
        }
        Self {
            violation: thrown.violation.as_deref().map(ViolationKind::of_type),
            stack: thrown.stack,
            ..Self::error(token, thrown.name.unwrap_or_else(|| "Error".to_owned()), thrown.message)
        }
    }
}
