//! `arvo.Version` and `arvo.Dataschema`.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::VersionError;

/// A contract's version: three numbers of any length, ordered as numbers.
///
/// Raises:
///     VersionError: the text is none.
///
/// >>> import arvo
/// >>> arvo.Version("1.9.0") < arvo.Version("1.10.0")
/// True
/// >>> arvo.Version.WILDCARD
/// Version("0.0.0")
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Version(arvo::Version);

#[pymethods]
impl Version {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|error: arvo::VersionError| VersionError::new_err((error.to_string(),)))
    }

    /// Any version; never a contract's own. System errors carry it.
    #[classattr]
    #[pyo3(name = "WILDCARD")]
    fn wildcard() -> Self {
        Self(arvo::Version::WILDCARD)
    }

    /// Whether it is `WILDCARD`.
    #[getter]
    fn is_wildcard(&self) -> bool {
        self.0.is_wildcard()
    }

    /// -1, 0 or 1 by the numbers alone.
    fn compare(&self, other: &Self) -> i8 {
        self.0.compare(&other.0) as i8
    }

    /// The numbers of a text that need not be a version, read as the TypeScript reference reads them.
    ///
    /// Raises:
    ///     VersionError: fewer than three parts, or one that begins with no integer.
    ///
    /// >>> import arvo
    /// >>> arvo.Version.lenient("1.2.3-beta")
    /// [1.0, 2.0, 3.0]
    #[staticmethod]
    fn lenient(text: &str) -> PyResult<[f64; 3]> {
        arvo::lenient_version(text).map_err(|error| VersionError::new_err((error.to_string(),)))
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented()) };
        let holds = op.matches(self.0.cmp(&other.get().0));
        Ok(pyo3::types::PyBool::new(py, holds).to_owned().into_any().unbind())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> &str {
        self.0.as_str()
    }

    fn __repr__(&self) -> String {
        format!("Version({:?})", self.0.as_str())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, pyo3::types::PyType>, (Bound<'py, PyString>,)) {
        (py.get_type::<Self>(), (PyString::new(py, self.0.as_str()),))
    }
}

/// Contract uri and version, as an event names them: `{uri}/{version}`.
///
/// Raises:
///     VersionError: the version is none.
///
/// >>> import arvo
/// >>> str(arvo.Dataschema("#/orders", "1.0.0"))
/// '#/orders/1.0.0'
/// >>> arvo.Dataschema.parse("#/orders/1.0.0").uri
/// '#/orders'
#[pyclass(frozen, module = "arvo")]
pub(crate) struct Dataschema(arvo::Dataschema);

#[pymethods]
impl Dataschema {
    #[new]
    fn new(uri: String, version: &str) -> PyResult<Self> {
        Ok(Self(arvo::Dataschema::new(uri, Version::new(version)?.0)))
    }

    /// Reads a dataschema; raises `VersionError` if it does not end in a version.
    #[staticmethod]
    fn parse(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|error: arvo::DataschemaError| VersionError::new_err((error.to_string(),)))
    }

    /// The contract's uri; may be empty.
    #[getter]
    fn uri(&self) -> &str {
        &self.0.uri
    }

    /// The version.
    #[getter]
    fn version(&self) -> Version {
        Version(self.0.version.clone())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("parse")?, (self.0.to_string(),)))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Dataschema({:?}, {:?})", self.0.uri, self.0.version.as_str())
    }
}
