//! A check that is data: a template whose value is true or false, or one that fails.

use serde_json::{Map, Value};

use super::template::{Template, is_true};
use super::thrown::Thrown;
use crate::environment::Limits;

/// What is asked of events or of an error.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Template(Template),
    /// The check itself throws this text.
    Fails(String),
}

impl Question {
    /// The answer, over the one value that the question may look at.
    pub(super) fn ask(&self, name: &str, value: Value, limits: &Limits) -> Result<bool, Thrown> {
        match self {
            Self::Fails(message) => Err(Thrown::error("Error", message.clone())),
            Self::Template(template) => {
                let scope = Map::from_iter([(name.to_owned(), value)]);
                Ok(template.evaluate(&scope, limits)?.is_some_and(|answer| is_true(&answer)))
            }
        }
    }
}
