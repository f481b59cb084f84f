//! Templates: JSON with expressions in it.
//!
//! `{"$": "text"}` is replaced by what the expression gives; `{"$quote": json}` by the JSON as it is; all else stays.
//! An expression that gives an empty optional takes its key, or its place in a list, with it.

use std::fmt;

use serde_json::{Map, Value};

use super::compile::Expression;
use super::error::{EvaluationError, ExpressionError, Fault, Place, Span, ValueKind};
use super::evaluate::Scope;
use super::meter::Meter;
use super::output;
use super::value::{ITEM, Val};
use super::view::View;
use crate::environment::Limits;

/// JSON with expressions in it, compiled once.
///
/// ```
/// use serde_json::json;
///
/// let template = arvo::expression::Template::compile(
///     &json!({"id": {"$": "context.id"}, "note": {"$": "context.?note"}, "price": {"$quote": {"$": 5}}}),
///     &["context"],
/// ).unwrap();
/// let made = template.evaluate(&[&json!({"id": "o1"})], &arvo::Limits::default())?;
/// assert_eq!(made, Some(json!({"id": "o1", "price": {"$": 5}})));
/// # Ok::<(), arvo::expression::TemplateFault>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Part);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// Without expressions below it.
    Constant(Value),
    Expression(Expression),
    List(Vec<Part>),
    Map(Filled),
}

/// A map with expressions below it.
#[derive(Clone, Debug, PartialEq)]
struct Filled {
    parts: Vec<(String, Part)>,
    /// Its keys, without values: copying a map costs no hashing of its keys.
    keys: Map<String, Value>,
}

impl Template {
    /// What is nested deeper is no template.
    const DEPTH: usize = 128;

    /// Compiles all expressions within `json`; they may read the given names.
    ///
    /// # Errors
    /// Every expression that does not compile, with its path.
    pub fn compile(json: &Value, names: &[&str]) -> Result<Self, Vec<TemplateError>> {
        let mut compiler = Compiler { names, errors: Vec::new(), path: String::new() };
        let part = compiler.part(json, 0);
        if compiler.errors.is_empty() { Ok(Self(part)) } else { Err(compiler.errors) }
    }

    /// The JSON with every expression replaced; one budget for all of them. `scope` as for [`Expression::evaluate`].
    ///
    /// Gives nothing if the template is a single expression whose result is an empty optional.
    ///
    /// # Errors
    /// [`TemplateFault`]: the first expression that failed, with its path.
    pub fn evaluate(&self, scope: &[&Value], limits: &Limits) -> Result<Option<Value>, TemplateFault> {
        self.evaluate_within(Scope::InOrder(scope), limits)
    }

    /// The same with values by name; those of other names are not looked at.
    ///
    /// # Errors
    /// As [`Template::evaluate`].
    pub fn evaluate_named(&self, values: &Map<String, Value>, limits: &Limits) -> Result<Option<Value>, TemplateFault> {
        self.evaluate_within(Scope::ByName(values), limits)
    }

    /// Asks it as a guard, as [`Expression::test`] does; a template that is no expression alone is no guard.
    ///
    /// # Errors
    /// As [`Expression::test`].
    pub fn test(&self, scope: &[&Value], limits: &Limits) -> Result<bool, TemplateFault> {
        self.test_within(Scope::InOrder(scope), limits)
    }

    /// The same with values by name.
    ///
    /// # Errors
    /// As [`Template::test`].
    pub fn test_named(&self, values: &Map<String, Value>, limits: &Limits) -> Result<bool, TemplateFault> {
        self.test_within(Scope::ByName(values), limits)
    }

