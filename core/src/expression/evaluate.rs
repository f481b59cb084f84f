//! Runs a [`Program`] over a scope, within a budget.
//!
//! `&&` and `||` are symmetric, as CEL has them: a side that fails does not matter if the other one decides. An
//! exceeded budget always matters.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::error::{Fault, Span};
use super::functions;
use super::meter::Meter;
use super::program::{Access, Entry, Id, Item, Link, MAX_COMPREHENSIONS, Macro, MacroKind, Node, Program, Step};
use super::value::{Entries, ITEM, List, Text, Val};
use super::view::{Object, View};
use crate::json;

pub(super) type Failure = (Fault, Span);
type Evaluated<'a> = Result<Val<'a>, Failure>;

/// Where the values behind the names of an expression come from; none is copied.
#[derive(Clone, Copy)]
pub(super) enum Scope<'m, 'a> {
    /// In the order of the names.
    InOrder(&'m [&'a Value]),
    ByName(&'a Map<String, Value>),
    /// In the order of the names; some may not be JSON yet.
    Views(&'m [View<'a>]),
}

pub(super) struct Evaluator<'a, 'm> {
    program: &'a Program,
    scope: Scope<'m, 'a>,
    /// The variables of the comprehensions around, by level.
    locals: [Val<'a>; MAX_COMPREHENSIONS],
    pub(super) meter: &'m mut Meter,
}

impl<'a, 'm> Evaluator<'a, 'm> {
    pub(super) fn new(program: &'a Program, scope: Scope<'m, 'a>, meter: &'m mut Meter) -> Self {
        Self { program, scope, locals: [const { Val::Null }; MAX_COMPREHENSIONS], meter }
    }

    // It calls itself, so what is rare or large is kept out of its frame (`inline(never)`).
    pub(super) fn value(&mut self, id: Id) -> Evaluated<'a> {
        let (program, span) = (self.program, self.program.span(id));
        self.meter.step(1).map_err(at(span))?;
        match program.node(id) {
            Node::Null => Ok(Val::Null),
            Node::Bool(value) => Ok(Val::Bool(value)),
            Node::Number(number) => Ok(Val::Number(number)),
            Node::Large(number) => Ok(Val::Large(program.numbers[usize::from(number)].clone())),
            Node::Text(text) => Ok(Val::Text(Text::Lent(program.text(text)))),
            Node::Scope(slot) => self.given(usize::from(slot)).map(Val::from).ok_or((Fault::NoValue, span)),
            Node::Local(level) => Ok(self.locals[usize::from(level)].clone()),
            Node::Path { base, steps } => self.path(base, steps.of(&program.steps)),
            Node::Chain { first, links } => self.chain(first, links.of(&program.links)),
            Node::And(sides) => self.logical(sides.of(&program.ids), false),
            Node::Or(sides) => self.logical(sides.of(&program.ids), true),
            Node::Not(operand) => self.condition(operand).map(|value| Val::Bool(!value)),
            Node::Minus(operand) => match self.plain(operand)? {
                Val::Number(number) => Ok(Val::Number(-number)),
                Val::Large(_) => Err((Fault::Inexact, span)),
                other => Err(kind("a number", &other, self.program.span(operand))),
            },
            Node::Choice(parts) => self.choice(parts.of(&program.ids)),
            Node::List(items) => self.list(items.of(&program.items), span),
            Node::Map(entries) => self.map(entries.of(&program.entries), span),
            Node::Call { function, arguments } => {
                let (first, rest) = match arguments.of(&program.ids) {
                    [first, rest @ ..] => (self.plain(*first)?, rest),
                    [] => (Val::Null, &[][..]),
                };
                functions::apply(self, function, first, rest, span)
            }
            Node::Has { of, key } => self.has(of, program.text(key)),
        }
    }

