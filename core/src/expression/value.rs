//! Values while an expression runs: JSON that is borrowed from the scope as long as nobody changes it.
//!
//! What is made is shared, so a copy of a [`Val`] never copies what it holds; only the result becomes JSON of its own.

use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::error::{Fault, ValueKind};
use super::meter::Meter;
use super::view::Member;
use crate::json;

/// The largest number up to which all whole numbers are exact: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// What an item of a list or map counts for, in bytes.
pub(super) const ITEM: usize = 16;

#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    /// Within ±2^53.
    Number(f64),
    /// Beyond: compared and passed on only.
    Large(Number),
    Text(Text<'a>),
    List(List<'a>),
    Map(Entries<'a>),
    /// What `.?key` and `[?index]` give.
    Optional(Option<Rc<Val<'a>>>),
}

#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Lent(&'a str),
    Made(Rc<String>),
}

#[derive(Clone, Debug)]
pub(super) enum List<'a> {
    Lent(&'a [Value]),
    Made(Rc<Vec<Val<'a>>>),
}

#[derive(Clone, Debug)]
pub(super) enum Entries<'a> {
    Lent(&'a Map<String, Value>),
    Made(Rc<Vec<(Text<'a>, Val<'a>)>>),
}

impl<'a> From<&'a Value> for Val<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => exact(number).map_or_else(|| Self::Large(number.clone()), Self::Number),
            Value::String(text) => Self::Text(Text::Lent(text)),
            Value::Array(list) => Self::List(List::Lent(list)),
            Value::Object(map) => Self::Map(Entries::Lent(map)),
        }
    }
}

impl<'a> From<Member<'a>> for Val<'a> {
    fn from(member: Member<'a>) -> Self {
        match member {
            Member::Null => Self::Null,
            Member::Bool(value) => Self::Bool(value),
            Member::Number(number) => exact(&number).map_or(Self::Large(number), Self::Number),
            Member::Text(text) => Self::Text(Text::Lent(text)),
            Member::Json(json) => json.into(),
        }
    }
}

impl<'a> Val<'a> {
    pub(super) fn text(text: String) -> Self {
        Self::Text(Text::Made(Rc::new(text)))
    }

    pub(super) fn list(items: Vec<Val<'a>>) -> Self {
        Self::List(List::Made(Rc::new(items)))
    }

    /// What it is, for an error's text.
    pub(super) fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Bool(_) => ValueKind::Boolean,
            Self::Number(_) | Self::Large(_) => ValueKind::Number,
            Self::Text(_) => ValueKind::Text,
            Self::List(_) => ValueKind::List,
            Self::Map(_) => ValueKind::Map,
            Self::Optional(_) => ValueKind::Optional,
        }
    }

    /// What the function `type` calls it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) | Self::Large(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Optional(_) => "optional",
        }
    }

    /// How two numbers or two texts lie to each other; nothing for all other pairs.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            (Self::Text(one), Self::Text(other)) => Some(one.as_str().cmp(other.as_str())),
            (Self::Number(one), Self::Large(other)) => compare_large(&Number::from_f64(*one)?, other),
            (Self::Large(one), Self::Number(other)) => compare_large(one, &Number::from_f64(*other)?),
            (Self::Large(one), Self::Large(other)) => compare_large(one, other),
            _ => None,
        }
    }
}

impl<'a> Text<'a> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Lent(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lent(list) => list.len(),
            Self::Made(list) => list.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Val<'a>> {
        match self {
            Self::Lent(list) => list.get(index).map(Val::from),
            Self::Made(list) => list.get(index).cloned(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Val<'a>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'a> Entries<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Lent(map) => map.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Val<'a>> {
        match self {
            Self::Lent(map) => json::member(map, key).map(Val::from),
            Self::Made(entries) => {
                entries.iter().find(|(known, _)| known.as_str() == key).map(|(_, value)| value.clone())
            }
        }
    }

    /// Steps that a search of one key may take.
    pub(super) fn search(&self) -> usize {
        match self {
            Self::Lent(_) => 0,
            Self::Made(entries) => entries.len() / 16,
        }
    }

    pub(super) fn to_vec(&self) -> Vec<(Text<'a>, Val<'a>)> {
        match self {
            Self::Lent(map) => map.iter().map(|(key, value)| (Text::Lent(key), value.into())).collect(),
            Self::Made(entries) => entries.to_vec(),
        }
    }
}

/// The number as a double, if all whole numbers of its size are exact.
pub(super) fn exact(number: &Number) -> Option<f64> {
    match number.as_i64() {
        Some(whole) => Some(whole as f64).filter(|_| whole.unsigned_abs() <= 1 << 53),
        None if number.is_u64() => None,
        None => number.as_f64().filter(|float| float.abs() <= EXACT),
    }
}

/// The result of a calculation, if it is a number that JSON has and that is exact.
pub(super) fn checked(number: f64) -> Result<f64, Fault> {
    if number.abs() <= EXACT { Ok(number) } else { Err(Fault::Inexact) }
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// Compares numbers of which one at least lies beyond ±2^53, where a double would lose digits.
fn compare_large(one: &Number, other: &Number) -> Option<Ordering> {
    let (left, right) = (one.as_f64()?, other.as_f64()?);
    let digits = |number: &Number, float: f64| whole(number).or((float.abs() < 1e38).then_some(float as i128));
    match (digits(one, left), digits(other, right)) {
        (Some(one), Some(other)) if left.abs() >= EXACT && right.abs() >= EXACT => Some(one.cmp(&other)),
        _ => left.partial_cmp(&right),
    }
}

/// Deep equality: numbers by value, keys in any order, different kinds unequal.
pub(super) fn equal(one: &Val<'_>, other: &Val<'_>, meter: &mut Meter) -> Result<bool, Fault> {
    equal_at(one, other, meter, 0)
}

fn equal_at(one: &Val<'_>, other: &Val<'_>, meter: &mut Meter, depth: usize) -> Result<bool, Fault> {
    meter.deep(depth)?;
    meter.step(1)?;
    match (one, other) {
        (Val::Null, Val::Null) => Ok(true),
        (Val::Bool(one), Val::Bool(other)) => Ok(one == other),
        (Val::Text(one), Val::Text(other)) => {
            let (one, other) = (one.as_str(), other.as_str());
            if one.len() != other.len() {
                return Ok(false);
            }
            meter.read(one.len())?;
            Ok(one == other)
        }
        (Val::List(one), Val::List(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            for (one, other) in one.iter().zip(other.iter()) {
                if !equal_at(&one, &other, meter, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::Map(one), Val::Map(other)) => {
            if one.len() != other.len() {
                return Ok(false);
            }
            meter.step(one.len())?;
            for (key, value) in one.to_vec() {
                meter.step(other.search())?;
                match other.get(key.as_str()) {
                    Some(other) if equal_at(&value, &other, meter, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Val::Number(_) | Val::Large(_), Val::Number(_) | Val::Large(_)) => {
            Ok(one.compare(other) == Some(Ordering::Equal))
        }
        _ => Ok(false),
    }
}
