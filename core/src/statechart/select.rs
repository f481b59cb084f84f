//! Which transitions an event, or nothing, sets off (STATECHARTS §5: select, eventless selection, conflicts).

use std::borrow::Cow;
use std::ops::Range;

use super::chart::Wildcard;
use super::configuration::NodeSet;
use super::definition::Kind;
use super::error::Error;
use super::form::Guard;
use super::macrostep::Step;

/// What one of the chart's transitions, or the start, does to the states.
#[derive(Clone, Copy)]
pub(crate) struct Move<'a> {
    pub(crate) source: u32,
    pub(crate) targets: &'a [u32],
    pub(crate) reenter: bool,
}

impl<'a> Step<'a> {
    /// The transitions for the event at hand: of each region the innermost state that has one.
    pub(crate) fn select(&self) -> Result<Vec<u32>, Error> {
        let mut selected = Vec::new();
        let number = self.chart.event_numbers.get(self.event.type_name()).copied();
        self.select_in(0, number, &mut selected)?;
        Ok(selected)
    }

    fn select_in(&self, node: u32, number: Option<u32>, selected: &mut Vec<u32>) -> Result<(), Error> {
        let before = selected.len();
        let here = self.chart.node(node);
        match here.kind {
            Kind::Compound => {
                if let Some(child) = self.active.first(self.chart.inside(node)) {
                    self.select_in(child, number, selected)?;
                }
            }
            Kind::Parallel => {
                for child in here.children.iter().filter(|child| self.active.contains(**child)) {
                    self.select_in(*child, number, selected)?;
                }
            }
            Kind::Atomic | Kind::Final | Kind::History => {}
        }
        if selected.len() == before
            && let Some(transition) = self.first_passing(node, number)?
        {
            selected.push(transition);
        }
        Ok(())
    }

    fn first_passing(&self, node: u32, number: Option<u32>) -> Result<Option<u32>, Error> {
        let here = self.chart.node(node);
        let exact = number.and_then(|number| here.on.binary_search_by_key(&number, |on| on.event).ok());
        if let Some(at) = exact {
            return self.first_of(node, &here.on[at].transitions);
        }
        for Wildcard { descriptor, transitions } in &here.wildcards {
            if matches(descriptor, self.event.type_name())
                && let Some(transition) = self.first_of(node, transitions)?
            {
                return Ok(Some(transition));
            }
        }
        Ok(None)
    }

    fn first_of(&self, node: u32, candidates: &[u32]) -> Result<Option<u32>, Error> {
        for candidate in candidates {
            let Some(guard) = &self.chart.transitions[*candidate as usize].guard else { return Ok(Some(*candidate)) };
            let passes = self.passes(guard, None).map_err(|cause| Error::Guard {
                guard: if let Guard::Named { name, .. } = guard { Some(name.as_ref().to_owned()) } else { None },
                event: self.event.type_name().to_owned(),
                node: self.chart.node(node).id.as_ref().to_owned(),
                cause: Box::new(cause),
            })?;
            if passes {
                return Ok(Some(*candidate));
            }
        }
        Ok(None)
    }

