//! From a definition to a [`Chart`]: every name resolved, every problem found in one pass (STATECHARTS §2, §3).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::chart::{Chart, Compiled, History, Implementations, Initial, Node, Options, Transition, Trigger};
use super::check;
use super::definition::{Kind, Outline, given};
use super::form::{Action, FormReader, Guard, Make, Names};
use super::host::Scope;
use super::keys;
use super::problem::{Code, Path, Problem, Problems};
use super::target::{by_id, resolve_from};
use crate::environment::Limits;
use crate::json;

impl Chart {
    /// Compiles a definition, with plain JSON and the default bounds.
    ///
    /// # Errors
    /// Every problem of the definition, in document order, warnings among them; at least one refuses it.
    pub fn compile(definition: &Value, implementations: &Implementations) -> Result<Self, Vec<Problem>> {
        Self::compile_with(definition, implementations, Options::default())
    }

    /// The same with a language for its expressions, and other bounds.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn compile_with(
        definition: &Value,
        implementations: &Implementations,
        options: Options,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let given = implementations.guards.values().chain(implementations.actions.values());
        for json in given.chain([definition]) {
            // Values are copied by recursion: nothing may be deeper than every stack.
            let limits = Limits { depth: DEEPEST_JSON, keys: usize::MAX, ..Limits::default() };
            if let Err(error) = json::check(json, &limits) {
                problems.add(Code::Limit, "", error.to_string());
                return Err(problems.0);
            }
        }
        let Some(outline) = Outline::read(definition, options.bounds.states, &mut problems) else {
            return Err(problems.0);
        };
        if problems.0.iter().any(|problem| problem.code == Code::Limit) {
            return Err(problems.0);
        }
        let names = names(implementations);
        let mut compiler = Compiler {
            outline: &outline,
            options: &options,
            names: &names,
            problems: &mut problems,
            transitions: Vec::new(),
            events: Vec::new(),
            event_numbers: HashMap::new(),
        };
        let (guards, actions) = compiler.implementations(implementations);
        let nodes: Vec<Node> = (0..outline.sketches.len()).map(|node| compiler.node(node as u32)).collect();
        let root = outline.sketches[0].config;
        let context = compiler.context(root);
        let output = nodes[0].output.clone();
        let Compiler { transitions, events, event_numbers, .. } = compiler;
        let has_parallel_states =
            outline.sketches.iter().any(|state| state.kind == Kind::Parallel && state.config.contains_key("states"));
        let mut compiled = Compiled {
            has_eventless: nodes.iter().any(|node| !node.always.is_empty()),
            nodes,
            transitions,
            events,
            event_numbers,
            context,
            output,
            guards,
            actions,
            bounds: options.bounds,
            warnings: Vec::new(),
            has_parallel_states,
            names: names.clone(),
            ids: outline.ids.clone(),
            language: Arc::clone(&options.language),
        };
        keys::keys(&outline, &mut problems);
        if !problems.has_errors() {
            check::initials(&compiled, &outline, &mut problems);
            check::implementations(&compiled, &mut problems);
        }
        if problems.has_errors() {
            return Err(problems.0);
        }
        check::warnings(&compiled, &outline, &mut problems);
        compiled.warnings = problems.0;
        Ok(Self(Arc::new(compiled)))
    }
}

/// A compilation under way.
pub(crate) struct Compiler<'c, 'a> {
    pub(crate) outline: &'c Outline<'a>,
    options: &'c Options,
    names: &'c Names,
    pub(crate) problems: &'c mut Problems,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) events: Vec<Arc<str>>,
    pub(crate) event_numbers: HashMap<Arc<str>, u32>,
}

