//! Keys that nobody reads: misspelt, of another version of XState, or in a place where they are ignored.

use serde_json::{Map, Value};

use super::definition::{Kind, Outline, Sketch};
use super::problem::{Code, Path, Problems};

/// Warns of every unknown or ignored key of states and transitions, and of odd descriptors.
pub(crate) fn keys(outline: &Outline<'_>, problems: &mut Problems) {
    for (node, sketch) in outline.sketches.iter().enumerate() {
        let place = outline.path(node as u32);
        let path = if place.is_empty() { Path::ROOT } else { Path::ROOT.key(&place) };
        of_state(sketch, node == 0, path, problems);
        ignored(sketch, node == 0, path, problems);
        for key in ["always", "onDone"] {
            if let Some(json) = sketch.config.get(key) {
                of_transitions(json, path.key(key), problems);
            }
        }
        let on = path.key("on");
        for (descriptor, json) in sketch.config.get("on").and_then(Value::as_object).into_iter().flatten() {
            let path = on.key(descriptor);
            of_transitions(json, path, problems);
            let prefix = descriptor.strip_suffix(".*").unwrap_or(descriptor);
            let whole = descriptor == "*" || !descriptor.contains('*');
            if !whole && (prefix == descriptor || prefix.split('.').any(|part| part == "*")) {
                let text = format!(
                    "descriptor '{descriptor}' matches only an event of exactly that name; '*' stands alone or after the last dot"
                );
                problems.add(Code::Key, path, text);
            }
            if descriptor.starts_with("xstate.") && !KNOWN_EVENTS.iter().any(|known| descriptor.starts_with(known)) {
                problems.add(
                    Code::Reserved,
                    path,
                    format!("'{descriptor}': events that begin with 'xstate.' are the interpreter's own"),
                );
            }
        }
    }
}

fn of_state(sketch: &Sketch<'_>, root: bool, path: Path<'_>, problems: &mut Problems) {
    for key in sketch.config.keys().map(String::as_str) {
        let known = STATE.contains(&key) || (root && ROOT.contains(&key)) || REFUSED.contains(&key);
        if !known {
            let text = format!("unknown key '{key}' of a state; it is ignored.");
            problems.add_near(
                Code::Key,
                path.key(key),
                text,
                key,
                STATE.iter().copied().chain(root.then_some(ROOT).into_iter().flatten()),
            );
        }
    }
}

fn ignored(sketch: &Sketch<'_>, root: bool, path: Path<'_>, problems: &mut Problems) {
    let is_history = sketch.kind == Kind::History;
    let mut warn = |code: Code, key: &str, wrong: bool, place: &str| {
        if wrong && sketch.config.contains_key(key) {
            problems.add(code, path.key(key), format!("'{key}' is ignored here; it belongs on {place}"));
        }
    };
    let with_actions = sketch.config.get("initial").is_some_and(Value::is_object);
    let useless = is_history || (sketch.kind == Kind::Parallel && !with_actions);
    warn(Code::Key, "initial", useless, "compound states");
    warn(Code::Key, "target", !is_history, "history states and transitions");
    warn(Code::Key, "history", !is_history, "states of type history");
    warn(Code::Output, "output", !root && sketch.kind != Kind::Final, "final states and the root");
    for key in ["entry", "exit", "on", "always", "tags"] {
        warn(Code::Key, key, is_history, "states that can be active");
    }
}

fn of_transitions(json: &Value, path: Path<'_>, problems: &mut Problems) {
    match json {
        Value::Array(list) => {
            for (at, json) in list.iter().enumerate() {
                if let Value::Object(config) = json {
                    of_transition(config, path.index(at), problems);
                }
            }
        }
        Value::Object(config) => of_transition(config, path, problems),
        _ => {}
    }
}

fn of_transition(config: &Map<String, Value>, path: Path<'_>, problems: &mut Problems) {
    for key in config.keys().map(String::as_str).filter(|key| !TRANSITION.contains(key) && *key != "cond") {
        let text = match key {
            "internal" => "'internal' is XState v4's; transitions are internal unless they 'reenter'".to_owned(),
            "in" => "'in' is XState v4's and ignored: use the guard {\"stateIn\": …}".to_owned(),
            key => format!("unknown key '{key}' of a transition; it is ignored."),
        };
        problems.add_near(Code::Key, path.key(key), text, key, TRANSITION);
    }
}

const STATE: [&str; 15] = [
    "id",
    "type",
    "initial",
    "states",
    "entry",
    "exit",
    "on",
    "always",
    "onDone",
    "output",
    "history",
    "target",
    "tags",
    "meta",
    "description",
];
const ROOT: [&str; 4] = ["version", "context", "types", "schemas"];
const REFUSED: [&str; 2] = ["invoke", "after"];
const TRANSITION: [&str; 6] = ["target", "guard", "actions", "reenter", "description", "meta"];
const KNOWN_EVENTS: [&str; 3] = ["xstate.done.state.", "xstate.error.", "xstate.init"];
