//! What data of one type of event must look like: a JSON Schema, or a function of the host's (SPEC §5).

mod coarse;
mod compile;
mod error;
mod host;
mod issues;
mod judge;
mod lenient;
mod link;
mod member;
pub(super) mod places;
mod shape;
mod union;

use std::fmt;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value;

use self::coarse::Coarse;
pub use self::error::SchemaError;
pub use self::host::{NoHost, Refused, SchemaHost};
pub(crate) use self::places::escape;
use self::shape::Shaper;
use super::unknown_keys::{self, UnknownKeys};
use crate::environment::Limits;
use crate::event::Data;
use crate::json::{self, JsonError};
use crate::violation::Issue;

/// Judges data, and gives the data to use: defaults filled in, unknown keys dropped where the schema asks for it.
///
/// Made once, when a contract is built; cheap to clone. A JSON Schema is of the draft that its `$schema` names
/// (2020-12, 2019-09, 7, 6, 4; 2020-12 if it names none). Formats are asserted, nothing is fetched for a `$ref`,
/// patterns match in linear time, lengths of texts are counted in code points. A `$ref` to `#…` may name keys as they
/// are, nothing in them escaped, and `type` may say a type twice: exports write them right.
///
/// - A property that is missing and has a `default` gets it, at any depth, before the data is judged.
/// - Each object schema may say `x-arvo-unknown-keys`: `strip` drops the keys that no `properties` and no
///   `patternProperties` name, `strict` refuses them, `passthrough` keeps them; [`UnknownKeys`] says what holds where
///   it does not. Keys that `additionalProperties` has a schema for are judged by it and kept. A `$ref` does as its
///   target says.
/// - Of `anyOf` and `oneOf`, the first alternative that fits decides. In an intersection (`allOf` and what else judges
///   the same value) keys known to any part are kept; unknown ones are dropped if all parts that speak of keys strip.
///
/// ```
/// use arvo::{Schema, UnknownKeys};
/// use serde_json::json;
///
/// let order = Schema::from_json(
///     &json!({
///         "type": "object",
///         "x-arvo-unknown-keys": "strip",
///         "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "default": 1}},
///         "required": ["sku"],
///     }),
///     UnknownKeys::AsWritten,
/// )?;
/// assert_eq!(order.apply(&json!({"sku": "A", "quantity": 2})), Ok(None)); // nothing to change, nothing copied
/// assert_eq!(order.apply(&json!({"sku": "A", "note": "x"})), Ok(Some(json!({"sku": "A", "quantity": 1}))));
/// let issues = order.apply(&json!({"quantity": "2"})).unwrap_err();
/// assert_eq!(issues.iter().map(|issue| issue.path.as_str()).collect::<Vec<_>>(), ["/sku", "/quantity"]);
/// # Ok::<(), arvo::SchemaError>(())
/// ```
#[derive(Clone)]
pub struct Schema(Kind);

#[derive(Clone)]
enum Kind {
    Json(Arc<JsonSchema>),
    Host { number: u32, exported: Arc<Value> },
}

struct JsonSchema {
    exported: Value,
    validator: Validator,
    /// `None` if data is never changed.
    shaper: Option<Shaper>,
    coarse: Coarse,
}

impl Schema {
    /// A schema of JSON Schema; `unknown_keys` says what holds for object schemas without `x-arvo-unknown-keys`.
    ///
    /// # Errors
    /// [`SchemaError`]: what is wrong with the schema, and where.
    pub fn from_json(schema: &Value, unknown_keys: UnknownKeys) -> Result<Self, SchemaError> {
        json::check(schema, &Limits::DEFAULT).map_err(SchemaError::Limit)?;
        let settled = unknown_keys::settle(lenient::mended(schema.clone()), unknown_keys)?;
        let validator = judge::validator(&settled.judged)?;
        let shaper = compile::compile(&settled)?;
        let coarse = Coarse::new(&settled.judged);
        Ok(Self(Kind::Json(Arc::new(JsonSchema { exported: settled.exported, validator, shaper, coarse }))))
    }

    /// The host's schema of that number, with a JSON Schema that describes it in exports.
    pub fn host(number: u32, exported: Value) -> Self {
        Self(Kind::Host { number, exported: Arc::new(exported) })
    }

    /// Whether the host judges, not the core.
    ///
    /// ```
    /// assert!(arvo::Schema::host(3, serde_json::json!({})).is_host());
    /// ```
    pub fn is_host(&self) -> bool {
        matches!(self.0, Kind::Host { .. })
    }

