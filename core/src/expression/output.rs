//! From values back to JSON, as a tree or as text; every copy is charged before it is made.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::error::Fault;
use super::meter::Meter;
use super::value::{Entries, ITEM, List, Text, Val};
use crate::json;

/// The value as JSON of its own; what was made and is not shared is moved.
pub(super) fn to_json(value: Val<'_>, meter: &mut Meter) -> Result<Value, Fault> {
    to_json_at(value, meter, 0)
}

fn to_json_at(value: Val<'_>, meter: &mut Meter, depth: usize) -> Result<Value, Fault> {
    meter.deep(depth)?;
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(value),
        Val::Number(float) => number(float),
        Val::Large(number) => Value::Number(number),
        Val::Text(text) => Value::String(own(text, meter)?),
        Val::List(List::Lent(list)) => {
            charge_list(list, meter, depth)?;
            Value::Array(list.to_vec())
        }
        Val::Map(Entries::Lent(map)) => {
            charge_map(map, meter, depth)?;
            Value::Object(map.clone())
        }
        Val::List(List::Made(list)) => {
            meter.make(ITEM * list.len())?;
            let items = Rc::try_unwrap(list).unwrap_or_else(|shared| shared.to_vec());
            Value::Array(items.into_iter().map(|item| to_json_at(item, meter, depth + 1)).collect::<Result<_, _>>()?)
        }
        Val::Map(Entries::Made(entries)) => {
            meter.make(ITEM * entries.len())?;
            let mut map = Map::with_capacity(entries.len());
            for (key, value) in Rc::try_unwrap(entries).unwrap_or_else(|shared| shared.to_vec()) {
                map.insert(own(key, meter)?, to_json_at(value, meter, depth + 1)?);
            }
            Value::Object(map)
        }
        Val::Optional(_) => return Err(Fault::Optional),
    })
}

fn own(text: Text<'_>, meter: &mut Meter) -> Result<String, Fault> {
    match text {
        Text::Lent(text) => copy_text(text, meter),
        Text::Made(text) => Rc::try_unwrap(text).or_else(|shared| copy_text(&shared, meter)),
    }
}

fn copy_text(text: &str, meter: &mut Meter) -> Result<String, Fault> {
    meter.make(text.len())?;
    Ok(text.to_owned())
}

/// Copies JSON as it is, numbers untouched.
pub(super) fn copy(value: &Value, meter: &mut Meter) -> Result<Value, Fault> {
    charge(value, meter, 0)?;
    Ok(value.clone()) // a whole map is copied with the hashes of its keys
}

fn charge(value: &Value, meter: &mut Meter, depth: usize) -> Result<(), Fault> {
    match value {
        Value::String(text) => meter.make(text.len()),
        Value::Array(list) => charge_list(list, meter, depth),
        Value::Object(map) => charge_map(map, meter, depth),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn charge_list(list: &[Value], meter: &mut Meter, depth: usize) -> Result<(), Fault> {
    meter.deep(depth)?;
    meter.make(ITEM * list.len())?;
    list.iter().try_for_each(|item| charge(item, meter, depth + 1))
}

fn charge_map(map: &Map<String, Value>, meter: &mut Meter, depth: usize) -> Result<(), Fault> {
    meter.deep(depth)?;
    meter.make(ITEM * map.len())?;
    map.iter().try_for_each(|(key, value)| {
        meter.make(key.len())?;
        charge(value, meter, depth + 1)
    })
}

/// Appends a value as `JSON.stringify` writes it.
pub(super) fn write(out: &mut String, value: &Val<'_>, meter: &mut Meter, depth: usize) -> Result<(), Fault> {
    meter.deep(depth)?;
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(true) => out.push_str("true"),
        Val::Bool(false) => out.push_str("false"),
        Val::Number(float) => json::write_float(out, *float),
        Val::Large(number) => json::write_number(out, number),
        Val::Text(text) => write_text(out, text.as_str(), meter)?,
        Val::List(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                separate(out, at, meter)?;
                write(out, &item, meter, depth + 1)?;
            }
            out.push(']');
        }
        Val::Map(map) => {
            meter.step(map.len())?;
            out.push('{');
            for (at, (key, item)) in map.to_vec().iter().enumerate() {
                separate(out, at, meter)?;
                write_text(out, key.as_str(), meter)?;
                out.push(':');
                write(out, item, meter, depth + 1)?;
            }
            out.push('}');
        }
        Val::Optional(_) => return Err(Fault::Optional),
    }
    Ok(())
}

fn separate(out: &mut String, at: usize, meter: &mut Meter) -> Result<(), Fault> {
    if at > 0 {
        out.push(',');
    }
    meter.step(1)?;
    meter.make(ITEM)
}

fn write_text(out: &mut String, text: &str, meter: &mut Meter) -> Result<(), Fault> {
    meter.make(text.len())?;
    let before = out.len();
    json::write_text(out, text);
    meter.make(out.len() - before - text.len())
}

/// JSON has one way to write a number; whole ones are integers.
fn number(float: f64) -> Value {
    if float.fract() == 0.0 {
        Value::Number((float as i64).into())
    } else {
        Number::from_f64(float).map_or(Value::Null, Value::Number)
    }
}