impl Compiler<'_, '_> {
    pub(crate) fn forms<T>(&mut self, read: impl FnOnce(&mut FormReader<'_>) -> T) -> T {
        let outline = self.outline;
        read(&mut FormReader {
            names: self.names,
            by_id: &|target| by_id(outline, target),
            language: &*self.options.language,
            problems: self.problems,
            depth: 0,
            has_params: false,
            at_run_time: false,
        })
    }

    /// A form that could not be read leaves an empty one: the definition is refused anyway.
    fn implementations(&mut self, given: &Implementations) -> (Vec<Guard>, Vec<Action>) {
        let path = Path::ROOT.key("guards");
        let guards = given.guards.iter().map(|(name, form)| {
            let read = |forms: &mut FormReader<'_>| {
                forms.has_params = form.get("$").is_some(); // combined guards are not handed the params
                forms.guard(form, path.key(name))
            };
            self.forms(read).unwrap_or(Guard::And(Vec::new()))
        });
        let guards = guards.collect();
        let path = Path::ROOT.key("actions");
        let actions = given.actions.iter().map(|(name, form)| {
            let read = |forms: &mut FormReader<'_>| {
                forms.has_params = true;
                forms.action(form, path.key(name))
            };
            self.forms(read).unwrap_or(Action::Choose(Vec::new()))
        });
        let mut actions: Vec<Action> = actions.collect();
        actions.extend(
            given
                .appending
                .iter()
                .map(|(_, place)| Action::Append(place.iter().map(|key| Arc::from(key.as_str())).collect())),
        );
        (guards, actions)
    }

    fn context(&mut self, root: &Map<String, Value>) -> Option<Make> {
        let context = root.get("context").filter(|context| !context.is_null())?;
        let path = Path::ROOT.key("context");
        let make = self.forms(|forms| forms.template(context, Scope::Context, path));
        if !context.is_object() && matches!(make, Some(Make::Json(_))) {
            return self.forms(|forms| forms.malformed("context", "an object or a function", context, path));
        }
        make
    }

    fn node(&mut self, node: u32) -> Node {
        let outline = self.outline;
        let sketch = &outline.sketches[node as usize];
        let config = sketch.config;
        let place = outline.path(node);
        let path = Path::ROOT;
        let path = if place.is_empty() { path } else { path.key(&place) };
        self.unsupported(node, config);
        let entry = self.forms(|forms| forms.actions(config.get("entry"), path.key("entry")));
        let exit = self.forms(|forms| forms.actions(config.get("exit"), path.key("exit")));
        let (on, wildcards) = self.on(node, path);
        let always = match given(config, "always") {
            Some(always) => self.transitions(node, Trigger::Always, always, path.key("always")),
            None => Box::default(),
        };
        let output = config.get("output").and_then(|output| {
            let scope = Scope::Output;
            self.forms(|forms| forms.template(output, scope, path.key("output")))
        });
        Node {
            id: Arc::clone(&sketch.id),
            key: Arc::clone(&sketch.key),
            parent: sketch.parent,
            end: sketch.end,
            kind: sketch.kind,
            children: sketch.children.clone().into(),
            histories: sketch.histories.clone().into(),
            by_key: sketch.by_key.clone().into(),
            entry: entry.into(),
            exit: exit.into(),
            initial: self.initial(node, path),
            history: self.history(node, path),
            on,
            wildcards,
            always,
            output,
            done_type: format!("xstate.done.state.{}", sketch.id).into(),
            tags: self.tags(config, path),
            meta: config.get("meta").map(|meta| Arc::new(meta.clone())),
        }
    }

    fn unsupported(&mut self, node: u32, config: &Map<String, Value>) {
        let keys = self.outline.keys(node);
        for (key, why, fix) in [("invoke", INVOKE.0, INVOKE.1), ("after", AFTER.0, AFTER.1)] {
            let Some(value) = config.get(key) else { continue };
            let mut place = keys.join(" > states > ");
            if !place.is_empty() {
                place.push_str(" > ");
            }
            place.push_str(key);
            for part in first_leaf(value) {
                place.push_str(" > ");
                place.push_str(&part);
            }
            let text = format!("Configuration Error: '{key}' not supported\nLocation: {place}\n{why}\nTo fix: {fix}");
            let path = self.outline.path(node);
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            self.problems.add(Code::Unsupported, path, text);
        }
    }

    fn initial(&mut self, node: u32, path: Path<'_>) -> Option<Initial> {
        let outline = self.outline;
        let sketch = &outline.sketches[node as usize];
        if sketch.kind == Kind::History {
            return None;
        }
        let path = path.key("initial");
        let (key, actions) = match given(sketch.config, "initial") {
            Some(Value::String(key)) => (key, None),
            Some(Value::Object(initial)) => match initial.get("target") {
                Some(Value::String(key)) => (key, initial.get("actions")),
                other => return self.malformed("initial.target", "text", other.unwrap_or(&Value::Null), path),
            },
            Some(other) => return self.malformed("initial", "text or an object {target, actions}", other, path),
            None => {
                if sketch.kind == Kind::Compound && sketch.end > node + 1 {
                    let first = &outline.sketches[node as usize + 1].key;
                    let text = format!(
                        "No initial state specified for compound state node \"#{}\". Try adding {{ initial: \"{first}\" }} to the state config.",
                        sketch.id
                    );
                    self.problems.add(Code::Initial, path, text);
                }
                return None;
            }
        };
        let actions = self.forms(|forms| forms.actions(actions, path.key("actions")));
        match outline.child(node, key) {
            Some(child) => Some(Initial { child, actions: actions.into() }),
            None => {
                let text = format!("Initial state node \"{key}\" not found on parent state node #{}.", sketch.id);
                let known = sketch.by_key.iter().map(|(key, _)| &**key);
                self.problems.add_near(Code::Initial, path, text, key, known);
                None
            }
        }
    }

    fn history(&mut self, node: u32, path: Path<'_>) -> Option<History> {
        let sketch = &self.outline.sketches[node as usize];
        let parent = sketch.parent?;
        if sketch.kind != Kind::History {
            return None;
        }
        let deep = match sketch.config.get("history") {
            None | Some(Value::Bool(_)) => false,
            Some(Value::String(text)) if text == "shallow" => false,
            Some(Value::String(text)) if text == "deep" => true,
            Some(other) => self.malformed("history", "\"shallow\", \"deep\" or true", other, path.key("history"))?,
        };
        let target = sketch.config.get("target");
        let targets =
            self.targets(target, path.key("target"), |outline, target| resolve_from(outline, parent, target))?;
        let written = target.filter(|target| target.as_str() != Some(""));
        Some(History { deep, targets: written.map(|_| targets) })
    }

    fn tags(&mut self, config: &Map<String, Value>, path: Path<'_>) -> Box<[Arc<str>]> {
        let path = path.key("tags");
        let list = match config.get("tags") {
            None => return Box::default(),
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let tags = list.iter().filter_map(|tag| match tag {
            Value::String(tag) => Some(Arc::from(tag.as_str())),
            other => self.malformed("a tag", "text", other, path),
        });
        tags.collect()
    }

    pub(crate) fn malformed<T>(&mut self, what: &str, wanted: &str, found: &Value, path: Path<'_>) -> Option<T> {
        self.forms(|forms| forms.malformed(what, wanted, found, path))
    }
}

