//! The machine itself, and what it is compiled from.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::contract::{ContractKind, VersionedContract};
use crate::environment::Limits;
use crate::event::Version;
use crate::statechart::{Bounds, Chart, Expressions, Implementations, Options, Problem, Severity, drain_at};
use crate::violation::{ConfigFault, MachineProblem, Violation};

use super::check;
use super::definition::without_functions;
use super::reserved;
use super::services::{ServiceList, service_faults};

/// A statechart with the contracts that it speaks by. Cloning copies a pointer.
///
/// ```
/// use arvo::{Contract, Machine, MachineSpec};
/// use serde_json::json;
///
/// let object = || json!({"type": "object"});
/// let flow = Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build()?;
/// let pay = Contract::simple("#/services/pay", "order.pay").version("1.0.0", object(), object()).build()?;
/// let machine = Machine::compile(MachineSpec::new(&flow.latest(), json!({
///     "id": "order", "initial": "paying", "output": {"paid": true},
///     "states": {
///         "paying": {"entry": {"emit": {"type": "com.order.pay", "data": {}}}, "on": {"evt.order.pay.success": "done"}},
///         "done": {"type": "final"},
///     },
/// })).service("pay", &pay.latest()))?;
/// assert_eq!((machine.id(), machine.source()), ("order", "arvo.orc.order"));
/// assert!(!machine.requires_resource_locking());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Machine(Arc<Inner>);

struct Inner {
    chart: Chart,
    contract: VersionedContract,
    services: ServiceList,
    /// As the record shows it.
    definition: Arc<str>,
    warnings: Vec<MachineProblem>,
    locking: bool,
}

/// What a machine is compiled from; its functions stay with the host.
#[derive(Clone, Debug)]
pub struct MachineSpec {
    /// Its own contract, an orchestrator's.
    pub contract: VersionedContract,
    /// The services that it may call, by name.
    pub services: Vec<(String, VersionedContract)>,
    /// The definition (STATECHARTS §1); functions of the host are written `{"$fn": name or number}`.
    pub definition: Value,
    /// What its named guards and actions stand for: `{"guards": {name: form}, "actions": {name: form}}`.
    pub setup: Map<String, Value>,
    /// The names of the functions that its host has, if the host knows them all: a `{"$fn": name}` of another name
    /// is refused then.
    pub functions: Option<Vec<String>>,
    /// Whether warnings refuse it too.
    pub strict: bool,
    /// How far one step may go.
    pub bounds: Bounds,
    /// How far one expression may go.
    pub limits: Limits,
}

impl MachineSpec {
    /// A machine of this contract and definition, without services and named implementations.
    pub fn new(contract: &VersionedContract, definition: Value) -> Self {
        Self {
            contract: contract.clone(),
            services: Vec::new(),
            definition,
            setup: Map::new(),
            functions: None,
            strict: false,
            bounds: Bounds::default(),
            limits: Limits::default(),
        }
    }

    /// A service that it may call, under a name for errors and pictures.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>, contract: &VersionedContract) -> Self {
        self.services.push((name.into(), contract.clone()));
        self
    }

    /// What a named guard stands for: a form of STATECHARTS §1.
    #[must_use]
    pub fn guard(self, name: impl Into<String>, form: Value) -> Self {
        self.implement("guards", name.into(), form)
    }

    /// What a named action stands for: a form of STATECHARTS §1.
    #[must_use]
    pub fn action(self, name: impl Into<String>, form: Value) -> Self {
        self.implement("actions", name.into(), form)
    }

    /// Warnings refuse it too.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    fn implement(mut self, kind: &str, name: String, form: Value) -> Self {
        let place = self.setup.entry(kind).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(map) = place {
            map.insert(name, form);
        }
        self
    }
}

