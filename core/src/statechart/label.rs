//! Short texts for the parts of a chart, as pictures show them.

use std::collections::HashSet;

use serde_json::Value;

use super::chart::{Compiled, Trigger};
use super::definition::Kind;
use super::form::{Action, Guard, Make, Pattern};
use crate::json;

impl Compiled {
    /// Node ids as identifiers: letters, digits and `_`; different states stay different.
    pub(crate) fn identifiers(&self) -> Vec<String> {
        let mut used = HashSet::new();
        let plain = |id: &str| -> String {
            let text: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            // Mermaid reads some words, such as `end`, and a leading digit as syntax.
            format!("s_{text}")
        };
        let unique = |(at, id): (usize, String)| {
            if used.insert(id.clone()) { id } else { format!("{id}__{at}") }
        };
        self.nodes.iter().map(|node| plain(&node.id)).enumerate().map(unique).collect()
    }

    /// What stands in a state's box.
    pub(crate) fn title(&self, node: u32) -> &str {
        let here = self.node(node);
        match (here.kind, &here.history) {
            (Kind::History, Some(history)) if history.deep => "H*",
            (Kind::History, _) => "H",
            _ => &here.key,
        }
    }

    /// `event [guard] / actions`
    pub(crate) fn label(&self, transition: u32) -> String {
        let transition = &self.transitions[transition as usize];
        let mut parts = Vec::new();
        if let Trigger::Event(event) = transition.on {
            let name = &self.events[event as usize];
            parts.push(
                name.strip_prefix("xstate.done.state.").map_or_else(|| name.to_string(), |id| format!("done({id})")),
            );
        }
        if let Some(guard) = &transition.guard {
            parts.push(format!("[{}]", guard_text(self, guard)));
        }
        if !transition.actions.is_empty() {
            parts.push(format!("/ {}", actions_text(&transition.actions)));
        }
        let text = parts.join(" ");
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

fn guard_text(chart: &Compiled, guard: &Guard) -> String {
    let list =
        |parts: &[Guard], word: &str| parts.iter().map(|part| guard_text(chart, part)).collect::<Vec<_>>().join(word);
    match guard {
        Guard::Function(function) => function.to_string(),
        Guard::Expression(expression) => expression.source().to_owned(),
        Guard::Named { name, .. } => name.as_ref().to_owned(),
        Guard::And(parts) => format!("({})", list(parts, " and ")),
        Guard::Or(parts) => format!("({})", list(parts, " or ")),
        Guard::Not(inner) => format!("not {}", guard_text(chart, inner)),
        Guard::Fails(error) => error.to_string(),
        Guard::Node(node) => format!("in #{}", chart.node(*node).id),
        Guard::Value(pattern) => format!("in {}", pattern_text(pattern)),
    }
}

fn pattern_text(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Key(key) => key.as_ref().to_owned(),
        Pattern::Keys(keys) => {
            keys.iter().map(|(key, inner)| format!("{key}.{}", pattern_text(inner))).collect::<Vec<_>>().join(" & ")
        }
    }
}

fn actions_text(actions: &[Action]) -> String {
    actions.iter().map(action_text).collect::<Vec<_>>().join(", ")
}

fn action_text(action: &Action) -> String {
    match action {
        Action::Custom(function) | Action::AssignAll(Make::Function(function)) | Action::Collect(function) => {
            function.to_string()
        }
        Action::AssignAll(_) => "assign".to_owned(),
        Action::Named { name, .. } => name.as_ref().to_owned(),
        Action::Assign(fields) => {
            format!("assign {}", fields.iter().map(|(key, _)| &**key).collect::<Vec<_>>().join(" "))
        }
        Action::Emit(event) => format!("emit {}", event_text(event)),
        Action::Raise(event) => format!("raise {}", event_text(event)),
        Action::Log { .. } => "log".to_owned(),
        Action::Choose(branches) => {
            branches.iter().map(|(_, actions)| actions_text(actions)).collect::<Vec<_>>().join(" | ")
        }
        Action::Fail(_) => "fail".to_owned(),
        Action::Append(path) => format!("append to {}", path.join(".")),
    }
}

fn event_text(event: &Make) -> String {
    match event {
        Make::Json(json) => json["type"].as_str().map_or_else(|| json::write(json, 0), str::to_owned),
        Make::Function(function) => function.to_string(),
        Make::Expression(expression) => {
            expression.constant("type").and_then(Value::as_str).unwrap_or_else(|| expression.source()).to_owned()
        }
    }
}

const LONGEST: usize = 120;
