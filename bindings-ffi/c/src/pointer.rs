//! JSON Pointer (RFC 6901) over a JSON value: find a part, make a place for one, take one away.

use std::borrow::Cow;

use arvo_core::{Limits, json};
use serde_json::{Number, Value};

use crate::boundary::{Failure, Status};

/// A pointer whose form has been checked.
pub(crate) struct Pointer<'a> {
    text: &'a str,
}

impl<'a> Pointer<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, Failure> {
        if text.is_empty() || text.starts_with('/') {
            return Ok(Self { text });
        }
        Err(Failure::argument(format!(
            "pointer {} does not start with '/'; write \"/items/0/name\", or \"\" for the whole value",
            quote(text)
        )))
    }

    /// Its parts, unescaped, from the outside in.
    fn parts(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        self.text.split('/').skip(1).map(|part| match part.contains('~') {
            false => Cow::Borrowed(part),
            true => Cow::Owned(part.replace("~1", "/").replace("~0", "~")),
        })
    }

    pub(crate) fn find<'v>(&self, root: &'v Value) -> Result<&'v Value, Failure> {
        root.pointer(self.text)
            .ok_or_else(|| Failure::new(Status::NOT_FOUND, "NotFound", format!("nothing at {}", quote(self.text))))
    }

    /// Whether [`Pointer::place`] can make a place in `root`: its parts so far are objects, or lists with that item.
    pub(crate) fn fits(&self, root: &Value) -> Result<(), Failure> {
        let mut node = root;
        for part in self.parts() {
            let next = match node {
                Value::Object(map) => map.get(part.as_ref()),
                Value::Array(_) if part == "-" => None,
                Value::Array(list) => Some(index(&part).and_then(|at| list.get(at)).ok_or_else(|| {
                    let message = format!(
                        "no item {} to replace at {}: the list has {}; append with '-'",
                        quote(&part),
                        quote(self.text),
                        list.len()
                    );
                    Failure::new(Status::NOT_FOUND, "NotFound", message)
                })?),
                other => return Err(self.wrong_kind(other, "an object or list all the way")),
            };
            match next {
                Some(next) => node = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The place itself, after [`Pointer::fits`]. What is missing on the way becomes an object, or a list before `-`.
    pub(crate) fn place<'v>(&self, root: &'v mut Value) -> &'v mut Value {
        let mut node = root;
        let mut made = false;
        for part in self.parts() {
            if made {
                *node = if part == "-" { Value::Array(Vec::new()) } else { Value::Object(serde_json::Map::new()) };
            }
            node = match node {
                Value::Array(list) => {
                    let at = index(&part).filter(|at| *at < list.len()).unwrap_or(list.len());
                    if at == list.len() {
                        made = true;
                        list.push(Value::Null);
                    }
                    &mut list[at]
                }
                Value::Object(map) => map.entry(part.into_owned()).or_insert_with(|| {
                    made = true;
                    Value::Null
                }),
                other => return other, // not reached: `fits` has refused it
            };
        }
        node
    }

    /// Takes away a part that [`Pointer::find`] has found.
    pub(crate) fn remove(&self, root: &mut Value) -> Result<(), Failure> {
        let (parent, _) = self
            .text
            .rsplit_once('/')
            .ok_or_else(|| Failure::argument("pointer is empty; a value can't be removed from itself, free it"))?;
        let last = self.parts().last().unwrap_or_default();
        match root.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.shift_remove(last.as_ref())),
            Some(Value::Array(list)) => drop(index(&last).map(|at| list.remove(at))),
            _ => {}
        }
        Ok(())
    }

    /// Refuses a member that would nest the value deeper than JSON may come in: such a value could not be written,
    /// or even freed, safely.
    pub(crate) fn check_depth(&self, member: &Value) -> Result<(), Failure> {
        let limit = Limits::DEFAULT.depth;
        let outside = self.text.matches('/').count();
        if outside > limit {
            return Err(json::JsonError::TooDeep { limit }.into());
        }
        let inside = Limits { depth: limit - outside, keys: usize::MAX, ..Limits::DEFAULT };
        json::check(member, &inside).map_err(|_| json::JsonError::TooDeep { limit }.into())
    }

    pub(crate) fn integer<T>(
        &self,
        part: &Value,
        exact: impl FnOnce(&Number) -> Option<T>,
        convert: impl FnOnce(f64) -> Option<T>,
        wanted: &str,
    ) -> Result<T, Failure> {
        const EXACT: f64 = 9_007_199_254_740_991.0;
        let Value::Number(number) = part else { return Err(self.wrong_kind(part, wanted)) };
        let whole = |float: &f64| number.is_f64() && float.trunc() == *float && float.abs() <= EXACT;
        exact(number).or_else(|| number.as_f64().filter(whole).and_then(convert)).ok_or_else(|| {
            let message = format!("the number at {} is not {wanted}; read it as f64", quote(self.text));
            Failure::new(Status::WRONG_KIND, "WrongKind", message)
        })
    }

    pub(crate) fn wrong_kind(&self, found: &Value, wanted: &str) -> Failure {
        let message = format!("{} is {}, not {wanted}", quote(self.text), noun(found));
        Failure::new(Status::WRONG_KIND, "WrongKind", message)
    }

    pub(crate) fn no_item(&self, index: usize, count: usize) -> Failure {
        let message = format!("no item {index} at {}: there are {count}, counted from 0", quote(self.text));
        Failure::new(Status::NOT_FOUND, "NotFound", message)
    }
}

/// A list's index: decimal digits without leading zeros.
fn index(part: &str) -> Option<usize> {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    digits.then(|| part.parse().ok()).flatten()
}

/// A text for a message: quoted, and cut if it is long.
fn quote(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// What a message calls a value.
pub(crate) fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
