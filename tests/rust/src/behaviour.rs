//! Recorded behaviours as real handler functions (tests/vectors/README.md, section 2).

use arvo::{BoxError, ErrorReport, Input, Output, UserViolation, Violation};
use serde_json::{Value, json};

use crate::case::text;
use crate::template::evaluate;

/// Does what a behaviour says: returns outputs, nothing, or an error.
pub(crate) fn perform(behaviour: &Value, input: &Input) -> Result<Vec<Output>, BoxError> {
    if let Some(thrown) = throw(behaviour) {
        return Err(thrown);
    }
    match behaviour.get("returns") {
        None => Ok(Vec::new()),
        Some(template) => {
            let returned = evaluate(template, &scope(input)?)?.unwrap_or(Value::Null);
            Output::take(returned).map_err(|fault| Violation::Contract(fault).into())
        }
    }
}

/// The error that a behaviour throws, if it throws one.
pub(crate) fn throw(behaviour: &Value) -> Option<BoxError> {
    if let Some(thrown) = behaviour.get("throws") {
        return Some(ordinary_error(thrown).into());
    }
    behaviour.get("throwsViolation").map(|thrown| user_violation(thrown).into())
}

/// What templates look things up in.
fn scope(input: &Input) -> Result<Value, BoxError> {
    let contract = input.contract.contract();
    Ok(json!({
        "event": input.event.to_value()?,
        "source": input.source(),
        "domain": {"self": contract.domain(), "event": input.event.domain()},
        "contract": {"uri": contract.uri(), "version": input.contract.version().as_str()},
    }))
}

/// An ordinary error with that name and message; the place stands for the stack that Rust's errors lack.
pub(crate) fn ordinary_error(thrown: &Value) -> ErrorReport {
    ErrorReport::new(text(thrown, "name"), text(thrown, "message")).with_stack("in a recorded behaviour")
}

fn user_violation(thrown: &Value) -> UserViolation {
    let kind = match text(thrown, "kind") {
        "Custom" => text(thrown, "type"),
        kind => kind,
    };
    let violation = UserViolation::new(kind, text(thrown, "message"));
    match thrown.get("metadata") {
        None | Some(Value::Null) => violation,
        Some(metadata) => violation.with_metadata(metadata.clone()),
    }
}
