//! The states of a definition, numbered in document order, before anything that refers to them is read.
//!
//! Preorder numbers make a subtree one range, `node..end`: "is below" is two comparisons, for any size of chart.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::problem::{Code, Problems};
use crate::json::{self, kind as kind_of_json};

/// What a state is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Without states inside.
    Atomic,
    /// One of its states is active.
    Compound,
    /// All of its states are active.
    Parallel,
    /// Ends its parent.
    Final,
    /// Stands for the states that were active when its parent was left.
    History,
}

/// A state as written, with its place in the tree.
pub(crate) struct Sketch<'a> {
    pub(crate) config: &'a Map<String, Value>,
    pub(crate) id: Arc<str>,
    pub(crate) key: Arc<str>,
    pub(crate) parent: Option<u32>,
    pub(crate) end: u32,
    pub(crate) kind: Kind,
    /// Without history states.
    pub(crate) children: Vec<u32>,
    pub(crate) histories: Vec<u32>,
    /// All of them, sorted by key.
    pub(crate) by_key: Vec<(Arc<str>, u32)>,
}

/// All states of a definition.
pub(crate) struct Outline<'a> {
    pub(crate) sketches: Vec<Sketch<'a>>,
    pub(crate) ids: HashMap<Arc<str>, u32>,
}

impl<'a> Outline<'a> {
    /// Reads the tree of states; problems of its shape are added to `problems`.
    pub(crate) fn read(definition: &'a Value, most: usize, problems: &mut Problems) -> Option<Self> {
        let Some(root) = definition.as_object() else {
            let found = kind_of_json(definition);
            problems.add(Code::Form, "", format!("a machine definition must be an object, found {found}"));
            return None;
        };
        let id = match root.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id,
            None | Some(Value::String(_)) => "(machine)",
            Some(other) => {
                problems.add(Code::Form, "id", format!("'id' must be text, found {}", kind_of_json(other)));
                "(machine)"
            }
        };
        let mut outline = Self { sketches: Vec::new(), ids: HashMap::new() };
        let mut reader = Reader { outline: &mut outline, most, problems, path: String::new(), stopped: false };
        reader.state(root, id.into(), id.into(), None, 0);
        Some(outline)
    }

    pub(crate) fn child(&self, node: u32, key: &str) -> Option<u32> {
        let by_key = &self.sketches[node as usize].by_key;
        by_key.binary_search_by(|(other, _)| (**other).cmp(key)).ok().map(|at| by_key[at].1)
    }

    /// JSON path of a state.
    pub(crate) fn path(&self, node: u32) -> String {
        self.keys(node).iter().fold(String::new(), |mut path, key| {
            path.push_str(if path.is_empty() { "states." } else { ".states." });
            path.push_str(key);
            path
        })
    }

    /// The keys on the way from the root to a state.
    pub(crate) fn keys(&self, node: u32) -> Vec<&str> {
        let mut keys = Vec::new();
        let mut here = &self.sketches[node as usize];
        while let Some(parent) = here.parent {
            keys.push(&*here.key);
            here = &self.sketches[parent as usize];
        }
        keys.reverse();
        keys
    }
}

struct Reader<'r, 'a> {
    outline: &'r mut Outline<'a>,
    most: usize,
    problems: &'r mut Problems,
    path: String,
    stopped: bool,
}

