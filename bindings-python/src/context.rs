//! The context of a machine during a step: dicts, one for each revision, the first read only when somebody looks.

use std::sync::Arc;

use arvo::Data;
use arvo::statechart::Revision;
use pyo3::exceptions::PyLookupError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping};

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
                    Data::Text(text) => {
                        let limits = *environment::current().limits();
                        value::to_python(py, &arvo::json::parse(text, &limits).map_err(error::json)?)?
                    }
                    Data::Host(_) => py.None().into_bound(py), // unreachable: what rests is JSON
                };
                context.cast_into()? // an object: the core has looked
            }
        };
        *place = Some(read.clone());
        Ok(read)
    }

    /// JSON of a revision. One that nobody has looked at is as it was.
    pub(crate) fn json(&self, at: Revision) -> PyResult<Data> {
        match (self.dicts.get(at.0 as usize), &self.before) {
            (Some(Some(dict)), _) => {
                value::of_python_at(dict, "context", environment::current().limits()).map(Data::from)
            }
            (Some(None), Some(before)) => Ok(before.clone()),
            _ => Ok(serde_json::json!({}).into()),
        }
    }

    /// A copy with the members of a mapping, or of a Pydantic model.
    pub(crate) fn overlay(&mut self, py: Python<'py>, at: Revision, patch: &Bound<'py, PyAny>) -> PyResult<Revision> {
        let made = self.dict(py, at)?.copy()?;
        if let Ok(dict) = patch.cast::<PyDict>() {
            made.update(dict.as_mapping())?;
        } else if let Ok(mapping) = patch.cast::<PyMapping>() {
            made.update(mapping)?;
        } else if let Some(dump) = patch.getattr_opt(intern!(py, "model_dump"))? {
            made.update(dump.call0()?.cast::<PyMapping>()?)?;
        } else {
            let found = patch.get_type().name()?;
            return Err(DataError::new_err((
                format!("a context, and what an assign function returns, is a mapping; found {found}"),
                "",
            )));
        }
        Ok(self.push(made))
    }

    /// A copy with these members; without a value one is taken out.
    pub(crate) fn set(
        &mut self,
        py: Python<'py>,
        at: Revision,
        fields: Vec<(&str, Option<Bound<'py, PyAny>>)>,
    ) -> PyResult<Revision> {
        let made = self.dict(py, at)?.copy()?;
        for (key, object) in fields {
            match object {
                Some(object) => made.set_item(key, object)?,
                None if made.contains(key)? => made.del_item(key)?,
                None => {}
            }
        }
        Ok(self.push(made))
    }

    /// A copy with `item` at the end of the list at `path`; whatever is on the way is copied or made.
    pub(crate) fn append(
        &mut self,
        py: Python<'py>,
        at: Revision,
        path: &[Arc<str>],
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Revision> {
        let made = self.dict(py, at)?.copy()?;
        let Some((last, outer)) = path.split_last() else { return Ok(self.push(made)) };
        let mut place = made.clone();
        for key in outer {
            place = copied(&place, key)?;
        }
        let list = match place.get_item(&**last)?.and_then(|list| list.cast_into::<PyList>().ok()) {
            Some(list) => PyList::new(py, list.iter())?,
            None => PyList::empty(py),
        };
        list.append(item)?;
        place.set_item(&**last, list)?;
        Ok(self.push(made))
    }

    /// The list at `path`, and a copy without it and the dict that holds it.
    pub(crate) fn drain(
        &mut self,
        py: Python<'py>,
        at: Revision,
        path: &[Arc<str>],
    ) -> PyResult<(Revision, Vec<Bound<'py, PyAny>>)> {
        let made = self.dict(py, at)?.copy()?;
        let [outer @ .., around, list] = path else { return Ok((at, Vec::new())) };
        let mut place = made.clone();
        for key in outer {
            place = copied(&place, key)?;
        }
        let Some(holder) = place.get_item(&**around)? else { return Ok((at, Vec::new())) };
        place.del_item(&**around)?;
        let found = holder.cast::<PyDict>().ok().and_then(|holder| holder.get_item(&**list).ok().flatten());
        let items = found.and_then(|found| found.cast_into::<PyList>().ok()).map(|list| list.iter().collect());
        Ok((self.push(made), items.unwrap_or_default()))
    }

    fn push(&mut self, dict: Bound<'py, PyDict>) -> Revision {
        self.dicts.push(Some(dict));
        Revision(u32::try_from(self.dicts.len() - 1).unwrap_or(u32::MAX))
    }
}

/// The dict under a key, as a copy that has taken its place; a new one where there is none.
fn copied<'py>(place: &Bound<'py, PyDict>, key: &str) -> PyResult<Bound<'py, PyDict>> {
    let inner = match place.get_item(key)?.and_then(|inner| inner.cast_into::<PyDict>().ok()) {
        Some(inner) => inner.copy()?,
        None => PyDict::new(place.py()),
    };
    place.set_item(key, &inner)?;
    Ok(inner)
}
