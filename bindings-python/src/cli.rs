//! The command line of a durable store, for `python -m arvo`.

use pyo3::prelude::*;

/// Runs a command on the process's own streams; gives its exit code.
#[pyfunction]
pub(crate) fn cli(py: Python<'_>, arguments: Vec<String>) -> i32 {
    py.detach(|| arvo::cli::main(arguments))
}
