//! What the core asks of the host language while it works: synchronous, borrowed for one call, never stored.

use serde_json::Value;

use crate::contract::{NoHost, SchemaHost};
use crate::environment::Limits;
use crate::event::{Data, Event};
use crate::json::{self, JsonError, kind};
use crate::statechart::{self, Args, ChartHost, Check, FnRef};
use crate::violation::{ContractFault, Raised, Token};

use super::output::Output;
use super::resumed::Completion;

/// Every host function that one `start` or `answer` may call: schemas of contracts, functions of machines.
pub trait Host: SchemaHost + ChartHost {
    /// A machine is about to take a step. A host that holds contexts takes over this one.
    ///
    /// # Errors
    /// The host can't read the context, or has no such machine.
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        let _ = run;
        Ok(())
    }

    /// An event that a machine emitted as an object of the host's own. Its data may stay one.
    ///
    /// # Errors
    /// [`Unusable`]: the object can't be read as an event.
    fn emitted(&self, token: Token) -> Result<Output, Unusable> {
        output_of(read(&self.text(token)?)?)
    }

    /// The output that a machine ended with, as an object of the host's own. Its data may stay one.
    ///
    /// # Errors
    /// [`Unusable`]: the object can't be read as an output.
    fn completed(&self, token: Token) -> Result<Option<Completion>, Unusable> {
        completion_of(read(&self.text(token)?)?)
    }
}

/// A machine's step, as its host is told of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Run<'a> {
    /// Which machine: its place among those of the plan.
    pub machine: u32,
    /// The event, with validated data where the core holds it. The chart calls it
    /// [`Token::CONSUMED`].
    pub event: &'a Event,
    /// The validated data; [`Token::CONSUMED`] means the event's own.
    pub data: &'a Data,
    /// Whether validation changed the data.
    pub changed: bool,
    /// The context that the last step left; `None`: the machine starts.
    pub context: Option<&'a Data>,
}

impl Run<'_> {
    /// The event as functions of the machine see it: JSON, with the validated data.
    ///
    /// # Errors
    /// What the host raised when asked for the text of data that is its own; data over a limit of SPEC §18.
    pub fn event_json(&self, host: &(impl SchemaHost + ?Sized)) -> Result<Value, Raised> {
        event_json(self.event, self.data, host)
    }
}

/// See [`Run::event_json`].
pub(crate) fn event_json(event: &Event, data: &Data, host: &(impl SchemaHost + ?Sized)) -> Result<Value, Raised> {
    let data = match data {
        Data::Host(token) if *token != Token::CONSUMED => read(&host.text(*token)?)?,
        _ => event.data().map_err(|error| unreadable(&error))?.clone(),
    };
    Ok(event.envelope().to_value(data))
}

/// Why what a machine handed out can't be used.
#[derive(Debug)]
pub enum Unusable {
    /// Reading it failed, or it is of a wrong kind: the workflow fails.
    Raised(Raised),
    /// It breaks the contract between machine and workflow: nothing is written.
    Fault(ContractFault),
}

impl From<Raised> for Unusable {
    fn from(raised: Raised) -> Self {
        Self::Raised(raised)
    }
}

/// An event that a machine emitted.
pub(super) fn output_of(value: Value) -> Result<Output, Unusable> {
    match value {
        Value::Object(map) => Ok(Output::from_map(map)),
        other => {
            let message = format!("a machine emits events: objects with a type and data; found {}", kind(&other));
            Err(Raised::error(Token::CONSUMED, "Error", message).into())
        }
    }
}

/// The output of a machine; nothing completes nothing.
pub(super) fn completion_of(value: Value) -> Result<Option<Completion>, Unusable> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) => Completion::of_map(map).map(Some).map_err(Unusable::Fault),
        other => Err(Unusable::Fault(ContractFault::NoCompletion { found: kind(&other) })),
    }
}

pub(super) fn read(text: &str) -> Result<Value, Raised> {
    json::parse(text, &Limits::DEFAULT).map_err(|error| unreadable(&error))
}

pub(super) fn unreadable(error: &JsonError) -> Raised {
    Raised::error(Token::CONSUMED, "Error", error.to_string())
}

impl ChartHost for NoHost {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        statechart::NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        statechart::NoHost.act(function, args)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, statechart::Error> {
        statechart::NoHost.collect(function, args, check)
    }
}

impl Host for NoHost {}
