//! A whole step: one event, then eventless transitions and raised events until nothing is left to do.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::action::{Effect, evaluate};
use super::chart::{Chart, Compiled};
use super::configuration::NodeSet;
use super::context::{Context, overlay, read};
use super::error::Error;
use super::form::Make;
use super::host::{Args, ChartHost, ContextView, Names, Revision};
use super::signal::{INIT, Signal};
use crate::event::Data;
use crate::expression::View;

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// It waits for events.
    Active,
    /// It reached its end; events are ignored.
    Done,
}

/// A run between two steps.
///
/// While a host holds the context it is good for that execution only; [`Chart::snapshot`] makes it last.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) status: Status,
    /// In order of entry.
    pub(crate) nodes: Vec<u32>,
    pub(crate) history: Vec<(u32, Arc<[u32]>)>,
    pub(crate) context: Context,
    pub(crate) output: Option<Data>,
}

/// What a step led to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run after the step.
    pub state: State,
    /// Events handed out by `emit`, in order.
    pub emitted: Vec<Data>,
    /// What the appending actions of the [`Implementations`](super::Implementations) gathered, in order; it is taken
    /// out of the context.
    pub appended: Vec<Data>,
    /// The transitions taken, in order; for pictures.
    pub taken: Vec<Taken>,
}

/// One of a chart's transitions.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Taken(pub(crate) u32);

impl Taken {
    /// Its number, which a chart compiled of the same definition gives the same transition.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The transition of that number; one that no transition has marks nothing.
    pub fn of(number: u32) -> Self {
        Self(number)
    }
}

impl State {
    /// Whether it goes on.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The output of a run that is done, if the machine has one.
    pub fn output(&self) -> Option<&Data> {
        self.output.as_ref()
    }
}

impl Chart {
    /// Starts a run.
    ///
    /// # Errors
    /// Whatever a function of the host raised, or the chart itself failed with; nothing has happened then.
    ///
    /// ```
    /// # use arvo::statechart::{Chart, Implementations, NoHost, Signal};
    /// use serde_json::json;
    /// let lamp = json!({"id": "lamp", "initial": "off", "states": {
    ///     "off": {"on": {"press": "on"}}, "on": {"on": {"press": "off"}}}});
    /// let lamp = Chart::compile(&lamp, &Implementations::default()).unwrap();
    /// let step = lamp.start(None, &NoHost)?;
    /// let step = lamp.send(step.state, Signal::from_json(json!({"type": "press"}))?, &NoHost)?;
    /// assert_eq!(lamp.value(&step.state), "on");
    /// # Ok::<(), arvo::statechart::Error>(())
    /// ```
    pub fn start(&self, input: Option<Data>, host: &dyn ChartHost) -> Result<Outcome, Error> {
        let chart = &*self.0;
        let context = first_context(chart, input.as_ref(), host)?;
        // What XState shows guards then: the initial states, a history among them as itself.
        let mut initial = Vec::new();
        chart.initial_nodes(0, &mut initial);
        let value = NodeSet::of(chart.nodes.len(), &initial);
        let state = State { status: Status::Active, nodes: vec![0], history: Vec::new(), context, output: None };
        let mut step = Step::new(chart, state, Signal::init(input), host);
        step.seen_value = Some(value);
        step.waiting = Some(Vec::new());
        step.first_microstep()?;
        step.run_to_rest()?;
        step.run_waiting()?;
        step.into_outcome()
    }

    /// Sends an event to a run. One that is done ignores it.
    ///
    /// # Errors
    /// As [`start`](Self::start). The run is lost then: keep a clone, or the snapshot it was restored from.
    pub fn send(&self, state: State, event: Signal, host: &dyn ChartHost) -> Result<Outcome, Error> {
        if state.status == Status::Done {
            return Ok(Outcome { state, emitted: Vec::new(), appended: Vec::new(), taken: Vec::new() });
        }
        let mut step = Step::new(&self.0, state, event, host);
        // Whoever sends what begins a run wakes it, no more: XState asks eventless transitions only.
        let selected = if step.event.type_name() == INIT { Vec::new() } else { step.select()? };
        if selected.is_empty() && step.event.type_name().starts_with("xstate.error.actor") {
            return Err(step.unhandled()?);
        }
        step.microstep(selected)?;
        step.run_to_rest()?;
        step.into_outcome()
    }

