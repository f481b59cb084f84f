//! Members put together: what applies with what, what can change data, which alternatives must be tried.

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::super::unknown_keys::{Mode, Settled};
use super::compile::MemberDraft;
use super::error::SchemaError;
use super::judge::{self, Judges};
use super::member::{Id, Member, Reach};
use super::places::{escape, places};
use super::shape::{DEFAULTS_IN_A_DEFAULT, Shaper};
use super::union::{Kinds, Tag};

/// Steps by `$ref`, `allOf` and the like from one schema to another for the same value.
const STEPS: usize = 64;

/// Makes a [`Shaper`] of all members; `None` if data is never changed.
pub(super) fn link(mut drafts: Vec<MemberDraft>, root: Id, settled: &Settled) -> Result<Option<Shaper>, SchemaError> {
    Heights { drafts: &drafts, heights: vec![Height::Unknown; drafts.len()] }.check()?;
    close(&mut drafts);
    give_defaults(&mut drafts);
    activate(&mut drafts);
    if !drafts[root.0 as usize].member.active {
        return Ok(None);
    }
    tell_apart(&mut drafts, settled)?;
    let as_is = data_as_is(&drafts, settled)?;
    let places: Vec<String> = drafts.iter_mut().map(|draft| std::mem::take(&mut draft.at)).collect();
    let members = drafts.into_iter().map(|draft| draft.member).collect();
    let mut shaper = Shaper { members, root, as_is };
    shaper.prune();
    for (member, at) in shaper.members.iter().zip(places) {
        for property in &member.properties {
            let tried = shaper.try_default(property);
            tried.map_err(|_| SchemaError::EndlessDefault {
                at: format!("{at}/properties/{}", escape(&property.key)),
                limit: DEFAULTS_IN_A_DEFAULT,
            })?;
        }
    }
    Ok(Some(shaper))
}

impl Member {
    /// Members that may apply to the same value.
    fn choices(&self) -> impl Iterator<Item = Id> {
        let branches = self.unions.iter().flat_map(|union| union.branches.iter().filter_map(|branch| branch.member));
        let condition = self.condition.iter().flat_map(|condition| [condition.then, condition.otherwise]).flatten();
        branches.chain(condition).chain(self.dependents.iter().map(|(_, id)| *id))
    }

    /// Members for the parts of the value.
    fn children(&mut self) -> impl Iterator<Item = &mut Option<Id>> {
        let reaches = [&mut self.additional, &mut self.items].into_iter().filter_map(|reach| match reach {
            Reach::All(child) => Some(child),
            Reach::Nothing => None,
        });
        let named = self.properties.iter_mut().map(|property| &mut property.child);
        let matched = self.patterns.iter_mut().map(|pattern| &mut pattern.child);
        let others = [&mut self.unevaluated, &mut self.unevaluated_items];
        named.chain(matched).chain(self.prefix.iter_mut()).chain(reaches).chain(others)
    }
}

#[derive(Clone, Copy)]
enum Height {
    Unknown,
    InProgress,
    Known(usize),
}

/// How many steps for the same value lie behind each schema: none may lead back to itself.
struct Heights<'a> {
    drafts: &'a [MemberDraft],
    heights: Vec<Height>,
}

impl Heights<'_> {
    fn check(&mut self) -> Result<(), SchemaError> {
        (0..self.drafts.len()).try_for_each(|at| self.of(at, 0).map(|_| ()))
    }

    fn of(&mut self, at: usize, depth: usize) -> Result<usize, SchemaError> {
        let drafts = self.drafts;
        let draft = &drafts[at];
        match self.heights[at] {
            Height::Known(height) => return Ok(height),
            Height::InProgress => return Err(SchemaError::EndlessReference { at: draft.at.clone() }),
            Height::Unknown if depth > STEPS => {
                return Err(SchemaError::TooDeep { at: draft.at.clone(), limit: STEPS });
            }
            Height::Unknown => self.heights[at] = Height::InProgress,
        }
        let when = draft.member.condition.iter().filter_map(|condition| condition.when);
        let next = draft.always.iter().chain(&draft.judges).copied().chain(draft.member.choices()).chain(when);
        let mut height = 0;
        for id in next {
            height = height.max(self.of(id.0 as usize, depth + 1)? + 1);
        }
        if height > STEPS {
            return Err(SchemaError::TooDeep { at: draft.at.clone(), limit: STEPS });
        }
        self.heights[at] = Height::Known(height);
        Ok(height)
    }
}

