//! JSON from outside, read within limits: depth and keys are counted while reading (SPEC §18).
//!
//! Duplicate keys: the last wins, as in `JSON.parse`. Lone surrogates in escapes are refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::environment::Limits;

/// Reads one JSON text, all of it.
///
/// # Errors
/// [`JsonError`]: no JSON, too deep, or an object with too many keys.
///
/// ```
/// let value = arvo::json::parse(r#"{"a": [1]}"#, &arvo::Limits::default())?;
/// assert_eq!(value["a"][0], 1);
/// assert!(arvo::json::parse(&"[".repeat(10_000), &arvo::Limits::default()).is_err());
/// # Ok::<(), arvo::JsonError>(())
/// ```
pub fn parse(text: &str, limits: &Limits) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit(); // `Bounded` counts instead, up to `limits.depth`
    let value = Bounded { limits, depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Checks one JSON text as [`parse`] does, without making the value: for hosts that read the text themselves.
///
/// # Errors
/// As [`parse`].
///
/// ```
/// let limits = arvo::Limits { depth: 2, ..arvo::Limits::default() };
/// assert!(arvo::json::scan(r#"{"a": [1, "x"]}"#, &limits).is_ok());
/// assert!(arvo::json::scan(r#"{"a": [[]]}"#, &limits).is_err());
/// assert!(arvo::json::scan(r#"{"a": "\ud800"}"#, &limits).is_err());
/// # Ok::<(), arvo::JsonError>(())
/// ```
pub fn scan(text: &str, limits: &Limits) -> Result<(), JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit(); // as in `parse`
    Scan { limits, depth: 0 }.deserialize(&mut reader)?;
    Ok(reader.end()?)
}

/// Checks a value that did not come as text by the same limits as [`parse`].
///
/// # Errors
/// [`JsonError::TooDeep`] or [`JsonError::TooManyKeys`].
///
/// ```
/// let limits = arvo::Limits { depth: 1, ..arvo::Limits::default() };
/// assert!(arvo::json::check(&serde_json::json!({"a": 1}), &limits).is_ok());
/// assert!(arvo::json::check(&serde_json::json!({"a": []}), &limits).is_err());
/// ```
pub fn check(value: &Value, limits: &Limits) -> Result<(), JsonError> {
    fn walk(value: &Value, limits: &Limits, depth: usize) -> Result<(), JsonError> {
        match value {
            Value::Object(_) | Value::Array(_) if depth > limits.depth => {
                Err(JsonError::TooDeep { limit: limits.depth })
            }
            Value::Object(map) if map.len() > limits.keys => {
                Err(JsonError::TooManyKeys { keys: map.len(), limit: limits.keys })
            }
            Value::Object(map) => map.values().try_for_each(|inner| walk(inner, limits, depth + 1)),
            Value::Array(list) => list.iter().try_for_each(|inner| walk(inner, limits, depth + 1)),
            _ => Ok(()),
        }
    }
    walk(value, limits, 1)
}

/// Writes JSON text as `JSON.stringify(value, null, indent)` does, numbers included; `indent` in blanks, 10 at most.
///
/// ```
/// let value = serde_json::json!({"a": 1.0, "b": [], "c": 1e21});
/// assert_eq!(arvo::json::write(&value, 0), r#"{"a":1,"b":[],"c":1e+21}"#);
/// assert_eq!(arvo::json::write(&serde_json::json!([1]), 2), "[\n  1\n]");
/// ```
pub fn write(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write_value(&mut out, value, indent.min(10), 0);
    out
}

/// A finite number as JSON has it: an integer where it is one.
pub(crate) fn number(float: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() <= EXACT {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// Searching a map of so few keys from the front is quicker than hashing.
const SMALL: usize = 8;

/// What an object holds under a key.
pub(crate) fn member<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if map.len() > SMALL {
        return map.get(key);
    }
    map.iter().find(|(known, _)| known.as_str() == key).map(|(_, value)| value)
}

/// The same, to be changed.
pub(crate) fn member_mut<'a>(map: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Value> {
    if map.len() > SMALL {
        return map.get_mut(key);
    }
    map.iter_mut().find(|(known, _)| known.as_str() == key).map(|(_, value)| value)
}

/// Appends a value, without blanks.
pub(crate) fn write_to(out: &mut String, value: &Value) {
    write_value(out, value, 0, 0);
}

/// Appends an object, without blanks.
pub(crate) fn write_map(out: &mut String, map: &Map<String, Value>) {
    write_items(out, ('{', '}'), map.iter(), 0, 0, |out, (key, item)| {
        write_text(out, key);
        out.push(':');
        write_to(out, item);
    });
}

/// What a value is, for an error's text.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Whether two values are the same: numbers by value, keys in any order.
pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => equal_numbers(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => one == other,
    }
}

/// Whether two numbers have one value, however they are written: `1`, `1.0` and `1e0` do.
pub(crate) fn equal_numbers(one: &Number, other: &Number) -> bool {
    one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
}

/// Appends `text` as a JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    loop {
        let clean = clean_prefix(rest.as_bytes());
        out.push_str(&rest[..clean]);
        let Some(byte) = rest.as_bytes().get(clean) else { break };
        write_escape(out, *byte);
        rest = &rest[clean + 1..];
    }
    out.push('"');
}

