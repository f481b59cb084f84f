//! From a settled schema to its [`Shaper`]: every schema object that can change data becomes a member.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::{Draft, Registry, Uri};
use serde_json::{Map, Value};

use super::super::unknown_keys::{Mode, Settled, judges_unknown};
use super::error::SchemaError;
use super::judge::{self, Document};
use super::link::link;
use super::member::{Condition, Id, Member, Pattern, Property, Reach};
use super::places::escape;
use super::shape::Shaper;
use super::union::{Branch, Kinds, Union};

/// Compiles `settled`; `None` if its data is never changed.
pub(super) fn compile(settled: &Settled) -> Result<Option<Shaper>, SchemaError> {
    let document = Document::new(&settled.exported)?;
    let registry = document.registry()?;
    let mut compiler = Compiler {
        document: &document,
        registry: &registry,
        found: HashMap::new(),
        pointers: None,
        drafts: Vec::new(),
        open: Vec::new(),
    };
    let Some(root) = compiler.id_of(document.root, &document.base, String::new()) else { return Ok(None) };
    while let Some(open) = compiler.open.pop() {
        compiler.read(open)?;
    }
    link(compiler.drafts, root, settled)
}

/// A member on its way, with what is needed only while compiling.
#[derive(Default)]
pub(super) struct MemberDraft {
    pub(super) member: Member,
    /// Pointer of the schema, for errors and for the validators of branches.
    pub(super) at: String,
    /// Schemas that always apply with it.
    pub(super) always: Vec<Id>,
    /// Schemas that judge the same value without shaping it.
    pub(super) judges: Vec<Id>,
    pub(super) kinds: Kinds,
    pub(super) required: Vec<String>,
    pub(super) default: Option<Value>,
    pub(super) constants: Option<Vec<Value>>,
}

struct Open<'r> {
    id: Id,
    schema: &'r Map<String, Value>,
    base: Arc<Uri<String>>,
}

struct Compiler<'r> {
    document: &'r Document<'r>,
    registry: &'r Registry<'r>,
    /// Members by the address of their schema: one schema, one member, however many references lead to it.
    found: HashMap<*const Value, Id>,
    /// JSON Pointers by the same address, made when the first reference is followed.
    pointers: Option<HashMap<*const Value, String>>,
    drafts: Vec<MemberDraft>,
    open: Vec<Open<'r>>,
}

impl<'r> Compiler<'r> {
    /// The member of `schema`, new or known; none for `true` and `false`.
    fn id_of(&mut self, schema: &'r Value, base: &Arc<Uri<String>>, at: String) -> Option<Id> {
        let object = schema.as_object()?;
        if let Some(id) = self.found.get(&std::ptr::from_ref(schema)) {
            return Some(*id);
        }
        let id = Id(u32::try_from(self.drafts.len()).ok()?);
        self.found.insert(schema, id);
        self.drafts.push(MemberDraft { at, ..MemberDraft::default() });
        self.open.push(Open { id, schema: object, base: base.clone() });
        Some(id)
    }

    fn read(&mut self, Open { id, schema, base }: Open<'r>) -> Result<(), SchemaError> {
        let at = self.drafts[id.0 as usize].at.clone();
        let base = self.base_of(schema, base)?;
        let mut draft = MemberDraft { default: schema.get("default").cloned(), ..MemberDraft::default() };
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(reference) = schema.get(keyword).and_then(Value::as_str) {
                draft.always.extend(self.target(reference, &base)?);
            }
        }
        let ref_alone = schema.contains_key("$ref") && self.is_before(Draft::Draft201909);
        if !ref_alone {
            let mut reader = Reader { compiler: self, schema, base: &base, at: &at };
            reader.read(&mut draft)?;
        }
        draft.at = at;
        self.drafts[id.0 as usize] = draft;
        Ok(())
    }

    fn is_before(&self, draft: Draft) -> bool {
        self.document.draft < draft
    }

    fn base_of(&self, schema: &Map<String, Value>, base: Arc<Uri<String>>) -> Result<Arc<Uri<String>>, SchemaError> {
        let keyword = if self.document.draft == Draft::Draft4 { "id" } else { "$id" };
        match schema.get(keyword).and_then(Value::as_str) {
            Some(id) if !id.starts_with('#') => {
                self.registry.resolve_uri(&base.borrow(), id).map_err(|error| SchemaError::of_reference(&error))
            }
            _ => Ok(base),
        }
    }

    fn target(&mut self, reference: &str, base: &Arc<Uri<String>>) -> Result<Option<Id>, SchemaError> {
        let resolver = self.registry.resolver((**base).clone());
        let resolved = resolver.lookup(reference).map_err(|error| SchemaError::of_reference(&error))?;
        let base = resolved.resolver().base_uri();
        let pointers = self.pointers.get_or_insert_with(|| self.document.pointers());
        let at = pointers.get(&std::ptr::from_ref(resolved.contents())).cloned();
        Ok(self.id_of(resolved.contents(), &base, at.unwrap_or_else(|| reference.to_owned())))
    }
}

