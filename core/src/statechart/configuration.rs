//! Which states are active: a set of numbers, and the rules a set must keep (STATECHARTS §4).

use std::ops::Range;

use serde_json::{Map, Value};

use super::chart::Compiled;
use super::definition::{Kind, insert_in_order};
use super::form::Pattern;

/// A set of states; one bit each. Small charts need no allocation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct NodeSet {
    few: [u64; 2],
    /// Used instead when the chart has more states than `few` has bits.
    many: Vec<u64>,
}

impl NodeSet {
    pub(crate) fn sized(nodes: usize) -> Self {
        let many = if nodes > FEW { vec![0; nodes.div_ceil(64)] } else { Vec::new() };
        Self { few: [0; 2], many }
    }

    pub(crate) fn of(nodes: usize, list: &[u32]) -> Self {
        let mut set = Self::sized(nodes);
        for node in list {
            set.insert(*node);
        }
        set
    }

    fn words(&self) -> &[u64] {
        if self.many.is_empty() { &self.few } else { &self.many }
    }

    fn word(&mut self, node: u32) -> &mut u64 {
        let words = if self.many.is_empty() { &mut self.few[..] } else { &mut self.many };
        &mut words[(node / 64) as usize]
    }

    /// Whether it is new.
    pub(crate) fn insert(&mut self, node: u32) -> bool {
        let word = self.word(node);
        let new = *word & bit(node) == 0;
        *word |= bit(node);
        new
    }

    pub(crate) fn remove(&mut self, node: u32) {
        *self.word(node) &= !bit(node);
    }

    pub(crate) fn contains(&self, node: u32) -> bool {
        self.words()[(node / 64) as usize] & bit(node) != 0
    }

    /// The first member of a range.
    pub(crate) fn first(&self, range: Range<u32>) -> Option<u32> {
        if range.start >= range.end {
            return None;
        }
        let words = self.words();
        let mut at = (range.start / 64) as usize;
        let mut word = words.get(at)? & (u64::MAX << (range.start % 64));
        while word == 0 {
            at += 1;
            if at as u32 * 64 >= range.end {
                return None;
            }
            word = *words.get(at)?;
        }
        let found = at as u32 * 64 + word.trailing_zeros();
        (found < range.end).then_some(found)
    }

    pub(crate) fn any(&self, range: Range<u32>) -> bool {
        self.first(range).is_some()
    }

    /// The members of a range, ascending.
    pub(crate) fn members(&self, range: Range<u32>) -> impl Iterator<Item = u32> {
        let mut from = range.start;
        std::iter::from_fn(move || {
            let next = self.first(from..range.end)?;
            from = next + 1;
            Some(next)
        })
    }

    /// Makes it equal to another set of the same chart, without allocating.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.few = other.few;
        self.many.copy_from_slice(&other.many);
    }
}

const FEW: usize = 128;

fn bit(node: u32) -> u64 {
    1 << (node % 64)
}

impl Compiled {
    pub(crate) fn all(&self) -> Range<u32> {
        0..self.nodes.len() as u32
    }

    /// The descendants of a node.
    pub(crate) fn inside(&self, node: u32) -> Range<u32> {
        node + 1..self.node(node).end
    }

    /// A node and the states it is entered with by default; a history state stands for itself.
    pub(crate) fn initial_nodes(&self, node: u32, into: &mut Vec<u32>) {
        into.push(node);
        match self.node(node).kind {
            Kind::Compound => {
                if let Some(initial) = &self.node(node).initial {
                    self.initial_nodes(initial.child, into);
                }
            }
            Kind::Parallel => self.node(node).children.iter().for_each(|child| self.initial_nodes(*child, into)),
            _ => {}
        }
    }

    /// What a history state stands for when nothing is recorded.
    pub(crate) fn history_default(&self, node: u32) -> &[u32] {
        let Some(history) = &self.node(node).history else { return &[] };
        match (&history.targets, self.node(node).parent) {
            (Some(targets), _) => targets,
            (None, Some(parent)) => match &self.node(parent).initial {
                Some(initial) => std::slice::from_ref(&initial.child),
                None => &[],
            },
            (None, None) => &[],
        }
    }

