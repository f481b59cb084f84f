//! Pictures of a machine, with the state that a record stands in marked (STATECHARTS §11).

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::event::Data;
use crate::statechart::{
    Args, Chart, ChartHost, Check, Description, Error, FnRef, Marks, NoHost, Revision, State, Taken,
};
use crate::violation::Raised;

use super::machine::Machine;

/// What to mark in a picture.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show<'a> {
    /// JSON text of a record, or of a snapshot: its states are marked, and the transitions that wait in them.
    pub at: Option<&'a str>,
    /// Numbers of transitions taken ([`Taken::number`]): they are numbered, from 1.
    pub trace: &'a [u32],
}

impl Machine {
    /// A Mermaid `stateDiagram-v2`.
    ///
    /// # Errors
    /// [`Error::SnapshotMismatch`]: the record is not this machine's.
    ///
    /// ```
    /// # use arvo::{Contract, Machine, MachineSpec, Show};
    /// # let object = || serde_json::json!({"type": "object"});
    /// # let flow = Contract::orchestrator("#/flows/door", "door").version("1.0.0", object(), object()).build()?;
    /// let definition = serde_json::json!({"id": "door", "initial": "open", "states": {"open": {"on": {"close": "shut"}}, "shut": {}}});
    /// let machine = Machine::compile(MachineSpec::new(&flow.latest(), definition))?;
    /// let snapshot = r#"{"status": "active", "value": "shut", "historyValue": {}, "context": {}, "children": {}}"#;
    /// let picture = machine.mermaid(&Show { at: Some(snapshot), ..Show::default() })?;
    /// assert!(picture.contains("class s_door,s_door_shut active"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mermaid(&self, show: &Show<'_>) -> Result<String, Error> {
        show.on(self.chart(), |marks| self.chart().to_mermaid(marks))
    }

    /// A Graphviz digraph.
    ///
    /// # Errors
    /// As [`Machine::mermaid`].
    pub fn dot(&self, show: &Show<'_>) -> Result<String, Error> {
        show.on(self.chart(), |marks| self.chart().to_dot(marks))
    }

    /// Where a record or snapshot stands, as data:
    /// `{value, active: [ids], tags, meta, awaiting: [descriptors], can: [event types of its services]}`.
    ///
    /// # Errors
    /// As [`Machine::mermaid`].
    pub fn describe(&self, at: &str) -> Result<Value, Error> {
        let services = self.services().iter();
        let types = services.flat_map(|(_, service)| {
            let emits = service.emits().iter().map(|emit| &*emit.type_);
            emits.chain([service.contract().system_error_type()])
        });
        let Description { value, active, tags, meta, awaiting, can } =
            self.chart().describe(&state_at(self.chart(), at)?, types);
        Ok(json!({"value": value, "active": active, "tags": tags, "meta": meta, "awaiting": awaiting, "can": can}))
    }
}

impl Show<'_> {
    /// Draws a chart with these marks.
    pub(super) fn on(&self, chart: &Chart, draw: impl FnOnce(Marks<'_>) -> String) -> Result<String, Error> {
        let state = self.at.map(|at| state_at(chart, at)).transpose()?;
        let trace: Vec<Taken> = self.trace.iter().copied().map(Taken::of).collect();
        Ok(draw(Marks { state: state.as_ref(), trace: &trace }))
    }
}

fn state_at(chart: &Chart, text: &str) -> Result<State, Error> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        state: Option<&'a RawValue>,
    }
    let record: Option<Record<'_>> = serde_json::from_str(text).ok();
    let snapshot = record.and_then(|record| record.state).map_or(text, RawValue::get);
    chart.load(&chart.read_snapshot(snapshot)?, &Unread)
}

/// A picture asks nothing of the context, so nobody reads it.
struct Unread;

impl ChartHost for Unread {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        NoHost.value(function, args)
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        NoHost.act(function, args)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, Error> {
        NoHost.collect(function, args, check)
    }

    fn holds_context(&self) -> bool {
        true
    }

    fn context(&self, at: Revision) -> Result<Data, Raised> {
        NoHost.context(at)
    }
}