/// Reads the keywords of one schema object.
struct Reader<'c, 'r> {
    compiler: &'c mut Compiler<'r>,
    schema: &'r Map<String, Value>,
    base: &'c Arc<Uri<String>>,
    at: &'c str,
}

impl<'r> Reader<'_, 'r> {
    fn read(&mut self, draft: &mut MemberDraft) -> Result<(), SchemaError> {
        draft.always.extend(self.list("allOf").into_iter().flatten());
        draft.judges.extend(self.one("not"));
        draft.kinds = Kinds::of_keyword(self.schema.get("type"));
        draft.required = texts(self.schema.get("required"));
        draft.constants = self.constants();
        draft.member.mode = Mode::of(self.schema).map(|mode| match mode {
            Mode::Strip | Mode::Strict if judges_unknown(self.schema) => Mode::Passthrough,
            mode => mode,
        });
        self.keys(&mut draft.member)?;
        self.items(&mut draft.member);
        self.choices(&mut draft.member);
        Ok(())
    }

    fn keys(&mut self, member: &mut Member) -> Result<(), SchemaError> {
        for (key, child, _) in self.map("properties") {
            member.properties.push(Property { key, child, default: None });
        }
        for (pattern, child, at) in self.map("patternProperties") {
            let matches = judge::validator(&serde_json::json!({ "pattern": pattern }))
                .map_err(|_| SchemaError::Pattern { at, pattern })?;
            member.patterns.push(Pattern { matches: Box::new(matches), child });
        }
        member.additional = self.reach("additionalProperties");
        member.unevaluated = self.one("unevaluatedProperties");
        Ok(())
    }

    fn items(&mut self, member: &mut Member) {
        let old_tuple = self.schema.get("items").is_some_and(Value::is_array);
        member.prefix = self.list(if old_tuple { "items" } else { "prefixItems" });
        member.items = self.reach(if old_tuple { "additionalItems" } else { "items" });
        member.unevaluated_items = self.one("unevaluatedItems");
    }

    fn choices(&mut self, member: &mut Member) {
        for keyword in ["anyOf", "oneOf"] {
            let branches = self.list(keyword).into_iter().enumerate().map(|(at, id)| Branch {
                member: id,
                kinds: if self.schema[keyword][at] == false { Kinds::NONE } else { Kinds::ALL },
                ..Branch::default()
            });
            let branches: Vec<Branch> = branches.collect();
            if !branches.is_empty() {
                member.unions.push(Union { branches, active: false });
            }
        }
        if !self.compiler.is_before(Draft::Draft7) && self.schema.contains_key("if") {
            let (when, then, otherwise) = (self.one("if"), self.one("then"), self.one("else"));
            member.condition = Some(Condition { judge: None, when, then, otherwise });
        }
        let keyword = if self.compiler.is_before(Draft::Draft201909) { "dependencies" } else { "dependentSchemas" };
        let dependents = self.map(keyword);
        member.dependents = dependents.into_iter().filter_map(|(key, id, _)| Some((key, id?))).collect();
    }

    fn constants(&self) -> Option<Vec<Value>> {
        let values = match (self.schema.get("const"), self.schema.get("enum")) {
            (Some(value), _) if !self.compiler.is_before(Draft::Draft6) => vec![value.clone()],
            (_, Some(Value::Array(values))) => values.clone(),
            _ => return None,
        };
        // Numbers that differ as JSON may be equal to the validator; lists and objects may hold some.
        let plain = |value: &Value| matches!(value, Value::String(_) | Value::Bool(_) | Value::Null);
        values.iter().all(plain).then_some(values)
    }

    fn one(&mut self, keyword: &str) -> Option<Id> {
        self.compiler.id_of(self.schema.get(keyword)?, self.base, format!("{}/{keyword}", self.at))
    }

    fn reach(&mut self, keyword: &str) -> Reach {
        if self.schema.contains_key(keyword) { Reach::All(self.one(keyword)) } else { Reach::Nothing }
    }

    fn list(&mut self, keyword: &str) -> Vec<Option<Id>> {
        let Some(Value::Array(list)) = self.schema.get(keyword) else { return Vec::new() };
        let ids = list.iter().enumerate();
        ids.map(|(at, item)| self.compiler.id_of(item, self.base, format!("{}/{keyword}/{at}", self.at))).collect()
    }

    fn map(&mut self, keyword: &str) -> Vec<(String, Option<Id>, String)> {
        let Some(Value::Object(map)) = self.schema.get(keyword) else { return Vec::new() };
        map.iter()
            .map(|(key, schema)| {
                let at = format!("{}/{keyword}/{}", self.at, escape(key));
                (key.clone(), self.compiler.id_of(schema, self.base, at.clone()), at)
            })
            .collect()
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