    /// As [`Template::evaluate`], over values that need not be JSON yet.
    ///
    /// # Errors
    /// As [`Template::evaluate`].
    pub fn evaluate_views(&self, scope: &[View<'_>], limits: &Limits) -> Result<Option<Value>, TemplateFault> {
        self.evaluate_within(Scope::Views(scope), limits)
    }

    /// As [`Template::test`], over values that need not be JSON yet.
    ///
    /// # Errors
    /// As [`Template::test`].
    pub fn test_views(&self, scope: &[View<'_>], limits: &Limits) -> Result<bool, TemplateFault> {
        self.test_within(Scope::Views(scope), limits)
    }

    fn test_within(&self, scope: Scope<'_, '_>, limits: &Limits) -> Result<bool, TemplateFault> {
        let tested = match &self.0 {
            Part::Expression(expression) => expression.test_within(scope, limits),
            Part::Constant(Value::Bool(passes)) => Ok(*passes),
            Part::Constant(value) => Err(no_guard(Val::from(value).kind())),
            Part::List(_) => Err(no_guard(ValueKind::List)),
            Part::Map(_) => Err(no_guard(ValueKind::Map)),
        };
        tested.map_err(|error| TemplateFault { path: String::new(), error })
    }

    fn evaluate_within(&self, scope: Scope<'_, '_>, limits: &Limits) -> Result<Option<Value>, TemplateFault> {
        let mut filler = Filler { scope, meter: Meter::new(limits), path: Vec::new() };
        filler.part(&self.0).map_err(|error| {
            let path = filler.path.iter().rev().fold(String::new(), |path, step| path + step);
            TemplateFault { path, error }
        })
    }

    /// The JSON it gives whatever the scope, if it holds no expression.
    pub fn constant(&self) -> Option<&Value> {
        match &self.0 {
            Part::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// What every result holds under this key, if no expression is there.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let event = json!({"type": "com.order.pay", "data": {"$": "context.order"}});
    /// let template = arvo::expression::Template::compile(&event, &["context"]).unwrap();
    /// assert_eq!(template.constant_at("type"), Some(&json!("com.order.pay")));
    /// assert_eq!(template.constant_at("data"), None);
    /// ```
    pub fn constant_at(&self, key: &str) -> Option<&Value> {
        match &self.0 {
            Part::Constant(value) => value.get(key),
            Part::Map(map) => map.parts.iter().find(|(known, _)| known == key).and_then(|(_, part)| constant(part)),
            _ => None,
        }
    }

    /// The expression, if the template is nothing else.
    pub fn expression(&self) -> Option<&Expression> {
        match &self.0 {
            Part::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// Whether one of its expressions reads this name.
    pub fn reads(&self, name: &str) -> bool {
        self.0.reads(name)
    }
}

/// An expression alone.
impl From<Expression> for Template {
    fn from(expression: Expression) -> Self {
        Self(Part::Expression(expression))
    }
}

impl Part {
    fn reads(&self, name: &str) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Expression(expression) => expression.reads(name),
            Self::List(parts) => parts.iter().any(|part| part.reads(name)),
            Self::Map(map) => map.parts.iter().any(|(_, part)| part.reads(name)),
        }
    }
}

struct Compiler<'n> {
    names: &'n [&'n str],
    errors: Vec<TemplateError>,
    path: String,
}

impl Compiler<'_> {
    fn part(&mut self, json: &Value, depth: usize) -> Part {
        if depth > Template::DEPTH {
            return self.refuse(TemplateProblem::TooDeep { limit: Template::DEPTH });
        }
        match json {
            Value::Object(map) if map.len() == 1 => {
                if let Some(text) = map.get("$") {
                    return self.expression(text);
                }
                map.get("$quote").map_or_else(|| self.map(map, depth), |quoted| Part::Constant(quoted.clone()))
            }
            Value::Object(map) => self.map(map, depth),
            Value::Array(list) => {
                let parts: Vec<Part> =
                    list.iter().enumerate().map(|(at, item)| self.below(&format!("[{at}]"), item, depth)).collect();
                match parts.iter().map(constant).collect::<Option<Vec<&Value>>>() {
                    Some(_) => Part::Constant(parts.into_iter().filter_map(into_constant).collect()),
                    None => Part::List(parts),
                }
            }
            plain => Part::Constant(plain.clone()),
        }
    }

    fn map(&mut self, map: &Map<String, Value>, depth: usize) -> Part {
        let parts: Vec<(String, Part)> =
            map.iter().map(|(key, item)| (key.clone(), self.below(&step(key), item, depth))).collect();
        if parts.iter().all(|(_, part)| constant(part).is_some()) {
            let entries = parts.into_iter().filter_map(|(key, part)| into_constant(part).map(|value| (key, value)));
            return Part::Constant(Value::Object(entries.collect()));
        }
        let keys = parts.iter().map(|(key, _)| (key.clone(), Value::Null)).collect();
        Part::Map(Filled { parts, keys })
    }

    fn below(&mut self, step: &str, json: &Value, depth: usize) -> Part {
        let length = self.path.len();
        self.path.push_str(step);
        let part = self.part(json, depth + 1);
        self.path.truncate(length);
        part
    }

    fn expression(&mut self, text: &Value) -> Part {
        let Value::String(text) = text else { return self.refuse(TemplateProblem::NoText) };
        match Expression::compile(text, self.names) {
            Ok(expression) => Part::Expression(expression),
            Err(error) => self.refuse(error.into()),
        }
    }

    fn refuse(&mut self, problem: TemplateProblem) -> Part {
        self.errors.push(TemplateError { path: self.path.clone(), problem });
        Part::Constant(Value::Null)
    }
}

struct Filler<'a> {
    scope: Scope<'a, 'a>,
    meter: Meter,
    /// Filled from the inside out, once something failed.
    path: Vec<String>,
}

