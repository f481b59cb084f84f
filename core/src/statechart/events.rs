//! What a chart says of its events, for checks against contracts that the interpreter knows nothing of.

use serde_json::Value;

use super::chart::{Chart, Compiled, Node};
use super::definition::Kind;
use super::form::{Action, Make};
use super::select::matches;

/// An event that a state hands out or raises, as far as it is known beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct Given<'a> {
    /// Id of the state: it is entered, left, or a transition of it is taken.
    pub state: &'a str,
    /// Ids of the states in which answers to it arrive: the one entered, or those that the transition leads to. None
    /// where that is not known beforehand: it is left, or eventless transitions lead on.
    pub waiting: Vec<&'a str>,
    /// Whether it goes to the chart itself.
    pub raised: bool,
    /// Its type; `None` if a function or expression makes it.
    pub type_name: Option<&'a str>,
    /// Its data, if it is fixed.
    pub data: Option<&'a Value>,
}

impl Chart {
    /// Every `emit`, `raise` and appending action of its states and transitions, named ones too; not those of
    /// `enqueueActions`.
    pub fn given_events(&self) -> Vec<Given<'_>> {
        let chart = &*self.0;
        let mut found = Vec::new();
        for node in &chart.nodes {
            let waits = if node.always.is_empty() { vec![&*node.id] } else { Vec::new() };
            let initial = node.initial.iter().flat_map(|initial| initial.actions.iter());
            for action in node.entry.iter().chain(initial) {
                given(chart, &node.id, &waits, action, &mut found);
            }
            node.exit.iter().for_each(|action| given(chart, &node.id, &[], action, &mut found));
        }
        for transition in &chart.transitions {
            let source = chart.node(transition.source);
            let leads_to = if transition.targets.is_empty() { vec![source] } else { chart.each(&transition.targets) };
            let waits = leads_to.iter().all(|node| node.always.is_empty() && node.kind != Kind::History);
            let waits: Vec<&str> = if waits { leads_to.iter().map(|node| &*node.id).collect() } else { Vec::new() };
            for action in &transition.actions {
                given(chart, &source.id, &waits, action, &mut found);
            }
        }
        found
    }

    /// Whether the state with this id, one around it or one inside it has such a transition; inside a parallel state
    /// its other regions count too.
    pub fn handles_around(&self, state: &str, type_name: &str) -> bool {
        let Some(node) = self.0.ids.get(state) else { return false };
        let above: Vec<u32> = self.0.above(*node).collect();
        let parallel = above.iter().rev().find(|node| self.0.node(**node).kind == Kind::Parallel);
        let top = *parallel.unwrap_or(node);
        (top..self.0.node(top).end).chain(above).any(|node| !self.0.fitting(node, type_name).is_empty())
    }

    /// The place of a state in the definition, such as `states.a.states.b`; empty for the root.
    pub fn place(&self, state: &str) -> String {
        let Some(node) = self.0.ids.get(state) else { return String::new() };
        let mut keys: Vec<&str> = std::iter::once(*node)
            .chain(self.0.above(*node))
            .filter(|node| *node != 0)
            .map(|node| &*self.0.node(node).key)
            .collect();
        keys.reverse();
        keys.iter().map(|key| format!("states.{key}")).collect::<Vec<_>>().join(".")
    }

    /// Every state's descriptors: id of the state and descriptor, without the interpreter's own events.
    pub fn awaited(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = |node: &'_ Node| node.on.iter().map(|on| on.event).collect::<Vec<_>>();
        let all = self.0.nodes.iter().flat_map(move |node| own(node).into_iter().map(move |event| (&*node.id, event)));
        let all = all.map(|(state, event)| (state, &*self.0.events[event as usize]));
        all.filter(|(_, name)| !name.starts_with("xstate."))
    }

    /// The output of the whole, if it is fixed.
    pub fn fixed_output(&self) -> Option<&Value> {
        match &self.0.output {
            Some(Make::Json(json)) => Some(json),
            _ => None,
        }
    }

    /// Whether the state with this id, or one around it, has a transition that fits an event of this type.
    pub fn handles(&self, state: &str, type_name: &str) -> bool {
        let Some(node) = self.0.ids.get(state) else { return false };
        std::iter::once(*node).chain(self.0.above(*node)).any(|node| !self.0.fitting(node, type_name).is_empty())
    }
}

fn given<'a>(chart: &'a Compiled, state: &'a str, waiting: &[&'a str], action: &'a Action, found: &mut Vec<Given<'a>>) {
    let (raised, make) = match action {
        Action::Emit(make) => (false, Some(make)),
        Action::Raise(make) => (true, Some(make)),
        Action::Named { at, params, .. } => match &chart.actions[*at] {
            Action::Append(_) => (false, params.as_ref()),
            action => return given(chart, state, waiting, action, found),
        },
        Action::Choose(branches) => {
            let actions = branches.iter().flat_map(|(_, actions)| actions);
            return actions.for_each(|action| given(chart, state, waiting, action, found));
        }
        _ => return,
    };
    let member = |key: &str| make.and_then(|make| make.constant(key));
    let type_name = member("type").and_then(Value::as_str);
    found.push(Given { state, waiting: waiting.to_vec(), raised, type_name, data: member("data") });
}

impl Make {
    /// What every value that it makes holds under this key, if that is known beforehand.
    fn constant(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Json(json) => json.get(key),
            Self::Expression(expression) => expression.constant(key),
            Self::Function(_) => None,
        }
    }
}

impl Compiled {
    fn each(&self, nodes: &[u32]) -> Vec<&Node> {
        nodes.iter().map(|node| self.node(*node)).collect()
    }

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
