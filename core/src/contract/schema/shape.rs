//! Shaping data before it is judged: defaults filled in, unknown keys dropped (SPEC §5).
//!
//! A schema is compiled to [`Member`]s, one for each schema object that can change data. Several members may apply to
//! one value: those that always apply together (`$ref`, `allOf`) are known beforehand, the others (`anyOf`, `oneOf`,
//! `if`, `dependentSchemas`) are chosen by looking at the value. Nothing is copied until the first change.

use std::borrow::Cow;
use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::super::unknown_keys::Mode;
use super::member::{Children, Id, Member, Property, Reach, Sight};
use super::union::{Branch, Union};

/// Defaults that one default may bring in, and how deep they may lie in it.
pub(super) const DEFAULTS_IN_A_DEFAULT: usize = 10_000;
const DEPTH_OF_A_DEFAULT: usize = 32;

/// Parts looked at by trials of alternatives within trials of alternatives, for one value.
const TRIED_PARTS: usize = 5_000_000;

/// All that can change data in one schema.
pub(super) struct Shaper {
    pub(super) members: Vec<Member>,
    pub(super) root: Id,
    /// Takes only data that is valid and stays as it is.
    pub(super) as_is: Option<Validator>,
}

/// Shaping took more work than any schema of good faith needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Exhausted;

/// How much work one shaping has done.
#[derive(Default)]
struct Walk {
    default_depth: usize,
    filled: usize,
    trial_depth: usize,
    tried: usize,
    exhausted: bool,
    /// What trials found, by the addresses of the union and the value: values within a value that is on trial are
    /// shaped once more for each level above them.
    chosen: HashMap<(*const Union, *const Value), Option<Id>>,
    /// Within a copy made for a trial, whose addresses may come again for other values.
    in_copy: usize,
}

impl Walk {
    /// Counts defaults within defaults.
    fn enter_default(&mut self) {
        self.filled += usize::from(self.default_depth > 0);
        self.default_depth += 1;
        self.exhausted |= self.filled > DEFAULTS_IN_A_DEFAULT || self.default_depth > DEPTH_OF_A_DEFAULT;
    }
}

impl Shaper {
    /// The value that `value` becomes; `None` if it stays as it is.
    pub(super) fn shape(&self, value: &Value) -> Result<Option<Value>, Exhausted> {
        let mut walk = Walk::default();
        let shaped = self.value(&[self.root], value, &mut walk);
        if walk.exhausted { Err(Exhausted) } else { Ok(shaped) }
    }

    /// Whether the default of a property can be filled in: it must not bring in defaults without end.
    pub(super) fn try_default(&self, property: &Property) -> Result<(), Exhausted> {
        let mut walk = Walk::default();
        if let Some(default) = &property.default {
            self.default(property.child.as_slice(), default, &mut walk);
        }
        if walk.exhausted { Err(Exhausted) } else { Ok(()) }
    }

    fn member(&self, id: Id) -> &Member {
        &self.members[id.0 as usize]
    }

    #[inline]
    fn value(&self, entries: &[Id], value: &Value, walk: &mut Walk) -> Option<Value> {
        let has_parts = matches!(value, Value::Object(_) | Value::Array(_));
        if has_parts && !entries.is_empty() { self.parts(entries, value, walk) } else { None }
    }

    fn parts(&self, entries: &[Id], value: &Value, walk: &mut Walk) -> Option<Value> {
        if walk.exhausted {
            return None;
        }
        match value {
            Value::Object(map) => self.object(&self.group(entries, value, walk), map, walk).map(Value::Object),
            Value::Array(list) => self.array(&self.group(entries, value, walk), list, walk).map(Value::Array),
            _ => None,
        }
    }

