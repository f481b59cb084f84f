//! Drives one execution of an orchestrator whose machines have functions written in Rust.

use std::cell::{Cell, OnceCell};
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::contract::{NoHost, Refused, SchemaHost};
use crate::environment::Limits;
use crate::event::{Data, Event, Headers};
use crate::execution::{Answer, Call, Host, Run, event_json};
use crate::handler::{BoxError, Failure};
use crate::json;
use crate::orchestrator::{Enqueue, Function, Functions, Orchestrator, Scope, Seen};
use crate::statechart::{Args, ChartHost, Check, ContextView, Error, FnRef, Signal};
use crate::violation::{Raised, Token};

use super::drive::{Drive, Keeper, Kept};

impl Orchestrator {
    /// Goes on with the workflow that the event belongs to: locks it if need be, reads its record, validates the
    /// event, lets its machine take one step, writes the new record, gives the events to send.
    ///
    /// Dropping the future cancels the execution: nothing is written, and a lock in [`InMemory`](crate::InMemory) is
    /// given back at once; one in a memory of the user's own lasts as long as that memory lets it.
    ///
    /// # Errors
    /// [`Failure::Violation`] when the event or what is sent breaks its contract, the wiring is wrong, the record
    /// fits the machine no more, or somebody else wrote first; [`Failure::User`] with a function's own error when that
    /// is a violation; [`Failure::Memory`] when the user's memory fails. Nothing has changed then: the event may be
    /// tried again.
    pub async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        self.execute_with(event, Headers::default(), &NoHost).await
    }

    /// The same with the headers of the caller's span, and a host for host schemas.
    ///
    /// # Errors
    /// As [`Orchestrator::execute`].
    pub async fn execute_with<H: SchemaHost + Sync>(
        &self,
        event: Event,
        trace: Headers,
        schemas: &H,
    ) -> Result<Vec<Event>, Failure> {
        let kept = &Kept::default();
        let host = &self.host(schemas, kept);
        self.drive(Keeper::Memory(&self.0.memory), host, kept).run(event, trace, no_call).await
    }

    pub(super) fn host<'a, H>(&'a self, schemas: &'a H, kept: &'a Kept) -> RustHost<'a, H> {
        RustHost { schemas, functions: &self.0.functions, kept, run: Mutex::default() }
    }

    pub(super) fn drive<'a, H>(&'a self, keeper: Keeper<'a>, host: &'a H, kept: &'a Kept) -> Drive<'a, H> {
        Drive { plan: &self.0.plan, environment: &self.0.environment, host, keeper, kept }
    }
}

/// A machine has no step that calls.
pub(super) fn no_call(_: Call, _: &Headers) -> Ready<Result<Answer, BoxError>> {
    ready(Err("a machine has no step that calls".into()))
}

/// Functions of machines and schemas of contracts, for one execution.
pub(super) struct RustHost<'a, H> {
    schemas: &'a H,
    functions: &'a [Arc<Functions>],
    kept: &'a Kept,
    run: Mutex<Option<Entered>>,
}

/// What the machine that runs was given.
#[derive(Clone)]
struct Entered {
    machine: u32,
    event: Event,
    data: Data,
}

