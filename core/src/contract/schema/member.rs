//! A schema object as far as it can change data: the keys and items it reaches, and what applies beside it.

use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::Value;

use super::super::unknown_keys::Mode;
use super::union::Union;

/// Number of a member.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Id(pub(super) u32);

/// What a schema object does to data.
#[derive(Default)]
pub(super) struct Member {
    /// What it does with keys that nobody names; `None`: it says nothing about keys.
    pub(super) mode: Option<Mode>,
    pub(super) properties: Vec<Property>,
    /// Places in `properties`; empty when they are few.
    pub(super) places: HashMap<String, usize>,
    /// How many properties have a default.
    pub(super) defaults: usize,
    pub(super) patterns: Vec<Pattern>,
    /// For keys that this member does not name.
    pub(super) additional: Reach,
    /// For keys that no member names.
    pub(super) unevaluated: Option<Id>,
    pub(super) prefix: Vec<Option<Id>>,
    pub(super) items: Reach,
    pub(super) unevaluated_items: Option<Id>,
    pub(super) unions: Vec<Union>,
    pub(super) condition: Option<Condition>,
    pub(super) dependents: Vec<(String, Id)>,
    /// Itself and all that always applies with it.
    pub(super) closure: Vec<Id>,
    /// Whether a member of the closure has alternatives or conditions.
    pub(super) chooses: bool,
    /// Whether itself, or anything that may apply with it, strips.
    pub(super) strips: bool,
    /// Whether itself, or anything that may apply with it, says what becomes of unknown keys.
    pub(super) speaks: bool,
    /// Whether it, or anything below it, can change data.
    pub(super) active: bool,
}

/// A named key.
pub(super) struct Property {
    pub(super) key: String,
    pub(super) child: Option<Id>,
    pub(super) default: Option<Value>,
}

/// Keys named by a pattern; the validator matches it, so that both read patterns alike.
pub(super) struct Pattern {
    pub(super) matches: Box<Validator>,
    pub(super) child: Option<Id>,
}

/// What a keyword for "all others" reaches.
#[derive(Clone, Copy, Default)]
pub(super) enum Reach {
    /// The keyword is absent.
    #[default]
    Nothing,
    /// It is there; its member, if that can change data.
    All(Option<Id>),
}

/// `if`, `then`, `else`.
pub(super) struct Condition {
    pub(super) judge: Option<Box<Validator>>,
    pub(super) when: Option<Id>,
    pub(super) then: Option<Id>,
    pub(super) otherwise: Option<Id>,
}

/// How a member sees a key.
pub(super) enum Sight {
    Named { has_default: bool },
    Other,
    Unseen,
}

impl Member {
    const FEW: usize = 8;

    /// Makes look-ups quick; called once, when all properties are in.
    pub(super) fn index(&mut self) {
        self.defaults = self.properties.iter().filter(|property| property.default.is_some()).count();
        if self.properties.len() > Self::FEW {
            self.places = self.properties.iter().enumerate().map(|(at, property)| (property.key.clone(), at)).collect();
        }
    }

    /// Keys mostly come in the order of the schema: `hint` is where the next one is looked for first.
    pub(super) fn expected(&self, key: &str, hint: &mut usize) -> Option<&Property> {
        let property = self.properties.get(*hint).filter(|property| property.key == key)?;
        *hint += 1;
        Some(property)
    }

    fn place(&self, key: &str, hint: &mut usize) -> Option<&Property> {
        if let Some(property) = self.expected(key, hint) {
            return Some(property);
        }
        let at = if self.places.is_empty() {
            self.properties.iter().position(|property| property.key == key)?
        } else {
            *self.places.get(key)?
        };
        *hint = at + 1;
        self.properties.get(at)
    }

    /// Finds who shapes the value of `key`, and says how the key is seen.
    pub(super) fn see(&self, key: &str, hint: &mut usize, children: &mut Children) -> Sight {
        let property = self.place(key, hint);
        let mut named = property.is_some();
        if let Some(child) = property.and_then(|property| property.child) {
            children.push(child);
        }
        if !self.patterns.is_empty() {
            let key = Value::from(key);
            for pattern in self.patterns.iter().filter(|pattern| pattern.matches.is_valid(&key)) {
                named = true;
                pattern.child.into_iter().for_each(|child| children.push(child));
            }
        }
        match self.additional {
            _ if named => Sight::Named { has_default: property.is_some_and(|property| property.default.is_some()) },
            Reach::All(child) => {
                child.into_iter().for_each(|child| children.push(child));
                Sight::Other
            }
            Reach::Nothing => Sight::Unseen,
        }
    }
}

/// The members that are to shape a key or item: none or one as a rule, so that the list stays unused.
#[derive(Default)]
pub(super) struct Children {
    first: Option<Id>,
    all: Vec<Id>,
}

impl Children {
    pub(super) fn clear(&mut self) {
        self.first = None;
        self.all.clear();
    }

    pub(super) fn push(&mut self, child: Id) {
        match self.first {
            None => self.first = Some(child),
            Some(first) if first == child || self.all.contains(&child) => {}
            Some(first) if self.all.is_empty() => self.all.extend([first, child]),
            Some(_) => self.all.push(child),
        }
    }

    pub(super) fn as_slice(&self) -> &[Id] {
        if self.all.is_empty() { self.first.as_slice() } else { &self.all }
    }
}