fn names(given: &Implementations) -> Names {
    let number = |(at, name): (usize, &String)| (Arc::from(name.as_str()), at);
    Names {
        guards: given.guards.keys().enumerate().map(number).collect(),
        actions: given
            .actions
            .keys()
            .chain(given.appending.iter().map(|(name, _)| name))
            .enumerate()
            .map(number)
            .collect(),
    }
}

/// The keys to the first leaf of a value: the reference names the place of its refusals so.
fn first_leaf(value: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    let mut here = value;
    while parts.len() < super::definition::DEEPEST {
        let next = match here {
            Value::Object(map) => map.iter().next().map(|(key, inner)| (key.clone(), inner)),
            Value::Array(list) => list.first().map(|inner| ("0".to_owned(), inner)),
            _ => None,
        };
        let Some((key, inner)) = next else { break };
        parts.push(key);
        here = inner;
    }
    parts
}

/// Room for the deepest states, and what their transitions hold.
const DEEPEST_JSON: usize = 1_024;

const INVOKE: (&str, &str) = (
    "Arvo machines do not support XState invocations as they introduce asynchronous behavior.",
    "Replace 'invoke' with Arvo event-driven patterns for asynchronous operations",
);
const AFTER: (&str, &str) = (
    "Arvo machines do not support delayed transitions as they introduce asynchronous behavior.",
    "Replace 'after' with Arvo event-driven patterns for time-based operations",
);
