//! Transitions as written, made into numbers: descriptors, targets, guards, actions.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::chart::{On, Transition, Trigger, Wildcard};
use super::compile::Compiler;
use super::definition::{Outline, given, in_order};
use super::problem::{Code, Path};
use super::target::{orthogonal, resolve};

impl Compiler<'_, '_> {
    /// The transitions of a state for events: all descriptors exactly, and those that end in `*` again.
    pub(crate) fn on(&mut self, node: u32, path: Path<'_>) -> (Box<[On]>, Box<[Wildcard]>) {
        let sketch = &self.outline.sketches[node as usize];
        let done = format!("xstate.done.state.{}", sketch.id);
        let mut on: Vec<On> = Vec::new();
        let mut wildcards: Vec<Wildcard> = Vec::new();
        let entries = match given(sketch.config, "on") {
            None => Vec::new(),
            Some(Value::Object(entries)) => in_order(entries),
            Some(other) => self.malformed("on", "an object", other, path.key("on")).unwrap_or_default(),
        };
        let on_done = given(sketch.config, "onDone");
        let at = path.key("on");
        for (descriptor, json) in entries {
            if descriptor.is_empty() {
                let text = "Null events (\"\") cannot be specified as a transition key. Use `always: { ... }` instead.";
                self.problems.add(Code::Unsupported, at.key(descriptor), text);
            } else {
                let event = self.event(descriptor);
                let before = self.transitions.len();
                let transitions = self.transitions(node, Trigger::Event(event), json, at.key(descriptor));
                if on_done.is_some() && descriptor == done {
                    self.transitions.truncate(before); // read for its problems; `onDone` replaces it
                    continue;
                }
                if descriptor == "*" || descriptor.ends_with(".*") {
                    wildcards.push(Wildcard { descriptor: descriptor.into(), transitions: transitions.clone() });
                }
                on.push(On { event, transitions });
            }
        }
        if let Some(json) = on_done {
            let event = self.event(&done);
            let transitions = self.transitions(node, Trigger::Event(event), json, path.key("onDone"));
            on.push(On { event, transitions });
        }
        on.sort_by_key(|on| on.event);
        wildcards.sort_by_key(|wildcard| Reverse(wildcard.descriptor.encode_utf16().count()));
        (on.into(), wildcards.into())
    }

    fn event(&mut self, descriptor: &str) -> u32 {
        if let Some(number) = self.event_numbers.get(descriptor) {
            return *number;
        }
        let number = self.events.len() as u32;
        let name: Arc<str> = descriptor.into();
        self.events.push(Arc::clone(&name));
        self.event_numbers.insert(name, number);
        number
    }

    pub(crate) fn transitions(&mut self, node: u32, on: Trigger, json: &Value, path: Path<'_>) -> Box<[u32]> {
        match json {
            Value::Array(list) => {
                let made =
                    list.iter().enumerate().filter_map(|(at, json)| self.transition(node, on, json, path.index(at)));
                made.collect()
            }
            one => self.transition(node, on, one, path).into_iter().collect(),
        }
    }

    fn transition(&mut self, source: u32, on: Trigger, json: &Value, path: Path<'_>) -> Option<u32> {
        let empty = Map::new();
        let (config, target) = match json {
            Value::String(_) => (&empty, Some(json)),
            Value::Object(config) => (config, config.get("target")),
            other => return self.malformed("a transition", "text or an object", other, path),
        };
        let target_path = path.key("target");
        let target_path = if config.is_empty() { path } else { target_path };
        let targets = self.targets(target, target_path, |outline, target| resolve(outline, source, target));
        if config.contains_key("cond") {
            let text = "State machine definition uses \"cond\", which is XState v4's; the transition would be unguarded. \
                        Rename it to \"guard\".";
            self.problems.add(Code::Unsupported, path.key("cond"), text);
        }
        let guard = match config.get("guard") {
            Some(guard) => self.forms(|forms| forms.guard(guard, path.key("guard"))).map(Some),
            None => Some(None),
        };
        let actions = self.forms(|forms| forms.actions(config.get("actions"), path.key("actions")));
        let reenter = match config.get("reenter") {
            None => false,
            Some(Value::Bool(reenter)) => *reenter,
            Some(other) => self.malformed("reenter", "a boolean", other, path.key("reenter"))?,
        };
        let number = self.transitions.len() as u32;
        let (guard, targets) = (guard?, targets?);
        self.transitions.push(Transition { source, on, targets, guard, actions: actions.into(), reenter });
        Some(number)
    }

    pub(crate) fn targets(
        &mut self,
        json: Option<&Value>,
        path: Path<'_>,
        resolve: impl Fn(&Outline<'_>, &str) -> Result<u32, String>,
    ) -> Option<Box<[u32]>> {
        // `""` alone is no target; in a list it is an empty path, which leads to the state that paths begin at.
        let json = json.filter(|target| target.as_str() != Some(""));
        let one = json.map(std::slice::from_ref).unwrap_or_default();
        let list = if let Some(Value::Array(list)) = json { list.as_slice() } else { one };
        let mut targets = Vec::with_capacity(list.len());
        let mut complete = true;
        for (at, target) in list.iter().enumerate() {
            let path = if list.len() == 1 && !matches!(json, Some(Value::Array(_))) { path } else { path.index(at) };
            match target {
                Value::String(text) => match resolve(self.outline, text) {
                    Ok(node) => targets.push(node),
                    Err(text) => {
                        self.problems.add(Code::Target, path, text);
                        complete = false;
                    }
                },
                other => complete = self.malformed("a target", "text", other, path).unwrap_or(false),
            }
        }
        if complete {
            self.together(&targets, path);
        }
        complete.then(|| targets.into())
    }

    /// Several targets must lie in different regions, or some would never be entered.
    fn together(&mut self, targets: &[u32], path: Path<'_>) {
        // Sorted by document order, neighbours decide: two that clash leave no region between them.
        let mut sorted = targets.to_vec();
        sorted.sort_unstable();
        for pair in sorted.windows(2) {
            if !orthogonal(self.outline, pair[0], pair[1]) {
                let id = |node: u32| &self.outline.sketches[node as usize].id;
                let text = format!(
                    "the targets '{}' and '{}' can't be active together; several targets must be in different regions of one parallel state",
                    id(pair[0]),
                    id(pair[1])
                );
                self.problems.add(Code::Target, path, text);
            }
        }
    }
}