    fn object(&self, ids: &[Id], map: &Map<String, Value>, walk: &mut Walk) -> Option<Map<String, Value>> {
        let strips = self.drops_unknown(ids);
        let lone = ids.first().map(|id| self.member(*id)).filter(|member| ids.len() == 1 && member.patterns.is_empty());
        let (mut hints, mut found) = (Hints::default(), Children::default());
        let mut defaults = ids.iter().map(|id| self.member(*id).defaults).sum::<usize>();
        let mut out: Option<Map<String, Value>> = None;
        for (at, (key, value)) in map.iter().enumerate() {
            // By far the most keys: named by the one member there is, where the schema has it.
            let expected = lone.and_then(|member| member.expected(key, hints.of(0)));
            let (children, dropped) = if let Some(property) = expected {
                defaults -= usize::from(property.default.is_some());
                (property.child.as_slice(), false)
            } else {
                let known = self.children(ids, key, &mut hints, &mut defaults, &mut found);
                (found.as_slice(), strips && !known)
            };
            let shaped = if dropped { None } else { self.value(children, value, walk) };
            if out.is_none() && (dropped || shaped.is_some()) {
                let mut copy = Map::with_capacity(map.len());
                copy.extend(map.iter().take(at).map(|(key, value)| (key.clone(), value.clone())));
                out = Some(copy);
            }
            if let Some(out) = &mut out
                && !dropped
            {
                out.insert(key.clone(), shaped.unwrap_or_else(|| value.clone()));
            }
        }
        if defaults > 0 {
            self.fill(ids, map, &mut out, walk);
        }
        out
    }

    /// Adds what is missing in `map` and has a default; the first member that has one decides.
    fn fill(&self, ids: &[Id], map: &Map<String, Value>, out: &mut Option<Map<String, Value>>, walk: &mut Walk) {
        for property in ids.iter().flat_map(|id| &self.member(*id).properties) {
            let Some(default) = &property.default else { continue };
            if map.contains_key(&property.key) || out.as_ref().is_some_and(|out| out.contains_key(&property.key)) {
                continue;
            }
            let mut children = Children::default();
            self.children(ids, &property.key, &mut Hints::default(), &mut 0, &mut children);
            let value = self.default(children.as_slice(), default, walk);
            out.get_or_insert_with(|| map.clone()).insert(property.key.clone(), value);
        }
    }

    fn default(&self, children: &[Id], default: &Value, walk: &mut Walk) -> Value {
        walk.enter_default();
        let shaped = self.value(children, default, walk);
        walk.default_depth -= 1;
        shaped.unwrap_or_else(|| default.clone())
    }

    fn array(&self, ids: &[Id], list: &[Value], walk: &mut Walk) -> Option<Vec<Value>> {
        let mut out: Option<Vec<Value>> = None;
        let mut children = Children::default();
        for (at, value) in list.iter().enumerate() {
            children.clear();
            let mut reached = false;
            for member in ids.iter().map(|id| self.member(*id)) {
                let child = match (member.prefix.get(at), member.items) {
                    (Some(child), _) => *child,
                    (None, Reach::All(child)) => child,
                    (None, Reach::Nothing) => continue,
                };
                reached = true;
                child.into_iter().for_each(|child| children.push(child));
            }
            if !reached {
                let others = ids.iter().filter_map(|id| self.member(*id).unevaluated_items);
                others.for_each(|child| children.push(child));
            }
            let shaped = self.value(children.as_slice(), value, walk);
            if out.is_none() && shaped.is_some() {
                let mut copy = Vec::with_capacity(list.len());
                copy.extend_from_slice(&list[..at]);
                out = Some(copy);
            }
            if let Some(out) = &mut out {
                out.push(shaped.unwrap_or_else(|| value.clone()));
            }
        }
        out
    }

    /// Finds who shapes the value of `key`, and says whether anybody names it.
    fn children(
        &self,
        ids: &[Id],
        key: &str,
        hints: &mut Hints,
        defaults: &mut usize,
        children: &mut Children,
    ) -> bool {
        children.clear();
        let (mut known, mut seen) = (false, false);
        for (at, id) in ids.iter().enumerate() {
            match self.member(*id).see(key, hints.of(at), children) {
                Sight::Named { has_default } => {
                    (known, seen) = (true, true);
                    *defaults = defaults.saturating_sub(usize::from(has_default));
                }
                Sight::Other => seen = true,
                Sight::Unseen => {}
            }
        }
        if !seen {
            ids.iter().filter_map(|id| self.member(*id).unevaluated).for_each(|child| children.push(child));
        }
        known
    }

    /// Unknown keys go if one member strips and none refuses or keeps them.
    fn drops_unknown(&self, ids: &[Id]) -> bool {
        let mut modes = ids.iter().filter_map(|id| self.member(*id).mode);
        modes.next().is_some_and(|first| first == Mode::Strip && modes.all(|mode| mode == Mode::Strip))
    }