impl Machine {
    /// The reserved action that sends an event, its params.
    pub const ENQUEUE: &'static str = "enqueueArvoEvent";
    /// Where a context shows the events enqueued so far, during a step.
    pub const QUEUE: [&'static str; 3] = ["arvo$$", Self::VOLATILE, "eventQueue$$"];
    pub(crate) const VOLATILE: &'static str = "volatile$$";

    /// Compiles a machine: every name is resolved and every problem found now, so that no step meets one.
    ///
    /// # Errors
    /// [`Violation::Config`] with [`ConfigFault::Machine`]: all problems at once, each with code, path and what to do.
    pub fn compile(spec: MachineSpec) -> Result<Self, Violation> {
        let MachineSpec { contract, services, definition, setup, functions, strict, bounds, limits } = spec;
        let mut problems: Vec<MachineProblem> = Vec::new();
        if contract.contract().kind() != ContractKind::Orchestrator {
            let message = format!(
                "contract {} is no orchestrator contract; a machine needs one, made by Contract::orchestrator",
                contract.contract().uri()
            );
            problems.push(refusal("E-SERVICE", "", message));
        }
        let faults = service_faults("ArvoMachine", contract.contract(), &services);
        problems.extend(faults.into_iter().map(|fault| refusal("E-SERVICE", "services", fault.to_string())));
        problems.extend(reserved::problems(&setup, &definition, contract.version()));
        let given = implementations(&setup, &mut problems);
        let options = Options { language: Arc::new(Expressions::new(&limits)), bounds };
        let chart = match Chart::compile_with(&definition, &given, options) {
            Ok(chart) => {
                problems.extend(chart.warnings().iter().map(problem_of));
                problems.extend(functions.iter().flat_map(|known| unknown_functions(&chart, known)));
                problems.extend(check::problems(&chart, &contract, &services));
                Some(chart)
            }
            Err(found) => {
                problems.extend(found.iter().map(problem_of));
                None
            }
        };
        match chart {
            Some(chart) if !problems.iter().any(|problem| problem.refuses || strict) => Ok(Self(Arc::new(Inner {
                locking: chart.has_parallel_states() || services.iter().any(|(_, service)| service.emits().len() > 1),
                chart,
                contract,
                services,
                definition: without_functions(&definition),
                warnings: problems,
            }))),
            _ => {
                problems.iter_mut().for_each(|problem| problem.refuses |= strict);
                Err(Violation::Config(ConfigFault::Machine { problems }))
            }
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.0.chart.id()
    }

    /// Its version: that of its contract.
    pub fn version(&self) -> &Version {
        self.0.contract.version()
    }

    /// The type of the event that begins it, and the source of those that it emits.
    pub fn source(&self) -> &str {
        self.0.contract.contract().type_()
    }

    /// Its own contract.
    pub fn contract(&self) -> &VersionedContract {
        &self.0.contract
    }

    /// The services that it may call, by name.
    pub fn services(&self) -> &Vec<(String, VersionedContract)> {
        &self.0.services
    }

    /// Its chart: for pictures, descriptions and tests.
    pub fn chart(&self) -> &Chart {
        &self.0.chart
    }

    /// What looks wrong, though it runs.
    pub fn warnings(&self) -> &[MachineProblem] {
        &self.0.warnings
    }

    /// Whether several of its events can be under way at once: it has a parallel state, or calls a service that
    /// emits more than one type.
    pub fn requires_resource_locking(&self) -> bool {
        self.0.locking
    }

    /// The definition as its records show it: JSON text without functions.
    pub fn definition(&self) -> &Arc<str> {
        &self.0.definition
    }

    /// Takes what only lives during a step out of a context.
    ///
    /// ```
    /// let mut context = std::sync::Arc::new(serde_json::json!({"n": 1, "arvo$$": {"volatile$$": {"eventQueue$$": []}}}));
    /// arvo::Machine::drop_volatile(&mut context);
    /// assert_eq!(*context, serde_json::json!({"n": 1, "arvo$$": {}}));
    /// ```
    pub fn drop_volatile(context: &mut Arc<Value>) {
        drain_at(context, &Self::QUEUE);
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("id", &self.id()).field("version", self.version()).finish_non_exhaustive()
    }
}

pub(super) fn refusal(code: &'static str, path: &str, message: String) -> MachineProblem {
    MachineProblem { code, refuses: true, path: path.to_owned(), message }
}

pub(super) fn problem_of(problem: &Problem) -> MachineProblem {
    MachineProblem {
        code: problem.code.text(),
        refuses: problem.severity() == Severity::Error,
        path: problem.path.clone(),
        message: problem.message.clone(),
    }
}

/// Functions that the chart refers to by a name that its host has not.
fn unknown_functions(chart: &Chart, known: &[String]) -> Vec<MachineProblem> {
    let unknown = chart.function_names().into_iter().filter(|name| !known.iter().any(|known| known == name));
    let text = |name: &str| {
        format!(
            "Function '{name}' ({{\"$fn\": \"{name}\"}}) is not implemented. Give it an implementation, or correct the name."
        )
    };
    unknown.map(|name| refusal("E-UNKNOWN-FUNCTION", "", text(name))).collect()
}

/// Guards and actions by name, as the set-up gives them, and the reserved one.
pub(super) fn implementations(setup: &Map<String, Value>, problems: &mut Vec<MachineProblem>) -> Implementations {
    let mut part = |key: &str| match setup.get(key) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(map)) => map.iter().filter(|(name, _)| *name != Machine::ENQUEUE).map(owned).collect(),
        Some(_) => {
            problems.push(refusal("E-FORM", key, format!("{key} must be an object: name to form")));
            Map::new()
        }
    };
    let enqueue = (Machine::ENQUEUE.to_owned(), Machine::QUEUE.map(str::to_owned).to_vec());
    Implementations { guards: part("guards"), actions: part("actions"), appending: vec![enqueue] }
}

fn owned((name, form): (&String, &Value)) -> (String, Value) {
    (name.clone(), form.clone())
}