/// How many bytes at the front stand in a JSON string as they are. Without branches, so that a block is looked at at
/// once.
fn clean_prefix(text: &[u8]) -> usize {
    let is_clean = |byte: u8| (byte >= 0x20) & (byte != b'"') & (byte != b'\\');
    let blocks = text.chunks_exact(16).take_while(|block| block.iter().fold(true, |all, byte| all & is_clean(*byte)));
    let whole = 16 * blocks.count();
    whole + text[whole..].iter().take_while(|byte| is_clean(**byte)).count()
}

fn write_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        control => {
            let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
            out.push_str("\\u00");
            out.push(digit(control >> 4));
            out.push(digit(control & 15));
        }
    }
}

/// Appends a number as JavaScript writes it; integers that fit 64 bits keep every digit.
pub(crate) fn write_number(out: &mut String, number: &Number) {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(natural), _, _) => out.push_str(itoa::Buffer::new().format(natural)),
        (_, Some(integer), _) => {
            out.push('-');
            out.push_str(itoa::Buffer::new().format(integer.unsigned_abs()));
        }
        (_, _, Some(float)) => write_float(out, float),
        _ => out.push_str("null"),
    }
}

/// Appends a finite float as JavaScript writes it.
pub(crate) fn write_float(out: &mut String, float: f64) {
    out.push_str(ryu_js::Buffer::new().format(float));
}

fn write_value(out: &mut String, value: &Value, indent: usize, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text),
        Value::Array(list) => write_items(out, ('[', ']'), list.iter(), indent, depth, |out, item| {
            write_value(out, item, indent, depth + 1);
        }),
        Value::Object(map) => write_items(out, ('{', '}'), map.iter(), indent, depth, |out, (key, item)| {
            write_text(out, key);
            out.push_str(if indent == 0 { ":" } else { ": " });
            write_value(out, item, indent, depth + 1);
        }),
    }
}

fn write_items<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T>,
    indent: usize,
    depth: usize,
    mut write_item: impl FnMut(&mut String, T),
) {
    let line = |out: &mut String, depth: usize| {
        if indent > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    };
    out.push(open);
    let empty = items.len() == 0;
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        write_item(out, item);
    }
    if !empty {
        line(out, depth);
    }
    out.push(close);
}

struct Bounded<'a> {
    limits: &'a Limits,
    depth: usize,
}

impl Bounded<'_> {
    fn inside<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth >= self.limits.depth {
            return Err(E::custom(JsonError::TooDeep { limit: self.limits.depth }));
        }
        Ok(Self { limits: self.limits, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.inside::<A::Error>()?;
        let mut list = Vec::new();
        while let Some(item) = access.next_element_seed(self.inside::<A::Error>()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.inside::<A::Error>()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.inside::<A::Error>()?)?;
            map.insert(key, value);
            if map.len() > self.limits.keys {
                return Err(A::Error::custom(JsonError::TooManyKeys { keys: map.len(), limit: self.limits.keys }));
            }
        }
        Ok(Value::Object(map))
    }
}

/// [`Bounded`] that keeps nothing.
struct Scan<'a> {
    limits: &'a Limits,
    depth: usize,
}

impl Scan<'_> {
    fn inside<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth >= self.limits.depth {
            return Err(E::custom(JsonError::TooDeep { limit: self.limits.depth }));
        }
        Ok(Self { limits: self.limits, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        if value.is_finite() { Ok(()) } else { Err(E::custom("number out of range")) }
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        self.inside::<A::Error>()?;
        while access.next_element_seed(self.inside::<A::Error>()?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let mut keys = 0;
        while access.next_key_seed(self.inside::<A::Error>()?)?.is_some() {
            access.next_value_seed(self.inside::<A::Error>()?)?;
            keys += 1;
            if keys > self.limits.keys {
                return Err(A::Error::custom(JsonError::TooManyKeys { keys, limit: self.limits.keys }));
            }
        }
        Ok(())
    }
}

/// Why a text or value is not accepted as JSON.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text breaks JSON's grammar, or a limit while it was read.
    #[error("no JSON: {reason}, at line {line} column {column}; send one complete JSON text in UTF-8")]
    Syntax {
        /// What is wrong there.
        reason: String,
        /// From 1; 0 for the end of an empty text.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// Objects and lists lie too deep inside each other.
    #[error("JSON is nested deeper than {limit} levels; flatten it, or raise `Limits::depth`")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// One object has too many keys.
    #[error("an object has {keys} keys or more, over the limit of {limit}; use a list, or raise `Limits::keys`")]
    TooManyKeys {
        /// Keys seen when reading stopped.
        keys: usize,
        /// Keys allowed.
        limit: usize,
    },
    /// The text is too long.
    #[error("text of {size} bytes is over the limit of {limit}; send less, or raise `Limits::{of}`")]
    TooLarge {
        /// Which limit: `event` or `record`.
        of: &'static str,
        /// Its bytes.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column, text) = (error.line(), error.column(), error.to_string());
        let reason = match text.split(" at line ").next().unwrap_or_default() {
            "unexpected end of hex escape" | "lone leading surrogate in hex escape" => "a lone surrogate in an escape",
            reason => reason,
        };
        Self::Syntax { reason: reason.to_owned(), line, column }
    }
}
