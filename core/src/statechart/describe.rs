//! Where a run stands, as data: for command lines, tests and pictures.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::chart::{Chart, On};
use super::macrostep::State;

/// What [`Chart::describe`] tells of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The state value.
    pub value: Value,
    /// Ids of the active states, in order of entry.
    pub active: Vec<String>,
    /// Tags of the active states.
    pub tags: Vec<String>,
    /// Meta of the active states by id.
    pub meta: Map<String, Value>,
    /// Descriptors that an active state has transitions for, outermost state first.
    pub awaiting: Vec<String>,
    /// Those of the event types asked about that an active state has a transition for; guards are not asked.
    pub can: Vec<String>,
}

impl Chart {
    /// The tags of the active states, each once.
    pub fn tags(&self, state: &State) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let tags = state.nodes.iter().flat_map(|node| self.0.node(*node).tags.iter());
        tags.filter(|tag| seen.insert(&***tag)).map(|tag| tag.as_ref().to_owned()).collect()
    }

    /// The meta data of the active states, by id.
    pub fn meta(&self, state: &State) -> Map<String, Value> {
        let nodes = state.nodes.iter().map(|node| self.0.node(*node));
        nodes.filter_map(|node| Some((node.id.as_ref().to_owned(), Value::clone(node.meta.as_ref()?)))).collect()
    }

    /// Where a run stands; `types` are the event types that might come.
    pub fn describe<'t>(&self, state: &State, types: impl IntoIterator<Item = &'t str>) -> Description {
        let mut awaiting = Vec::new();
        for node in &state.nodes {
            for On { event, transitions } in &self.0.node(*node).on {
                let descriptor = self.0.events[*event as usize].as_ref();
                let own = descriptor.starts_with("xstate.") || transitions.is_empty();
                if !own && !awaiting.iter().any(|known| known == descriptor) {
                    awaiting.push(descriptor.to_owned());
                }
            }
        }
        let takes = |name: &str| state.nodes.iter().any(|node| !self.0.fitting(*node, name).is_empty());
        Description {
            value: self.value(state),
            active: self.0.ids_of(&state.nodes),
            tags: self.tags(state),
            meta: self.meta(state),
            can: types.into_iter().filter(|name| takes(name)).map(str::to_owned).collect(),
            awaiting,
        }
    }
}
