//! Contracts and their versions; the typed face is `arvo/contract.py`, which keeps the caller's own schemas.

use arvo::telemetry::Creation;
use arvo::{Data, ErrorReport, Making, Schema, SchemaHost, SchemaSource, UnknownKeys};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use serde_json::{Map, Value};

use crate::environment;
use crate::error;
use crate::event::{self, Event, Whose};
use crate::host::{self, PyHost};
use crate::telemetry;
use crate::value;

/// A contract, checked and compiled.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct Contract(pub(crate) arvo::Contract);

/// The end of every builder: what all contracts have, then the checks and the compiling, which need no Python.
macro_rules! built {
    ($py:ident, $builder:expr, $domain:expr, $description:expr, $metadata:expr) => {{
        let mut builder = $builder.metadata(members($metadata)?);
        if let Some(domain) = $domain {
            builder = builder.domain(domain);
        }
        if let Some(description) = $description {
            builder = builder.description(description);
        }
        $py.detach(|| builder.build()).map(Self).map_err(|wrong| error::contract(&wrong))
    }};
}

#[pymethods]
impl Contract {
    #[staticmethod]
    fn plain(
        py: Python<'_>,
        uri: &str,
        r#type: &str,
        versions: &Bound<'_, PyDict>,
        domain: Option<String>,
        description: Option<String>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut builder = arvo::Contract::builder(uri, r#type);
        for (version, spec) in versions.iter() {
            let emits: Bound<'_, PyDict> = spec.get_item("emits")?.extract()?;
            let emits = emits.iter().map(|(name, given)| Ok((name.extract::<String>()?, schema(&given)?)));
            let emits = emits.collect::<PyResult<Vec<_>>>()?;
            builder = builder.version(version.extract::<String>()?, schema(&spec.get_item("accepts")?)?, emits);
        }
        built!(py, builder, domain, description, metadata)
    }

    #[staticmethod]
    fn simple(
        py: Python<'_>,
        uri: &str,
        r#type: &str,
        versions: &Bound<'_, PyDict>,
        domain: Option<String>,
        description: Option<String>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut builder = arvo::Contract::simple(uri, r#type);
        for (version, spec) in versions.iter() {
            let (accepts, emits) = (schema(&spec.get_item("accepts")?)?, schema(&spec.get_item("emits")?)?);
            builder = builder.version(version.extract::<String>()?, accepts, emits);
        }
        built!(py, builder, domain, description, metadata)
    }

    #[staticmethod]
    fn orchestrator(
        py: Python<'_>,
        uri: &str,
        name: &str,
        versions: &Bound<'_, PyDict>,
        domain: Option<String>,
        description: Option<String>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut builder = arvo::Contract::orchestrator(uri, name);
        for (version, spec) in versions.iter() {
            let (init, complete) = (schema(&spec.get_item("init")?)?, schema(&spec.get_item("complete")?)?);
            builder = builder.version(version.extract::<String>()?, init, complete);
        }
        built!(py, builder, domain, description, metadata)
    }

    #[staticmethod]
    fn from_json(definition: &Bound<'_, PyAny>, unknown_keys: Option<&str>) -> PyResult<Self> {
        let unknown_keys = match unknown_keys {
            None => UnknownKeys::AsWritten,
            Some("strip") => UnknownKeys::Strip,
            Some("strict") => UnknownKeys::Strict,
            Some("passthrough") => UnknownKeys::Passthrough,
            Some(other) => {
                let text = format!("unknown_keys is {other:?}; it must be 'strip', 'strict', 'passthrough' or None");
                return Err(pyo3::exceptions::PyValueError::new_err(text));
            }
        };
        let json = match event::text(definition)? {
            Some(text) => arvo::json::parse(&text, &schema_limits()).map_err(error::json)?,
            None => value::of_python(definition, &schema_limits())?,
        };
        arvo::Contract::from_json(&json, unknown_keys).map(Self).map_err(|wrong| error::contract(&wrong))
    }

    fn to_json(&self, indent: usize) -> String {
        arvo::json::write(&self.0.to_json(), indent)
    }

    fn version(&self, option: &str) -> PyResult<VersionedContract> {
        self.0.version(option).map(VersionedContract).map_err(|wrong| error::contract(&wrong))
    }

    #[getter]
    fn uri(&self) -> &str {
        self.0.uri()
    }

    #[getter]
    fn r#type(&self) -> &str {
        self.0.type_()
    }

    #[getter]
    fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.description()
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::map_to_python(py, self.0.metadata())
    }

    #[getter]
    fn system_error_type(&self) -> &str {
        self.0.system_error_type()
    }

    #[getter]
    fn versions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.versions().map(|known| known.version().to_string()).collect::<Vec<_>>())
    }
}

/// One version of a contract.
#[pyclass(frozen, module = "arvo._arvo")]
pub(crate) struct VersionedContract(pub(crate) arvo::VersionedContract);

#[pymethods]
impl VersionedContract {
    #[getter]
    fn uri(&self) -> &str {
        self.0.contract().uri()
    }

    #[getter]
    fn version(&self) -> &str {
        self.0.version().as_str()
    }

    #[getter]
    fn dataschema(&self) -> &str {
        self.0.dataschema()
    }

