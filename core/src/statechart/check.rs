//! Checks of a definition that resolves: what can't work, and what is likely not meant (STATECHARTS §10).
//!
//! A walk over the compiled arrays; nothing is run.

use std::collections::HashMap;
use std::sync::Arc;

use super::chart::{Compiled, Trigger};
use super::configuration::NodeSet;
use super::definition::{Kind, Outline};
use super::form::{Action, Guard};
use super::problem::{Code, Path, Problems};
use super::reach::{default_entry, reachable};

/// History states that stand for themselves: entering them would never end.
pub(crate) fn initials(chart: &Compiled, outline: &Outline<'_>, problems: &mut Problems) {
    let hollow = hollow_regions(chart);
    let inner = |node: u32| -> Vec<u32> {
        let here = chart.node(node);
        match here.kind {
            Kind::Compound => here.initial.iter().map(|initial| initial.child).collect(),
            Kind::Parallel => here.children.to_vec(),
            // What was recorded lies among its siblings; what was not is the default.
            Kind::History => {
                let siblings = here.parent.map(|parent| &chart.node(parent).children[..]).unwrap_or_default();
                // `initial` of a parallel state enters nothing: that it names a history harms only who targets that.
                let in_parallel = here.parent.is_some_and(|parent| chart.node(parent).kind == Kind::Parallel)
                    && here.history.as_ref().is_some_and(|history| history.targets.is_none());
                let defaults = chart.history_default(node).iter().filter(|target| !in_parallel || **target != node);
                let mut inner: Vec<u32> = defaults.chain(siblings).copied().collect();
                let climbs = |region: u32| {
                    let mut defaults = chart.history_default(node).iter();
                    defaults.any(|target| {
                        chart.between(*target, here.parent).any(|above| Some(above) == chart.node(region).parent)
                    })
                };
                inner.extend(hollow.iter().copied().filter(|region| climbs(*region)));
                inner
            }
            Kind::Atomic | Kind::Final => Vec::new(),
        }
    };
    if let Some(cycle) = first_cycle(chart.nodes.len(), inner) {
        let history = cycle.iter().copied().find(|node| chart.node(*node).kind == Kind::History).unwrap_or(cycle[0]);
        let names: Vec<String> = chart.ids_of(&cycle);
        let text = format!(
            "history '{}' defaults to itself ({}); give it a target that does not lead back",
            chart.node(history).id,
            names.join(" → ")
        );
        problems.add(Code::Initial, outline.path(history), text);
    }
}

/// The regions whose own `initial` leads out of them: entering one by default leaves it empty, so that it is entered
/// again whenever a history's default lies below its parallel state.
fn hollow_regions(chart: &Compiled) -> Vec<u32> {
    let is_history = |node: u32| chart.node(node).kind == Kind::History;
    let leads_out = |region: u32| {
        let initial = chart.node(region).initial.as_ref().map(|initial| initial.child);
        let Some(initial) = initial.filter(|child| is_history(*child)) else { return false };
        let mut open = vec![initial];
        let mut followed = NodeSet::sized(chart.nodes.len());
        while let Some(node) = open.pop() {
            if !is_history(node) {
                if chart.is_below(node, region) {
                    return false;
                }
            } else if followed.insert(node) {
                open.extend(chart.history_default(node));
            }
        }
        true
    };
    let in_parallel =
        |node: &u32| chart.node(*node).parent.is_some_and(|above| chart.node(above).kind == Kind::Parallel);
    chart.all().filter(in_parallel).filter(|node| leads_out(*node)).collect()
}

/// Named guards and actions that are made of themselves, or of too many others.
pub(crate) fn implementations(chart: &Compiled, problems: &mut Problems) {
    let guards = follow(chart.guards.len(), |at| {
        let mut found = Vec::new();
        guards_in(&chart.guards[at as usize], 1, &mut found);
        found
    });
    if let Err(found) = guards {
        chain("guards", "Guard", &chart.names.guards, found, problems);
    }
    let actions = follow(chart.actions.len(), |at| {
        let mut found = Vec::new();
        actions_in(std::slice::from_ref(&chart.actions[at as usize]), 1, &mut found);
        found
    });
    if let Err(found) = actions {
        chain("actions", "Action", &chart.names.actions, found, problems);
    }
}

/// What is wrong with names that stand for names, and with which of them.
enum Chain {
    Circle(u32),
    Deep(u32),
}

