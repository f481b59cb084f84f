//! The third phase of an orchestrator's execution: its machine takes one step; what it emits becomes events, where it
//! stands becomes the record (SPEC §12.8–11).

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use crate::event::{Data, Emitted, Raised, Token};
use crate::expression::Object;
use crate::machine::Machine;
use crate::memory::{Kept, Progress, Workflow};
use crate::statechart::{self, Args, ChartHost, Check, FnRef, Outcome, Patch, Revision, Signal, Snapshot, Status};
use crate::telemetry::Line;
use crate::violation::{ExecutionFault, Violation};

use super::execution::State;
use super::host::{Host, Run, Unusable, completion_of, output_of, read};
use super::output::Output;
use super::plan::Serving;
use super::resumed::Completion;
use super::sending::Unsent;
use super::shown::Shown;
use super::step::{Turn, Write};
use super::workflow::Input;

impl State {
    /// One macrostep of the machine: from the start with the init event, or from where the record stands.
    pub(super) fn take_step(
        self: Box<Self>,
        serving: &Serving<'_>,
        machine: &Machine,
        workflow: Option<&Workflow>,
        input: &Input,
        host: &dyn Host,
    ) -> Turn {
        let written = self.step_of(serving, machine, workflow, input, host);
        self.written(written)
    }

    fn step_of(
        &self,
        serving: &Serving<'_>,
        machine: &Machine,
        workflow: Option<&Workflow>,
        input: &Input,
        host: &dyn Host,
    ) -> Result<(Write, Arc<[Emitted]>), Unsent> {
        let read;
        let before = match workflow.map(|workflow| &workflow.progress) {
            Some(Progress::Machine { snapshot: Kept::Snapshot(snapshot), .. }) => Some(&**snapshot),
            Some(Progress::Machine { snapshot: Kept::Text(text), .. }) => {
                read = machine.chart().read_snapshot(text)?;
                Some(&read)
            }
            _ => None,
        };
        let host = Inside { host, input, shown: OnceCell::new() };
        let started = self.clock();
        let stepped = step(serving.number, machine, before, &host);
        self.log_step(started, machine, before.is_some(), &stepped);
        let (outcome, snapshot) = stepped?;
        let done = snapshot.status == Status::Done;
        let mut outputs = Vec::with_capacity(outcome.emitted.len() + outcome.appended.len());
        for event in outcome.emitted.into_iter().chain(outcome.appended) {
            outputs.push(host.output(event)?);
        }
        let completion = match outcome.output {
            Some(output) if done => host.completion(output)?,
            _ => None,
        };
        let sent = self.events(serving, outputs, completion, host.host)?;
        self.log_stepped(snapshot.status, sent.len());
        let progress = Progress::Machine {
            snapshot: Kept::Snapshot(Arc::new(snapshot)),
            definition: machine.definition().clone(),
        };
        self.write(sent, done, progress)
    }
}

impl State {
    /// The step as a span of its own.
    fn log_step(
        &self,
        started: u64,
        machine: &Machine,
        is_resumed: bool,
        stepped: &Result<(Stepped, Snapshot), Unsent>,
    ) {
        if self.recording.is_none() {
            return;
        }
        let (name, type_) = (self.plan.source(), self.event.type_());
        let events = stepped.as_ref().map_or(0, |(step, _)| step.emitted.len() + step.appended.len());
        let lines = [
            if is_resumed {
                Line::MachineResumes { machine: name, type_ }
            } else {
                Line::MachineStarts { machine: name, type_ }
            },
            Line::MachineRan { machine: name, events },
            Line::Snapshot { machine: name },
        ];
        let violated;
        let failure = match stepped {
            Ok(_) => None,
            Err(Unsent::Error(raised)) => Some(raised),
            Err(Unsent::Violation(violation)) => {
                violated = Raised::error(Token::CONSUMED, violation.name(), violation.to_string());
                Some(&violated)
            }
        };
        let own = [
            ("arvo.machine.type".into(), name.into()),
            ("arvo.machine.version".into(), machine.version().to_string().into()),
        ];
        self.log_child("Execute Machine", started, &lines, failure, own);
    }

    fn log_stepped(&self, status: Status, events: usize) {
        self.record(|recording, at| {
            let status = if status == Status::Done { "done" } else { "active" };
            recording.log(at, Line::Stepped { status, events });
            recording.attributes(vec![("arvo.orchestration.status".into(), status.into())]);
        });
    }
}

/// What a step gave, its state laid to rest.
struct Stepped {
    emitted: Vec<Data>,
    appended: Vec<Data>,
    output: Option<Data>,
}

