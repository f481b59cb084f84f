//! URIs as events carry them: the result of ECMAScript's `encodeURI`.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::DataError;

/// Applies `encodeURI`. See `arvo.encode_uri`.
#[pyfunction]
pub(crate) fn encode_uri(text: &Bound<'_, PyString>) -> PyResult<String> {
    match text.to_cow() {
        Ok(text) => Ok(arvo::uri::encode_uri(&text).into_owned()),
        Err(_) => Err(DataError::new_err(("the text holds a lone surrogate, which no URI can; repair it where it came in", ""))),
    }
}

/// Whether a text is the result of `encodeURI` already.
#[pyfunction]
pub(crate) fn is_properly_encoded(text: &Bound<'_, PyString>) -> bool {
    text.to_cow().is_ok_and(|text| arvo::uri::is_properly_encoded(&text))
}