    /// Adds what is missing to make the list a whole configuration: initial states, regions, ancestors.
    pub(crate) fn complete(&self, list: &mut Vec<u32>, set: &mut NodeSet) {
        let mut at = 0;
        let mut added = Vec::new();
        let mut followed = NodeSet::sized(self.nodes.len());
        while let Some(node) = list.get(at).copied() {
            at += 1;
            match self.node(node).kind {
                Kind::Compound if !set.any(self.inside(node)) => {
                    self.initial_nodes(node, &mut added);
                }
                Kind::Parallel => {
                    let missing = self.node(node).children.iter().filter(|child| !set.contains(**child));
                    missing.for_each(|child| self.initial_nodes(*child, &mut added));
                }
                _ => {}
            }
            while !added.is_empty() {
                let round = std::mem::take(&mut added);
                for node in round {
                    if self.node(node).kind == Kind::History {
                        // Followed again it would add nothing.
                        let defaults = if followed.insert(node) { self.history_default(node) } else { &[] };
                        defaults.iter().for_each(|node| self.initial_nodes(*node, &mut added));
                    } else if set.insert(node) {
                        list.push(node);
                    }
                }
            }
        }
        for at in 0..list.len() {
            for above in self.above(list[at]) {
                if set.insert(above) {
                    list.push(above);
                }
            }
        }
    }

    /// The first rule that a set of states breaks, and where: parents active, one child of each compound state, all
    /// of each parallel one.
    pub(crate) fn broken_rule(&self, list: &[u32], set: &NodeSet) -> Option<(u32, &'static str)> {
        list.iter().find_map(|node| {
            let here = self.node(*node);
            let alone = here.parent.is_none_or(|parent| set.contains(parent));
            let problem = match here.kind {
                _ if !alone => Some("is active, but not its parent"),
                Kind::History => Some("is a history state and can't be active"),
                Kind::Compound => match set.first(self.inside(*node)) {
                    None => Some("has no active state inside"),
                    Some(child) => set.any(self.node(child).end..here.end).then_some("has two active states inside"),
                },
                Kind::Parallel => {
                    let all = here.children.iter().all(|child| set.contains(*child));
                    (!all).then_some("has a region that is not active")
                }
                Kind::Atomic | Kind::Final => None,
            };
            problem.map(|problem| (*node, problem))
        })
    }

    /// The state value of a legal configuration, parallel keys in the list's order.
    pub(crate) fn value(&self, list: &[u32]) -> Value {
        let mut pairs: Vec<(u32, u32)> =
            list.iter().filter_map(|node| Some((self.node(*node).parent?, *node))).collect();
        pairs.sort_by_key(|(parent, _)| *parent); // stable: children keep the list's order
        self.value_of(0, &pairs)
    }

    fn value_of(&self, node: u32, pairs: &[(u32, u32)]) -> Value {
        let from = pairs.partition_point(|(parent, _)| *parent < node);
        let children = pairs[from..].iter().take_while(|(parent, _)| *parent == node).map(|(_, child)| *child);
        let mut map = Map::new();
        for child in children {
            let inner = self.node(child);
            if self.node(node).kind == Kind::Compound && self.is_leaf(child) {
                return Value::String(inner.key.as_ref().to_owned());
            }
            insert_in_order(&mut map, &inner.key, self.value_of(child, pairs));
        }
        Value::Object(map)
    }

    /// Whether the value of `node` in this set matches.
    pub(crate) fn matches(&self, node: u32, pattern: &Pattern, set: &NodeSet) -> bool {
        let active = |key: &str| self.child(node, key).filter(|child| set.contains(*child));
        match pattern {
            Pattern::Key(key) => active(key).is_some(),
            Pattern::Keys(keys) => {
                let text = self.node(node).kind == Kind::Compound
                    && set.first(self.inside(node)).is_some_and(|child| self.is_leaf(child));
                !text
                    && keys.iter().all(|(key, inner)| active(key).is_some_and(|child| self.matches(child, inner, set)))
            }
        }
    }
}
