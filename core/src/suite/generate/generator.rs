//! Makes data for one schema: makes, judges, tries again.

use std::fmt;

use serde_json::{Value, json};

use super::error::GenerateError;
use super::make::Maker;
use super::{mutate, shrink};
use crate::contract::{Schema, UnknownKeys};
use crate::json;
use crate::random::Random;

/// Makes data for one schema of a contract, always an object, as events carry it.
///
/// ```
/// use arvo::{Schema, UnknownKeys, suite::Generator};
///
/// let schema = Schema::from_json(&serde_json::json!({
///     "type": "object", "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}}, "required": ["sku"],
/// }), UnknownKeys::AsWritten)?;
/// let generator = Generator::new(&schema)?;
/// let order = generator.valid(7)?;
/// assert!(schema.apply(&order).is_ok());
/// assert_eq!(generator.valid(7)?, order, "the same seed, the same data");
/// let broken = generator.invalid(7)?.ok_or("everything fits")?;
/// assert!(schema.apply(&broken).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Generator {
    exported: Value,
    judge: Schema,
}

/// How often a value is tried; the later, the smaller.
const TRIES: usize = 400;
/// How often valid data is changed until the schema refuses it.
const CHANGES: usize = 400;

impl Generator {
    /// A generator for this schema; of a host's schema, for the JSON Schema that came with it.
    ///
    /// # Errors
    /// [`GenerateError::Schema`] when that JSON Schema can't be used.
    pub fn new(schema: &Schema) -> Result<Self, GenerateError> {
        let exported = schema.to_json();
        let judge = if schema.is_host() {
            Schema::from_json(&exported, UnknownKeys::AsWritten).map_err(GenerateError::Schema)?
        } else {
            schema.clone()
        };
        Ok(Self { exported, judge })
    }

    /// Data that fits.
    ///
    /// # Errors
    /// [`GenerateError`], which names the part of the schema that nothing was found for.
    pub fn valid(&self, seed: u64) -> Result<Value, GenerateError> {
        let mut random = Random::new(seed);
        let mut last = GenerateError::Nothing { path: String::new(), reason: "was never tried" };
        for tried in 0..TRIES {
            let mut maker = Maker::new(&self.exported, &mut random, size(tried));
            match maker.object() {
                Ok(value) => match self.judge.apply(&value) {
                    Ok(_) if value.is_object() => return Ok(value),
                    Ok(_) => {}
                    Err(issues) => {
                        let Some(issue) = issues.into_iter().next() else { continue };
                        let path = maker.schema_of(&issue.path);
                        last = GenerateError::NotFound { path, tries: tried + 1, issue };
                    }
                },
                Err(nothing) => last = nothing.into(),
            }
        }
        Err(last)
    }

    /// Data that does not fit, most often by one detail; none if the schema takes every object that was tried.
    ///
    /// # Errors
    /// As [`Generator::valid`], which it begins with.
    pub fn invalid(&self, seed: u64) -> Result<Option<Value>, GenerateError> {
        let mut random = Random::new(seed);
        let mut value = self.valid(random.next())?;
        for changes in 1..=CHANGES {
            if changes % 20 == 0 {
                value = self.valid(random.next())?;
            }
            let changed = mutate::changed(&value, &mut random);
            if changed.is_object() && !self.fits(&changed) {
                return Ok(Some(changed));
            }
        }
        Ok(None)
    }

    /// Whether data fits.
    pub(in crate::suite) fn fits(&self, value: &Value) -> bool {
        self.judge.apply(value).is_ok()
    }

    /// What is smaller than data and fits as it does, or does not fit as it does not; the smallest first. Data that is
    /// made smaller again and again comes to an end.
    ///
    /// ```
    /// # use arvo::{Schema, UnknownKeys, suite::Generator};
    /// let schema = Schema::from_json(&serde_json::json!({"required": ["a"]}), UnknownKeys::AsWritten)?;
    /// let smaller = Generator::new(&schema)?.smaller(&serde_json::json!({"a": [1], "b": 2}));
    /// assert!(smaller.contains(&serde_json::json!({"a": [1]})));
    /// assert!(smaller.iter().all(|data| data.get("a").is_some()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn smaller(&self, value: &Value) -> Vec<Value> {
        let fits = self.fits(value);
        shrink::smaller(value).into_iter().filter(|one| one.is_object() && self.fits(one) == fits).collect()
    }
}

/// How many parts and characters a value may have: small at first too, so that small values are common.
fn size(tried: usize) -> usize {
    match tried {
        0..100 => 8,
        100..200 => 3,
        _ => 1,
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("schema", &json::write(&json!(self.exported), 0)).finish()
    }
}
