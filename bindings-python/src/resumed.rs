//! What a workflow's function returned, as the core takes it: nothing, an `arvo.Resumed`, or a mapping of its members.

use arvo::{Answer, Completion, ContractFault, Data, Resumed, VersionedContract};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString};
use serde_json::{Map, Value, json};

use crate::environment;
use crate::host::PyHost;
use crate::output::{self, Fault};
use crate::plan::Compiled;
use crate::value;

/// Members of a completion that are no data.
const BESIDE: [&str; 3] = ["__id", "__domain", "__executionunits"];

/// The answer to a workflow's call that returned `returned`.
pub(crate) fn answer(
    returned: &Bound<'_, PyAny>,
    version: &VersionedContract,
    compiled: &Compiled,
    host: &PyHost<'_, '_>,
) -> Answer {
    match resumed(returned, version, compiled, host) {
        Ok(resumed) => Answer::Resumed(resumed),
        Err(Fault::Contract(fault)) => Answer::Malformed(fault),
        Err(Fault::Raised(error)) => Answer::Raised(host.raised(&error)),
    }
}

fn resumed(
    returned: &Bound<'_, PyAny>,
    version: &VersionedContract,
    compiled: &Compiled,
    host: &PyHost<'_, '_>,
) -> Result<Resumed, Fault> {
    let mut resumed = Resumed::default();
    if returned.is_none() {
        return Ok(resumed);
    }
    let [context, output, services] = members(returned)?;
    if let Some(context) = context {
        let limits = *environment::current().limits();
        let value = value::convert(&context, &limits)
            .map_err(|refused| output::fault(refused.at("context"), |issues| ContractFault::Output { issues }))?;
        resumed.context = Some(value.into());
    }
    if let Some(services) = services {
        let is_host = |type_: &str| is_host(compiled.services.iter(), version, type_);
        resumed.services = output::outputs(&services, &is_host, host)?;
    }
    if let Some(output) = output {
        let is_host = version.emits().first().is_some_and(|own| own.schema.is_host());
        resumed.output = completion(&output, is_host, host)?;
    }
    Ok(resumed)
}

/// Context, output and services; what is None is absent.
fn members<'py>(returned: &Bound<'py, PyAny>) -> Result<[Option<Bound<'py, PyAny>>; 3], Fault> {
    let py = returned.py();
    let names = [intern!(py, "context"), intern!(py, "output"), intern!(py, "services")];
    let mut found = [None, None, None];
    if let Ok(mapping) = returned.cast::<PyMapping>() {
        for (found, name) in found.iter_mut().zip(names) {
            if mapping.contains(name)? {
                *found = Some(mapping.get_item(name)?).filter(|member| !member.is_none());
            }
        }
        return Ok(found);
    }
    if returned.getattr_opt(names[2])?.is_none() {
        return Err(Fault::Contract(ContractFault::NoResumption { found: output::kind(returned) }));
    }
    for (found, name) in found.iter_mut().zip(names) {
        *found = returned.getattr_opt(name)?.filter(|member| !member.is_none());
    }
    Ok(found)
}

/// Whether what goes out under this type is for one of the caller's own schemas.
pub(crate) fn is_host<'s>(
    mut services: impl Iterator<Item = &'s VersionedContract>,
    own: &'s VersionedContract,
    type_: &str,
) -> bool {
    let service = services.find(|service| *service.accepts().type_ == *type_).map(VersionedContract::accepts);
    service.or_else(|| own.emit(type_)).is_some_and(|known| known.schema.is_host())
}

pub(crate) fn completion(
    output: &Bound<'_, PyAny>,
    is_host: bool,
    host: &PyHost<'_, '_>,
) -> Result<Option<Completion>, Fault> {
    if is_plain(output) {
        // Whether such a thing ends the workflow is the core's to say.
        let value = value::convert(output, environment::current().limits())
            .map_err(|refused| output::fault(refused.at("output"), |issues| ContractFault::Output { issues }))?;
        return Ok(Resumed::take(json!({ "output": value })).map_err(Fault::Contract)?.output);
    }
    let (beside, data) = split(output)?;
    let mut completion = Completion::of_map(beside).map_err(Fault::Contract)?;
    completion.data = match output::data_of(&data, is_host, host)? {
        Data::Value(value) if !value.is_object() => {
            let value = (*value).clone();
            return Ok(Resumed::take(json!({ "output": value })).map_err(Fault::Contract)?.output);
        }
        data => data,
    };
    Ok(Some(completion))
}

fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyBool>()
        || object.is_instance_of::<PyInt>()
        || object.is_instance_of::<PyFloat>()
        || object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyList>()
}

/// What stands beside the data, taken out of a copy of it.
fn split<'py>(output: &Bound<'py, PyAny>) -> Result<(Map<String, Value>, Bound<'py, PyAny>), Fault> {
    let mut beside = Map::new();
    let Ok(given) = output.cast::<PyDict>() else { return Ok((beside, output.clone())) };
    let mut data = given.clone();
    for name in BESIDE {
        let Some(member) = given.get_item(name)? else { continue };
        if beside.is_empty() {
            data = given.copy()?;
        }
        let member = value::convert(&member, environment::current().limits())
            .map_err(|refused| output::fault(refused.at(name), |issues| ContractFault::Output { issues }))?;
        data.del_item(name)?;
        beside.insert(name.to_owned(), member);
    }
    Ok((beside, data.into_any()))
}