    #[getter]
    fn domain(&self) -> Option<&str> {
        self.0.contract().domain()
    }

    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.contract().description()
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::map_to_python(py, self.0.contract().metadata())
    }

    #[getter]
    fn accepts_type(&self) -> &str {
        &self.0.accepts().type_
    }

    #[getter]
    fn emit_types<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.emits().iter().map(|emit| &*emit.type_))
    }

    #[getter]
    fn system_error_type(&self) -> &str {
        self.0.contract().system_error_type()
    }

    #[getter]
    fn system_error_dataschema(&self) -> &str {
        self.0.contract().system_error_dataschema()
    }

    fn accepts(
        &self,
        data: &Bound<'_, PyAny>,
        attributes: &Bound<'_, PyDict>,
        checks: &Bound<'_, PyDict>,
    ) -> PyResult<Event> {
        self.make(Making::Accepts, None, data, attributes, checks)
    }

    fn emits(
        &self,
        r#type: &str,
        data: &Bound<'_, PyAny>,
        attributes: &Bound<'_, PyDict>,
        checks: &Bound<'_, PyDict>,
    ) -> PyResult<Event> {
        self.make(Making::Emits, Some(r#type), data, attributes, checks)
    }

    fn init(
        &self,
        data: &Bound<'_, PyAny>,
        attributes: &Bound<'_, PyDict>,
        checks: &Bound<'_, PyDict>,
    ) -> PyResult<Event> {
        self.make(Making::Init, None, data, attributes, checks)
    }

    fn complete(
        &self,
        data: &Bound<'_, PyAny>,
        attributes: &Bound<'_, PyDict>,
        checks: &Bound<'_, PyDict>,
    ) -> PyResult<Event> {
        self.make(Making::Complete, None, data, attributes, checks)
    }

    fn system_error(&self, error: &Bound<'_, PyAny>, attributes: &Bound<'_, PyDict>) -> PyResult<Event> {
        let py = error.py();
        let told = host::told(py, &PyErr::from_value(error.clone()));
        let report = ErrorReport { name: told.name, message: told.message, stack: told.stack };
        let table = PyList::empty(py);
        let draft = event::draft(attributes, Whose::Factory)?.data(report.data());
        let checks = PyDict::new(py);
        let host = PyHost { checks: &checks, table: &table, consumed: None };
        self.event(Making::SystemError, None, draft, attributes, &host)
    }
}

impl VersionedContract {
    fn make(
        &self,
        making: Making,
        type_: Option<&str>,
        data: &Bound<'_, PyAny>,
        attributes: &Bound<'_, PyDict>,
        checks: &Bound<'_, PyDict>,
    ) -> PyResult<Event> {
        let table = PyList::empty(data.py());
        let host = PyHost { checks, table: &table, consumed: None };
        let mut draft = event::draft(attributes, Whose::Factory)?;
        let typed = match making {
            Making::Emits => type_.and_then(|type_| self.0.emit(type_)),
            Making::Complete => self.0.emits().first(),
            Making::Accepts | Making::Init | Making::SystemError => Some(self.0.accepts()),
        };
        draft = draft.data(match typed {
            Some(typed) if typed.schema.is_host() => Data::Host(host.keep(data)?),
            _ => value::of_python(data, environment::current().limits())?.into(),
        });
        if let Some(type_) = type_ {
            draft = draft.type_(type_);
        }
        self.event(making, type_, draft, attributes, &host)
    }

    fn event(
        &self,
        making: Making,
        type_: Option<&str>,
        draft: arvo::EventDraft,
        attributes: &Bound<'_, PyDict>,
        host: &PyHost<'_, '_>,
    ) -> PyResult<Event> {
        let py = host.table.py();
        let creation = || Creation::of_factory(&self.0, making, type_);
        telemetry::created(py, creation, |headers| {
            let mut factory = self.0.factory().with_environment(environment::current());
            if !event::is_given(attributes, "traceparent")? {
                factory = factory.with_trace(headers);
            }
            let emitted = factory.make(making, draft, host).map_err(|wrong| error::factory(py, wrong, host.table))?;
            let limits = *environment::current().limits();
            let event = emitted
                .event_by(&limits, |token| host.text(token))
                .map_err(|raised| error::thrown(raised.token, host.table))?;
            Ok(event.into())
        })
    }
}

/// A schema as the face gives it: JSON Schema, and the number of a function if one of the caller's checks.
fn schema(given: &Bound<'_, PyAny>) -> PyResult<SchemaSource> {
    let (json, number): (Bound<'_, PyAny>, Option<u32>) = given.extract()?;
    let json = value::of_python(&json, &schema_limits())?;
    Ok(match number {
        Some(number) => Schema::host(number, json).into(),
        None => json.into(),
    })
}

/// A contract is the program's own, not what a stranger sent: large ones are welcome, deep ones are not.
fn schema_limits() -> arvo::Limits {
    arvo::Limits { keys: usize::MAX, ..*environment::current().limits() }
}

fn members(metadata: Option<&Bound<'_, PyAny>>) -> PyResult<Map<String, Value>> {
    match metadata.map(|metadata| value::of_python_at(metadata, "metadata", &schema_limits())).transpose()? {
        None => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(pyo3::exceptions::PyTypeError::new_err("metadata must be a mapping")),
    }
}
