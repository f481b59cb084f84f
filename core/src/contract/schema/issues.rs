//! The validator's findings as [`Issue`]s: where, what was wrong, what was wanted, and never a value of the data.

use std::collections::HashSet;
use std::fmt::Write as _;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

use super::coarse;
use super::places::escape;
use crate::violation::Issue;

/// At most this many issues of one value are spelled out.
const ISSUES: usize = 1_000;

/// Every problem of `value`, which `validator` refuses.
pub(super) fn of(validator: &Validator, value: &Value) -> Vec<Issue> {
    let mut seen = HashSet::new();
    let mut issues: Vec<Issue> = Vec::new();
    let mut tell = |issue: Issue| {
        if seen.insert((issue.path.clone(), issue.message.clone())) {
            issues.push(issue);
        }
    };
    for error in validator.iter_errors(value) {
        each(&error, &mut tell);
    }
    if let Some(more) = issues.len().checked_sub(ISSUES).filter(|more| *more > 0) {
        issues.truncate(ISSUES);
        issues.push(Issue { path: String::new(), message: format!("and {more} problems more") });
    }
    issues
}

/// Tells a problem, or in its place those of what a value is, if it is not null.
fn each(error: &ValidationError<'_>, tell: &mut impl FnMut(Issue)) {
    match beside_null(error) {
        Some(problems) => problems.iter().for_each(|problem| each(problem, tell)),
        None => tell(issue(error)),
    }
}

/// The problems of something that may also be null, where it is of its kind: then only that alternative can be meant.
fn beside_null<'a>(error: &'a ValidationError<'_>) -> Option<&'a [ValidationError<'static>]> {
    use ValidationErrorKind as Kind;
    let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = error.kind() else { return None };
    let is_kind = |problem: &ValidationError<'_>| {
        matches!(problem.kind(), Kind::Type { .. }) && problem.instance_path() == error.instance_path()
    };
    let is_null = |problems: &[ValidationError<'_>]| {
        let [problem] = problems else { return false };
        is_kind(problem) && matches!(problem.kind(), Kind::Type { kind: TypeKind::Single(JsonType::Null) })
    };
    let other = match context.as_slice() {
        [other, null] | [null, other] if is_null(null) => other,
        _ => return None,
    };
    (!other.iter().any(is_kind)).then_some(other)
}

pub(super) fn issue(error: &ValidationError<'_>) -> Issue {
    let mut path = error.instance_path().as_str().to_owned();
    if let ValidationErrorKind::Required { property } = error.kind() {
        path.push('/');
        path.push_str(&escape(property.as_str().unwrap_or_default()));
    }
    Issue { path, message: message(error) }
}

fn message(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    match error.kind() {
        // Where no key at all is known, the validator does not name them.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            "has unknown keys: none is known here".to_owned()
        }
        Kind::Required { .. } => "is missing".to_owned(),
        Kind::Type { kind } => format!("wanted {}, found {}", types(kind), kind_of(error.instance())),
        Kind::Constant { expected_value } => format!("wanted {expected_value}"),
        Kind::Enum { options } => format!("wanted one of {options}"),
        Kind::Format { format } => format!("wanted a text of format {format:?}"),
        Kind::Pattern { pattern } => format!("wanted a text that matches {pattern:?}"),
        Kind::MinLength { limit } => format!("wanted at least {limit} characters"),
        Kind::MaxLength { limit } => format!("wanted at most {limit} characters"),
        Kind::Minimum { limit } => format!("wanted {limit} or more"),
        Kind::Maximum { limit } => format!("wanted {limit} or less"),
        Kind::ExclusiveMinimum { limit } => format!("wanted more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("wanted less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("wanted a multiple of {multiple_of}"),
        Kind::MinItems { limit } => format!("wanted at least {limit} items"),
        Kind::MaxItems { limit } => format!("wanted at most {limit} items"),
        Kind::AdditionalItems { limit } => format!("wanted at most {limit} items"),
        Kind::UnevaluatedItems { unexpected } => {
            format!("has {} items that the schema does not know", unexpected.len())
        }
        Kind::UniqueItems => "wanted items that all differ".to_owned(),
        Kind::Contains => "holds too few or too many items of the kind wanted".to_owned(),
        Kind::MinProperties { limit } => format!("wanted at least {limit} keys"),
        Kind::MaxProperties { limit } => format!("wanted at most {limit} keys"),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => keys(unexpected),
        Kind::PropertyNames { error } => format!("has a key that is not allowed: {}", message(error)),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => alternatives(error, context),
        Kind::OneOfMultipleValid { .. } => "fits more than one of the alternatives; wanted exactly one".to_owned(),
        Kind::Not { schema } if coarse::is_union(schema) => "fits none of the alternatives, or too many".to_owned(),
        Kind::FalseSchema | Kind::Not { .. } => "is not allowed here".to_owned(),
        Kind::ContentEncoding { content_encoding } => format!("wanted a text in encoding {content_encoding:?}"),
        Kind::ContentMediaType { content_media_type } => format!("wanted a text of type {content_media_type:?}"),
        Kind::FromUtf8 { .. } => "wanted encoded UTF-8".to_owned(),
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => "could not be matched".to_owned(),
        Kind::Referencing(_) | Kind::Custom { .. } => format!("breaks `{}`", error.kind().keyword()),
    }
}

/// Why each alternative of a union was refused, by the first problem of each.
fn alternatives(error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) -> String {
    const TOLD: usize = 5;
    let mut text = format!("fits none of the {} alternatives", context.len());
    for (at, branch) in context.iter().enumerate().take(TOLD) {
        let Some(first) = branch.first() else { continue };
        let told = match first.kind() {
            ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
                "none of several".to_owned()
            }
            _ => {
                let found = issue(first);
                let inner = found.path.strip_prefix(error.instance_path().as_str()).unwrap_or(&found.path);
                format!("{inner}{}{}", if inner.is_empty() { "" } else { " " }, found.message)
            }
        };
        let _ = write!(text, "{} ({}) {told}", if at == 0 { ":" } else { "," }, at + 1);
    }
    if context.len() > TOLD {
        text.push_str(", …");
    }
    text
}

/// Names unknown keys: the first few, cut short, since they come from outside.
fn keys(unexpected: &[String]) -> String {
    const TOLD: usize = 5;
    let told: Vec<String> =
        unexpected.iter().take(TOLD).map(|key| format!("{:?}", key.chars().take(40).collect::<String>())).collect();
    let more = if unexpected.len() > TOLD { ", …" } else { "" };
    format!("has unknown keys: {}{more}", told.join(", "))
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