impl<'a> Reader<'_, 'a> {
    fn state(
        &mut self,
        config: &'a Map<String, Value>,
        key: Arc<str>,
        default_id: Arc<str>,
        parent: Option<u32>,
        depth: usize,
    ) -> Option<u32> {
        let node = u32::try_from(self.outline.sketches.len()).ok()?;
        if self.outline.sketches.len() >= self.most {
            self.stop(format!("the machine has more than {} states; split it, or raise the bound", self.most));
        } else if depth > DEEPEST {
            self.stop(format!("states are nested deeper than {DEEPEST} levels; flatten them"));
        }
        if self.stopped {
            return None;
        }
        let states = self.states(config);
        let kind = self.kind(config, states.len(), parent.is_none());
        let id = self.id(config, &default_id, parent.is_none());
        match self.outline.ids.get(&id) {
            None => {
                self.outline.ids.insert(Arc::clone(&id), node);
            }
            Some(other) => {
                let other = self.outline.path(*other);
                let other = if other.is_empty() { "the root".to_owned() } else { format!("'{other}'") };
                self.problems.add(Code::Id, self.at("id"), format!("id '{id}' is {other}'s already; ids must differ"));
            }
        }
        let (children, histories, by_key) = (Vec::new(), Vec::new(), Vec::new());
        let sketch = Sketch { config, id, key, parent, end: node + 1, kind, children, histories, by_key };
        self.outline.sketches.push(sketch);
        for (key, inner) in states {
            self.child(node, key, inner, &default_id, depth);
        }
        let end = u32::try_from(self.outline.sketches.len()).unwrap_or(u32::MAX);
        let sketch = &mut self.outline.sketches[node as usize];
        sketch.end = end;
        sketch.by_key.sort();
        Some(node)
    }

    fn child(&mut self, node: u32, key: &'a str, inner: &'a Value, default_id: &str, depth: usize) {
        let before = self.path.len();
        self.path.push_str(if before == 0 { "states." } else { ".states." });
        self.path.push_str(key);
        match inner.as_object() {
            Some(inner) => {
                let id = format!("{default_id}.{key}").into();
                if let Some(child) = self.state(inner, key.into(), id, Some(node), depth + 1) {
                    let history = self.outline.sketches[child as usize].kind == Kind::History;
                    let sketch = &mut self.outline.sketches[node as usize];
                    sketch.by_key.push((key.into(), child));
                    if history { &mut sketch.histories } else { &mut sketch.children }.push(child);
                }
            }
            None => {
                let found = kind_of_json(inner);
                self.problems.add(
                    Code::Form,
                    &self.path,
                    format!("a state must be an object ({{}} at least), found {found}"),
                );
            }
        }
        self.path.truncate(before);
    }

    fn states(&mut self, config: &'a Map<String, Value>) -> Vec<(&'a str, &'a Value)> {
        match given(config, "states") {
            None => Vec::new(),
            Some(Value::Object(states)) => in_order(states),
            Some(other) => {
                let found = kind_of_json(other);
                self.problems.add(Code::Form, self.at("states"), format!("'states' must be an object, found {found}"));
                Vec::new()
            }
        }
    }

    fn kind(&mut self, config: &Map<String, Value>, states: usize, root: bool) -> Kind {
        let derived = match config.get("history") {
            _ if states > 0 => Kind::Compound,
            None | Some(Value::Bool(false) | Value::Null) => Kind::Atomic,
            Some(_) => Kind::History,
        };
        let kind = match config.get("type") {
            None => derived,
            Some(Value::String(name)) => match name.as_str() {
                "atomic" => Kind::Atomic,
                "compound" => Kind::Compound,
                "parallel" => Kind::Parallel,
                "final" => Kind::Final,
                "history" => Kind::History,
                name => {
                    let known = ["atomic", "compound", "parallel", "final", "history"];
                    let text = format!("unknown state type '{name}'; use one of {}.", known.join(", "));
                    self.problems.add_near(Code::Type, self.at("type"), text, name, known);
                    derived
                }
            },
            Some(other) => {
                let found = kind_of_json(other);
                self.problems.add(Code::Type, self.at("type"), format!("'type' must be text, found {found}"));
                derived
            }
        };
        let wrong = match kind {
            Kind::Atomic | Kind::Final | Kind::History if states > 0 => {
                Some("has states inside; drop the type, or the states")
            }
            Kind::Compound if states == 0 => Some("needs states inside"),
            Kind::History if root => Some("can't be the root"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let text = format!("a state of type '{}' {wrong}", format!("{kind:?}").to_lowercase());
            self.problems.add(Code::Type, self.at("type"), text);
        }
        kind
    }

    fn id(&mut self, config: &Map<String, Value>, default: &Arc<str>, root: bool) -> Arc<str> {
        match config.get("id") {
            Some(Value::String(id)) if !root && !id.is_empty() => id.as_str().into(),
            Some(other) if !root && !other.is_string() => {
                let found = kind_of_json(other);
                self.problems.add(Code::Form, self.at("id"), format!("'id' must be text, found {found}"));
                Arc::clone(default)
            }
            _ => Arc::clone(default),
        }
    }

    fn stop(&mut self, why: String) {
        if !self.stopped {
            self.problems.add(Code::Limit, &self.path, why);
        }
        self.stopped = true;
    }

    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The value of a key that XState asks for by truthiness: null, false, 0 and "" are as if it were not there.
pub(crate) fn given<'a>(config: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    config.get(key).filter(|value| match value {
        Value::Null => false,
        Value::Bool(given) => *given,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    })
}

/// The entries of an object in ECMAScript's order: integer-like keys ascending, then the others as written.
pub(crate) fn in_order(map: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut entries: Vec<(&str, &Value)> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    if entries.iter().any(|(key, _)| array_index(key).is_some()) {
        entries.sort_by(|(one, _), (other, _)| match (array_index(one), array_index(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
    }
    entries
}

/// Inserts or replaces an entry where ECMAScript would place it.
pub(crate) fn insert_in_order(map: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some(place) = json::member_mut(map, key) {
        *place = value;
        return;
    }
    map.insert(key.to_owned(), value);
    if array_index(key).is_some() {
        let sorted: Vec<String> = in_order(map).into_iter().map(|(key, _)| key.to_owned()).collect();
        let mut old = std::mem::take(map);
        map.extend(sorted.into_iter().filter_map(|key| old.remove(&key).map(|value| (key, value))));
    }
}

/// The number that an integer-like key stands for: `0`, `7`, not `07`, below 2³² − 1.
fn array_index(key: &str) -> Option<u32> {
    let plain = !key.is_empty() && key.len() <= 10 && key.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (key.len() > 1 && key.starts_with('0')) {
        return None;
    }
    key.parse().ok().filter(|number| *number < u32::MAX)
}

/// Deep enough for any chart drawn by hand or tool, and for every stack.
pub(crate) const DEEPEST: usize = 256;
