//! The context of a machine during a step: dicts, one for each revision, the first read only when somebody looks.

use std::sync::Arc;

use arvo::Data;
use arvo::statechart::{Revision, parse_context};
use pyo3::exceptions::PyLookupError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping};
use serde_json::json;

use crate::environment;
use crate::error::{self, DataError};
use crate::value;

/// Every revision of one step; they live as long as it does.
pub(crate) struct Revisions<'py> {
    /// What the last step left.
    before: Option<Data>,
    dicts: Vec<Option<Bound<'py, PyDict>>>,
}

impl<'py> Revisions<'py> {
    /// Begins with what the last step left, or with nothing.
    pub(crate) fn new(before: Option<&Data>) -> Self {
        Self { before: before.cloned(), dicts: vec![None] }
    }

    /// A revision as functions see it.
    pub(crate) fn dict(&mut self, py: Python<'py>, at: Revision) -> PyResult<Bound<'py, PyDict>> {
        let place = self.dicts.get_mut(at.0 as usize).ok_or_else(|| PyLookupError::new_err("no such context"))?;
        if let Some(dict) = place {
            return Ok(dict.clone());
        }
        let read = match &self.before {
            None => PyDict::new(py),
            Some(before) => {
                let context = match before {
                    Data::Value(value) => value::to_python(py, value)?,
                    Data::Text(text) => value::to_python(py, &parse_context(text).map_err(error::json)?)?,
                    Data::Host(_) => py.None().into_bound(py), // unreachable: what rests is JSON
                };
                context.cast_into()? // an object: the core has looked
            }
        };
        *place = Some(read.clone());
        Ok(read)
    }

    /// A copy of a revision, to be changed and pushed.
    pub(crate) fn copy(&mut self, py: Python<'py>, at: Revision) -> PyResult<Bound<'py, PyDict>> {
        self.dict(py, at)?.copy()
    }

    /// The latest revision from now on.
    pub(crate) fn push(&mut self, dict: Bound<'py, PyDict>) -> Revision {
        self.dicts.push(Some(dict));
        Revision(u32::try_from(self.dicts.len() - 1).unwrap_or(u32::MAX))
    }

    /// A revision as it is to be kept. One that nobody has looked at is as it was.
    pub(crate) fn kept(&self, at: Revision) -> Kept<'py> {
        match (self.dicts.get(at.0 as usize), &self.before) {
            (Some(Some(dict)), _) => Kept::Changed(dict.clone()),
            (Some(None), Some(before)) => Kept::AsBefore(before.clone()),
            _ => Kept::AsBefore(json!({}).into()),
        }
    }
}

/// What becomes of a context when its step ends.
pub(crate) enum Kept<'py> {
    AsBefore(Data),
    Changed(Bound<'py, PyDict>),
}

impl Kept<'_> {
    pub(crate) fn json(self) -> PyResult<Data> {
        match self {
            Self::AsBefore(data) => Ok(data),
            Self::Changed(dict) => {
                value::of_python_at(&dict, "context", environment::current().limits()).map(Data::from)
            }
        }
    }
}

/// Lays the members of a mapping, or of a Pydantic model, over a context.
pub(crate) fn overlay(context: &Bound<'_, PyDict>, patch: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Ok(dict) = patch.cast::<PyDict>() {
        return context.update(dict.as_mapping());
    }
    if let Ok(mapping) = patch.cast::<PyMapping>() {
        return context.update(mapping);
    }
    if let Some(dump) = patch.getattr_opt(intern!(patch.py(), "model_dump"))? {
        return context.update(dump.call0()?.cast::<PyMapping>()?);
    }
    let found = patch.get_type().name()?;
    let text = format!("a context, and what an assign function returns, is a mapping; found {found}");
    Err(DataError::new_err((text, "")))
}

/// Sets a member; without a value it is taken out.
pub(crate) fn set(context: &Bound<'_, PyDict>, key: &str, object: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    match object {
        Some(object) => context.set_item(key, object),
        None if context.contains(key)? => context.del_item(key),
        None => Ok(()),
    }
}

/// Puts `item` at the end of the list at `path`; whatever is on the way is copied or made.
pub(crate) fn append(context: &Bound<'_, PyDict>, path: &[Arc<str>], item: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some((last, outer)) = path.split_last() else { return Ok(()) };
    let place = walk(context, outer)?;
    let list = match place.get_item(&**last)?.and_then(|list| list.cast_into::<PyList>().ok()) {
        Some(list) => PyList::new(context.py(), list.iter())?,
        None => PyList::empty(context.py()),
    };
    list.append(item)?;
    place.set_item(&**last, list)
}

/// Takes the list at `path` out, with the dict that holds it.
pub(crate) fn drain<'py>(context: &Bound<'py, PyDict>, path: &[Arc<str>]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let [outer @ .., around, list] = path else { return Ok(Vec::new()) };
    let place = walk(context, outer)?;
    let Some(holder) = place.get_item(&**around)? else { return Ok(Vec::new()) };
    place.del_item(&**around)?;
    let found = holder.cast::<PyDict>().ok().and_then(|holder| holder.get_item(&**list).ok().flatten());
    let items = found.and_then(|found| found.cast_into::<PyList>().ok()).map(|list| list.iter().collect());
    Ok(items.unwrap_or_default())
}

/// The dict at a path; each on the way becomes a copy, or is made.
fn walk<'py>(context: &Bound<'py, PyDict>, path: &[Arc<str>]) -> PyResult<Bound<'py, PyDict>> {
    let mut place = context.clone();
    for key in path {
        let inner = match place.get_item(&**key)?.and_then(|inner| inner.cast_into::<PyDict>().ok()) {
            Some(inner) => inner.copy()?,
            None => PyDict::new(context.py()),
        };
        place.set_item(&**key, &inner)?;
        place = inner;
    }
    Ok(place)
}
