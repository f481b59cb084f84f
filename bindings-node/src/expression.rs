//! Expressions and templates, compiled.

use arvo::expression::{Template, TemplateError};
use arvo::json;
use napi::Either;
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// A compiled template; an expression alone is one, too.
#[napi]
pub struct NodeExpression(Template);

/// Compiles JSON, which may read the given names.
#[napi(catch_unwind)]
pub fn compile_expression(definition: String, names: Vec<String>) -> Either<NodeExpression, Text> {
    match compile(&definition, &names) {
        Ok(template) => Either::A(NodeExpression(template)),
        Err(failure) => Either::B(failure.into()),
    }
}

fn compile(definition: &str, names: &[String]) -> Result<Template, Failure> {
    let definition = json::parse(definition, &environment::limits())
        .map_err(|error| Failure::new("expression", format!("a template can't be read: {error}")))?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Template::compile(&definition, &names).map_err(|errors| refused(&errors))
}

#[napi]
impl NodeExpression {
    /// What it gives with these values, an object, as JSON; empty for an empty optional.
    #[napi(catch_unwind)]
    pub fn evaluate(&self, values: String) -> Text {
        answer(read(&values).and_then(|values| {
            let found = self.0.evaluate_named(&values, &environment::limits())?;
            Ok(found.map_or_else(String::new, |found| json::write(&found, 0)))
        }))
    }

    /// Whether it passes as a guard, as JSON.
    #[napi(catch_unwind)]
    pub fn test(&self, values: String) -> Text {
        answer(read(&values).and_then(|values| {
            let passes = self.0.test_named(&values, &environment::limits())?;
            Ok(passes.to_string())
        }))
    }
}

fn read(values: &str) -> Result<Map<String, Value>, Failure> {
    match json::parse(values, &environment::limits()) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err(Failure::new("evaluation", "values are given by name, in an object")),
        Err(error) => Err(Failure::new("evaluation", format!("the values can't be read: {error}"))),
    }
}

/// The text names every place that is wrong, the fields the first.
fn refused(errors: &[TemplateError]) -> Failure {
    let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let first = errors.first();
    Failure::new("expression", text)
        .with_place(first.map_or("", |first| &first.path), first.and_then(TemplateError::place))
}