impl<H: SchemaHost> RustHost<'_, H> {
    fn entered(&self) -> Option<Entered> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls a function with what it may see.
    fn with<R>(
        &self,
        reference: &FnRef,
        args: Args<'_>,
        call: impl FnOnce(&Function, Scope<'_>) -> Result<R, BoxError>,
    ) -> Result<R, Raised> {
        let machine = self.run.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|run| run.machine);
        let functions = machine.and_then(|machine| self.functions.get(machine as usize));
        let Some(function) = functions.and_then(|functions| functions.get(reference)) else {
            return Err(self.kept.keep(format!("the machine has no function {reference}").into()));
        };
        let context = match args.context {
            ContextView::Value(context) => context,
            ContextView::None | ContextView::Held(_) => NULL,
        };
        let failed = Cell::new(None);
        let of = |what| Shown { what, host: self, json: OnceCell::new(), failed: &failed };
        let data = |data: Option<_>| of(data.map_or(What::Nothing, What::Data));
        let event = of(args.event.map_or(What::Nothing, What::Event));
        let (params, input) = (data(args.params), data(args.input));
        let made = call(function, Scope { context, event: &event, params: &params, input: &input });
        match failed.take() {
            Some(raised) => Err(raised), // the function was shown null instead
            None => made.map_err(|error| self.kept.keep(error)),
        }
    }

    fn read(&self, data: &Data) -> Result<Arc<Value>, Raised> {
        match data {
            Data::Value(value) => Ok(Arc::clone(value)),
            Data::Text(text) => match json::parse(text, &Limits::DEFAULT) {
                Ok(value) => Ok(Arc::new(value)),
                Err(error) => Err(self.kept.keep(error.into())),
            },
            Data::Host(token) => self.json(*token).map(Arc::new),
        }
    }
}

const NULL: &Value = &Value::Null;

/// JSON that a function may look at, made when it does.
struct Shown<'a, 'h, H> {
    what: What<'a>,
    host: &'a RustHost<'h, H>,
    json: OnceCell<Arc<Value>>,
    /// Why it could not be made.
    failed: &'a Cell<Option<Raised>>,
}

enum What<'a> {
    Nothing,
    Data(&'a Data),
    Event(&'a Signal),
}

impl<H: SchemaHost> Seen for Shown<'_, '_, H> {
    fn json(&self) -> &Value {
        let made = match self.what {
            What::Nothing => return NULL,
            What::Event(event) => match event.json(self.host) {
                Ok(json) => return json,
                Err(Error::Host(raised)) => Err(raised),
                Err(other) => Err(self.host.kept.keep(other.to_string().into())),
            },
            What::Data(_) if self.json.get().is_some() => Ok(()),
            What::Data(data) => self.host.read(data).map(|json| drop(self.json.set(json))),
        };
        match made {
            Ok(()) => self.json.get().map_or(NULL, |json| json),
            Err(raised) => {
                self.failed.set(Some(raised));
                NULL
            }
        }
    }
}

impl<H: SchemaHost> SchemaHost for RustHost<'_, H> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        self.schemas.validate(schema, data)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.schemas.text(token)
    }
}

impl<H: SchemaHost> ChartHost for RustHost<'_, H> {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        self.with(function, args, |function, scope| match function {
            Function::Value(make) => make(scope).map(|value| Some(value.into())),
            Function::Act(_) | Function::Collect(_) => Err("a function was asked for a value, but is an action".into()),
        })
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        self.with(function, args, |function, scope| match function {
            Function::Act(act) => act(scope),
            Function::Value(make) => make(scope).map(drop),
            Function::Collect(_) => Err("an enqueueActions function stands where an action is called".into()),
        })
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        let mut enqueue = Enqueue { check, actions: Vec::new(), failed: None };
        let called = self.with(function, args, |function, scope| match function {
            Function::Collect(choose) => choose(scope, &mut enqueue),
            Function::Value(_) | Function::Act(_) => Err("an enqueueActions form refers to another function".into()),
        });
        match (enqueue.failed, called) {
            (Some(error), Err(_)) => Err(error),
            (_, Err(raised)) => Err(Error::Host(raised)),
            (_, Ok(())) => Ok(enqueue.actions),
        }
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        match self.entered() {
            Some(entered) if token == Token::CONSUMED => event_json(&entered.event, &entered.data, self.schemas),
            _ => Err(self.kept.keep(format!("the host has no object {}", token.0).into())),
        }
    }
}

impl<H: SchemaHost> Host for RustHost<'_, H> {
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        let entered = Entered { machine: run.machine, event: run.event.clone(), data: run.data.clone() };
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(entered);
        Ok(())
    }
}

const _: fn(&Orchestrator, Event) = |orchestrator, event| {
    fn is_send(_: impl Send) {}
    is_send(orchestrator.execute(event));
};