    /// The schema as JSON Schema, with `x-arvo-unknown-keys` on each object schema; imported again in any mode, it does
    /// the same. For a host schema, the JSON Schema that came with it, as it came.
    ///
    /// ```
    /// # use arvo::{Schema, UnknownKeys};
    /// # use serde_json::json;
    /// let schema = json!({"properties": {}, "additionalProperties": false});
    /// let exported = Schema::from_json(&schema, UnknownKeys::Strip)?.to_json();
    /// assert_eq!(exported["x-arvo-unknown-keys"], "strip");
    /// # Ok::<(), arvo::SchemaError>(())
    /// ```
    pub fn to_json(&self) -> Value {
        match &self.0 {
            Kind::Json(schema) => schema.exported.clone(),
            Kind::Host { exported, .. } => Value::clone(exported),
        }
    }

    /// Judges data on its way through an execution; `Ok(None)`: valid, and to be used as it is.
    ///
    /// Text is read within `limits`; text that is no JSON, or beyond them, is an issue of the whole. A host's object is
    /// judged by the host if the schema is the host's, and asked for as text otherwise.
    ///
    /// # Errors
    /// [`Refused`]: every problem of the data, or what the host threw.
    ///
    /// ```
    /// use arvo::{Data, Limits, NoHost, Refused, Schema, UnknownKeys};
    ///
    /// let schema = Schema::from_json(&serde_json::json!({"type": "object"}), UnknownKeys::AsWritten)?;
    /// let judge = |text: &str| schema.validate(&Data::Text(text.into()), &Limits::default(), &NoHost);
    /// assert!(matches!(judge("{}"), Ok(None)));
    /// let Err(Refused::Issues(issues)) = judge("{") else { panic!() };
    /// assert_eq!(issues[0].path, "");
    /// # Ok::<(), arvo::SchemaError>(())
    /// ```
    pub fn validate(&self, data: &Data, limits: &Limits, host: &dyn SchemaHost) -> Result<Option<Data>, Refused> {
        let schema = match &self.0 {
            Kind::Json(schema) => schema,
            Kind::Host { number, .. } => return host.validate(*number, data),
        };
        let judged = match data {
            Data::Value(value) => json::check(value, limits).map_err(broken).and_then(|()| schema.judge(value)),
            Data::Text(text) => schema.judge_text(text, limits),
            Data::Host(token) => schema.judge_text(&host.text(*token).map_err(Refused::Raised)?, limits),
        };
        Ok(judged.map_err(Refused::Issues)?.map(Data::from))
    }

    /// Judges a value by a JSON Schema; `Ok(None)`: valid, and to be used as it is.
    ///
    /// # Errors
    /// Every problem: its path is the JSON Pointer of the value at fault (`""` for the whole), for a missing key that of
    /// the key, for unknown keys that of the object. A host schema is an issue of the whole: only its host can judge.
    pub fn apply(&self, value: &Value) -> Result<Option<Value>, Vec<Issue>> {
        let Kind::Json(schema) = &self.0 else { return Err(vec![issue_of_whole(ONLY_HOST)]) };
        json::check(value, &Limits::DEFAULT).map_err(broken)?;
        schema.judge(value)
    }
}

impl JsonSchema {
    fn judge_text(&self, text: &str, limits: &Limits) -> Result<Option<Value>, Vec<Issue>> {
        self.judge(&json::parse(text, limits).map_err(broken)?)
    }

    fn judge(&self, value: &Value) -> Result<Option<Value>, Vec<Issue>> {
        let shaped = match &self.shaper {
            Some(Shaper { as_is: Some(as_is), .. }) if as_is.is_valid(value) => return Ok(None),
            Some(shaper) => shaper.shape(value).map_err(|_| vec![issue_of_whole(AMBIGUOUS)])?,
            None => None,
        };
        let judged = shaped.as_ref().unwrap_or(value);
        if self.validator.is_valid(judged) {
            return Ok(shaped);
        }
        Err(if self.coarse.is_wanted(judged) {
            self.coarse.issues(&self.exported, judged)
        } else {
            issues::of(&self.validator, judged)
        })
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Json(schema) => f.debug_tuple("Schema").field(&schema.exported).finish(),
            Kind::Host { number, exported } => f.debug_tuple("Schema::Host").field(number).field(exported).finish(),
        }
    }
}

const ONLY_HOST: &str = "can be judged by the host alone, whose schema this is; use `Schema::validate`";
const AMBIGUOUS: &str = "takes too long to fill and strip: tag the alternatives of its schema with a `const` key, and \
                         let no default bring in others without end";

fn issue_of_whole(message: impl Into<String>) -> Issue {
    Issue { path: String::new(), message: message.into() }
}

fn broken(error: JsonError) -> Vec<Issue> {
    vec![issue_of_whole(error.to_string())]
}
