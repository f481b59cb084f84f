//! The C program as the host of machines: each of their functions, with what it may see.

use std::cell::RefCell;
use std::sync::Arc;

use arvo_core::statechart::{self, ChartHost, Check, ContextView, FnRef};
use arvo_core::{Data, Event, Host, Limits, Raised, Refused, Run, SchemaHost, Token, json};
use serde_json::Value;

use crate::actions::Actions;
use crate::args::{Args, Part};
use crate::boundary::{Caught, Failure};
use crate::functions::Functions;
use crate::handle::Lent;
use crate::host::{CHost, RaisedTable};
use crate::value::Json;

/// The functions of one machine, for one step.
pub(crate) struct Actor<'a> {
    pub(crate) functions: &'a Functions,
    pub(crate) limits: &'a Limits,
    pub(crate) raised: &'a RaisedTable,
    /// The event being handled; a chart by itself is given its events whole.
    pub(crate) consumed: Option<&'a Event>,
}

impl Actor<'_> {
    fn args(&self, given: statechart::Args<'_>) -> Result<Lent<Args>, Raised> {
        let part = |data: Option<&Data>| data.map(|data| self.read(data)).transpose().map(Part::of);
        let event = match given.event.map(|event| event.json(self)) {
            None => None,
            Some(Ok(event)) => Some(Arc::clone(event)),
            Some(Err(statechart::Error::Host(raised))) => return Err(raised),
            Some(Err(other)) => {
                return Err(match self.raised.of_chart(&other) {
                    Caught::Failure(failure) => self.raised.failed(failure),
                    Caught::Raised(raised) => self.raised.keep(raised),
                });
            }
        };
        let context = match given.context {
            ContextView::Value(context) => Some(Arc::clone(context)),
            ContextView::None | ContextView::Held(_) => None, // C holds no context
        };
        Ok(Lent::new(Args {
            context: Part::of(context),
            event: Part::of(event),
            params: part(given.params)?,
            input: part(given.input)?,
        }))
    }

    fn read(&self, data: &Data) -> Result<Arc<Value>, Raised> {
        match data {
            Data::Value(value) => Ok(Arc::clone(value)),
            Data::Text(text) => {
                json::parse(text, self.limits).map(Arc::new).map_err(|error| self.raised.failed(error.into()))
            }
            Data::Host(token) => self.json(*token).map(Arc::new),
        }
    }
}

impl ChartHost for Actor<'_> {
    fn value(&self, function: &FnRef, args: statechart::Args<'_>) -> Result<Option<Data>, Raised> {
        self.functions.value(function, &self.args(args)?, self.raised).map(Some)
    }

    fn act(&self, function: &FnRef, args: statechart::Args<'_>) -> Result<(), Raised> {
        self.functions.act(function, &self.args(args)?, self.raised)
    }

    fn collect(
        &self,
        function: &FnRef,
        args: statechart::Args<'_>,
        check: Check<'_>,
    ) -> Result<Vec<Value>, statechart::Error> {
        let args = self.args(args)?;
        let choose = |actions: &Lent<Actions>| self.functions.collect(function, &args, actions, self.raised);
        Ok(Actions::chosen(check, self.raised, choose)?)
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        // A value that can't be read is none: a line of a log fails no step.
        self.functions.log(label, value.and_then(|value| self.read(value).ok()).map(Json::shared));
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        match self.consumed {
            Some(event) if token == Token::CONSUMED => {
                event.to_value().map_err(|error| self.raised.failed(error.into()))
            }
            _ => Err(self.raised.failed(Failure::argument("a C program has no objects of its own"))), // not reached
        }
    }
}

/// Schemas and machines of one plan.
pub(crate) struct MachineHost<'a> {
    schemas: CHost<'a>,
    /// Those of each machine of the plan; none for handlers and resumables.
    machines: &'a [Arc<Functions>],
    /// Which machine runs, and the event as it was validated.
    entered: RefCell<Option<(u32, Event)>>,
}

impl<'a> MachineHost<'a> {
    pub(crate) fn new(schemas: CHost<'a>, machines: &'a [Arc<Functions>]) -> Self {
        Self { schemas, machines, entered: RefCell::default() }
    }

    /// Does something with the functions of the machine that runs.
    fn with<R>(&self, act: impl FnOnce(&Actor<'_>) -> R) -> R {
        let none = Functions::default();
        let entered = self.entered.borrow().clone();
        let functions = entered.as_ref().and_then(|(machine, _)| self.machines.get(*machine as usize));
        act(&Actor {
            functions: functions.map_or(&none, |functions| functions),
            limits: self.schemas.limits,
            raised: self.schemas.raised,
            consumed: entered.as_ref().map(|(_, event)| event),
        })
    }
}

impl SchemaHost for MachineHost<'_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        self.schemas.validate(schema, data)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.schemas.text(token)
    }
}

impl ChartHost for MachineHost<'_> {
    fn value(&self, function: &FnRef, args: statechart::Args<'_>) -> Result<Option<Data>, Raised> {
        self.with(|actor| actor.value(function, args))
    }

    fn act(&self, function: &FnRef, args: statechart::Args<'_>) -> Result<(), Raised> {
        self.with(|actor| actor.act(function, args))
    }

    fn collect(
        &self,
        function: &FnRef,
        args: statechart::Args<'_>,
        check: Check<'_>,
    ) -> Result<Vec<Value>, statechart::Error> {
        self.with(|actor| actor.collect(function, args, check))
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        self.with(|actor| actor.log(label, value));
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        self.with(|actor| actor.json(token))
    }
}

impl Host for MachineHost<'_> {
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        *self.entered.borrow_mut() = Some((run.machine, run.event.clone()));
        Ok(())
    }
}
