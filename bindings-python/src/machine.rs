//! Compiled machines; the typed face is `arvo/machine.py`, which keeps the functions.

use arvo::{MachineProblem, MachineSpec, Show};
use pyo3::prelude::*;
use serde_json::{Map, Value};

use crate::chart::{self, Chart};
use crate::contract::{Contract, VersionedContract};
use crate::environment;
use crate::error;
use crate::event;
use crate::value;

/// A machine, checked and compiled; its functions are numbers.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Machine(pub(crate) arvo::Machine);

/// Uri and version of a contract.
type Reference = (String, String);

#[pymethods]
impl Machine {
    #[staticmethod]
    fn compile(
        py: Python<'_>,
        contract: &VersionedContract,
        services: Vec<(String, PyRef<'_, VersionedContract>)>,
        definition: &Bound<'_, PyAny>,
        setup: &Bound<'_, PyAny>,
        strict: bool,
    ) -> PyResult<Self> {
        let mut spec = MachineSpec::new(&contract.0, chart::definition(definition)?);
        spec.services = services.into_iter().map(|(name, service)| (name, service.0.clone())).collect();
        spec.setup = setup_of(chart::definition(setup)?);
        Self::of(py, spec, strict)
    }

    /// Reads a machine from its file, JSON text or what was read of it; `setup` has what the file leaves open.
    #[staticmethod]
    fn from_json(
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        contracts: Vec<PyRef<'_, Contract>>,
        setup: &Bound<'_, PyAny>,
        strict: bool,
    ) -> PyResult<Self> {
        let contracts: Vec<arvo::Contract> = contracts.iter().map(|contract| contract.0.clone()).collect();
        let spec = MachineSpec::from_json(chart::definition(file)?, &contracts);
        let mut spec = spec.map_err(|violation| error::wiring(py, &violation))?;
        let open = setup_of(chart::definition(setup)?);
        for (name, form) in forms(&open, "guards") {
            spec = spec.guard(name, form);
        }
        for (name, form) in forms(&open, "actions") {
            spec = spec.action(name, form);
        }
        Self::of(py, spec, strict)
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn source(&self) -> &str {
        self.0.source()
    }

    #[getter]
    fn requires_resource_locking(&self) -> bool {
        self.0.requires_resource_locking()
    }

    /// The definition as records show it: JSON text without functions.
    #[getter]
    fn definition(&self) -> &str {
        self.0.definition()
    }

    /// Code, severity, path and text of each.
    #[getter]
    fn warnings(&self) -> Vec<error::Problem> {
        error::problems(self.0.warnings())
    }

    /// Uri and version of its own contract, and of each service by name.
    fn contracts(&self) -> (Reference, Vec<(String, Reference)>) {
        let of = |contract: &arvo::VersionedContract| {
            (contract.contract().uri().to_owned(), contract.version().as_str().to_owned())
        };
        let services = self.0.services().iter().map(|(name, service)| (name.clone(), of(service)));
        (of(self.0.contract()), services.collect())
    }

    /// A picture; `at` is a record or a snapshot.
    fn mermaid(&self, at: Option<&Bound<'_, PyAny>>, trace: Vec<u32>) -> PyResult<String> {
        let at = at.map(text_of).transpose()?;
        self.0.mermaid(&Show { at: at.as_deref(), trace: &trace }).map_err(|error| chart::unfit(&error))
    }

    fn dot(&self, at: Option<&Bound<'_, PyAny>>, trace: Vec<u32>) -> PyResult<String> {
        let at = at.map(text_of).transpose()?;
        self.0.dot(&Show { at: at.as_deref(), trace: &trace }).map_err(|error| chart::unfit(&error))
    }

    fn describe<'py>(&self, at: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let described = self.0.describe(&text_of(at)?).map_err(|error| chart::unfit(&error))?;
        value::to_python(at.py(), &described)
    }

    /// Its chart, which needs no contracts.
    fn chart(&self) -> Chart {
        Chart(self.0.chart().clone())
    }
}

impl Machine {
    /// Functions are numbered: one with a name is nobody's.
    fn of(py: Python<'_>, spec: MachineSpec, strict: bool) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let spec = MachineSpec { functions: Some(Vec::new()), strict, limits, ..spec };
        let compiled = py.detach(|| arvo::Machine::compile(spec));
        compiled.map(Self).map_err(|violation| error::wiring(py, &violation))
    }
}

/// A record or snapshot as JSON text.
fn text_of(at: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(chart::at_rest(at)?.to_string())
}

fn setup_of(setup: Value) -> Map<String, Value> {
    match setup {
        Value::Object(setup) => setup,
        _ => Map::new(), // unreachable: the face gives a dict
    }
}

fn forms(setup: &Map<String, Value>, kind: &str) -> Map<String, Value> {
    setup.get(kind).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Problems of a chart as those of a machine.
pub(crate) fn problem_of(problem: &arvo::statechart::Problem) -> MachineProblem {
    MachineProblem {
        code: problem.code.text(),
        refuses: problem.severity() == arvo::statechart::Severity::Error,
        path: problem.path.clone(),
        message: problem.message.clone(),
    }
}

/// JSON text, bytes, or what was read of them.
pub(crate) fn json_of(given: &Bound<'_, PyAny>, limits: &arvo::Limits) -> PyResult<Value> {
    match event::text(given)? {
        Some(text) => arvo::json::parse(&text, limits).map_err(error::json),
        None => value::of_python(given, limits),
    }
}
