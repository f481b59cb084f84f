//! How notes cross: a JSON array of arrays, each with a letter in front, told apart in `ts/notes.ts`. What is said of an
//! event is its thirteen values behind the prefix of their names, so that long names cross once in a process.

use std::borrow::Cow;

use arvo::Scalar;
use arvo::telemetry::{Attribute, Child, EVENT_ATTRIBUTES, Mark, Measure, Note, Status};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeTuple, Serializer};

const LENGTH: usize = EVENT_ATTRIBUTES.len();

/// Notes, and the time at which the span ends if it does.
pub struct Notes<'a>(pub &'a [Note], pub Option<u64>);

impl Serialize for Notes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for note in self.0 {
            match note {
                Note::Mark(mark) => list.serialize_element(&Marked(mark))?,
                Note::Attributes(of) => list.serialize_element(&("a", Plain(of), Events(of)))?,
                Note::Status(status) => list.serialize_element(&("s", Ended(status)))?,
                Note::Child(child) => list.serialize_element(&Inner(child))?,
                Note::Measure(Measure { metric, value, attributes, .. }) => {
                    list.serialize_element(&("m", metric.name(), value, Plain(attributes)))?;
                }
                _ => {} // a kind that this face does not know
            }
        }
        if let Some(at) = self.1 {
            list.serialize_element(&("e", time(at)))?;
        }
        list.end()
    }
}

/// `["l", time, severity, message]`, or `["k", time, name, attributes]` for what is no line of the log.
struct Marked<'a>(&'a Mark);

impl Serialize for Marked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Mark { at, name, attributes, .. } = self.0;
        match &attributes[..] {
            [(_, severity), (_, message)] if *name == "log" => {
                ("l", time(*at), severity, message).serialize(serializer)
            }
            _ => ("k", time(*at), name, Plain(attributes)).serialize(serializer),
        }
    }
}

/// `["c", name, start, end, attributes, events, marks, status]`.
struct Inner<'a>(&'a Child);

impl Serialize for Inner<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Child { name, started, ended, attributes, marks, status, .. } = self.0;
        let marks: Vec<_> = marks.iter().map(Marked).collect();
        let of = (Plain(attributes), Events(attributes));
        ("c", name, time(*started), time(*ended), of.0, of.1, marks, Ended(status)).serialize(serializer)
    }
}

/// `[code]` or `[code, message]`.
struct Ended<'a>(&'a Status);

impl Serialize for Ended<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Status::Ok => ["OK"].serialize(serializer),
            Status::Error(message) => ["ERROR", message].serialize(serializer),
        }
    }
}

/// The attributes that are no event's, as an object.
pub struct Plain<'a>(pub &'a [Attribute]);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut rest = self.0;
        while let Some(((name, value), others)) = rest.split_first() {
            rest = if prefix_of(rest).is_some() {
                &rest[LENGTH..]
            } else {
                map.serialize_entry(name, value)?;
                others
            };
        }
        map.end()
    }
}

/// Those that are an event's: `[prefix, values…]` for each event.
pub struct Events<'a>(pub &'a [Attribute]);

impl Serialize for Events<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut rest = self.0;
        while !rest.is_empty() {
            rest = match prefix_of(rest) {
                Some(prefix) => {
                    list.serialize_element(&Values(prefix, &rest[..LENGTH]))?;
                    &rest[LENGTH..]
                }
                None => &rest[1..],
            };
        }
        list.end()
    }
}

struct Values<'a>(&'a str, &'a [Attribute]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_tuple(LENGTH + 1)?;
        list.serialize_element(self.0)?;
        self.1.iter().try_for_each(|(_, value): &(Cow<'_, str>, Scalar)| list.serialize_element(value))?;
        list.end()
    }
}

/// What stands before the names of an event's attributes, if they begin here.
fn prefix_of(attributes: &[Attribute]) -> Option<&str> {
    let prefix = attributes.first()?.0.strip_suffix(EVENT_ATTRIBUTES[0])?;
    let are_all = attributes.len() >= LENGTH
        && attributes
            .iter()
            .zip(EVENT_ATTRIBUTES)
            .all(|((name, _), wanted)| name.strip_prefix(prefix).is_some_and(|name| name == wanted));
    are_all.then_some(prefix)
}

pub fn time(nanos: u64) -> [u64; 2] {
    [nanos / 1_000_000_000, nanos % 1_000_000_000]
}
