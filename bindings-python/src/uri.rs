//! URIs as events carry them: the result of ECMAScript's `encodeURI`.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::DataError;

/// Applies ECMAScript's `encodeURI`; raises `DataError` for a lone surrogate.
///
/// >>> import arvo
/// >>> arvo.encode_uri("order 17")
/// 'order%2017'
#[pyfunction]
pub(crate) fn encode_uri(text: &Bound<'_, PyString>) -> PyResult<String> {
    match text.to_cow() {
        Ok(text) => Ok(arvo::uri::encode_uri(&text).into_owned()),
        Err(_) => Err(DataError::new_err((
            "the text holds a lone surrogate, which no URI can; repair it where it came in",
            "",
        ))),
    }
}

/// Whether a text is the result of `encodeURI` already.
///
/// >>> import arvo
/// >>> arvo.is_properly_encoded("order%2017"), arvo.is_properly_encoded("order 17")
/// (True, False)
#[pyfunction]
pub(crate) fn is_properly_encoded(text: &Bound<'_, PyString>) -> bool {
    text.to_cow().is_ok_and(|text| arvo::uri::is_properly_encoded(&text))
}
