//! The caller's own schemas as the core sees them. Objects and exceptions stay in the table of their execution; the
//! core carries their numbers.

use std::sync::Arc;

use arvo::{Data, Issue, Raised, Refused, SchemaHost, Token, ViolationKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::environment;
use crate::error::DataError;
use crate::value;

/// An object that is in no table.
const NOWHERE: Token = Token(u32::MAX - 1);

/// Borrowed for one call into the core, never stored.
pub(crate) struct PyHost<'a, 'py> {
    /// Functions that check data, by number.
    pub(crate) checks: &'a Bound<'py, PyDict>,
    /// The table of this execution.
    pub(crate) table: &'a Bound<'py, PyList>,
    /// The event being handled.
    pub(crate) consumed: Option<&'a arvo::Event>,
}

impl<'py> PyHost<'_, 'py> {
    /// Puts an object into the table.
    pub(crate) fn keep(&self, object: &Bound<'py, PyAny>) -> PyResult<Token> {
        self.table.append(object)?;
        Ok(Token(u32::try_from(self.table.len() - 1)?))
    }

    /// Keeps an exception, and tells the core what it needs to know of it.
    pub(crate) fn raised(&self, error: &PyErr) -> Raised {
        let py = self.table.py();
        let value = error.value(py);
        let token = self.keep(value.as_any()).unwrap_or(NOWHERE);
        Raised { token, violation: violation_kind(value.as_any()), ..told(py, error) }
    }

    /// Data as Python has it.
    pub(crate) fn object(&self, data: &Data) -> PyResult<Bound<'py, PyAny>> {
        let py = self.table.py();
        match data {
            Data::Host(Token::CONSUMED) => match self.consumed {
                Some(event) => value::to_python(py, event.data().map_err(crate::error::json)?),
                None => Ok(PyDict::new(py).into_any()),
            },
            Data::Host(token) => self.table.get_item(token.0 as usize),
            Data::Value(value) => value::to_python(py, value),
            Data::Text(text) => {
                let value = arvo::json::parse(text, environment::current().limits()).map_err(crate::error::json)?;
                value::to_python(py, &value)
            }
        }
    }

    fn check(&self, schema: u32, data: &Data) -> PyResult<Token> {
        let check = self.checks.as_any().get_item(schema)?;
        let valid = check.call1((self.object(data)?,))?;
        self.keep(&valid)
    }
}

impl SchemaHost for PyHost<'_, '_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        match self.check(schema, data) {
            Ok(token) => Ok(Some(Data::Host(token))),
            Err(error) => match problems(self.table.py(), &error) {
                Some(issues) => Err(Refused::Issues(issues)),
                None => Err(Refused::Raised(self.raised(&error))),
            },
        }
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        let written = self.table.get_item(token.0 as usize).and_then(|object| text(&object));
        written.map_err(|error| self.raised(&error))
    }
}

/// An object as JSON text, which must be that of an object.
fn text(object: &Bound<'_, PyAny>) -> PyResult<Arc<str>> {
    let py = object.py();
    let text: String = match object.getattr_opt(intern!(py, "model_dump_json"))? {
        Some(method) => {
            let options = PyDict::new(py);
            options.set_item(intern!(py, "by_alias"), true)?;
            method.call((), Some(&options))?.extract()?
        }
        None => value::of_python(object, environment::current().limits())?.to_string(),
    };
    if !text.starts_with('{') {
        return Err(DataError::new_err((
            "the data is no JSON object; an event's data is one, so put it under a name",
            "",
        )));
    }
    Ok(text.into())
}

/// What a schema's exception says of the data; None if the schema itself failed.
fn problems(py: Python<'_>, error: &PyErr) -> Option<Vec<Issue>> {
    let found = py
        .import(intern!(py, "arvo.schema"))
        .and_then(|module| module.call_method1(intern!(py, "problems"), (error.value(py),)))
        .and_then(|found| found.extract::<Option<Vec<(String, String)>>>());
    let found = found.ok().flatten()?;
    Some(found.into_iter().map(|(path, message)| Issue { path, message }).collect())
}

/// What kind of violation an exception is, if it is one.
pub(crate) fn violation_kind(error: &Bound<'_, PyAny>) -> Option<ViolationKind> {
    let py = error.py();
    let module = py.import(intern!(py, "arvo.errors")).ok()?;
    let is_one = module.call_method1(intern!(py, "is_violation"), (error,)).and_then(|found| found.is_truthy());
    if !is_one.unwrap_or(false) {
        return None;
    }
    let kind: Option<String> = error.getattr(intern!(py, "type")).and_then(|kind| kind.extract()).ok();
    Some(kind.map_or(ViolationKind::Custom, |kind| ViolationKind::of_type(&kind)))
}

/// Name, text and stack of an exception.
pub(crate) fn told(py: Python<'_>, error: &PyErr) -> Raised {
    let value = error.value(py);
    let text = |object: PyResult<Bound<'_, PyAny>>| {
        object.and_then(|object| object.str()).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let name = text(value.get_type().getattr(intern!(py, "__name__")));
    let stack = error.traceback(py).filter(|_| environment::current().limits().error_stack).and_then(|_| {
        let module = py.import(intern!(py, "traceback")).ok()?;
        let arguments = (value.get_type(), value, value.getattr(intern!(py, "__traceback__")).ok()?);
        let lines: Vec<String> =
            module.call_method1(intern!(py, "format_exception"), arguments).ok()?.extract().ok()?;
        Some(lines.concat())
    });
    Raised { stack, ..Raised::error(NOWHERE, name, text(Ok(value.as_any().clone()))) }
}
