//! What a handler function returned, as outputs: nothing, one, or several; each an `arvo.Output` or a mapping.

use arvo::{Answer, ContractFault, Data, Issue, Output, VersionedContract};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Value};

use crate::environment;
use crate::host::PyHost;
use crate::value::{self, Refused};

const DELIVERAT: &str = "deliverat";

/// The answer to a call that returned `returned`.
pub(crate) fn answer(returned: &Bound<'_, PyAny>, version: &VersionedContract, host: &PyHost<'_, '_>) -> Answer {
    let is_host = |type_: &str| version.emit(type_).is_some_and(|emit| emit.schema.is_host());
    match outputs(returned, &is_host, host) {
        Ok(outputs) => Answer::Returned(outputs),
        Err(Fault::Contract(fault)) => Answer::Malformed(fault),
        Err(Fault::Raised(error)) => Answer::Raised(host.raised(&error)),
    }
}

/// Whether data of a type is for one of the caller's own schemas.
pub(crate) type IsHost<'a> = dyn Fn(&str) -> bool + 'a;

pub(crate) enum Fault {
    Contract(ContractFault),
    /// An object's own code failed while it was read.
    Raised(PyErr),
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

/// Nothing, one output, or several.
pub(crate) fn outputs(
    returned: &Bound<'_, PyAny>,
    is_host: &IsHost<'_>,
    host: &PyHost<'_, '_>,
) -> Result<Vec<Output>, Fault> {
    if returned.is_none() {
        return Ok(Vec::new());
    }
    if let Ok(list) = returned.cast::<PyList>() {
        return list.iter().enumerate().map(|(index, item)| output(&item, index, is_host, host)).collect();
    }
    if let Ok(tuple) = returned.cast::<PyTuple>() {
        return tuple.iter().enumerate().map(|(index, item)| output(&item, index, is_host, host)).collect();
    }
    Ok(vec![output(returned, 0, is_host, host)?])
}

pub(crate) fn output(
    item: &Bound<'_, PyAny>,
    index: usize,
    is_host: &IsHost<'_>,
    host: &PyHost<'_, '_>,
) -> Result<Output, Fault> {
    let mut making = Making { map: Map::with_capacity(4), units: None };
    let data = if let Ok(dict) = item.cast::<PyDict>() {
        making.of_pairs(dict.iter().map(Ok), index)?
    } else if let Some(data) = making.of_object(item)? {
        Some(data)
    } else if let Ok(mapping) = item.cast::<PyMapping>() {
        let pairs = mapping.items()?;
        making.of_pairs(pairs.iter().map(|pair| pair.extract()), index)?
    } else {
        return Err(Fault::Contract(ContractFault::NoOutput { index, found: kind(item) }));
    };
    let mut output = making.output();
    if let Some(data) = data {
        output.data = data_of(&data, output.type_().is_some_and(is_host), host)?;
    }
    Ok(output)
}

/// Data for one of the caller's own schemas stays an object; other data crosses as a value.
pub(crate) fn data_of(data: &Bound<'_, PyAny>, is_host: bool, host: &PyHost<'_, '_>) -> Result<Data, Fault> {
    if is_host {
        return Ok(Data::Host(host.keep(data)?));
    }
    match value::convert(data, environment::current().limits()) {
        Ok(value) => Ok(value.into()),
        Err(refused) => Err(fault(refused, |issues| ContractFault::Emit { issues })),
    }
}

struct Making {
    map: Map<String, Value>,
    units: Option<f64>,
}

impl Making {
    /// Takes the members of a mapping; gives the data.
    fn of_pairs<'py>(
        &mut self,
        pairs: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>,
        index: usize,
    ) -> Result<Option<Bound<'py, PyAny>>, Fault> {
        let mut data = None;
        for pair in pairs {
            let (name, given) = pair?;
            match name.extract::<String>() {
                Ok(name) if name == "data" => data = Some(given),
                Ok(name) => self.set(&name, &given)?,
                Err(_) => {
                    let found = "a mapping with names that are no text";
                    return Err(Fault::Contract(ContractFault::NoOutput { index, found }));
                }
            }
        }
        Ok(data)
    }

    /// Takes the attributes of an `arvo.Output`; gives the data, or None if it is something else.
    fn of_object<'py>(&mut self, item: &Bound<'py, PyAny>) -> Result<Option<Bound<'py, PyAny>>, Fault> {
        let py = item.py();
        let (Some(kind), Some(data)) = (item.getattr_opt(intern!(py, "type"))?, item.getattr_opt(intern!(py, "data"))?)
        else {
            return Ok(None);
        };
        self.set("type", &kind)?;
        let attributes = [
            intern!(py, "to"),
            intern!(py, "redirectto"),
            intern!(py, "accesscontrol"),
            intern!(py, "executionunits"),
            intern!(py, "id"),
            intern!(py, "time"),
            intern!(py, "domain"),
            intern!(py, DELIVERAT),
            intern!(py, "extensions"),
        ];
        for name in attributes {
            if let Some(given) = item.getattr_opt(name)?.filter(|given| !given.is_none()) {
                self.set(&name.to_cow()?, &given)?;
            }
        }
        Ok(Some(data))
    }

    fn set(&mut self, name: &str, given: &Bound<'_, PyAny>) -> Result<(), Fault> {
        if name == "executionunits"
            && let Ok(float) = given.cast::<PyFloat>()
        {
            self.units = Some(float.value()); // not through JSON, which has no infinities to refuse
            return Ok(());
        }
        if name == DELIVERAT
            && let Some(text) = given.getattr_opt(intern!(given.py(), "isoformat"))?
        {
            self.map.insert(name.to_owned(), text.call0()?.extract::<String>()?.into()); // a datetime
            return Ok(());
        }
        let value = value::convert(given, environment::current().limits())
            .map_err(|refused| fault(refused.at(name), |issues| ContractFault::Output { issues }))?;
        let name = if name == "extensions" { "__extensions" } else { name };
        self.map.insert(name.to_owned(), value);
        Ok(())
    }

    fn output(self) -> Output {
        let output = Output::from_map(self.map);
        match self.units {
            Some(units) => output.executionunits(units),
            None => output,
        }
    }
}

pub(crate) fn fault(refused: Refused, of: impl FnOnce(Vec<Issue>) -> ContractFault) -> Fault {
    match refused.issue() {
        Ok(issue) => Fault::Contract(of(vec![issue])),
        Err(error) => Fault::Raised(error),
    }
}

/// What is no output.
pub(crate) fn kind(item: &Bound<'_, PyAny>) -> &'static str {
    if item.is_none() {
        "None"
    } else if item.is_instance_of::<PyString>() {
        "text"
    } else if item.is_instance_of::<PyBool>() {
        "a boolean"
    } else if item.is_instance_of::<PyInt>() || item.is_instance_of::<PyFloat>() {
        "a number"
    } else if item.is_instance_of::<PyList>() || item.is_instance_of::<PyDict>() {
        "a list"
    } else {
        "an object of a class that is no output"
    }
}
