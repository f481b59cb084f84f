//! How a handler breaks its contract: the report of the check.

use std::fmt;

use serde_json::{Value, json};

use super::thrown::Thrown;
use crate::json;

/// A contract that its handler does not keep, with the smallest input that shows it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{source_type} {version}: {wrong}\n  input   {}\n  found   as case {case}, then made smaller in steps: {shrunk}\n  \
     replay  ARVO_SEED={seed}",
    json::write(.input, 0)
)]
#[non_exhaustive]
pub struct Breach {
    /// Type of event that the contract accepts.
    pub source_type: String,
    /// Version of the contract.
    pub version: String,
    /// Replays the same inputs.
    pub seed: u64,
    /// The case that failed first, from 1.
    pub case: usize,
    /// The smallest data that fails in the same way.
    pub input: Value,
    /// How often smaller data was found.
    pub shrunk: usize,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with how an input was handled.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// Data that fits the contract led to a violation that user code did not raise itself: what it emits breaks the
    /// contract, say.
    Violated(Thrown),
    /// Data that breaks the contract was not refused: these types of events were emitted.
    Accepted(Vec<String>),
    /// Data that breaks the contract reached user code before it was refused.
    Reached(u32),
    /// Data that breaks the contract was refused, but not because of that.
    Otherwise(Thrown),
}

impl Wrong {
    /// Whether two inputs fail in the same way: then the smaller one tells as much.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Violated(one), Self::Violated(other)) => one.name == other.name,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Violated(thrown) => json!({"violated": thrown.to_value()}),
            Self::Accepted(types) => json!({"accepted": types}),
            Self::Reached(calls) => json!({"reached": calls}),
            Self::Otherwise(thrown) => json!({"otherwise": thrown.to_value()}),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violated(thrown) => write!(f, "valid input led to {}", Told(thrown)),
            Self::Accepted(types) if types.is_empty() => f.write_str("invalid input was accepted; nothing was emitted"),
            Self::Accepted(types) => write!(f, "invalid input was accepted; emitted were {}", types.join(", ")),
            Self::Reached(calls) => write!(f, "invalid input reached user code, which ran {calls} times"),
            Self::Otherwise(thrown) => {
                write!(f, "invalid input was not refused by the contract, but led to {}", Told(thrown))
            }
        }
    }
}

/// The text of a violation begins with its name, that of an ordinary error does not.
struct Told<'a>(&'a Thrown);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Thrown { name, message, .. } = self.0;
        if message.starts_with(name.as_str()) { f.write_str(message) } else { write!(f, "{name}: {message}") }
    }
}
