//! Pictures of a chart: Mermaid and DOT, with a run's states marked and a trace numbered (STATECHARTS §11).
//!
//! Two pictures of one chart differ only in their marks.

use std::fmt::Write;

use super::chart::{Chart, Compiled};
use super::configuration::NodeSet;
use super::definition::Kind;
use super::macrostep::{State, Taken};

/// What to mark in a picture.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks<'a> {
    /// Marks the active states, and the transitions that wait in them.
    pub state: Option<&'a State>,
    /// Numbers these transitions, from 1.
    pub trace: &'a [Taken],
}

impl Chart {
    /// A Mermaid `stateDiagram-v2`.
    ///
    /// ```
    /// # use arvo::statechart::{Chart, Implementations, Marks};
    /// let chart = serde_json::json!({"id": "door", "initial": "open", "states": {"open": {"on": {"close": "shut"}}, "shut": {}}});
    /// let chart = Chart::compile(&chart, &Implementations::default()).unwrap();
    /// assert!(chart.to_mermaid(Marks::default()).contains("s_door_open --> s_door_shut : close"));
    /// ```
    pub fn to_mermaid(&self, marks: Marks<'_>) -> String {
        let mut picture = Picture::new(&self.0, marks, mermaid_text);
        picture.line("stateDiagram-v2");
        picture.depth = 1;
        picture.mermaid_state(0);
        if marks.state.is_some() {
            let ids: Vec<&str> = self
                .0
                .all()
                .filter(|node| picture.active.contains(*node))
                .map(|node| &*picture.ids[node as usize])
                .collect();
            let class = format!("class {} active", ids.join(","));
            picture.line("classDef active fill:#ffd75e,stroke:#8a6d00,stroke-width:2px");
            picture.line(&class);
        }
        picture.text
    }

    /// A Graphviz digraph: clusters for states with states inside, dashed borders for regions.
    pub fn to_dot(&self, marks: Marks<'_>) -> String {
        let mut picture = Picture::new(&self.0, marks, dot_text);
        picture.line("digraph {");
        picture.depth = 1;
        picture.line("compound=true; rankdir=LR; fontname=\"sans-serif\"; node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\"];");
        picture.dot_state(0);
        for transition in 0..self.0.transitions.len() as u32 {
            picture.dot_edges(transition);
        }
        picture.depth = 0;
        picture.line("}");
        picture.text
    }
}

struct Picture<'a> {
    chart: &'a Compiled,
    ids: Vec<String>,
    active: NodeSet,
    trace: &'a [Taken],
    /// Transitions of Mermaid's blocks: drawn where all their states are inside.
    by_block: Vec<(u32, u32)>,
    escape: fn(&str) -> String,
    text: String,
    depth: usize,
}

impl<'a> Picture<'a> {
    fn new(chart: &'a Compiled, marks: Marks<'a>, escape: fn(&str) -> String) -> Self {
        let active = marks.state.map(|state| &state.nodes[..]).unwrap_or_default();
        let mut by_block: Vec<(u32, u32)> =
            (0..chart.transitions.len() as u32).map(|transition| (block_of(chart, transition), transition)).collect();
        by_block.sort_unstable();
        Self {
            chart,
            ids: chart.identifiers(),
            active: NodeSet::of(chart.nodes.len(), active),
            trace: marks.trace,
            by_block,
            escape,
            text: String::new(),
            depth: 0,
        }
    }

    fn line(&mut self, text: &str) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn id(&self, node: u32) -> &str {
        &self.ids[node as usize]
    }

    /// The label with its marks: `1,3: ▸ event [guard] / actions`.
    fn label(&self, transition: u32) -> String {
        let mut text = String::new();
        let steps = self.trace.iter().enumerate().filter(|(_, taken)| taken.0 == transition);
        for (at, _) in steps {
            let _ = write!(text, "{}{}", if text.is_empty() { "" } else { "," }, at + 1);
        }
        if !text.is_empty() {
            text.push_str(") ");
        }
        if self.active.contains(self.chart.transitions[transition as usize].source) {
            text.push_str("▸ ");
        }
        text.push_str(&self.chart.label(transition));
        (self.escape)(&text)
    }

    fn children(&self, node: u32) -> Vec<u32> {
        let here = self.chart.node(node);
        let mut all: Vec<u32> = here.children.iter().chain(&here.histories).copied().collect();
        all.sort_unstable();
        all
    }

    fn mermaid_state(&mut self, node: u32) {
        let here = self.chart.node(node);
        let children = self.children(node);
        let name = format!("state \"{}\" as {}", (self.escape)(self.chart.title(node)), self.id(node));
        if children.is_empty() {
            self.line(&name);
            if here.kind == Kind::History {
                let whose = here.parent.map_or("", |parent| &self.chart.node(parent).key);
                let note = format!("note right of {} : remembers {}", self.id(node), (self.escape)(whose));
                self.line(&note);
            }
        } else {
            self.line(&format!("{name} {{"));
            self.depth += 1;
            if let Some(initial) = here.initial.as_ref().filter(|_| here.kind == Kind::Compound) {
                let start = format!("[*] --> {}", self.id(initial.child));
                self.line(&start);
            }
            for (at, child) in children.iter().enumerate() {
                if at > 0 && here.kind == Kind::Parallel && self.chart.node(*child).kind != Kind::History {
                    self.line("--");
                }
                self.mermaid_state(*child);
            }
        }
        if !children.is_empty() {
            self.mermaid_edges(node);
            for child in children.iter().filter(|child| self.chart.node(**child).kind == Kind::Final) {
                let end = format!("{} --> [*]", self.id(*child));
                self.line(&end);
            }
            self.depth -= 1;
            self.line("}");
        }
        if node == 0 {
            self.mermaid_edges(u32::MAX);
        }
    }

