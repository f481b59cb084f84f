//! Alternatives (`anyOf`, `oneOf`), and how to tell them apart without trying each.

use jsonschema::Validator;
use serde_json::Value;

use super::member::Id;

/// The alternatives of one `anyOf` or `oneOf`, in order.
pub(super) struct Union {
    pub(super) branches: Vec<Branch>,
    /// Whether a branch can change data.
    pub(super) active: bool,
}

impl Union {
    pub(super) fn members(&self) -> Vec<Option<Id>> {
        self.branches.iter().map(|branch| branch.member).collect()
    }
}

/// One alternative.
#[derive(Default)]
pub(super) struct Branch {
    /// `None` for `true` and `false`.
    pub(super) member: Option<Id>,
    pub(super) kinds: Kinds,
    pub(super) tags: Vec<Tag>,
    /// Set where another branch may fit the same value.
    pub(super) judge: Option<Box<Validator>>,
}

/// A key whose value tells the branch: `const` or `enum` of texts, booleans or null.
#[derive(Clone)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) values: Vec<Value>,
    /// Whether the key must be there.
    pub(super) required: bool,
}

impl Tag {
    fn excludes(&self, other: &Self) -> bool {
        let apart = || !other.values.iter().any(|value| self.values.contains(value));
        self.key == other.key && self.required && other.required && apart()
    }
}

impl Branch {
    /// `false` only if the branch certainly does not fit.
    pub(super) fn can_fit(&self, value: &Value) -> bool {
        self.kinds.meet(Kinds::of(value))
            && value.as_object().is_none_or(|map| {
                self.tags.iter().all(|tag| map.get(&tag.key).map_or(!tag.required, |found| tag.values.contains(found)))
            })
    }

    /// Whether no value can fit both.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let both = self.kinds.and(other.kinds);
        both == Kinds::NONE
            || both == Kinds::OBJECT && self.tags.iter().any(|tag| other.tags.iter().any(|theirs| tag.excludes(theirs)))
    }
}

/// A set of JSON types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Kinds(u8);

impl Default for Kinds {
    fn default() -> Self {
        Self::ALL
    }
}

impl Kinds {
    pub(super) const ALL: Self = Self(0b11_1111);
    pub(super) const NONE: Self = Self(0);
    const OBJECT: Self = Self(0b10_0000);

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::named("null"),
            Value::Bool(_) => Self::named("boolean"),
            Value::Number(_) => Self::named("number"),
            Value::String(_) => Self::named("string"),
            Value::Array(_) => Self::named("array"),
            Value::Object(_) => Self::OBJECT,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "null" => Self(1),
            "boolean" => Self(2),
            "number" | "integer" => Self(4),
            "string" => Self(8),
            "array" => Self(16),
            "object" => Self::OBJECT,
            _ => Self::NONE,
        }
    }

    /// What the keyword `type` says.
    pub(super) fn of_keyword(said: Option<&Value>) -> Self {
        match said {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => {
                Self(names.iter().filter_map(Value::as_str).fold(0, |kinds, name| kinds | Self::named(name).0))
            }
            _ => Self::ALL,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