/// Gathers for each member what always applies with it, and what follows from that.
fn close(drafts: &mut [MemberDraft]) {
    for at in 0..drafts.len() {
        let mut closure = vec![Id(at as u32)];
        let mut next = 0;
        while let Some(id) = closure.get(next).copied() {
            next += 1;
            let new: Vec<Id> =
                drafts[id.0 as usize].always.iter().copied().filter(|id| !closure.contains(id)).collect();
            closure.extend(new);
        }
        drafts[at].member.closure = closure;
    }
    // What an `if` says of keys counts when it holds, but it neither drops nor keeps others.
    for at in 0..drafts.len() {
        if let Some(when) = drafts[at].member.condition.as_ref().and_then(|condition| condition.when) {
            drafts[when.0 as usize].member.mode = None;
        }
    }
    spread(drafts, |member| member.mode == Some(Mode::Strip), |member| &mut member.strips, same_value);
    spread(drafts, |member| member.mode.is_some(), |member| &mut member.speaks, same_value);
}

fn same_value(draft: &mut MemberDraft, out: &mut Vec<Id>) {
    out.extend(draft.always.iter().copied().chain(draft.member.choices()));
}

/// A property's default is that of its schema, or the first of those that always apply with it.
fn give_defaults(drafts: &mut [MemberDraft]) {
    let defaults: Vec<Option<Value>> = drafts
        .iter()
        .map(|draft| draft.member.closure.iter().find_map(|id| drafts[id.0 as usize].default.clone()))
        .collect();
    for draft in drafts {
        for property in &mut draft.member.properties {
            property.default = property.child.and_then(|child| defaults[child.0 as usize].clone());
        }
        draft.member.index();
    }
}

/// Marks the members that can change data, themselves or by their parts.
fn activate(drafts: &mut [MemberDraft]) {
    let changes = |member: &Member| member.mode == Some(Mode::Strip) || member.defaults > 0;
    spread(
        drafts,
        changes,
        |member| &mut member.active,
        |draft, out| {
            same_value(draft, out);
            out.extend(draft.member.children().filter_map(|child| *child));
        },
    );
}

/// Sets a mark on the members that have it by themselves, then on all that lead to one of them.
fn spread(
    drafts: &mut [MemberDraft],
    own: impl Fn(&Member) -> bool,
    mark: impl Fn(&mut Member) -> &mut bool,
    leads_to: impl Fn(&mut MemberDraft, &mut Vec<Id>),
) {
    let mut led_from: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    let mut to = Vec::new();
    for (at, draft) in drafts.iter_mut().enumerate() {
        leads_to(draft, &mut to);
        to.drain(..).for_each(|id| led_from[id.0 as usize].push(at));
    }
    let mut open: Vec<usize> = (0..drafts.len()).filter(|at| own(&drafts[*at].member)).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(mark(&mut drafts[at].member), true) {
            open.extend(&led_from[at]);
        }
    }
}

