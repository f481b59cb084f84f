//! The C program as the core's host: its schemas, and the errors it raised, each the handle it made.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use arvo_core::{
    Data, Event, ExecutionFault, Issue, Limits, Raised, Refused, SchemaHost, Token, Violation, json, statechart,
};

use crate::boundary::{Caught, Failure, Status};
use crate::contract::HostSchemas;
use crate::handle::Lent;
use crate::value::Json;

/// What user code raised in one execution. The core knows each by its number; the table dies with the execution.
#[derive(Default)]
pub(crate) struct RaisedTable {
    raised: RefCell<Vec<Option<Lent<Failure>>>>,
    /// How often the function of a handler or resumable was called.
    calls: Cell<u32>,
}

impl RaisedTable {
    /// Keeps an error, and says of it what the core must know.
    pub(crate) fn keep(&self, error: Lent<Failure>) -> Raised {
        let mut table = self.raised.borrow_mut();
        let token = Token(u32::try_from(table.len()).unwrap_or(u32::MAX));
        let raised = match error.content() {
            Ok(failure) => failure.raised(token),
            Err(wrong) => wrong.raised(token),
        };
        table.push(Some(error));
        raised
    }

    /// The same for a failure of the library's own, which happened inside a function of a machine.
    pub(crate) fn failed(&self, failure: Failure) -> Raised {
        self.keep(Lent::new(failure))
    }

    fn take(&self, token: Token) -> Option<Lent<Failure>> {
        self.raised.borrow_mut().get_mut(token.0 as usize).and_then(Option::take)
    }

    pub(crate) fn called(&self) {
        self.calls.set(self.calls.get().saturating_add(1));
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.get()
    }

    /// The violation as C gets it: the very error that user code raised, or one of the core's with that as its cause.
    pub(crate) fn caught(&self, violation: &Violation, consumed: &Event) -> Caught {
        let raised = violation.token().and_then(|token| self.take(token));
        match (violation, raised) {
            (Violation::Host(_), Some(raised)) => Caught::Raised(raised),
            (_, cause) => Failure::of_violation(violation).told_of(violation, consumed).caused_by(cause).into(),
        }
    }

    /// The error of a schema's function, as it was raised.
    pub(crate) fn raised_by(&self, raised: &Raised) -> Caught {
        match self.take(raised.token) {
            Some(error) => Caught::Raised(error),
            None => Failure::new(Status::USER_ERROR, raised.name.as_str(), raised.message.as_str()).into(),
        }
    }

    /// Why a chart took no step, in the same classes as an orchestrator's execution.
    pub(crate) fn of_chart(&self, error: &statechart::Error) -> Caught {
        use statechart::Error;
        let own = |name: &str| Failure::new(Status::USER_ERROR, name, error.to_string());
        match error {
            Error::Host(raised) => self.raised_by(raised),
            Error::Guard { cause, .. } => match self.of_chart(cause) {
                Caught::Raised(raised) if raised.content().is_ok_and(|it| it.violation_type().is_some()) => {
                    Caught::Raised(raised)
                }
                Caught::Raised(raised) => own("Error").caused_by(Some(raised)).into(),
                Caught::Failure(_) => own("Error").into(),
            },
            Error::Failed { name, .. } => own(name).into(),
            Error::Endless { .. } | Error::Illegal { .. } | Error::SnapshotMismatch { .. } => {
                let fault = ExecutionFault::Machine { message: error.to_string() };
                Failure::of_violation(&Violation::Execution(fault)).into()
            }
            Error::Expression { failure, .. } => {
                Failure::new(Status::EXPRESSION_FAILED, failure.name, error.to_string()).into()
            }
            _ => own("Error").into(),
        }
    }
}

/// The schemas of one contract, asked in one call into the core.
pub(crate) struct CHost<'a> {
    pub(crate) schemas: &'a HostSchemas,
    /// The event being handled: its data is what a schema is asked about first.
    pub(crate) consumed: Option<&'a Event>,
    pub(crate) limits: &'a Limits,
    pub(crate) raised: &'a RaisedTable,
}

impl CHost<'_> {
    fn value_of(&self, data: &Data) -> Result<Json, Refused> {
        let issue = |error: arvo_core::JsonError| {
            Refused::Issues(vec![Issue { path: String::new(), message: error.to_string() }])
        };
        match data {
            Data::Value(value) => Ok(Json::shared(Arc::clone(value))),
            Data::Text(text) => json::parse(text, self.limits).map(Json::new).map_err(issue),
            Data::Host(_) => match self.consumed {
                Some(event) => Json::of_event(event).map_err(issue),
                None => Err(Refused::Issues(Vec::new())), // not reached: C gives values, no tokens
            },
        }
    }
}

impl SchemaHost for CHost<'_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        let Some(host) = self.schemas.iter().find(|host| host.number == schema) else {
            let missing = Failure::argument(format!("host schema {schema} is not one of this contract's"));
            return Err(Refused::Raised(self.raised.keep(Lent::new(missing))));
        };
        match host.judge(self.value_of(data)?) {
            Ok(changed) => Ok(changed.map(|changed| Data::Value(changed.to_shared()))),
            Err(error) => match error.content() {
                Ok(failure) if failure.status == Status::INVALID_DATA => Err(Refused::Issues(failure.issues())),
                _ => Err(Refused::Raised(self.raised.keep(error))),
            },
        }
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        match self.consumed {
            Some(event) if token == Token::CONSUMED => Ok(event.data_text().into()),
            _ => Err(Raised::error(token, "Error", "a C program has no objects of its own")), // not reached: no tokens
        }
    }
}
