//! One microstep: states left, transition actions, states entered (STATECHARTS §5).

use std::sync::Arc;

use super::chart::Compiled;
use super::configuration::NodeSet;
use super::definition::Kind;
use super::error::Error;
use super::macrostep::{Status, Step};
use super::select::Move;
use super::signal::Signal;

/// The states to enter, and those of them whose `initial` actions run.
struct Entry {
    states: NodeSet,
    by_default: NodeSet,
    /// History states that have been followed: again they would add nothing.
    followed: NodeSet,
    /// How many states are being entered inside each other; past [`DEEPEST_ENTRY`] the walk is given up.
    depth: usize,
    endless: bool,
}

impl<'a> Step<'a> {
    /// Takes the selected transitions together. Whether anything observable changed: active states, context,
    /// histories, or the end.
    pub(crate) fn microstep(&mut self, selected: Vec<u32>) -> Result<bool, Error> {
        if selected.is_empty() {
            return Ok(false);
        }
        self.count_microstep()?;
        let taken = self.without_conflicts(selected);
        self.taken.extend_from_slice(&taken);
        let (one, several): ([Move<'a>; 1], Vec<Move<'a>>);
        let moves = if let [transition] = taken[..] {
            one = [self.move_of(transition)]; // by far the commonest case needs no list
            &one[..]
        } else {
            several = taken.iter().map(|transition| self.move_of(*transition)).collect();
            &several[..]
        };
        (self.assigned, self.recorded_now) = (false, false);
        let before = self.exit(moves)?;
        for transition in &taken {
            let chart = self.chart;
            self.run(&chart.transitions[*transition as usize].actions, None, 0)?;
        }
        self.enter(moves, false)?;
        self.settle(before, &taken)
    }

    /// The first microstep: the root and its initial states are entered.
    pub(crate) fn first_microstep(&mut self) -> Result<(), Error> {
        self.count_microstep()?;
        let start = Move { source: 0, targets: &[0], reenter: true };
        self.enter(&[start], true)?;
        self.settle(None, &[])?;
        Ok(())
    }

    /// Leaves states, innermost first. The list from before, if any was left.
    fn exit(&mut self, moves: &[Move<'_>]) -> Result<Option<Vec<u32>>, Error> {
        let mut leaving: Vec<u32> = Vec::new();
        for action in moves {
            leaving.extend(self.active.members(self.exit_range(*action)));
        }
        if leaving.is_empty() {
            return Ok(None);
        }
        leaving.sort_unstable_by(|one, other| other.cmp(one));
        leaving.dedup();
        let chart = self.chart;
        for node in &leaving {
            for history in &chart.node(*node).histories {
                self.record(*history, *node);
            }
        }
        for node in &leaving {
            self.run(&chart.node(*node).exit, None, 0)?;
        }
        leaving.iter().for_each(|node| self.active.remove(*node));
        let mut kept = Vec::with_capacity(self.nodes.len());
        kept.extend(self.nodes.iter().copied().filter(|node| self.active.contains(*node)));
        Ok(Some(std::mem::replace(&mut self.nodes, kept)))
    }

    fn record(&mut self, history: u32, parent: u32) {
        let chart = self.chart;
        let deep = chart.node(history).history.as_ref().is_some_and(|history| history.deep);
        let remembered = self.nodes.iter().copied().filter(|node| {
            if deep {
                chart.is_leaf(*node) && chart.is_below(*node, parent)
            } else {
                chart.node(*node).parent == Some(parent)
            }
        });
        let remembered: Arc<[u32]> = remembered.collect();
        self.recorded_now = true;
        match self.history.iter_mut().find(|(node, _)| *node == history) {
            Some((_, old)) => *old = remembered,
            None => self.history.push((history, remembered)),
        }
    }

    pub(crate) fn recorded(&self, history: u32) -> Option<&Arc<[u32]>> {
        self.history.iter().find(|(node, _)| *node == history).map(|(_, nodes)| nodes)
    }

    fn enter(&mut self, moves: &[Move<'_>], initial: bool) -> Result<(), Error> {
        if moves.iter().all(|action| action.targets.is_empty()) {
            return Ok(());
        }
        let chart = self.chart;
        let size = chart.nodes.len();
        let none = NodeSet::sized(size);
        let mut entry =
            Entry { states: none.clone(), by_default: none.clone(), followed: none, depth: 0, endless: false };
        for action in moves {
            self.add_targets(*action, &mut entry);
        }
        if entry.endless {
            return Err(self.endless("states entered inside each other", DEEPEST_ENTRY));
        }
        if initial {
            entry.by_default.insert(0);
        }
        let mut completed = Vec::new();
        for node in entry.states.members(chart.all()) {
            if self.active.insert(node) {
                self.nodes.push(node);
            }
            self.run(&chart.node(node).entry, None, 0)?;
            if entry.by_default.contains(node)
                && let Some(initial) = &chart.node(node).initial
            {
                self.run(&initial.actions, None, 0)?;
            }
            if chart.node(node).kind == Kind::Final {
                self.finish(node, &mut completed)?;
            }
        }
        Ok(())
    }

    fn add_targets(&self, action: Move<'_>, entry: &mut Entry) {
        let chart = self.chart;
        let domain = self.domain(action);
        for target in action.targets {
            let stays = *target == action.source && domain == Some(action.source) && !action.reenter;
            if chart.node(*target).kind != Kind::History && !stays {
                entry.states.insert(*target);
                entry.by_default.insert(*target);
            }
            self.descend(*target, entry);
        }
        let limit = if action.source == 0 && action.reenter { None } else { domain };
        for target in self.effective(action.targets).iter() {
            let parallel = domain.filter(|domain| chart.node(*domain).kind == Kind::Parallel);
            let above = chart.between(*target, domain).chain(parallel);
            self.climb(above, limit, entry);
        }
    }

    /// Adds the states below one that is entered. Histories may lead anywhere, a long way round or back to themselves.
    fn descend(&self, node: u32, entry: &mut Entry) {
        if entry.endless || entry.depth >= DEEPEST_ENTRY {
            entry.endless = true;
            return;
        }
        entry.depth += 1;
        self.descend_into(node, entry);
        entry.depth -= 1;
    }

    fn descend_into(&self, node: u32, entry: &mut Entry) {
        let chart = self.chart;
        match chart.node(node).kind {
            Kind::Compound => {
                let Some(initial) = &chart.node(node).initial else { return };
                if chart.node(initial.child).kind != Kind::History {
                    entry.states.insert(initial.child);
                    entry.by_default.insert(initial.child);
                }
                self.descend(initial.child, entry);
                self.climb(chart.between(initial.child, Some(node)), None, entry);
            }
            Kind::Parallel => self.add_regions(node, true, entry),
            Kind::History => self.descend_history(node, entry),
            Kind::Atomic | Kind::Final => {}
        }
    }

    fn descend_history(&self, node: u32, entry: &mut Entry) {
        let chart = self.chart;
        let Some(parent) = chart.node(node).parent.filter(|_| !entry.followed.contains(node)) else { return };
        let targets: &[u32] = match self.recorded(node) {
            Some(recorded) => recorded,
            None => {
                let by_initial = chart.node(node).history.as_ref().is_some_and(|history| history.targets.is_none());
                if by_initial && chart.node(parent).initial.is_some() {
                    entry.by_default.insert(parent);
                }
                chart.history_default(node)
            }
        };
        for target in targets {
            if chart.node(*target).kind != Kind::History {
                entry.states.insert(*target);
            }
            self.descend(*target, entry);
        }
        for target in targets {
            self.climb(chart.between(*target, Some(parent)), None, entry);
        }
        entry.followed.insert(node);
    }

    /// Adds the states above one that is entered, with the other regions of parallel ones.
    fn climb(&self, above: impl Iterator<Item = u32>, limit: Option<u32>, entry: &mut Entry) {
        for node in above {
            if limit.is_none_or(|limit| self.chart.is_below(node, limit)) {
                entry.states.insert(node);
            }
            if self.chart.node(node).kind == Kind::Parallel {
                self.add_regions(node, false, entry);
            }
        }
    }

    fn add_regions(&self, node: u32, by_default: bool, entry: &mut Entry) {
        for child in &self.chart.node(node).children {
            if !entry.states.any(self.chart.inside(*child)) {
                entry.states.insert(*child);
                if by_default {
                    entry.by_default.insert(*child);
                }
                self.descend(*child, entry);
            }
        }
    }

    /// A final state was entered: its parent is done, then the parallel states above, then perhaps the machine.
    fn finish(&mut self, node: u32, completed: &mut Vec<u32>) -> Result<(), Error> {
        let chart = self.chart;
        let parent = chart.node(node).parent;
        let compound = parent.filter(|parent| chart.node(*parent).kind == Kind::Compound);
        if let Some(parent) = compound {
            let output = self.output_of(node)?;
            self.enqueue(Signal::done(Arc::clone(&chart.node(parent).done_type), output))?;
        }
        let mut above = if compound.is_some() { parent.and_then(|parent| chart.node(parent).parent) } else { parent };
        let mut done = above.unwrap_or(node);
        while let Some(region) = above {
            let ends = chart.node(region).kind == Kind::Parallel
                && !completed.contains(&region)
                && self.in_final_state(region);
            if !ends {
                return Ok(());
            }
            completed.push(region);
            self.enqueue(Signal::done(Arc::clone(&chart.node(region).done_type), None))?;
            done = region;
            above = chart.node(region).parent;
        }
        let Some(output) = &chart.output else {
            self.status = Status::Done;
            return Ok(());
        };
        let inner = if done == 0 { None } else { self.output_of(done)? };
        let event = Signal::done(Arc::clone(&chart.node(done).done_type), inner);
        self.output = self.make_for(output, None, &event)?;
        self.status = Status::Done;
        Ok(())
    }

    fn output_of(&self, node: u32) -> Result<Option<crate::event::Data>, Error> {
        match &self.chart.node(node).output {
            Some(output) if self.chart.node(node).kind == Kind::Final || node != 0 => self.make(output, None),
            _ => Ok(None),
        }
    }

    fn in_final_state(&self, node: u32) -> bool {
        let here = self.chart.node(node);
        match here.kind {
            Kind::Final => true,
            Kind::Compound => {
                let mut children = here.children.iter();
                children.any(|child| self.chart.node(*child).kind == Kind::Final && self.active.contains(*child))
            }
            Kind::Parallel => here.children.iter().all(|child| self.in_final_state(*child)),
            Kind::Atomic | Kind::History => false,
        }
    }

    /// Ends the microstep: exit actions of a finished machine, the rules of configurations, what guards see next.
    fn settle(&mut self, before: Option<Vec<u32>>, taken: &[u32]) -> Result<bool, Error> {
        let moved = self.active != self.seen;
        if self.status == Status::Done {
            let chart: &Compiled = self.chart;
            let mut leaving = self.nodes.clone();
            leaving.sort_unstable_by(|one, other| other.cmp(one));
            for node in &leaving {
                self.run(&chart.node(*node).exit, None, 0)?;
            }
            self.nodes = leaving;
        }
        if moved {
            if let Some((node, problem)) = self.chart.broken_rule(&self.nodes, &self.active) {
                return Err(Error::Illegal {
                    transitions: taken.iter().map(|transition| self.chart.transition_text(*transition)).collect(),
                    states: self.chart.ids_of(&self.nodes),
                    node: self.chart.node(node).id.as_ref().to_owned(),
                    problem,
                });
            }
            self.seen.copy_from(&self.active);
        } else if let (Some(before), false) = (before, self.recorded_now) {
            self.nodes = before;
        }
        self.seen_value = None;
        Ok(moved || self.assigned || self.recorded_now || self.status == Status::Done)
    }
}

/// Several times as deep as states may be nested, and little enough for every stack.
const DEEPEST_ENTRY: usize = 1_000;