/// Whether following names ends, and before it is too deep for a stack. `uses` gives the names that a form is made of,
/// each with how deep in the form it stands.
fn follow(size: usize, uses: impl Fn(u32) -> Vec<(usize, u32)>) -> Result<(), Chain> {
    let uses: Vec<Vec<(usize, u32)>> = (0..size as u32).map(uses).collect();
    let of = |at: u32| uses[at as usize].iter().map(|(_, used)| *used).collect();
    if let Some(cycle) = first_cycle(size, of) {
        return Err(Chain::Circle(cycle[0]));
    }
    let mut users = vec![Vec::new(); size];
    for (user, used) in uses.iter().enumerate() {
        used.iter().for_each(|(depth, used)| users[*used as usize].push((*depth, user)));
    }
    // From those that use no other to those that nobody uses.
    let mut waits: Vec<usize> = uses.iter().map(Vec::len).collect();
    let mut depths = vec![0; size];
    let mut ready: Vec<usize> = (0..size).filter(|at| waits[*at] == 0).collect();
    while let Some(used) = ready.pop() {
        for (depth, user) in &users[used] {
            depths[*user] = depths[*user].max(depths[used] + depth);
            waits[*user] -= 1;
            if waits[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    depths.iter().position(|depth| *depth > DEEPEST_NAMES).map_or(Ok(()), |at| Err(Chain::Deep(at as u32)))
}

/// Adds what is wrong with the names of `place`.
fn chain(place: &str, what: &str, names: &HashMap<Arc<str>, usize>, chain: Chain, problems: &mut Problems) {
    let (Chain::Circle(at) | Chain::Deep(at)) = chain;
    let name = names.iter().find(|(_, number)| **number == at as usize).map_or("", |(name, _)| name);
    let path = Path::ROOT.key(place);
    let unknown = if place == "guards" { Code::UnknownGuard } else { Code::UnknownAction };
    let (code, text) = match chain {
        Chain::Circle(_) => (unknown, format!("{what} '{name}' is made of itself; end the circle with a function")),
        Chain::Deep(_) => (
            Code::Limit,
            format!("{what} '{name}' is made of names more than {DEEPEST_NAMES} levels deep; end them sooner"),
        ),
    };
    problems.add(code, path.key(name), text);
}

fn guards_in(guard: &Guard, depth: usize, found: &mut Vec<(usize, u32)>) {
    match guard {
        Guard::Named { at, .. } => found.push((depth, *at as u32)),
        Guard::And(parts) | Guard::Or(parts) => parts.iter().for_each(|part| guards_in(part, depth + 1, found)),
        Guard::Not(inner) => guards_in(inner, depth + 1, found),
        Guard::Function(_) | Guard::Expression(_) | Guard::Fails(_) | Guard::Node(_) | Guard::Value(_) => {}
    }
}

fn actions_in(actions: &[Action], depth: usize, found: &mut Vec<(usize, u32)>) {
    for action in actions {
        match action {
            Action::Named { at, .. } => found.push((depth, *at as u32)),
            Action::Choose(branches) => {
                branches.iter().for_each(|(_, actions)| actions_in(actions, depth + 1, found));
            }
            _ => {}
        }
    }
}

/// Everything that runs, but likely not as meant.
pub(crate) fn warnings(chart: &Compiled, outline: &Outline<'_>, problems: &mut Problems) {
    let reached = reachable(chart);
    for node in chart.all() {
        if reached.contains(node) {
            dead_end(chart, outline, node, problems);
        } else if chart.node(node).parent.is_none_or(|parent| reached.contains(parent)) {
            let text = format!(
                "state '{}' can't be entered: no transition, initial or history leads there",
                chart.node(node).id
            );
            problems.add(Code::Unreachable, outline.path(node), text);
        }
        hidden_transitions(chart, outline, node, problems);
        history(chart, outline, node, problems);
        reserved(chart, outline, node, problems);
    }
    let mut ends = chart.all().filter(|node| ends_machine(chart, *node)).peekable();
    if ends.peek().is_some() {
        let mut reachable_ends = ends.filter(|node| reached.contains(*node)).peekable();
        if reachable_ends.peek().is_none() {
            problems.add(Code::DeadEnd, "", "no final state of the machine can be entered: it never ends");
        } else if chart.output.is_none() {
            let text =
                "the machine can end but has no output: its caller gets no completion; give the root an 'output'";
            problems.add(Code::Output, "output", text);
        }
    }
    loops(chart, outline, problems);
    if chart.node(0).id.contains('.') {
        let text = "the machine's id has a dot; XState-based readers lose the history of such a machine";
        problems.add(Code::Reserved, "id", text);
    }
}

fn ends_machine(chart: &Compiled, node: u32) -> bool {
    let mut above = chart.above(node).skip(1);
    chart.node(node).kind == Kind::Final && above.all(|above| chart.node(above).kind == Kind::Parallel)
}

fn dead_end(chart: &Compiled, outline: &Outline<'_>, node: u32, problems: &mut Problems) {
    let stuck = |node: u32| chart.node(node).on.is_empty() && chart.node(node).always.is_empty();
    // A region at rest beside others that go on is no dead end.
    let alone = chart.above(node).all(|above| chart.node(above).kind != Kind::Parallel);
    if chart.node(node).kind == Kind::Atomic && alone && stuck(node) && chart.above(node).all(stuck) {
        let text =
            format!("nothing leads out of state '{}'; make it final, or give it a transition", chart.node(node).id);
        problems.add(Code::DeadEnd, outline.path(node), text);
    }
}

fn hidden_transitions(chart: &Compiled, outline: &Outline<'_>, node: u32, problems: &mut Problems) {
    let here = chart.node(node);
    let events = here.on.iter().map(|on| (Trigger::Event(on.event), &on.transitions));
    for (on, list) in events.chain([(Trigger::Always, &here.always)]) {
        let unguarded = list.iter().position(|transition| chart.transitions[*transition as usize].guard.is_none());
        let Some(first) = unguarded.map(|at| at + 1).filter(|at| *at < list.len()) else { continue };
        let key = match on {
            Trigger::Event(event) => format!("on.{}[{first}]", chart.events[event as usize]),
            Trigger::Always => format!("always[{first}]"),
        };
        let place = outline.path(node);
        let place = if place.is_empty() { key } else { format!("{place}.{key}") };
        problems.add(Code::Unreachable, place, "never taken: the transition before it has no guard");
    }
}

fn history(chart: &Compiled, outline: &Outline<'_>, node: u32, problems: &mut Problems) {
    let here = chart.node(node);
    let of_parallel = here.parent.is_some_and(|parent| chart.node(parent).kind == Kind::Parallel);
    if of_parallel && here.history.as_ref().is_some_and(|history| history.targets.is_none()) {
        let text = format!(
            "history '{}' of a parallel state has no default: before anything is recorded it leads nowhere; give it a 'target'",
            here.id
        );
        problems.add(Code::History, outline.path(node), text);
    }
}

fn reserved(chart: &Compiled, outline: &Outline<'_>, node: u32, problems: &mut Problems) {
    let here = chart.node(node);
    if here.id.starts_with("xstate.") {
        problems.add(
            Code::Reserved,
            outline.path(node),
            format!("id '{}': names that begin with 'xstate.' are the interpreter's own", here.id),
        );
    }
    if node != 0 && here.key.contains('.') {
        let text = format!(
            "state key '{}' has a dot: targets must write it '\\.', and XState-based readers lose its history",
            here.key
        );
        problems.add(Code::Reserved, outline.path(node), text);
    }
}

/// Cycles of eventless transitions that nothing in them is sure to end.
fn loops(chart: &Compiled, outline: &Outline<'_>, problems: &mut Problems) {
    if !chart.has_eventless {
        return;
    }
    let mut budget = LOOP_WORK;
    let next = |node: u32| {
        let endless = chart.node(node).always.iter().map(|transition| &chart.transitions[*transition as usize]);
        let endless = endless.filter(|transition| transition.guard.is_none() || !assigns(chart, &transition.actions));
        let mut found = Vec::new();
        for target in endless.flat_map(|transition| transition.targets.iter()) {
            let mut entered = Vec::new();
            default_entry(chart, *target, &mut entered);
            entered.extend(chart.above(*target));
            budget = usize::saturating_sub(budget, entered.len());
            if budget > 0 {
                found.extend(entered.into_iter().filter(|node| !chart.node(*node).always.is_empty()));
            }
        }
        found
    };
    if let Some(cycle) = first_cycle(chart.nodes.len(), next) {
        let names = chart.ids_of(&cycle).join(" → ");
        let text = format!(
            "eventless transitions may go round for ever: {names}; guard one of them with something that an action changes"
        );
        problems.add(Code::Loop, outline.path(cycle[0]), text);
    }
}

fn assigns(chart: &Compiled, actions: &[Action]) -> bool {
    actions.iter().any(|action| match action {
        Action::Assign(_) | Action::AssignAll(_) | Action::Append(_) | Action::Collect(_) => true,
        Action::Named { at, .. } => assigns(chart, std::slice::from_ref(&chart.actions[*at])),
        Action::Choose(branches) => branches.iter().any(|(_, actions)| assigns(chart, actions)),
        _ => false,
    })
}

/// The first cycle of a graph over `0..size`, in its order; a depth-first walk without recursion.
fn first_cycle(size: usize, mut next: impl FnMut(u32) -> Vec<u32>) -> Option<Vec<u32>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnWay,
        Done,
    }
    let mut marks = vec![Mark::New; size];
    for start in 0..size as u32 {
        if marks[start as usize] != Mark::New {
            continue;
        }
        marks[start as usize] = Mark::OnWay;
        let mut way = vec![(start, next(start))];
        while let Some((node, rest)) = way.last_mut() {
            match rest.pop() {
                Some(inner) if marks[inner as usize] == Mark::OnWay => {
                    let from = way.iter().position(|(node, _)| *node == inner)?;
                    return Some(way[from..].iter().map(|(node, _)| *node).collect());
                }
                Some(inner) if marks[inner as usize] == Mark::New => {
                    marks[inner as usize] = Mark::OnWay;
                    way.push((inner, next(inner)));
                }
                Some(_) => {}
                None => {
                    marks[*node as usize] = Mark::Done;
                    way.pop();
                }
            }
        }
    }
    None
}

const LOOP_WORK: usize = 1_000_000;
/// How deep names may stand in the forms of names; the last form, and the one that it all begins in, may be nested too.
const DEEPEST_NAMES: usize = 64;
