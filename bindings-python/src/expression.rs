//! `arvo.Expression`: what the expressions of a portable machine give, without the machine.

use arvo::expression::{Template, TemplateError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use serde_json::{Map, Value, json};

use crate::{environment, error, value};

/// An expression over named values, or a template: JSON with expressions in it (``docs/expressions.md``).
///
/// Args:
///     definition: text is an expression; a mapping or a list is a template, ``{"id": {"$": "context.id"}}``.
///     names: what it may read; ``context`` and ``event``, as in most places of a machine.
///
/// Raises:
///     ExpressionError: it is none, or reads another name.
///
/// >>> import arvo
/// >>> arvo.Expression("context.tries + 1").evaluate(context={"tries": 1})
/// 2
/// >>> arvo.Expression({"id": {"$": "input.id"}, "tries": 0}, ["input"]).evaluate(input={"id": "o1"})
/// {'id': 'o1', 'tries': 0}
/// >>> arvo.Expression("event.data.total > 100").test(event={"data": {"total": 150}})
/// True
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Expression {
    template: Template,
    definition: Value,
    names: Vec<String>,
}

#[pymethods]
impl Expression {
    #[new]
    #[pyo3(signature = (definition, names = None))]
    fn new(py: Python<'_>, definition: &Bound<'_, PyAny>, names: Option<Vec<String>>) -> PyResult<Self> {
        let limits = *environment::current().limits();
        let definition = value::of_python(definition, &limits)?;
        let names = names.unwrap_or_else(|| ["context", "event"].map(str::to_owned).into());
        let read: Vec<&str> = names.iter().map(String::as_str).collect();
        let template = match &definition {
            Value::String(text) => Template::compile(&json!({"$": text}), &read),
            template => Template::compile(template, &read),
        };
        let template = template.map_err(|errors| refused(py, &errors))?;
        Ok(Self { template, definition, names })
    }

    /// Works it out, with a value for each name that it reads.
    ///
    /// Args:
    ///     default: what to give for an empty optional, as ``context.?note`` is without a note.
    ///
    /// Raises:
    ///     EvaluationError: the values do not fit, or a limit was exceeded.
    ///     DataError: a value is no JSON.
    ///
    /// >>> import arvo
    /// >>> note = arvo.Expression("context.?note")
    /// >>> note.evaluate(context={"note": "fragile"}), note.evaluate("none", context={})
    /// ('fragile', 'none')
    #[pyo3(signature = (default = None, /, **values))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        default: Option<Bound<'py, PyAny>>,
        values: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = *environment::current().limits();
        let values = named(values, &limits)?;
        let found = py.detach(|| self.template.evaluate_named(&values, &limits));
        match found.map_err(|fault| error::evaluation(py, &fault))? {
            Some(found) => value::to_python(py, &found),
            None => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }

    /// Asks it as a guard, which must give true or false: nothing else is either.
    ///
    /// Raises:
    ///     EvaluationError: it gives something else, the values do not fit, or a limit was exceeded.
    ///     DataError: a value is no JSON.
    #[pyo3(signature = (**values))]
    fn test(&self, py: Python<'_>, values: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
        let limits = *environment::current().limits();
        let values = named(values, &limits)?;
        py.detach(|| self.template.test_named(&values, &limits)).map_err(|fault| error::evaluation(py, &fault))
    }

    /// What it was made of.
    #[getter]
    fn definition<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::to_python(py, &self.definition)
    }

    /// The names that it may read.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let definition = value::to_python(py, &self.definition)?.repr()?;
        Ok(format!("Expression({}, {:?})", definition.to_string_lossy(), self.names))
    }

    #[allow(clippy::type_complexity)] // the class, and the arguments that make it again
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyAny>, Vec<Bound<'py, PyString>>))> {
        let names = self.names.iter().map(|name| PyString::new(py, name)).collect();
        Ok((py.get_type::<Self>(), (value::to_python(py, &self.definition)?, names)))
    }
}

fn named(values: Option<&Bound<'_, PyDict>>, limits: &arvo::Limits) -> PyResult<Map<String, Value>> {
    let Some(values) = values else { return Ok(Map::new()) };
    let pairs = values.iter().map(|(name, given)| {
        let name: String = name.extract()?;
        let given = value::of_python_at(&given, &name, limits)?;
        Ok((name, given))
    });
    pairs.collect()
}

fn refused(py: Python<'_>, errors: &[TemplateError]) -> PyErr {
    let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let first = errors.first();
    let place = first.and_then(TemplateError::place).map(|place| (place.line, place.column));
    error::expression(py, text, first.map_or("", |first| &first.path), place)
}
