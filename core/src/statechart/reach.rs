//! Which states can ever be active: a fixed point over targets, initials, regions and histories.

use super::chart::Compiled;
use super::configuration::NodeSet;
use super::definition::Kind;

/// All states that some run may enter; history states that some transition names.
pub(crate) fn reachable(chart: &Compiled) -> NodeSet {
    let size = chart.nodes.len();
    let (mut reached, mut entered) = (NodeSet::sized(size), NodeSet::sized(size));
    let mut work = vec![(0, true)];
    while let Some((node, by_default)) = work.pop() {
        let here = chart.node(node);
        let first_time = reached.insert(node);
        if first_time {
            let events = here.on.iter().flat_map(|on| on.transitions.iter());
            let transitions =
                events.chain(here.always.iter()).map(|transition| &chart.transitions[*transition as usize]);
            work.extend(transitions.flat_map(|transition| transition.targets.iter()).map(|target| (*target, true)));
            work.extend(here.parent.map(|parent| (parent, false)));
            if here.kind == Kind::Parallel {
                work.extend(here.children.iter().map(|child| (*child, true)));
            }
        }
        if by_default && entered.insert(node) {
            match here.kind {
                Kind::Compound => work.extend(here.initial.iter().map(|initial| (initial.child, true))),
                Kind::History => work.extend(chart.history_default(node).iter().map(|node| (*node, true))),
                _ => {}
            }
        }
    }
    reached
}

/// A state and all that entering it enters below.
pub(crate) fn default_entry(chart: &Compiled, node: u32, into: &mut Vec<u32>) {
    let from = into.len();
    chart.initial_nodes(node, into);
    let mut at = from;
    while at < into.len() {
        if chart.node(into[at]).kind == Kind::History {
            for target in chart.history_default(into[at]) {
                if !into[from..].contains(target) {
                    chart.initial_nodes(*target, into);
                }
            }
        }
        at += 1;
    }
}