impl Filler<'_> {
    fn part(&mut self, part: &Part) -> Result<Option<Value>, EvaluationError> {
        match part {
            Part::Constant(value) => self.charged(|meter| output::copy(value, meter)).map(Some),
            Part::Expression(expression) => expression.evaluate_within(self.scope, &mut self.meter),
            Part::List(parts) => {
                self.charged(|meter| meter.make(ITEM * parts.len()))?;
                let mut list = Vec::with_capacity(parts.len());
                for (at, part) in parts.iter().enumerate() {
                    list.extend(self.part(part).inspect_err(|_| self.path.push(format!("[{at}]")))?);
                }
                Ok(Some(Value::Array(list)))
            }
            Part::Map(Filled { parts, keys }) => {
                self.charged(|meter| meter.make(parts.iter().map(|(key, _)| ITEM + key.len()).sum()))?;
                let mut map = keys.clone();
                let mut absent = Vec::new();
                for ((key, part), place) in parts.iter().zip(map.values_mut()) {
                    match self.part(part).inspect_err(|_| self.path.push(step(key)))? {
                        Some(value) => *place = value,
                        None => absent.push(key),
                    }
                }
                absent.into_iter().for_each(|key| drop(map.shift_remove(key)));
                Ok(Some(Value::Object(map)))
            }
        }
    }

    /// What the template itself makes, outside its expressions.
    fn charged<T>(&mut self, work: impl FnOnce(&mut Meter) -> Result<T, Fault>) -> Result<T, EvaluationError> {
        work(&mut self.meter).map_err(outside)
    }
}

/// A fault of the template itself, outside its expressions.
fn outside(fault: Fault) -> EvaluationError {
    EvaluationError { fault, place: Place::of("{…}", Span::new(0, 5)) }
}

fn no_guard(found: ValueKind) -> EvaluationError {
    outside(Fault::Kind { wanted: "true or false", found })
}

fn constant(part: &Part) -> Option<&Value> {
    match part {
        Part::Constant(value) => Some(value),
        _ => None,
    }
}

fn into_constant(part: Part) -> Option<Value> {
    match part {
        Part::Constant(value) => Some(value),
        _ => None,
    }
}

fn step(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$' | b'-'));
    if plain { format!(".{key}") } else { format!("[{key:?}]") }
}

/// Why JSON is no template.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{problem}", at(path))]
pub struct TemplateError {
    /// Where in the JSON, such as `.data.items[0]`; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub problem: TemplateProblem,
}

impl TemplateError {
    /// Line and column in the expression, if an expression is to blame.
    pub fn place(&self) -> Option<&Place> {
        match &self.problem {
            TemplateProblem::Expression(error) => Some(&error.place),
            _ => None,
        }
    }
}

/// What is wrong with a place of a template.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateProblem {
    /// An expression that does not compile.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// `{"$": …}` without text.
    #[error("an expression is text; write {{\"$\": \"…\"}}, or {{\"$quote\": …}} around JSON that is meant as it is")]
    NoText,
    /// Lists and maps lie too deep inside each other.
    #[error("nested deeper than {limit} levels; flatten it")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
}

/// An expression of a template that failed on the values it was given.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{error}", at(path))]
pub struct TemplateFault {
    /// Where in the JSON, such as `.data.items[0]`; empty for the whole.
    pub path: String,
    /// What went wrong.
    pub error: EvaluationError,
}

fn at(path: &str) -> impl fmt::Display {
    if path.is_empty() { String::new() } else { format!("at {path}: ") }
}
