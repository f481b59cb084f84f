//! `arvo_expression`: what the expressions of a portable machine give, without the machine.

use arvo_core::expression::{Template, TemplateError, TemplateFault};
use serde_json::{Map, Value, json};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::environment::{Surroundings, environment};
use crate::handle::{Handle, borrow, borrow_optional, free, kind};
use crate::pointer::noun;
use crate::value::Json;

/// The content of an `arvo_expression`: a template; an expression alone is one, too.
pub struct ExpressionHandle(Template);

kind!(ExpressionHandle, "arvo_expression", b"expressi");

impl ExpressionHandle {
    /// Compiles JSON; without a list of names, for those that most places of a machine have.
    fn compile(definition: &Value, names: Option<&Json>) -> Result<Self, Failure> {
        let names = names.map_or_else(|| Ok(vec!["context", "event"]), texts)?;
        Ok(Self(Template::compile(definition, &names).map_err(|errors| refused(&errors))?))
    }
}

impl From<TemplateFault> for Failure {
    fn from(fault: TemplateFault) -> Self {
        let place = &fault.error.place;
        Self::new(Status::EXPRESSION_FAILED, fault.error.name(), fault.to_string())
            .with("path", fault.path.as_str().into())
            .with("line", place.line.into())
            .with("column", place.column.into())
    }
}

/// The text names every place that is wrong, the details the first.
fn refused(errors: &[TemplateError]) -> Failure {
    let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let failure = Failure::new(Status::INVALID_EXPRESSION, "InvalidExpression", text);
    let Some(first) = errors.first() else { return failure };
    let failure = failure.with("path", first.path.as_str().into());
    match first.place() {
        Some(place) => failure.with("line", place.line.into()).with("column", place.column.into()),
        None => failure,
    }
}

fn texts(names: &Json) -> Result<Vec<&str>, Failure> {
    let wrong = |found: &Value| Failure::argument(format!("names is or holds {}; pass an array of texts", noun(found)));
    let list = names.value().as_array().ok_or_else(|| wrong(names.value()))?;
    list.iter().map(|name| name.as_str().ok_or_else(|| wrong(name))).collect()
}

fn by_name(values: Option<&Json>) -> Result<Option<&Map<String, Value>>, Failure> {
    let wrong = |found: &Value| Failure::argument(format!("values is {}; pass an object of values", noun(found)));
    values.map(|values| values.value().as_object().ok_or_else(|| wrong(values.value()))).transpose()
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_expression_new(
    text: Str,
    names: *const Handle<Json>,
    out: *mut *mut Handle<ExpressionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (text, names, out) = unsafe { (text.read("text")?, borrow_optional(names, "names")?, slot(out, "out")?) };
        out.give(ExpressionHandle::compile(&json!({ "$": text }), names)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_expression_of_template(
    template: *const Handle<Json>,
    names: *const Handle<Json>,
    out: *mut *mut Handle<ExpressionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (template, names, out) =
            unsafe { (borrow::<Json>(template, "template_")?, borrow_optional(names, "names")?, slot(out, "out")?) };
        out.give(ExpressionHandle::compile(template.value(), names)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_expression_evaluate(
    within: *const Handle<Surroundings>,
    expression: *const Handle<ExpressionHandle>,
    values: *const Handle<Json>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (within, expression, values, out) = unsafe {
            let expression = borrow(expression, "expression")?;
            (environment(within)?, expression, borrow_optional(values, "values")?, slot(out, "out")?)
        };
        let values = by_name(values)?;
        match expression.0.evaluate_named(values.unwrap_or(&Map::new()), within.limits())? {
            Some(found) => out.give(Json::new(found)),
            None => out.put(std::ptr::null_mut()),
        }
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_expression_test(
    within: *const Handle<Surroundings>,
    expression: *const Handle<ExpressionHandle>,
    values: *const Handle<Json>,
    out: *mut bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (within, expression, values, out) = unsafe {
            let expression = borrow(expression, "expression")?;
            (environment(within)?, expression, borrow_optional(values, "values")?, slot(out, "out")?)
        };
        let values = by_name(values)?;
        out.put(expression.0.test_named(values.unwrap_or(&Map::new()), within.limits())?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_expression_free(expression: *mut Handle<ExpressionHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(expression) }
}
