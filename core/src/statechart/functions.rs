//! Which functions of the host a chart refers to by name, so that its builder can refuse what nobody has.

use std::collections::BTreeSet;

use super::chart::{Chart, Compiled};
use super::form::{Action, Guard, Make};
use super::host::FnRef;

impl Chart {
    /// The names in its `{"$fn": name}`, each once; numbers are left out.
    pub fn function_names(&self) -> BTreeSet<&str> {
        let mut found = Names(BTreeSet::new());
        let Compiled { nodes, transitions, context, output, guards, actions, .. } = &*self.0;
        context.iter().chain(output).for_each(|make| found.make(make));
        guards.iter().for_each(|guard| found.guard(guard));
        found.actions(actions);
        for node in nodes {
            found.actions(&node.entry);
            found.actions(&node.exit);
            node.initial.iter().for_each(|initial| found.actions(&initial.actions));
            node.output.iter().for_each(|output| found.make(output));
        }
        for transition in transitions {
            transition.guard.iter().for_each(|guard| found.guard(guard));
            found.actions(&transition.actions);
        }
        found.0
    }
}

struct Names<'c>(BTreeSet<&'c str>);

impl<'c> Names<'c> {
    fn function(&mut self, function: &'c FnRef) {
        if let FnRef::Name(name) = function {
            self.0.insert(name);
        }
    }

    fn make(&mut self, make: &'c Make) {
        if let Make::Function(function) = make {
            self.function(function);
        }
    }

    fn guard(&mut self, guard: &'c Guard) {
        match guard {
            Guard::Function(function) => self.function(function),
            Guard::Named { params, .. } => params.iter().for_each(|params| self.make(params)),
            Guard::And(parts) | Guard::Or(parts) => parts.iter().for_each(|part| self.guard(part)),
            Guard::Not(inner) => self.guard(inner),
            Guard::Expression(_) | Guard::Fails(_) | Guard::Node(_) | Guard::Value(_) => {}
        }
    }

    fn actions(&mut self, actions: &'c [Action]) {
        for action in actions {
            match action {
                Action::Custom(function) | Action::Collect(function) => self.function(function),
                Action::AssignAll(make) => self.make(make),
                Action::Named { params, .. } => params.iter().for_each(|params| self.make(params)),
                Action::Assign(fields) => fields.iter().for_each(|(_, make)| self.make(make)),
                Action::Emit(make) | Action::Raise(make) | Action::Fail(make) | Action::Log { value: make, .. } => {
                    self.make(make);
                }
                Action::Choose(branches) => {
                    for (guard, actions) in branches {
                        guard.iter().for_each(|guard| self.guard(guard));
                        self.actions(actions);
                    }
                }
                Action::Append(_) => {}
            }
        }
    }
}
