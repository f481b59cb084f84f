//! The expressions of STATECHARTS §8 as the language of a chart: a machine that is data, and the same everywhere.

use std::sync::Arc;

use serde_json::Value;

use super::host::{BadExpression, Expression, ExpressionFailure, Language, Names, Scope};
use crate::environment::Limits;
use crate::expression::{Template, View};
use crate::json;

/// [`expression`](crate::expression) in charts; a chart that holds nothing else runs with
/// [`NoHost`](super::NoHost).
///
/// ```
/// use std::sync::Arc;
/// use arvo::statechart::{Chart, Expressions, Implementations, NoHost, Options, Signal};
/// use serde_json::json;
///
/// let definition = json!({"id": "counter", "context": {"count": 0}, "on": {
///     "ADD": {"guard": {"$": "event.by > 0"}, "actions": {"assign": {"count": {"$": "context.count + event.by"}}}}}});
/// let options = Options { language: Arc::new(Expressions::default()), ..Options::default() };
/// let chart = Chart::compile_with(&definition, &Implementations::default(), options).unwrap();
///
/// let start = chart.start(None, &NoHost)?;
/// let next = chart.send(start.state, Signal::from_json(json!({"type": "ADD", "by": 2}))?, &NoHost)?;
/// assert_eq!(chart.snapshot(next.state, &NoHost)?["context"], json!({"count": 2}));
/// # Ok::<(), arvo::statechart::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Expressions {
    limits: Limits,
}

impl Expressions {
    /// Expressions that keep within these limits.
    pub fn new(limits: &Limits) -> Self {
        Self { limits: *limits }
    }
}

impl Language for Expressions {
    fn template(&self, json: &Value, scope: Scope) -> Result<Option<Arc<dyn Expression>>, Vec<BadExpression>> {
        let bad = |error: crate::expression::TemplateError| BadExpression {
            message: error.problem.to_string(),
            path: error.path,
        };
        let template =
            Template::compile(json, scope.names()).map_err(|errors| errors.into_iter().map(bad).collect::<Vec<_>>())?;
        if template.constant() == Some(json) {
            return Ok(None);
        }
        let source = template.expression().map_or_else(|| json::write(json, 0), |whole| whole.source().to_owned());
        let reads = scope.names().iter().copied().filter(|name| template.reads(name)).collect();
        Ok(Some(Arc::new(Compiled { template, scope, source, reads, limits: self.limits })))
    }
}

/// A template in its place.
#[derive(Debug)]
struct Compiled {
    template: Template,
    scope: Scope,
    source: String,
    reads: Vec<&'static str>,
    limits: Limits,
}

impl Expression for Compiled {
    fn evaluate(&self, names: Names<'_>) -> Result<Option<Value>, ExpressionFailure> {
        let (input, three);
        let scope: &[View<'_>] = if self.scope == Scope::Context {
            input = [names.input.unwrap_or(ABSENT)];
            &input
        } else {
            let (context, params) = (names.context.map(View::Json), names.params.map(View::Json));
            three = [context, names.event, params].map(|view| view.unwrap_or(ABSENT));
            &three
        };
        let found = match self.scope {
            Scope::Guard | Scope::NamedGuard => {
                self.template.test_views(scope, &self.limits).map(|passes| Some(Value::Bool(passes)))
            }
            _ => self.template.evaluate_views(scope, &self.limits),
        };
        found.map_err(|fault| ExpressionFailure { name: fault.error.name(), message: fault.to_string() })
    }

    fn source(&self) -> &str {
        &self.source
    }

    fn reads(&self, name: &str) -> bool {
        self.reads.contains(&name)
    }

    fn constant(&self, key: &str) -> Option<&Value> {
        self.template.constant_at(key)
    }
}

/// What nobody gave, such as params of an action named without any: it can be asked for, and has no keys.
const ABSENT: View<'_> = View::Json(&Value::Null);
