//! The Rust functions of one machine, by the references that its definition holds.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::handler::BoxError;
use crate::statechart::FnRef;

use super::scope::{Enqueue, Scope};

/// A function of a machine.
pub(crate) enum Function {
    Value(Box<Making>),
    Act(Box<Acting>),
    Collect(Box<Collecting>),
}

type Making = dyn Fn(Scope<'_>) -> Result<Value, BoxError> + Send + Sync;
type Acting = dyn Fn(Scope<'_>) -> Result<(), BoxError> + Send + Sync;
type Collecting = dyn Fn(Scope<'_>, &mut Enqueue<'_>) -> Result<(), BoxError> + Send + Sync;

/// Functions that guards and actions stand for have numbers; those that a definition names have names.
#[derive(Default)]
pub(crate) struct Functions {
    numbered: Vec<Function>,
    named: HashMap<Arc<str>, Function>,
}

impl Functions {
    /// Adds a function; gives the form that refers to it.
    pub(super) fn add(&mut self, function: Function) -> Value {
        self.numbered.push(function);
        serde_json::json!({"$fn": self.numbered.len() - 1})
    }

    pub(super) fn name(&mut self, name: &str, function: Function) {
        self.named.insert(name.into(), function);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(|name| &**name)
    }

    pub(crate) fn get(&self, function: &FnRef) -> Option<&Function> {
        match function {
            FnRef::Number(number) => self.numbered.get(*number as usize),
            FnRef::Name(name) => self.named.get(name),
        }
    }
}
