//! The picture of a portable machine, with the state of a record marked.

use std::path::Path;

use serde_json::Value;

use crate::environment::Limits;
use crate::json;
use crate::machine::{Show, Sketch};

use super::exit::Stop;

/// The Mermaid text of a machine's file, at a record.
pub(super) fn draw(path: &Path, record: Option<&str>, limits: &Limits) -> Result<String, Stop> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Stop::usage(format!("{name} can't be read: {error}")))?;
    let file: Value =
        json::parse(&text, limits).map_err(|error| Stop::failed(format!("{name} is no machine: {error}")))?;
    let sketch = Sketch::from_json(file).map_err(|error| Stop::failed(format!("{name} is no machine: {error}")))?;
    let drawn = sketch.mermaid(&Show { at: record, ..Show::default() });
    drawn.map_err(|error| Stop::failed(format!("{name} can't be drawn: {error}")))
}
