//! The validator's set-up: nothing fetched, formats asserted, patterns in linear time (SPEC §18).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use jsonschema::{Draft, PatternOptions, Registry, Retrieve, Uri, ValidationOptions, Validator, uri};
use serde_json::{Value, json};

use super::error::SchemaError;
use super::places::{escape, fragment};

/// Where a schema without `$id` is said to be, so that its parts can be named.
const HOME: &str = "arvo:///schema";

fn options<'a>(draft: Draft) -> ValidationOptions<'a> {
    let options = jsonschema::options()
        .with_retriever(Nowhere)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true);
    let later = LATER_FORMATS.iter().filter(|(name, _)| !options.is_known_format(draft, name));
    later.fold(options.clone(), |options, (name, fits)| options.with_format(*name, fits))
}

/// Formats that drafts before 2019-09 do not know; the reference exports them in draft 7 all the same.
const LATER_FORMATS: [(&str, Check); 2] =
    [("duration", |text| fits(&DURATION, text)), ("uuid", |text| fits(&UUID, text))];

type Check = fn(&str) -> bool;

static DURATION: LazyLock<Option<Validator>> = LazyLock::new(|| validator(&json!({ "format": "duration" })).ok());
static UUID: LazyLock<Option<Validator>> = LazyLock::new(|| validator(&json!({ "format": "uuid" })).ok());

fn fits(format: &Option<Validator>, text: &str) -> bool {
    format.as_ref().is_none_or(|format| format.is_valid(&Value::from(text)))
}

/// Compiles a whole schema, of the draft that it names.
pub(super) fn validator(schema: &Value) -> Result<Validator, SchemaError> {
    options(Draft::default().detect(schema)).build(schema).map_err(|error| SchemaError::of(&error))
}

/// A schema as the place where its parts refer to each other.
pub(super) struct Document<'a> {
    pub(super) root: &'a Value,
    pub(super) draft: Draft,
    pub(super) base: Arc<Uri<String>>,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Result<Self, SchemaError> {
        let draft = Draft::default().detect(root);
        let id = root.get(if draft == Draft::Draft4 { "id" } else { "$id" }).and_then(Value::as_str).unwrap_or(HOME);
        let home = uri::from_str(HOME).map_err(|error| SchemaError::of_reference(&error))?;
        let base = uri::resolve_against(&home.borrow(), id.trim_end_matches('#'));
        Ok(Self { root, draft, base: Arc::new(base.map_err(|error| SchemaError::of_reference(&error))?) })
    }

    pub(super) fn registry(&self) -> Result<Registry<'a>, SchemaError> {
        Registry::new()
            .add(self.base.as_str(), self.root)
            .and_then(|builder| builder.draft(self.draft).retriever(Nowhere).prepare())
            .map_err(|error| SchemaError::of_reference(&error))
    }

    /// The JSON Pointer of every part, by its address.
    pub(super) fn pointers(&self) -> HashMap<*const Value, String> {
        let mut pointers = HashMap::new();
        let mut open = vec![(self.root, String::new())];
        while let Some((value, pointer)) = open.pop() {
            match value {
                Value::Object(map) => {
                    open.extend(map.iter().map(|(key, part)| (part, format!("{pointer}/{}", escape(key)))));
                }
                Value::Array(list) => {
                    open.extend(list.iter().enumerate().map(|(at, part)| (part, format!("{pointer}/{at}"))));
                }
                _ => {}
            }
            pointers.insert(std::ptr::from_ref(value), pointer);
        }
        pointers
    }
}

/// Makes validators of parts of one schema.
pub(super) struct Judges<'a> {
    pub(super) document: Document<'a>,
    registry: Registry<'a>,
}

impl<'a> Judges<'a> {
    pub(super) fn new(schema: &'a Value) -> Result<Self, SchemaError> {
        let document = Document::new(schema)?;
        Ok(Self { registry: document.registry()?, document })
    }

    /// The validator of the part at a JSON Pointer.
    pub(super) fn at(&self, pointer: &str) -> Result<Validator, SchemaError> {
        self.validator(&self.reference(pointer))
    }

    /// A reference to the part at a JSON Pointer.
    pub(super) fn reference(&self, pointer: &str) -> Value {
        json!({ "$ref": format!("{}#{}", self.document.base.as_str(), fragment(pointer)) })
    }

    /// The validator of another schema that refers to parts of this one.
    pub(super) fn validator(&self, schema: &Value) -> Result<Validator, SchemaError> {
        let options = options(self.document.draft).with_registry(&self.registry).with_draft(self.document.draft);
        options.build(schema).map_err(|error| SchemaError::of(&error))
    }
}

struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} is not fetched").into())
    }
}
