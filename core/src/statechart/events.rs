//! What a chart says of its events, for checks against contracts that the interpreter knows nothing of.

use serde_json::Value;

use super::chart::{Chart, Compiled};
use super::form::{Action, Make};
use super::select::matches;

/// An event that a state hands out or raises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given<'a> {
    /// Id of the state: it is entered, left, or a transition of it is taken.
    pub state: &'a str,
    /// Whether it goes to the chart itself.
    pub raised: bool,
    /// The event as written; `None` if a function or expression makes it.
    pub event: Option<&'a Value>,
}

impl Chart {
    /// Every `emit` and `raise` of its states and transitions, named ones too; not those of `enqueueActions`.
    pub fn given_events(&self) -> Vec<Given<'_>> {
        let chart = &*self.0;
        let mut found = Vec::new();
        for node in &chart.nodes {
            let initial = node.initial.iter().flat_map(|initial| initial.actions.iter());
            for action in node.entry.iter().chain(&node.exit).chain(initial) {
                given(chart, &node.id, action, &mut found);
            }
        }
        for transition in &chart.transitions {
            for action in &transition.actions {
                given(chart, &chart.node(transition.source).id, action, &mut found);
            }
        }
        found
    }

    /// Whether the state with this id, or one around it, has a transition that fits an event of this type.
    pub fn handles(&self, state: &str, type_name: &str) -> bool {
        let Some(node) = self.0.ids.get(state) else { return false };
        std::iter::once(*node).chain(self.0.above(*node)).any(|node| !self.0.fitting(node, type_name).is_empty())
    }
}

fn given<'a>(chart: &'a Compiled, state: &'a str, action: &'a Action, found: &mut Vec<Given<'a>>) {
    let (raised, make) = match action {
        Action::Emit(make) => (false, make),
        Action::Raise(make) => (true, make),
        Action::Named { at, .. } => return given(chart, state, &chart.actions[*at], found),
        Action::Choose(branches) => {
            let actions = branches.iter().flat_map(|(_, actions)| actions);
            return actions.for_each(|action| given(chart, state, action, found));
        }
        _ => return,
    };
    let event = if let Make::Json(json) = make { Some(&**json) } else { None };
    found.push(Given { state, raised, event });
}

impl Compiled {
    /// The transitions of one state for events of this type, guards not asked.
    pub(crate) fn fitting(&self, node: u32, type_name: &str) -> Vec<u32> {
        let here = self.node(node);
        let number = self.event_numbers.get(type_name);
        match number.and_then(|number| here.on.binary_search_by_key(number, |on| on.event).ok()) {
            Some(at) => here.on[at].transitions.to_vec(),
            None => {
                let fitting = here.wildcards.iter().filter(|wildcard| matches(&wildcard.descriptor, type_name));
                fitting.flat_map(|wildcard| wildcard.transitions.iter().copied()).collect()
            }
        }
    }
}
