//! [`Expression`]: compiled once, evaluated as often as wanted.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::{EvaluationError, ExpressionError, Fault, Place, Span};
use super::evaluate::{Evaluator, Scope};
use super::meter::Meter;
use super::parse::parse;
use super::program::{Node, Program};
use super::{output, value};
use crate::environment::Limits;

/// An expression over named values: CEL's syntax, JSON's numbers. Cheap to clone.
///
/// ```
/// use serde_json::json;
///
/// let limits = arvo::Limits::default();
/// let large = arvo::expression::Expression::compile("context.total > 1000 && context.tier != 'gold'", &["context", "event"])?;
/// let (context, event) = (json!({"total": 1200, "tier": "silver"}), json!({}));
/// assert!(large.test(&[&context, &event], &limits)?);
///
/// let next = arvo::expression::Expression::compile("context.tries + 1", &["context"])?;
/// assert_eq!(next.evaluate(&[&json!({"tries": 1})], &limits)?, Some(json!(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Expression(Arc<Program>);

impl Expression {
    /// Compiles `text`, which may read the given names (255 at most).
    ///
    /// # Errors
    /// [`ExpressionError`]: the text is no expression, is too long or too deep, or reads another name.
    pub fn compile(text: &str, names: &[&str]) -> Result<Self, ExpressionError> {
        let program = parse(text, names)
            .map_err(|(fault, span)| ExpressionError { fault, place: Box::new(Place::of(text, span)) })?;
        Ok(Self(Arc::new(program)))
    }

    /// Works the expression out. `scope` holds a value for each name given to [`Expression::compile`], in that order.
    ///
    /// Gives nothing if the result is an empty optional, as `context.?note` is without a note: a template drops the key.
    ///
    /// # Errors
    /// [`EvaluationError`]: the values do not fit, or a bound of `limits` was exceeded.
    pub fn evaluate(&self, scope: &[&Value], limits: &Limits) -> Result<Option<Value>, EvaluationError> {
        self.evaluate_within(Scope::InOrder(scope), &mut Meter::new(limits))
    }

    /// The same with values by name; those of other names are not looked at.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_named(
        &self,
        values: &Map<String, Value>,
        limits: &Limits,
    ) -> Result<Option<Value>, EvaluationError> {
        self.evaluate_within(Scope::ByName(values), &mut Meter::new(limits))
    }

    /// Asks the expression as a guard: it must give true or false, for nothing else is either.
    ///
    /// # Errors
    /// As [`Expression::evaluate`]; and [`Fault::Kind`] for a result that is no boolean.
    pub fn test(&self, scope: &[&Value], limits: &Limits) -> Result<bool, EvaluationError> {
        self.test_within(Scope::InOrder(scope), limits)
    }

    /// The same with values by name.
    ///
    /// # Errors
    /// As [`Expression::test`].
    pub fn test_named(&self, values: &Map<String, Value>, limits: &Limits) -> Result<bool, EvaluationError> {
        self.test_within(Scope::ByName(values), limits)
    }

    pub(super) fn test_within(&self, scope: Scope<'_, '_>, limits: &Limits) -> Result<bool, EvaluationError> {
        let mut meter = Meter::new(limits);
        let program = &*self.0;
        Evaluator::new(program, scope, &mut meter)
            .value(program.root)
            .and_then(|value| match value {
                value::Val::Bool(passes) => Ok(passes),
                other => {
                    Err((Fault::Kind { wanted: "true or false", found: other.kind() }, program.span(program.root)))
                }
            })
            .map_err(|failure| self.explain(failure))
    }

    /// The same as [`Expression::evaluate`], with what is left of a budget that several expressions share.
    pub(super) fn evaluate_within(
        &self,
        scope: Scope<'_, '_>,
        meter: &mut Meter,
    ) -> Result<Option<Value>, EvaluationError> {
        let program = &*self.0;
        Evaluator::new(program, scope, meter)
            .value(program.root)
            .and_then(|result| {
                let result = match result {
                    value::Val::Optional(None) => return Ok(None),
                    value::Val::Optional(Some(inner)) => (*inner).clone(),
                    other => other,
                };
                output::to_json(result, meter).map(Some).map_err(|fault| (fault, program.span(program.root)))
            })
            .map_err(|failure| self.explain(failure))
    }

    fn explain(&self, (fault, span): (Fault, Span)) -> EvaluationError {
        EvaluationError { fault, place: Place::of(&self.0.source, span) }
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it reads this name of its scope; what it does not read need not be made.
    ///
    /// ```
    /// let expression = arvo::expression::Expression::compile("event.data.id", &["context", "event"])?;
    /// assert!(expression.reads("event") && !expression.reads("context"));
    /// # Ok::<(), arvo::expression::ExpressionError>(())
    /// ```
    pub fn reads(&self, name: &str) -> bool {
        let slot = self.0.names.iter().position(|known| **known == *name);
        self.0.nodes.iter().any(|node| matches!(node, Node::Scope(read) if Some(usize::from(*read)) == slot))
    }
}

/// An expression that reads nothing but what it holds.
impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text, &[])
    }
}

/// The expression as it was understood: one form for all texts that mean the same.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source()).finish()
    }
}

/// Two expressions are equal if they were understood alike.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.names == other.0.names && self.to_string() == other.to_string()
    }
}