/// Drops the choices that cannot matter, gives branches what tells them apart, and validators to those that only a
/// trial tells apart.
fn tell_apart(drafts: &mut [MemberDraft], settled: &Settled) -> Result<(), SchemaError> {
    let strips = drafts.iter().any(|draft| draft.member.strips);
    let judges = Judges::new(&settled.judged)?;
    let told: Vec<(Kinds, Vec<Tag>)> = (0..drafts.len()).map(|at| tell(drafts, at)).collect();
    let places: Vec<String> = drafts.iter().map(|draft| draft.at.clone()).collect();
    let judge = |id: Id| judges.at(&places[id.0 as usize]).map(Box::new);
    let active: Vec<bool> = drafts.iter().map(|draft| draft.member.active).collect();
    let matters: Vec<bool> = drafts.iter().map(|draft| draft.member.active || strips && draft.member.speaks).collect();
    let any =
        |marks: &[bool], ids: Vec<Option<Id>>| ids.into_iter().any(|id| id.is_some_and(|id| marks[id.0 as usize]));
    for member in drafts.iter_mut().map(|draft| &mut draft.member) {
        member.unions.retain(|union| any(&matters, union.members()));
        for union in &mut member.unions {
            union.active = any(&active, union.members());
            for branch in &mut union.branches {
                if let Some(id) = branch.member {
                    (branch.kinds, branch.tags) = told[id.0 as usize].clone();
                }
            }
            for at in 0..union.branches.len() {
                let branch = &union.branches[at];
                let apart = union.branches.iter().enumerate().all(|(other, that)| other == at || branch.excludes(that));
                if let Some(id) = branch.member.filter(|_| !apart) {
                    union.branches[at].judge = Some(judge(id)?);
                }
            }
        }
        member.dependents.retain(|(_, id)| matters[id.0 as usize]);
        member.condition.take_if(|of| !any(&matters, vec![of.when, of.then, of.otherwise]));
        if let Some(condition) = &mut member.condition {
            condition.judge = condition.when.map(judge).transpose()?;
        }
    }
    for at in 0..drafts.len() {
        let mut closure = drafts[at].member.closure.iter();
        drafts[at].member.chooses = closure.any(|id| drafts[id.0 as usize].member.choices().next().is_some());
    }
    Ok(())
}

/// A validator that takes only data that shaping would leave as it is, so that one look decides for most data: no
/// unknown key, no default missing. `None` where the order of alternatives, or what a schema refuses, matters too.
fn data_as_is(drafts: &[MemberDraft], settled: &Settled) -> Result<Option<Validator>, SchemaError> {
    let tried = |member: &Member| {
        member.condition.is_some()
            || !member.dependents.is_empty()
            || member.unions.iter().flat_map(|union| &union.branches).any(|branch| branch.judge.is_some())
    };
    if refuses(&settled.judged) || drafts.iter().any(|draft| tried(&draft.member)) {
        return Ok(None);
    }
    let mut schema = settled.judged.clone();
    for draft in drafts {
        let Some(Value::Object(object)) = schema.pointer_mut(&draft.at) else { continue };
        if draft.member.mode == Some(Mode::Strip) {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        let defaults = draft.member.properties.iter().filter(|property| property.default.is_some());
        let missing = defaults.map(|property| &property.key).filter(|key| !draft.required.contains(key));
        let missing: Vec<Value> = missing.map(|key| key.as_str().into()).collect();
        if !missing.is_empty()
            && let Value::Array(required) = object.entry("required").or_insert_with(|| Value::Array(Vec::new()))
        {
            required.extend(missing);
        }
    }
    judge::validator(&schema).map(Some)
}

/// Keywords that may take data because a subschema refuses it, and references whose target depends on the way there.
const REFUSING: [&str; 7] =
    ["if", "not", "contains", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"];

/// Whether a part of `schema` takes data because another refuses it, or by what others took.
fn refuses(schema: &Value) -> bool {
    let is_anything = |schema: &Value| schema.as_object().map_or(schema.is_boolean(), Map::is_empty);
    places(schema).iter().any(|place| {
        REFUSING.iter().any(|keyword| place.schema.get(*keyword).is_some_and(|schema| !is_anything(schema)))
    })
}

/// What the type and the tags of a value must be to fit member `at`.
fn tell(drafts: &[MemberDraft], at: usize) -> (Kinds, Vec<Tag>) {
    let closure = || drafts[at].member.closure.iter().map(|id| &drafts[id.0 as usize]);
    let kinds = closure().fold(Kinds::ALL, |kinds, draft| kinds.and(draft.kinds));
    let tags = closure().flat_map(|draft| &draft.member.properties).filter_map(|property| {
        let child = &drafts[property.child?.0 as usize].member;
        let values = child.closure.iter().find_map(|id| drafts[id.0 as usize].constants.clone())?;
        let required = property.default.is_none() && closure().any(|draft| draft.required.contains(&property.key));
        Some(Tag { key: property.key.clone(), values, required })
    });
    (kinds, tags.collect())
}

impl Shaper {
    /// Drops the members of parts that cannot change data, so that these parts are not looked at.
    fn prune(&mut self) {
        let active: Vec<bool> = self.members.iter().map(|member| member.active).collect();
        for child in self.members.iter_mut().flat_map(Member::children) {
            *child = child.filter(|id| active[id.0 as usize]);
        }
    }
}