    /// The eventless transitions: each active leaf, in order of entry, asks its way up.
    pub(crate) fn select_eventless(&self) -> Result<Vec<u32>, Error> {
        let mut selected = Vec::new();
        if !self.chart.has_eventless {
            return Ok(selected);
        }
        for leaf in self.nodes.iter().copied().filter(|node| self.chart.is_leaf(*node)) {
            'up: for node in std::iter::once(leaf).chain(self.chart.above(leaf)) {
                for candidate in &self.chart.node(node).always {
                    let guard = self.chart.transitions[*candidate as usize].guard.as_ref();
                    if guard.map_or(Ok(true), |guard| self.passes(guard, None))? {
                        // Only a state above the leaf can be asked twice.
                        if node == leaf || !selected.contains(candidate) {
                            selected.push(*candidate);
                        }
                        break 'up;
                    }
                }
            }
        }
        Ok(selected)
    }

    /// Drops transitions that would leave states another one leaves: the inner source wins, else the first.
    pub(crate) fn without_conflicts(&self, selected: Vec<u32>) -> Vec<u32> {
        if selected.len() < 2 {
            return selected;
        }
        let mut kept: Vec<(u32, u32, Range<u32>)> = Vec::with_capacity(selected.len());
        let mut furthest = 0;
        'next: for transition in selected {
            let action = self.move_of(transition);
            let leaves = self.exit_range(action);
            let mut beaten = Vec::new();
            // Regions come in document order: mostly a range begins where all before it have ended.
            let may_meet = if leaves.start < furthest { kept.len() } else { 0 };
            for (at, (_, source, other)) in kept[..may_meet].iter().enumerate() {
                let both = leaves.start.max(other.start)..leaves.end.min(other.end);
                if self.active.any(both) {
                    if !self.chart.is_below(action.source, *source) {
                        continue 'next;
                    }
                    beaten.push(at);
                }
            }
            furthest = furthest.max(leaves.end);
            for at in beaten.into_iter().rev() {
                kept.remove(at);
            }
            kept.push((transition, action.source, leaves));
        }
        kept.into_iter().map(|(transition, ..)| transition).collect()
    }

    pub(crate) fn move_of(&self, transition: u32) -> Move<'a> {
        let transition = &self.chart.transitions[transition as usize];
        Move { source: transition.source, targets: &transition.targets, reenter: transition.reenter }
    }

    /// The states a move can leave, active or not: always one range, for subtrees are.
    pub(crate) fn exit_range(&self, action: Move<'_>) -> Range<u32> {
        if action.targets.is_empty() {
            return 0..0;
        }
        match self.domain(action) {
            None => self.chart.all(),
            Some(domain) if action.reenter && domain == action.source => domain..self.chart.node(domain).end,
            Some(domain) => self.chart.inside(domain),
        }
    }

    /// The state inside which a move takes place; `None` is above the root.
    pub(crate) fn domain(&self, action: Move<'_>) -> Option<u32> {
        let targets = self.effective(action.targets);
        let within = |node: u32, above: u32| node == above || self.chart.is_below(node, above);
        if !action.reenter && targets.iter().all(|target| within(*target, action.source)) {
            return Some(action.source);
        }
        let (first, others) = match targets.split_first() {
            Some((first, others)) => (*first, others),
            None => (action.source, &[][..]),
        };
        let holds = |above: &u32| others.iter().chain([&action.source]).all(|node| self.chart.is_below(*node, *above));
        let common =
            if targets.is_empty() { self.chart.node(first).parent } else { self.chart.above(first).find(holds) };
        common.or((!action.reenter).then_some(0))
    }

    /// Targets with histories replaced by what they stand for now.
    pub(crate) fn effective<'t>(&self, targets: &'t [u32]) -> Cow<'t, [u32]> {
        if targets.iter().all(|target| self.chart.node(*target).kind != Kind::History) {
            return Cow::Borrowed(targets);
        }
        let mut effective: Vec<u32> = Vec::with_capacity(targets.len());
        let mut followed = NodeSet::sized(self.chart.nodes.len());
        // A stack of its own: histories may stand for histories, as many as there are.
        let mut open: Vec<u32> = targets.iter().rev().copied().collect();
        while let Some(target) = open.pop() {
            if self.chart.node(target).kind != Kind::History {
                if !effective.contains(&target) {
                    effective.push(target);
                }
            } else if followed.insert(target) {
                match self.recorded(target) {
                    Some(recorded) => open.extend(recorded.iter().rev()),
                    None => open.extend(self.chart.history_default(target).iter().rev()),
                }
            }
        }
        Cow::Owned(effective)
    }
}

/// Whether a descriptor that ends in `*` covers an event: `a.*` covers `a` and everything below it.
pub(crate) fn matches(descriptor: &str, event: &str) -> bool {
    if descriptor == "*" {
        return true;
    }
    let Some(prefix) = descriptor.strip_suffix(".*") else { return descriptor == event };
    !prefix.split('.').any(|part| part == "*")
        && event.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