fn step(
    number: u32,
    machine: &Machine,
    before: Option<&Snapshot>,
    host: &Inside<'_>,
) -> Result<(Stepped, Snapshot), Unsent> {
    let Input { event, data, changed } = host.input;
    let context = before.map(|snapshot| &snapshot.context);
    host.host.enter(Run { machine: number, event, data, changed: *changed, context })?;
    let chart = machine.chart();
    let Outcome { state, emitted, appended, .. } = match before {
        None => chart.start(Some(Data::Host(Token::CONSUMED)), host)?,
        Some(snapshot) => {
            let signal = Signal::sent(event.envelope().shared_type(), Data::Host(Token::CONSUMED));
            chart.send(chart.load(snapshot, host)?, signal, host)?
        }
    };
    let output = state.output().cloned();
    let mut snapshot = chart.store(state, host)?;
    // What user code itself left in the place of the queue goes too.
    match &mut snapshot.context {
        Data::Value(context) => Machine::drop_volatile(context),
        Data::Text(text) if text.contains(Machine::VOLATILE) => {
            let mut context = Arc::new(statechart::parse_context(text).map_err(statechart::Error::Json)?);
            Machine::drop_volatile(&mut context);
            snapshot.context = Data::Value(context);
        }
        _ => {}
    }
    Ok((Stepped { emitted, appended, output }, snapshot))
}

impl From<statechart::Error> for Unsent {
    fn from(error: statechart::Error) -> Self {
        use statechart::Error;
        match error {
            Error::Host(raised) => raised.into(),
            Error::Guard { .. } => guard(&error),
            Error::Failed { name, message } => Raised::error(Token::CONSUMED, name, message).into(),
            Error::Endless { .. } | Error::Illegal { .. } | Error::SnapshotMismatch { .. } => {
                Violation::Execution(ExecutionFault::Machine { message: error.to_string() }).into()
            }
            Error::Expression { ref failure, .. } => {
                Raised::error(Token::CONSUMED, failure.name, error.to_string()).into()
            }
            other => Raised::error(Token::CONSUMED, "Error", other.to_string()).into(),
        }
    }
}

/// A guard's violation stays that violation; its error goes by XState's words, the object itself stays attached.
fn guard(error: &statechart::Error) -> Unsent {
    let mut cause = error;
    while let statechart::Error::Guard { cause: inner, .. } = cause {
        cause = inner;
    }
    let text = error.to_string();
    match cause {
        statechart::Error::Host(raised) if raised.violation.is_some() => raised.clone().into(),
        statechart::Error::Host(raised) => {
            let stack = raised.stack.clone();
            Raised { stack, ..Raised::error(raised.token, "Error", text) }.into()
        }
        _ => Raised::error(Token::CONSUMED, "Error", text).into(),
    }
}

impl From<Unusable> for Unsent {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Raised(raised) => raised.into(),
            Unusable::Fault(fault) => Violation::Contract(fault).into(),
        }
    }
}

/// The host as a chart sees it: the consumed event is the core's to show.
struct Inside<'a> {
    host: &'a dyn Host,
    input: &'a Input,
    shown: OnceCell<Shown<'a>>,
}

impl Inside<'_> {
    fn output(&self, data: Data) -> Result<Output, Unusable> {
        match data {
            Data::Host(Token::CONSUMED) => output_of(self.consumed()?),
            Data::Host(token) => self.host.emitted(token),
            Data::Text(text) => output_of(read(&text)?),
            Data::Value(value) => output_of(Arc::unwrap_or_clone(value)),
        }
    }

    fn completion(&self, data: Data) -> Result<Option<Completion>, Unusable> {
        match data {
            Data::Host(Token::CONSUMED) => completion_of(self.consumed()?),
            Data::Host(token) => self.host.completed(token),
            Data::Text(text) => completion_of(read(&text)?),
            Data::Value(value) => completion_of(Arc::unwrap_or_clone(value)),
        }
    }

    /// The consumed event as JSON, with validated data.
    fn consumed(&self) -> Result<Value, Raised> {
        self.shown().map(|shown| shown.json().clone())
    }

    fn shown(&self) -> Result<&Shown<'_>, Raised> {
        if let Some(shown) = self.shown.get() {
            return Ok(shown);
        }
        let shown = Shown::of(&self.input.event, &self.input.data, self.host)?;
        Ok(self.shown.get_or_init(|| shown))
    }
}

impl ChartHost for Inside<'_> {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        self.host.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        self.host.act(function, args)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, statechart::Error> {
        self.host.collect(function, args, check)
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        if token == Token::CONSUMED { self.consumed() } else { self.host.json(token) }
    }

    fn object(&self, token: Token) -> Result<Option<&dyn Object>, Raised> {
        if token == Token::CONSUMED { self.shown().map(|shown| Some(shown as &dyn Object)) } else { Ok(None) }
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        self.host.log(label, value);
    }

    fn holds_context(&self) -> bool {
        self.host.holds_context()
    }

    fn merge(&self, at: Revision, patch: Patch<'_>) -> Result<Revision, Raised> {
        self.host.merge(at, patch)
    }

    fn drain(&self, at: Revision, path: &[Arc<str>]) -> Result<(Revision, Vec<Data>), Raised> {
        self.host.drain(at, path)
    }

    fn context(&self, at: Revision) -> Result<Data, Raised> {
        self.host.context(at)
    }
}
