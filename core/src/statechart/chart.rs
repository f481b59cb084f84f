//! A compiled definition: states and transitions as numbers, ready to step through.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::definition::Kind;
use super::form::{Action, Guard, Make, Names};
use super::host::{Language, PlainJson};
use super::problem::Problem;
use super::target::segments;

/// A definition made ready to run; cheap to clone, shared by all runs.
#[derive(Clone)]
pub struct Chart(pub(crate) Arc<Compiled>);

/// What named guards and actions stand for, in the forms of a definition: `{"$fn": ref}` for a function of the host,
/// or any other guard or action form.
#[derive(Clone, Debug, Default)]
pub struct Implementations {
    /// Guard forms by name.
    pub guards: Map<String, Value>,
    /// Action forms by name.
    pub actions: Map<String, Value>,
    /// Actions that append their params to the list at a path of the context.
    pub appending: Vec<(String, Vec<String>)>,
}

/// How far one step may go, and how large a chart may be (SPEC §18).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// Microsteps in one step; 10,000.
    pub microsteps: usize,
    /// Events queued in one step; 10,000.
    pub queued: usize,
    /// States of a chart; 100,000.
    pub states: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { microsteps: 10_000, queued: 10_000, states: 100_000 }
    }
}

/// What a chart is compiled with besides its implementations.
#[derive(Clone)]
pub struct Options {
    /// The language of its expressions.
    pub language: Arc<dyn Language>,
    /// How far it may go.
    pub bounds: Bounds,
}

impl Default for Options {
    fn default() -> Self {
        Self { language: Arc::new(PlainJson), bounds: Bounds::default() }
    }
}

impl Chart {
    /// Id of the machine.
    pub fn id(&self) -> &str {
        &self.0.nodes[0].id
    }

    /// How many states it has, the root and history states among them.
    pub fn len(&self) -> usize {
        self.0.nodes.len()
    }

    /// Never: the root is a state.
    pub fn is_empty(&self) -> bool {
        self.0.nodes.is_empty()
    }

    /// What looks wrong, though it runs.
    pub fn warnings(&self) -> &[Problem] {
        &self.0.warnings
    }

    /// Whether some state has `type: parallel` and a `states` key: two events can then be under way at once.
    pub fn has_parallel_states(&self) -> bool {
        self.0.has_parallel_states
    }

    /// Every event descriptor of its transitions, as written, without the interpreter's own events.
    pub fn descriptors(&self) -> impl Iterator<Item = &str> {
        self.0.events.iter().map(|name| &**name).filter(|name| !name.starts_with("xstate."))
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chart").field("id", &self.id()).field("states", &self.len()).finish_non_exhaustive()
    }
}

pub(crate) struct Compiled {
    pub(crate) nodes: Vec<Node>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) ids: HashMap<Arc<str>, u32>,
    /// Descriptors by number, and the number of each.
    pub(crate) events: Vec<Arc<str>>,
    pub(crate) event_numbers: HashMap<Arc<str>, u32>,
    pub(crate) context: Option<Make>,
    pub(crate) output: Option<Make>,
    pub(crate) names: Names,
    pub(crate) guards: Vec<Guard>,
    pub(crate) actions: Vec<Action>,
    pub(crate) language: Arc<dyn Language>,
    pub(crate) bounds: Bounds,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) has_parallel_states: bool,
    /// Whether any state has an `always`; most charts have none, and skip asking.
    pub(crate) has_eventless: bool,
}

/// One state. Its descendants are the nodes between it and `end`.
pub(crate) struct Node {
    pub(crate) id: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) parent: Option<u32>,
    pub(crate) end: u32,
    pub(crate) kind: Kind,
    pub(crate) children: Box<[u32]>,
    pub(crate) histories: Box<[u32]>,
    pub(crate) by_key: Box<[(Arc<str>, u32)]>,
    pub(crate) entry: Box<[Action]>,
    pub(crate) exit: Box<[Action]>,
    pub(crate) initial: Option<Initial>,
    pub(crate) history: Option<History>,
    /// Transitions by the number of their descriptor, ascending.
    pub(crate) on: Box<[On]>,
    /// Transitions of descriptors that end in `*`, longest descriptor first.
    pub(crate) wildcards: Box<[Wildcard]>,
    pub(crate) always: Box<[u32]>,
    pub(crate) output: Option<Make>,
    pub(crate) done_type: Arc<str>,
    pub(crate) tags: Box<[Arc<str>]>,
    pub(crate) meta: Option<Arc<Value>>,
}

