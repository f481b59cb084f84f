//! A machine's file without its contracts: enough to draw it, for whoever has the file alone.

use std::sync::Arc;

use serde_json::Value;

use crate::environment::Limits;
use crate::statechart::{Bounds, Chart, Error, Expressions, Options};
use crate::violation::{MachineProblem, Violation};

use super::machine::{implementations, problem_of};
use super::picture::Show;
use super::portable::{definition_of, refused};

/// The chart of a machine's file. Nobody has checked whether it fits its contracts, so it runs nowhere.
///
/// ```
/// use arvo::{Show, Sketch};
/// let file = serde_json::json!({
///     "contract": {"uri": "#/flows/door", "version": "1.0.0"},
///     "machine": {"id": "door", "initial": "open", "states": {"open": {"on": {"close": "shut"}}, "shut": {}}},
/// });
/// let snapshot = r#"{"status": "active", "value": "shut", "historyValue": {}, "context": {}, "children": {}}"#;
/// let picture = Sketch::from_json(file)?.mermaid(&Show { at: Some(snapshot), ..Show::default() })?;
/// assert!(picture.contains("class s_door,s_door_shut active"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sketch(Chart);

impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sketch").field("id", &self.0.id()).finish_non_exhaustive()
    }
}

impl Sketch {
    /// Reads a machine's JSON form, as [`MachineSpec::from_json`](crate::MachineSpec::from_json) does.
    ///
    /// # Errors
    /// [`Violation::Config`] with [`ConfigFault::Machine`](crate::ConfigFault::Machine): the form is another, or the
    /// definition has problems.
    pub fn from_json(file: Value) -> Result<Self, Violation> {
        let (definition, setup) = definition_of(file)?;
        let mut problems: Vec<MachineProblem> = Vec::new();
        let given = implementations(&setup, &mut problems);
        let language = Arc::new(Expressions::new(&Limits::default()));
        let options = Options { language, bounds: Bounds::default() };
        match Chart::compile_with(&definition, &given, options) {
            Ok(chart) if problems.is_empty() => Ok(Self(chart)),
            Ok(_) => Err(refused(problems)),
            Err(found) => {
                problems.extend(found.iter().map(problem_of));
                Err(refused(problems))
            }
        }
    }

    /// A Mermaid `stateDiagram-v2`, as [`Machine::mermaid`](crate::Machine::mermaid) draws it.
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: the record is not this machine's.
    pub fn mermaid(&self, show: &Show<'_>) -> Result<String, Error> {
        show.on(&self.0, |marks| self.0.to_mermaid(marks))
    }
}