    fn given(&self, slot: usize) -> Option<&'a Value> {
        match self.scope {
            Scope::InOrder(values) => values.get(slot).copied(),
            Scope::ByName(values) => values.get(&**self.program.names.get(slot)?),
            Scope::Views(views) => views.get(slot).map(|view| view.json()),
        }
    }

    /// What a node stands for, if that is an object of the scope that is not made as JSON yet.
    fn object(&self, id: Id) -> Option<&'a dyn Object> {
        match (self.scope, self.program.node(id)) {
            (Scope::Views(views), Node::Scope(slot)) => match views.get(usize::from(slot))? {
                View::Object(object) => Some(*object),
                View::Json(_) => None,
            },
            _ => None,
        }
    }

    /// A value that is no optional.
    pub(super) fn plain(&mut self, id: Id) -> Evaluated<'a> {
        match self.value(id)? {
            Val::Optional(_) => Err((Fault::Optional, self.program.span(id))),
            value => Ok(value),
        }
    }

    pub(super) fn span(&self, id: Id) -> Span {
        self.program.span(id)
    }

    fn condition(&mut self, id: Id) -> Result<bool, Failure> {
        match self.value(id)? {
            Val::Bool(value) => Ok(value),
            other => Err(kind("true or false", &other, self.program.span(id))),
        }
    }

    fn logical(&mut self, sides: &[Id], decisive: bool) -> Evaluated<'a> {
        let mut failed = None;
        for side in sides {
            match self.condition(*side) {
                Ok(value) if value == decisive => return Ok(Val::Bool(decisive)),
                Ok(_) => {}
                Err(failure) => remember(&mut failed, failure)?,
            }
        }
        failed.map_or(Ok(Val::Bool(!decisive)), Err)
    }

    #[inline(never)]
    fn choice(&mut self, parts: &[Id]) -> Evaluated<'a> {
        let mut parts = parts;
        while let [condition, value, rest @ ..] = parts {
            if self.condition(*condition)? {
                return self.value(*value);
            }
            parts = rest;
        }
        parts.first().map_or(Ok(Val::Null), |last| self.value(*last))
    }

    #[inline(never)]
    fn list(&mut self, items: &[Item], span: Span) -> Evaluated<'a> {
        self.meter.make(ITEM * items.len()).map_err(at(span))?;
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            made.extend(self.item(item.value, item.optional)?);
        }
        Ok(Val::list(made))
    }

    #[inline(never)]
    fn map(&mut self, entries: &[Entry], span: Span) -> Evaluated<'a> {
        self.meter.make(ITEM * entries.len()).map_err(at(span))?;
        let mut made: Vec<(Text<'a>, Val<'a>)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = self.program.span(entry.key);
            let key = match self.value(entry.key)? {
                Val::Text(key) => key,
                other => return Err(kind("text", &other, place)),
            };
            self.meter.step(made.len() / 16).map_err(at(place))?;
            if made.iter().any(|(known, _)| known.as_str() == key.as_str()) {
                return Err((Fault::DuplicateKey, place));
            }
            made.extend(self.item(entry.value, entry.optional)?.map(|value| (key, value)));
        }
        Ok(Val::Map(Entries::Made(Rc::new(made))))
    }

    /// A value of a list or map; nothing if it is written with `?` and empty.
    fn item(&mut self, id: Id, optional: bool) -> Result<Option<Val<'a>>, Failure> {
        if !optional {
            return self.plain(id).map(Some);
        }
        match self.value(id)? {
            Val::Optional(value) => Ok(value.map(|value| (*value).clone())),
            other => Err(kind("an optional such as a.?b, after ?,", &other, self.program.span(id))),
        }
    }

    fn path(&mut self, base: Id, steps: &[Step]) -> Evaluated<'a> {
        let (mut value, mut steps) = match (self.object(base), steps) {
            (Some(object), [Step { access: Access::Key { key, optional }, span }, rest @ ..]) => {
                self.meter.step(1).map_err(at(self.program.span(base)))?;
                self.meter.step(1).map_err(at(*span))?;
                (if_any(member(object, self.program.text(*key)), *optional, *span)?, rest)
            }
            _ => (self.value(base)?, steps),
        };
        // Most paths are plain keys of the scope's own maps.
        while let (
            [Step { access: Access::Key { key, optional: false }, span }, rest @ ..],
            Val::Map(Entries::Lent(map)),
        ) = (steps, &value)
        {
            self.meter.step(1).map_err(at(*span))?;
            value = json::member(map, self.program.text(*key)).map(Val::from).ok_or((Fault::MissingKey, *span))?;
            steps = rest;
        }
        for Step { access, span } in steps {
            self.meter.step(1).map_err(at(*span))?;
            value = match *access {
                Access::Key { key, optional } => self.select(&value, self.program.text(key), optional, *span)?,
                Access::Index { index, optional } => {
                    let index = self.plain(index)?;
                    self.index(&value, &index, optional, *span)?
                }
                Access::Method { function, arguments } => {
                    functions::apply(self, function, value, arguments.of(&self.program.ids), *span)?
                }
                Access::Macro(at) => self.comprehend(value, self.program.macros[usize::from(at)], *span)?,
                Access::Matches(pattern) => {
                    let Val::Text(text) = &value else { return Err(kind("text", &value, *span)) };
                    let pattern = &self.program.patterns[usize::from(pattern)];
                    Val::Bool(pattern.is_match(text.as_str(), self.meter).map_err(at(*span))?)
                }
            };
        }
        Ok(value)
    }

    fn select(&mut self, value: &Val<'a>, key: &str, optional: bool, span: Span) -> Evaluated<'a> {
        let found = match value {
            Val::Map(map) => {
                self.meter.step(map.search()).map_err(at(span))?;
                map.get(key)
            }
            // What comes after an optional is optional too.
            Val::Optional(Some(inner)) => return self.select(&inner.clone(), key, true, span),
            Val::Optional(None) => None,
            Val::Null if optional => None,
            other => return Err(kind("a map", other, span)),
        };
        if_any(found, optional || matches!(value, Val::Optional(_)), span)
    }

    fn index(&mut self, value: &Val<'a>, index: &Val<'a>, optional: bool, span: Span) -> Evaluated<'a> {
        let found = match (value, index) {
            (Val::Map(_), Val::Text(key)) => return self.select(value, key.as_str(), optional, span),
            (Val::List(list), Val::Number(at)) if at.fract() == 0.0 && *at >= 0.0 => list.get(*at as usize),
            (Val::List(_), Val::Number(_) | Val::Large(_)) | (Val::Optional(None), Val::Number(_) | Val::Text(_)) => {
                None
            }
            (Val::Optional(Some(inner)), _) => return self.index(&inner.clone(), index, true, span),
            (Val::Null, Val::Number(_) | Val::Text(_)) if optional => None,
            (Val::Map(_), other) => return Err(kind("text, the key of a map,", other, span)),
            (Val::List(_), other) => return Err(kind("a number, the index of a list,", other, span)),
            (other, _) => return Err(kind("a list or map before this index", other, span)),
        };
        if optional || matches!(value, Val::Optional(_)) {
            return Ok(Val::Optional(found.map(Rc::new)));
        }
        found.ok_or((Fault::MissingIndex, span))
    }

    fn has(&mut self, of: Id, key: &str) -> Evaluated<'a> {
        let span = self.program.span(of);
        if let Some(object) = self.object(of) {
            self.meter.step(1).map_err(at(span))?;
            return Ok(Val::Bool(member(object, key).is_some()));
        }
        let value = self.value(of)?;
        match self.select(&value, key, true, span)? {
            Val::Optional(found) => Ok(Val::Bool(found.is_some())),
            other => Ok(other),
        }
    }

    fn chain(&mut self, first: Id, links: &[Link]) -> Evaluated<'a> {
        let mut left = self.plain(first)?;
        for link in links {
            let right = self.plain(link.operand)?;
            self.meter.step(1).map_err(at(link.span))?;
            left = self.operate(link.operator, left, right).map_err(at(link.span))?;
        }
        Ok(left)
    }

    #[inline(never)]
    fn comprehend(&mut self, over: Val<'a>, shape: Macro, span: Span) -> Evaluated<'a> {
        let list = match over {
            Val::List(list) => list,
            Val::Map(map) => {
                self.meter.step(map.len()).map_err(at(span))?;
                self.meter.make(ITEM * map.len()).map_err(at(span))?;
                List::Made(Rc::new(map.to_vec().into_iter().map(|(key, _)| Val::Text(key)).collect()))
            }
            other => return Err(kind("a list or map", &other, span)),
        };
        let outcome = self.over_items(&list, shape, span);
        self.locals[usize::from(shape.level)] = Val::Null;
        outcome
    }

    fn over_items(&mut self, list: &List<'a>, shape: Macro, span: Span) -> Evaluated<'a> {
        let mut kept = Vec::new();
        let mut matches = 0;
        let mut failed = None;
        for item in list.iter() {
            self.meter.step(1).map_err(at(span))?;
            self.locals[usize::from(shape.level)] = item.clone();
            match shape.kind {
                MacroKind::All | MacroKind::Exists => {
                    let decisive = shape.kind == MacroKind::Exists;
                    match self.condition(shape.body) {
                        Ok(value) if value == decisive => return Ok(Val::Bool(decisive)),
                        Ok(_) => {}
                        Err(failure) => remember(&mut failed, failure)?,
                    }
                }
                MacroKind::ExistsOne => matches += usize::from(self.condition(shape.body)?),
                MacroKind::Filter => {
                    if self.condition(shape.body)? {
                        self.keep(&mut kept, item, span)?;
                    }
                }
                MacroKind::Map => {
                    if shape.test.map_or(Ok(true), |test| self.condition(test))? {
                        let value = self.plain(shape.body)?;
                        self.keep(&mut kept, value, span)?;
                    }
                }
            }
        }
        match (failed, shape.kind) {
            (Some(failure), _) => Err(failure),
            (None, MacroKind::All | MacroKind::Exists) => Ok(Val::Bool(shape.kind == MacroKind::All)),
            (None, MacroKind::ExistsOne) => Ok(Val::Bool(matches == 1)),
            (None, MacroKind::Filter | MacroKind::Map) => Ok(Val::list(kept)),
        }
    }

    fn keep(&mut self, kept: &mut Vec<Val<'a>>, value: Val<'a>, span: Span) -> Result<(), Failure> {
        self.meter.make(ITEM).map_err(at(span))?;
        kept.push(value);
        Ok(())
    }
}

fn member<'a>(object: &'a dyn Object, key: &str) -> Option<Val<'a>> {
    object.member(key).map(Val::from)
}

/// What was found under a key: an optional, or a value that must be there.
fn if_any(found: Option<Val<'_>>, optional: bool, span: Span) -> Evaluated<'_> {
    if optional { Ok(Val::Optional(found.map(Rc::new))) } else { found.ok_or((Fault::MissingKey, span)) }
}

/// Keeps the first failure for later, unless it is an exceeded budget.
fn remember(failed: &mut Option<Failure>, failure: Failure) -> Result<(), Failure> {
    if matches!(failure.0, Fault::Budget { .. }) {
        return Err(failure);
    }
    failed.get_or_insert(failure);
    Ok(())
}

pub(super) fn at(span: Span) -> impl Fn(Fault) -> Failure {
    move |fault| (fault, span)
}

pub(super) fn kind(wanted: &'static str, found: &Val<'_>, span: Span) -> Failure {
    (Fault::Kind { wanted, found: found.kind() }, span)
}
