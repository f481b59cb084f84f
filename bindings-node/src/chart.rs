//! Charts alone: a definition without contracts, one step at a time, for tests of machines.

use std::sync::Arc;

use arvo::statechart::{
    Chart, ChartHost, Error, Expressions, Implementations, NoHost, Options, Outcome, Problem, Severity, Signal,
    Snapshot, Taken,
};
use arvo::{ConfigFault, Data, Machine, MachineProblem, Token, Violation};
use napi::Either;
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::environment;
use crate::error::{Failure, answer, problem};
use crate::host::HostCall;
use crate::machine::read;
use crate::machine_host::{MachineCall, MachineHost, NONE};
use crate::text::Text;

/// A compiled chart.
#[napi]
pub struct NodeChart {
    pub(crate) chart: Chart,
    pub(crate) has_functions: bool,
    /// Whether it is a machine's: then its context has room for events in the making, during a step.
    pub(crate) of_machine: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    definition: Value,
    guards: Map<String, Value>,
    actions: Map<String, Value>,
    has_functions: bool,
}

/// The first line of what came of a step.
#[derive(Serialize)]
struct Stepped {
    tags: Vec<String>,
    meta: Map<String, Value>,
    emitted: Vec<Given>,
    appended: Vec<Given>,
    taken: Vec<u32>,
}

/// An event that a step gave.
#[derive(Serialize)]
#[serde(untagged)]
enum Given {
    /// An object of the face's own, by its number.
    Held([u32; 1]),
    /// JSON, behind a null in the number's place.
    Made((), Arc<Value>),
}

impl Given {
    fn of(event: Data) -> Result<Self, Error> {
        Ok(match event {
            Data::Host(token) => Self::Held([token.0]),
            Data::Value(value) => Self::Made((), value),
            Data::Text(text) => {
                Self::Made((), Arc::new(arvo::json::parse(&text, &environment::limits()).map_err(Error::Json)?))
            }
        })
    }
}

/// Compiles a chart.
#[napi(catch_unwind)]
pub fn compile_chart(param: String) -> Either<NodeChart, Text> {
    match compile(&param) {
        Ok(chart) => Either::A(chart),
        Err(failure) => Either::B(failure.into()),
    }
}

fn compile(param: &str) -> Result<NodeChart, Failure> {
    let Param { definition, guards, actions, has_functions } = serde_json::from_value(read(param, "a chart")?)
        .map_err(|error| Failure::new("contract", format!("a chart can't be built: {error}")))?;
    let given = Implementations { guards, actions, appending: Vec::new() };
    let options = Options { language: Arc::new(Expressions::new(&environment::limits())), ..Options::default() };
    let chart = Chart::compile_with(&definition, &given, options).map_err(|problems| {
        Violation::Config(ConfigFault::Machine { problems: problems.iter().map(problem_of).collect() })
    })?;
    Ok(NodeChart { chart, has_functions, of_machine: false })
}

fn problem_of(problem: &Problem) -> MachineProblem {
    MachineProblem {
        code: problem.code.text(),
        refuses: problem.severity() == Severity::Error,
        path: problem.path.clone(),
        message: problem.message.clone(),
    }
}

fn text_of(context: &Data) -> Option<String> {
    match context {
        Data::Text(text) => Some(text.as_ref().to_owned()),
        Data::Value(value) => Some(arvo::json::write(value, 0)),
        Data::Host(_) => None, // unreachable: it was read from text
    }
}

/// What goes into a step: JSON text, or for a chart with functions what the face holds as the consumed object.
fn given(text: Option<String>) -> Data {
    text.map_or(Data::Host(Token::CONSUMED), |text| Data::Text(text.into()))
}

#[napi]
impl NodeChart {
    /// Whether functions of the host belong to it.
    #[napi(catch_unwind)]
    pub fn has_functions(&self) -> bool {
        self.has_functions
    }

    /// Starts a run.
    #[napi(catch_unwind)]
    pub fn start(
        &self,
        has_input: bool,
        input: Option<String>,
        host: HostCall<'_>,
        machines: Option<MachineCall<'_>>,
    ) -> Text {
        let input = has_input.then(|| given(input));
        self.step(&host, machines.as_ref(), None, |_, host| self.chart.start(input, host))
    }

    /// Takes a run at rest one event further. `snapshot` is JSON text, `type_name` the event's type.
    #[napi(catch_unwind)]
    pub fn resume(
        &self,
        snapshot: String,
        type_name: String,
        event: Option<String>,
        host: HostCall<'_>,
        machines: Option<MachineCall<'_>>,
    ) -> Text {
        self.step(&host, machines.as_ref(), Some(&snapshot), |snapshot, host| {
            let state = match snapshot {
                Some(snapshot) => self.chart.load(&snapshot, host)?,
                None => return self.chart.start(None, host),
            };
            self.chart.send(state, Signal::sent(type_name, given(event)), host)
        })
    }

    /// What looks wrong, though it runs, as JSON.
    #[napi(catch_unwind)]
    pub fn warnings(&self) -> Text {
        self.chart.warnings().iter().map(|warning| problem(&problem_of(warning))).collect::<Value>().into()
    }

    /// A transition that a step took, in words; empty for a number that none has.
    #[napi(catch_unwind)]
    pub fn transition(&self, number: u32) -> String {
        self.chart.transition(Taken::of(number)).unwrap_or_default()
    }

    fn step(
        &self,
        host: &HostCall<'_>,
        machines: Option<&MachineCall<'_>>,
        snapshot: Option<&str>,
        run: impl FnOnce(Option<Snapshot>, &dyn ChartHost) -> Result<Outcome, Error>,
    ) -> Text {
        let stepped = || {
            let before = snapshot.map(|text| self.chart.read_snapshot(text)).transpose()?;
            let Some(machines) = machines else { return self.told(run(before, &NoHost)?, &NoHost) };
            let host = MachineHost::new(host, machines, &[]);
            if self.has_functions {
                host.hold(0, NONE, before.as_ref().and_then(|before| text_of(&before.context)))?;
            }
            let outcome = run(before, &host)?;
            self.told(outcome, &host)
        };
        answer(stepped().map_err(Failure::from))
    }

    /// What came of a step: JSON in the first line, the snapshot in the second.
    fn told(&self, outcome: Outcome, host: &dyn ChartHost) -> Result<String, Error> {
        let Outcome { state, emitted, appended, taken } = outcome;
        let list = |events: Vec<Data>| events.into_iter().map(Given::of).collect::<Result<Vec<_>, _>>();
        let first = Stepped {
            tags: self.chart.tags(&state),
            meta: self.chart.meta(&state),
            emitted: list(emitted)?,
            appended: list(appended)?,
            taken: taken.iter().map(|taken| taken.number()).collect(),
        };
        let mut text = serde_json::to_string(&first).map_err(|error| Error::Json(error.into()))?;
        text.push('\n');
        let mut snapshot = self.chart.store(state, host)?;
        if let Data::Text(context) = &snapshot.context
            && self.of_machine
            && context.contains(Machine::QUEUE[1])
        {
            let mut context = Arc::new(arvo::json::parse(context, &environment::limits()).map_err(Error::Json)?);
            Machine::drop_volatile(&mut context);
            snapshot.context = Data::Value(context);
        }
        snapshot.write(&mut text);
        Ok(text)
    }
}