/// The transitions of a state for one descriptor, in order of writing.
pub(crate) struct On {
    pub(crate) event: u32,
    pub(crate) transitions: Box<[u32]>,
}

/// The same for a descriptor that ends in `*`.
pub(crate) struct Wildcard {
    pub(crate) descriptor: Arc<str>,
    pub(crate) transitions: Box<[u32]>,
}

/// Where a compound state is entered by default. Of a parallel state only the actions count, and what a history of it
/// without default stands for.
pub(crate) struct Initial {
    pub(crate) child: u32,
    pub(crate) actions: Box<[Action]>,
}

/// How a history state remembers, and what it stands for without a memory.
pub(crate) struct History {
    pub(crate) deep: bool,
    /// `None`: the parent's initial.
    pub(crate) targets: Option<Box<[u32]>>,
}

pub(crate) struct Transition {
    pub(crate) source: u32,
    pub(crate) on: Trigger,
    pub(crate) targets: Box<[u32]>,
    pub(crate) guard: Option<Guard>,
    pub(crate) actions: Box<[Action]>,
    pub(crate) reenter: bool,
}

/// What sets a transition off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trigger {
    /// An event; the number of its descriptor.
    Event(u32),
    /// Nothing: `always`.
    Always,
}

impl Compiled {
    pub(crate) fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// Whether `node` lies inside `above`, itself not.
    pub(crate) fn is_below(&self, node: u32, above: u32) -> bool {
        above < node && node < self.node(above).end
    }

    pub(crate) fn child(&self, node: u32, key: &str) -> Option<u32> {
        let by_key = &self.node(node).by_key;
        by_key.binary_search_by(|(other, _)| (**other).cmp(key)).ok().map(|at| by_key[at].1)
    }

    /// The proper ancestors of a node, nearest first.
    pub(crate) fn above(&self, node: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.node(node).parent, |node| self.node(*node).parent)
    }

    /// The ancestors of a node below `top`; none if it is `top` itself.
    pub(crate) fn between(&self, node: u32, top: Option<u32>) -> impl Iterator<Item = u32> {
        let first = if Some(node) == top { None } else { self.node(node).parent };
        std::iter::successors(first, |node| self.node(*node).parent).take_while(move |node| Some(*node) != top)
    }

    pub(crate) fn is_leaf(&self, node: u32) -> bool {
        matches!(self.node(node).kind, Kind::Atomic | Kind::Final)
    }

    /// `#id`, `#id.child` in a chart that is compiled already.
    pub(crate) fn by_id(&self, target: &str) -> Option<u32> {
        self.resolve_id(target).ok()
    }

    /// The same, with XState's words when it leads nowhere.
    pub(crate) fn resolve_id(&self, target: &str) -> Result<u32, String> {
        let whole = target.strip_prefix('#').unwrap_or(target);
        if let Some(node) = self.ids.get(whole) {
            return Ok(*node);
        }
        let mut parts = segments(whole).into_iter();
        let id = parts.next().unwrap_or_default();
        let unknown = || format!("Child state node '#{id}' does not exist on machine '{}'", self.node(0).id);
        let first = *self.ids.get(id.as_str()).ok_or_else(unknown)?;
        parts.take_while(|key| !key.is_empty()).try_fold(first, |node, key| {
            let unknown = || format!("Child state '{key}' does not exist on '{}'", self.node(node).id);
            self.child(node, &key).ok_or_else(unknown)
        })
    }

    /// A transition as a person names it: `m.a --E--> m.b`.
    pub(crate) fn transition_text(&self, transition: u32) -> String {
        let transition = &self.transitions[transition as usize];
        let on = match transition.on {
            Trigger::Event(event) => &self.events[event as usize],
            Trigger::Always => "always",
        };
        let targets: Vec<&str> = transition.targets.iter().map(|node| &*self.node(*node).id).collect();
        format!("{} --{on}--> {}", self.node(transition.source).id, targets.join(" & "))
    }

    pub(crate) fn ids_of(&self, nodes: &[u32]) -> Vec<String> {
        nodes.iter().map(|node| self.node(*node).id.as_ref().to_owned()).collect()
    }
}
