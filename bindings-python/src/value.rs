//! Python objects to JSON values and back, converted by hand: the shortest way across (ARCHITECTURE §3).
//!
//! What is no JSON is refused with its place; depth and keys are limited by the core's limits and errors.

use arvo::{Issue, JsonError, Limits};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::error::{DataError, LimitError};
use crate::id::EventId;

/// A Python object as a JSON value. Pydantic models count as the data that they dump.
pub(crate) fn of_python(object: &Bound<'_, PyAny>, limits: &Limits) -> PyResult<Value> {
    convert(object, limits).map_err(Refused::raise)
}

/// The same, for an object that is a member of something: errors name it.
pub(crate) fn of_python_at(object: &Bound<'_, PyAny>, name: &str, limits: &Limits) -> PyResult<Value> {
    convert(object, limits).map_err(|refused| refused.at(name).raise())
}

/// The same, for a caller that has a use for what is wrong.
pub(crate) fn convert(object: &Bound<'_, PyAny>, limits: &Limits) -> Result<Value, Refused> {
    convert_at(object, limits, 1)
}

/// A JSON value as fresh Python objects.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Number(number) => number_to_python(py, number),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(map) => map_to_python(py, map)?.into_any(),
    })
}

/// A JSON object as a fresh dict.
pub(crate) fn map_to_python<'py>(py: Python<'py>, map: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in map {
        dict.set_item(PyString::new(py, key), to_python(py, value)?)?;
    }
    Ok(dict)
}

fn number_to_python<'py>(py: Python<'py>, number: &Number) -> Bound<'py, PyAny> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(natural), _, _) => PyInt::new(py, natural).into_any(),
        (_, Some(integer), _) => PyInt::new(py, integer).into_any(),
        (_, _, float) => PyFloat::new(py, float.unwrap_or(f64::NAN)).into_any(),
    }
}

/// Why an object is no JSON; its place is put together on the way out.
pub(crate) struct Refused {
    reason: Reason,
    /// Keys and indexes, innermost first.
    path: Vec<String>,
}

enum Reason {
    /// What it is, and what to do.
    NoJson(String),
    /// One of the core's limits.
    Limit(JsonError),
    /// The object's own code failed.
    Raised(PyErr),
}

impl Refused {
    fn no_json(reason: impl Into<String>) -> Self {
        Self { reason: Reason::NoJson(reason.into()), path: Vec::new() }
    }

    fn limit(error: JsonError) -> Self {
        Self { reason: Reason::Limit(error), path: Vec::new() }
    }

    pub(crate) fn at(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }

    /// Place and text, or the exception of the object's own code.
    pub(crate) fn issue(self) -> Result<Issue, PyErr> {
        let steps = self.path.iter().rev().map(|step| step.replace('~', "~0").replace('/', "~1"));
        let path: String = steps.flat_map(|step| ["/".to_owned(), step]).collect();
        match self.reason {
            Reason::NoJson(message) => Ok(Issue { path, message: format!("is {message}") }),
            Reason::Limit(error) => Ok(Issue { path: String::new(), message: error.to_string() }),
            Reason::Raised(error) => Err(error),
        }
    }

    fn raise(self) -> PyErr {
        if let Reason::Limit(error) = self.reason {
            return LimitError::new_err((error.to_string(),));
        }
        match self.issue() {
            Ok(Issue { path, message }) => {
                let place = if path.is_empty() { "the value" } else { &path };
                DataError::new_err((format!("{place} {message}"), path))
            }
            Err(error) => error,
        }
    }
}

impl From<PyErr> for Refused {
    fn from(error: PyErr) -> Self {
        Self { reason: Reason::Raised(error), path: Vec::new() }
    }
}