    fn mermaid_edges(&mut self, block: u32) {
        let from = self.by_block.partition_point(|(other, _)| *other < block);
        let here: Vec<u32> =
            self.by_block[from..].iter().take_while(|(other, _)| *other == block).map(|(_, t)| *t).collect();
        for transition in here {
            let label = self.label(transition);
            let label = if label.is_empty() { label } else { format!(" : {label}") };
            for target in self.ends(transition) {
                let source = self.chart.transitions[transition as usize].source;
                let edge = format!("{} --> {}{label}", self.id(source), self.id(target));
                self.line(&edge);
            }
        }
    }

    /// The states an edge is drawn to; a targetless transition goes back to its source.
    fn ends(&self, transition: u32) -> Vec<u32> {
        let transition = &self.chart.transitions[transition as usize];
        if transition.targets.is_empty() { vec![transition.source] } else { transition.targets.to_vec() }
    }

    fn dot_state(&mut self, node: u32) {
        let here = self.chart.node(node);
        let children = self.children(node);
        let title = (self.escape)(self.chart.title(node));
        let mark = if self.active.contains(node) { ", fillcolor=\"#ffd75e\", penwidth=2" } else { "" };
        let region = here.parent.is_some_and(|parent| self.chart.node(parent).kind == Kind::Parallel);
        let id = self.id(node).to_owned();
        if children.is_empty() {
            let shape = match here.kind {
                Kind::Final => ", peripheries=2",
                Kind::History => ", shape=circle",
                _ if region => ", style=\"rounded,filled,dashed\"",
                _ => "",
            };
            self.line(&format!("{id} [label=\"{title}\"{shape}{mark}];"));
            return;
        }
        let style = if region { "rounded,dashed" } else { "rounded" };
        let width = if self.active.contains(node) { " penwidth=2;" } else { "" };
        self.line(&format!("subgraph cluster_{id} {{ label=\"{title}\"; style=\"{style}\";{width}"));
        self.depth += 1;
        self.line(&format!("{id} [shape=point, label=\"\"];"));
        for child in children {
            self.dot_state(child);
        }
        if let Some(initial) = here.initial.as_ref().filter(|_| here.kind == Kind::Compound) {
            let edge =
                format!("{id} -> {}{};", self.id(initial.child), self.dot_ends(node, initial.child, "style=dotted"));
            self.line(&edge);
        }
        self.depth -= 1;
        self.line("}");
    }

    fn dot_edges(&mut self, transition: u32) {
        let source = self.chart.transitions[transition as usize].source;
        let label = self.label(transition);
        let bold = if self.trace.iter().any(|taken| taken.0 == transition) { ", penwidth=2" } else { "" };
        for target in self.ends(transition) {
            let attributes = self.dot_ends(source, target, &format!("label=\"{label}\"{bold}"));
            let edge = format!("{} -> {}{attributes};", self.id(source), self.id(target));
            self.line(&edge);
        }
    }

    /// Edges to and from clusters end at their borders, unless one end lies inside the other.
    fn dot_ends(&self, source: u32, target: u32, attributes: &str) -> String {
        let cluster = |node: u32, other: u32| {
            let inside = node == other || self.chart.is_below(other, node);
            !inside && self.chart.node(node).end > node + 1
        };
        let mut text = format!(" [{attributes}");
        if cluster(source, target) {
            let _ = write!(text, ", ltail=cluster_{}", self.id(source));
        }
        if cluster(target, source) {
            let _ = write!(text, ", lhead=cluster_{}", self.id(target));
        }
        text.push(']');
        text
    }
}

/// The innermost state that holds a transition's source and targets and is no parallel state, whose regions Mermaid
/// keeps apart; above the root if the root itself is one of them.
fn block_of(chart: &Compiled, transition: u32) -> u32 {
    let transition = &chart.transitions[transition as usize];
    let holds = |above: &u32| {
        let mut ends = transition.targets.iter().chain([&transition.source]);
        chart.node(*above).kind != Kind::Parallel && ends.all(|end| chart.is_below(*end, *above))
    };
    chart.above(transition.source).find(holds).unwrap_or(u32::MAX)
}

/// Text that Mermaid takes as text: its own marks become entities.
fn mermaid_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in text.chars() {
        match next {
            '"' | '#' | ';' | ':' | '{' | '}' | '<' | '>' => {
                let _ = write!(out, "#{};", u32::from(next));
            }
            next if next.is_control() => out.push(' '),
            next => out.push(next),
        }
    }
    out
}

fn dot_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in text.chars() {
        match next {
            '"' | '\\' => out.extend(['\\', next]),
            next if next.is_control() => out.push(' '),
            next => out.push(next),
        }
    }
    out
}
