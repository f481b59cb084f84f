//! The Python skin of `arvo`: values in, values out, the caller's exceptions kept as themselves.
//!
//! Nothing here decides anything: rules are the core's, the typed face is `python/arvo/`.

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule(gil_used = false)]
mod _arvo {}