fn convert_at(object: &Bound<'_, PyAny>, limits: &Limits, depth: usize) -> Result<Value, Refused> {
    if let Ok(text) = object.cast::<PyString>() {
        return text_of(text).map(Value::String);
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return members(dict.iter().map(Ok), dict.len(), limits, depth);
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(Value::Bool(value.is_true()));
    }
    if let Ok(integer) = object.cast::<PyInt>() {
        return integer_of(integer).map(Value::Number);
    }
    if let Ok(float) = object.cast::<PyFloat>() {
        return match Number::from_f64(float.value()) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(Refused::no_json("not finite; JSON has neither NaN nor infinities, so give null or text")),
        };
    }
    if let Ok(list) = object.cast::<PyList>() {
        return items(list.iter(), list.len(), limits, depth);
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return items(tuple.iter(), tuple.len(), limits, depth);
    }
    if let Ok(mapping) = object.cast::<PyMapping>() {
        let pairs = mapping.items()?;
        let pairs = pairs.iter().map(|pair| pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>());
        return members(pairs, mapping.len()?, limits, depth);
    }
    if let Ok(id) = object.cast::<EventId>() {
        return Ok(id.get().to_value());
    }
    if let Some(dumped) = dump(object)? {
        return convert_at(&dumped, limits, depth);
    }
    let kind = object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    Err(Refused::no_json(format!(
        "a {kind}, which is no JSON; give text, a number, a boolean, None, a list, a mapping or a Pydantic model"
    )))
}

/// A Pydantic model as the data that it stands for.
fn dump<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let Some(method) = object.getattr_opt(intern!(py, "model_dump"))? else { return Ok(None) };
    if object.is_instance_of::<pyo3::types::PyType>() {
        return Ok(None);
    }
    let options = PyDict::new(py);
    options.set_item(intern!(py, "mode"), intern!(py, "json"))?;
    options.set_item(intern!(py, "by_alias"), true)?;
    method.call((), Some(&options)).map(Some)
}

fn members<'py>(
    pairs: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>,
    count: usize,
    limits: &Limits,
    depth: usize,
) -> Result<Value, Refused> {
    if depth > limits.depth {
        return Err(Refused::limit(JsonError::TooDeep { limit: limits.depth }));
    }
    if count > limits.keys {
        return Err(Refused::limit(JsonError::TooManyKeys { keys: count, limit: limits.keys }));
    }
    let mut map = Map::with_capacity(count);
    for pair in pairs {
        let (key, value) = pair?;
        let Ok(text) = key.cast::<PyString>() else {
            let shown = key.str().map_or_else(|_| "?".to_owned(), |text| text.to_string_lossy().into_owned());
            let kind = key.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
            return Err(Refused::no_json(format!("named by a {kind}; names in JSON are text")).at(shown));
        };
        let text = text_of(text).map_err(|refused| refused.at("?"))?;
        let value = convert_at(&value, limits, depth + 1).map_err(|refused| refused.at(text.as_str()))?;
        map.insert(text, value);
    }
    Ok(Value::Object(map))
}

fn items<'py>(
    objects: impl Iterator<Item = Bound<'py, PyAny>>,
    count: usize,
    limits: &Limits,
    depth: usize,
) -> Result<Value, Refused> {
    if depth > limits.depth {
        return Err(Refused::limit(JsonError::TooDeep { limit: limits.depth }));
    }
    let mut list = Vec::with_capacity(count);
    for (index, object) in objects.enumerate() {
        list.push(convert_at(&object, limits, depth + 1).map_err(|refused| refused.at(index.to_string()))?);
    }
    Ok(Value::Array(list))
}

fn text_of(text: &Bound<'_, PyString>) -> Result<String, Refused> {
    match text.to_cow() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => {
            Err(Refused::no_json("text with a lone surrogate, which no UTF-8 can hold; repair it where it came in"))
        }
    }
}

fn integer_of(integer: &Bound<'_, PyInt>) -> Result<Number, Refused> {
    if let Ok(integer) = integer.extract::<i64>() {
        return Ok(integer.into());
    }
    match integer.extract::<u64>() {
        Ok(natural) => Ok(natural.into()),
        Err(_) => Err(Refused::no_json(
            "an integer of more than 64 bits; give it as text, or as a float where the last digits do not matter",
        )),
    }
}