    /// All members that shape `value`, which is an object or a list.
    fn group(&self, entries: &[Id], value: &Value, walk: &mut Walk) -> Cow<'_, [Id]> {
        if let [only] = entries
            && !self.member(*only).chooses
        {
            return Cow::Borrowed(&self.member(*only).closure);
        }
        let mut ids = Vec::new();
        entries.iter().for_each(|id| self.join(&mut ids, *id));
        if entries.iter().any(|id| self.member(*id).chooses) {
            let strips = entries.iter().any(|id| self.member(*id).strips);
            let filled = self.with_defaults(&ids, value);
            let in_copy = matches!(filled, Cow::Owned(_));
            if in_copy {
                walk.enter_default();
                walk.in_copy += 1;
            }
            let mut at = 0;
            while let Some(id) = ids.get(at) {
                at += 1;
                self.choose_parts(self.member(*id), strips, &filled, &mut ids, walk);
            }
            if in_copy {
                walk.default_depth -= 1;
                walk.in_copy -= 1;
            }
        }
        Cow::Owned(ids)
    }

    fn join(&self, ids: &mut Vec<Id>, id: Id) {
        for id in &self.member(id).closure {
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
    }

    /// What alternatives are chosen by: the value with the defaults that hold in any case.
    fn with_defaults<'a>(&self, ids: &[Id], value: &'a Value) -> Cow<'a, Value> {
        let Value::Object(map) = value else { return Cow::Borrowed(value) };
        let mut filled: Option<Map<String, Value>> = None;
        for property in ids.iter().flat_map(|id| &self.member(*id).properties) {
            if let Some(default) = property.default.as_ref().filter(|_| !map.contains_key(&property.key)) {
                filled
                    .get_or_insert_with(|| map.clone())
                    .entry(property.key.clone())
                    .or_insert_with(|| default.clone());
            }
        }
        filled.map_or(Cow::Borrowed(value), |filled| Cow::Owned(Value::Object(filled)))
    }

    /// Adds the members that apply to `value` because of its content.
    fn choose_parts(&self, member: &Member, strips: bool, value: &Value, ids: &mut Vec<Id>, walk: &mut Walk) {
        for union in member.unions.iter().filter(|union| strips || union.active) {
            if let Some(id) = self.choose(union, value, walk) {
                self.join(ids, id);
            }
        }
        if let Some(condition) = &member.condition
            && let Some(judge) = &condition.judge
        {
            let parts =
                if judge.is_valid(value) { [condition.when, condition.then] } else { [condition.otherwise, None] };
            parts.into_iter().flatten().for_each(|id| self.join(ids, id));
        }
        if let Value::Object(map) = value {
            let present = member.dependents.iter().filter(|(key, _)| map.contains_key(key));
            present.for_each(|(_, id)| self.join(ids, *id));
        }
    }

    /// The first branch that fits after its own shaping. What cannot fit by type or tag is not tried, nor is a branch
    /// that alone is left then: whether it fits is for the validator to say. Where several are left and none fits, the
    /// value stays as it is: what one of them drops could make it fit another.
    fn choose(&self, union: &Union, value: &Value, walk: &mut Walk) -> Option<Id> {
        let mut candidates = union.branches.iter().filter(|branch| branch.can_fit(value));
        let first = candidates.next()?;
        let Some(second) = candidates.next() else { return first.member };
        let place = (std::ptr::from_ref(union), std::ptr::from_ref(value));
        if let Some(chosen) = walk.chosen.get(&place) {
            return *chosen;
        }
        let mut candidates = [first, second].into_iter().chain(candidates);
        let chosen = candidates.find(|branch| self.fits(branch, value, walk)).and_then(|branch| branch.member);
        if walk.in_copy == 0 {
            walk.chosen.insert(place, chosen);
        }
        chosen
    }

    fn fits(&self, branch: &Branch, value: &Value, walk: &mut Walk) -> bool {
        let Some(judge) = &branch.judge else { return true };
        if walk.trial_depth > 0 {
            walk.tried += parts(value);
            walk.exhausted |= walk.tried > TRIED_PARTS;
        }
        walk.trial_depth += 1;
        let shaped = branch.member.and_then(|id| self.value(&[id], value, walk));
        walk.trial_depth -= 1;
        walk.exhausted || judge.is_valid(shaped.as_ref().unwrap_or(value))
    }
}

/// Where each of the first members expects the next key; others look it up.
#[derive(Default)]
struct Hints {
    places: [usize; 4],
    other: usize,
}

impl Hints {
    fn of(&mut self, member: usize) -> &mut usize {
        self.places.get_mut(member).unwrap_or(&mut self.other)
    }
}

fn parts(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(parts).sum::<usize>(),
        _ => 1,
    }
}