    /// Restores a run from its snapshot and sends it an event.
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`], or as [`send`](Self::send).
    pub fn resume(&self, snapshot: Value, event: Signal, host: &dyn ChartHost) -> Result<Outcome, Error> {
        self.send(self.restore(snapshot, host)?, event, host)
    }

    /// A transition as a person names it: `m.a --E--> m.b`.
    pub fn transition(&self, taken: Taken) -> Option<String> {
        let known = (taken.0 as usize) < self.0.transitions.len();
        known.then(|| self.0.transition_text(taken.0))
    }
}

fn first_context(chart: &Compiled, input: Option<&Data>, host: &dyn ChartHost) -> Result<Context, Error> {
    let mut context = if host.holds_context() {
        Context::Held(Revision::FIRST)
    } else {
        Context::Value(Arc::new(Value::Object(Map::new())))
    };
    let made = match &chart.context {
        None => None,
        Some(Make::Json(json)) => Some(Data::Value(Arc::clone(json))),
        Some(Make::Function(function)) => {
            host.value(function, Args { context: ContextView::None, event: None, params: None, input })?
        }
        Some(Make::Expression(expression)) => {
            let object = match input {
                Some(Data::Host(token)) => host.object(*token)?,
                _ => None,
            };
            let json = input.filter(|_| object.is_none()).map(|input| read(input, host)).transpose()?;
            let input = object.map(View::Object).or(json.as_deref().map(View::Json));
            evaluate(&**expression, Names { input, ..Names::default() })?.map(Data::from)
        }
    };
    match (&mut context, made) {
        (_, None) => {}
        // An object that nobody has changed yet is shared, not copied.
        (Context::Value(value), Some(Data::Value(made))) if made.is_object() => *value = made,
        (context, Some(made)) => overlay(context, &made, host)?,
    }
    Ok(context)
}

/// A step under way.
pub(crate) struct Step<'a> {
    pub(crate) chart: &'a Compiled,
    pub(crate) host: &'a dyn ChartHost,
    /// The event being handled.
    pub(crate) event: Signal,
    pub(crate) status: Status,
    pub(crate) nodes: Vec<u32>,
    pub(crate) active: NodeSet,
    /// The configuration before the microstep, which guards see.
    pub(crate) seen: NodeSet,
    /// While starting: the initial states; what `stateIn` compares values with.
    pub(crate) seen_value: Option<NodeSet>,
    pub(crate) history: Vec<(u32, Arc<[u32]>)>,
    pub(crate) context: Context,
    pub(crate) output: Option<Data>,
    pub(crate) emitted: Vec<Data>,
    /// While starting: custom actions and logs, which run at its end.
    pub(crate) waiting: Option<Vec<Effect>>,
    /// Whether this microstep changed the context, or recorded a history.
    pub(crate) assigned: bool,
    /// Whether an appending action ran.
    pub(crate) appended: bool,
    pub(crate) recorded_now: bool,
    pub(crate) taken: Vec<u32>,
    queue: VecDeque<Signal>,
    queued: usize,
    microsteps: usize,
}

impl<'a> Step<'a> {
    fn new(chart: &'a Compiled, state: State, event: Signal, host: &'a dyn ChartHost) -> Self {
        let State { status, nodes, history, context, output } = state;
        let active = NodeSet::of(chart.nodes.len(), &nodes);
        Self {
            chart,
            host,
            event,
            status,
            nodes,
            seen: active.clone(),
            active,
            seen_value: None,
            history,
            context,
            output,
            emitted: Vec::new(),
            waiting: None,
            assigned: false,
            appended: false,
            recorded_now: false,
            taken: Vec::new(),
            queue: VecDeque::new(),
            queued: 0,
            microsteps: 0,
        }
    }

    fn unhandled(&self) -> Result<Error, Error> {
        let event = self.event.type_name().to_owned();
        let message = self.event.json(self.host)?.pointer("/error/message").and_then(Value::as_str);
        let message = message.map_or_else(|| format!("unhandled error event '{event}'"), str::to_owned);
        Ok(Error::Unhandled { event, message })
    }

    fn run_to_rest(&mut self) -> Result<(), Error> {
        let mut ask = true;
        while self.status == Status::Active {
            let mut selected = if ask { self.select_eventless()? } else { Vec::new() };
            let eventless = !selected.is_empty();
            if !eventless {
                let Some(next) = self.queue.pop_front() else { break };
                self.event = next;
                selected = self.select()?;
            }
            let changed = self.microstep(selected)?;
            ask = !eventless || changed;
        }
        Ok(())
    }

    pub(crate) fn enqueue(&mut self, event: Signal) -> Result<(), Error> {
        self.queued += 1;
        if self.queued > self.chart.bounds.queued {
            return Err(self.endless("queued events", self.chart.bounds.queued));
        }
        self.queue.push_back(event);
        Ok(())
    }

    pub(crate) fn count_microstep(&mut self) -> Result<(), Error> {
        self.microsteps += 1;
        if self.microsteps > self.chart.bounds.microsteps {
            return Err(self.endless("microsteps", self.chart.bounds.microsteps));
        }
        Ok(())
    }

    pub(crate) fn endless(&self, what: &'static str, limit: usize) -> Error {
        let last = &self.taken[self.taken.len().saturating_sub(SHOWN)..];
        Error::Endless {
            what,
            limit,
            transitions: last.iter().map(|transition| self.chart.transition_text(*transition)).collect(),
            states: self.chart.ids_of(&self.nodes[..self.nodes.len().min(SHOWN)]),
        }
    }

    fn into_outcome(mut self) -> Result<Outcome, Error> {
        let appended = self.drain()?;
        let Self { status, nodes, history, context, output, emitted, taken, .. } = self;
        let state = State { status, nodes, history, context, output };
        Ok(Outcome { state, emitted, appended, taken: taken.into_iter().map(Taken).collect() })
    }
}

/// How many transitions and states an error names.
const SHOWN: usize = 10;
