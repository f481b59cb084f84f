//! Versions and dataschemas.

use std::cmp::Ordering;

use arvo::{Dataschema, LenientVersionError, Version, lenient_version};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::error::{Failure, answer};
use crate::text::Text;

fn failure(error: LenientVersionError) -> Failure {
    Failure::new("version", error)
}

/// `-1`, `0` or `1`.
#[napi(catch_unwind)]
pub fn compare_versions(one: String, other: String) -> Text {
    answer(compared(&one, &other).map(|ordering| (ordering as i8).to_string()))
}

fn compared(one: &str, other: &str) -> Result<Ordering, Failure> {
    if let (Ok(one), Ok(other)) = (one.parse::<Version>(), other.parse::<Version>()) {
        return Ok(one.compare(&other));
    }
    let (one, other) = (lenient_version(one).map_err(failure)?, lenient_version(other).map_err(failure)?);
    Ok(one.partial_cmp(&other).unwrap_or(Ordering::Equal))
}

/// The three numbers of a version, as JSON.
#[napi(catch_unwind)]
pub fn parse_version(version: String) -> Text {
    answer(
        lenient_version(&version)
            .map(|[major, minor, patch]| arvo::json::write(&json!({"major": major, "minor": minor, "patch": patch}), 0))
            .map_err(failure),
    )
}

/// Whether a text is a version.
#[napi(catch_unwind)]
pub fn is_version(text: String) -> bool {
    text.parse::<Version>().is_ok()
}

/// Whether a text is the wildcard.
#[napi(catch_unwind)]
pub fn is_wildcard(text: String) -> bool {
    text.parse::<Version>().is_ok_and(|version| version.is_wildcard())
}

/// Uri and version of a dataschema as JSON, or `null`.
#[napi(catch_unwind)]
pub fn parse_dataschema(dataschema: String) -> Text {
    Dataschema::split(&dataschema).map_or(Value::Null, |(uri, version)| json!({"uri": uri, "version": version})).into()
}
