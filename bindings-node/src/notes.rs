//! How what is recorded crosses: one flat JSON array, read from front to back in `ts/notes.ts`.
//!
//! A text is a string, or the number of one that is known (known.rs). A value is a text, or -1 and what it is. Attributes
//! are the number of their list of names and their values; or -1, how many, and each name with its value. The first time
//! is seconds, nanoseconds, each later one nanoseconds since the last. A list is its length and its members. A status is
//! nothing (0), or 1 and a message.

use arvo::Scalar;
use arvo::telemetry::{Attribute, Child, Mark, Measure, Note, Opening, Status};
use serde::Serialize;

use crate::known;

/// What stands in front of each note.
const MARK: u64 = 0;
const ATTRIBUTES: u64 = 1;
const STATUS: u64 = 2;
const CHILD: u64 = 3;
const MEASURE: u64 = 4;
const END: u64 = 5;
/// In the place of a number: what follows is not known by number.
const WHOLE: i64 = -1;

/// The array, while it is written.
pub struct Told {
    text: Vec<u8>,
    /// The last time.
    at: Option<u64>,
}

impl Told {
    /// An empty one.
    pub fn new() -> Self {
        let mut text = Vec::with_capacity(1024);
        text.push(b'[');
        Self { text, at: None }
    }

    /// The array as JSON, and room behind it.
    pub fn end(mut self) -> String {
        if self.text.len() > 1 {
            self.text.pop(); // a comma too many
        }
        self.text.push(b']');
        String::from_utf8(self.text).unwrap_or_default()
    }

    /// How a span begins: its name, kind, attributes, the headers of its parent (empty texts: none), its time.
    pub fn opening(&mut self, opening: &Opening) {
        self.text(&opening.name);
        self.text(opening.kind.name());
        self.attributes(&opening.attributes);
        let parent = opening.parent.as_ref();
        self.item(parent.and_then(|headers| headers.traceparent.as_deref()).unwrap_or_default());
        self.item(parent.and_then(|headers| headers.tracestate.as_deref()).unwrap_or_default());
        self.time(opening.at);
    }

    /// One note.
    pub fn note(&mut self, note: &Note) {
        match note {
            Note::Mark(mark) => {
                self.item(MARK);
                self.mark(mark);
            }
            Note::Attributes(attributes) => {
                self.item(ATTRIBUTES);
                self.attributes(attributes);
            }
            Note::Status(status) => {
                self.item(STATUS);
                self.status(status);
            }
            Note::Child(child) => self.child(child),
            Note::Measure(Measure { metric, value, attributes, .. }) => {
                self.item(MEASURE);
                self.text(metric.name());
                self.item(value);
                self.attributes(attributes);
            }
            _ => {} // a kind that this face does not know
        }
    }

    /// The span ends.
    pub fn over(&mut self, at: u64) {
        self.item(END);
        self.time(at);
    }

    fn child(&mut self, child: &Child) {
        self.item(CHILD);
        self.text(&child.name);
        self.time(child.started);
        self.time(child.ended);
        self.attributes(&child.attributes);
        self.item(child.marks.len());
        for mark in &child.marks {
            self.mark(mark);
        }
        self.status(&child.status);
    }

    fn mark(&mut self, mark: &Mark) {
        self.time(mark.at);
        self.text(mark.name);
        self.attributes(&mark.attributes);
    }

    fn status(&mut self, status: &Status) {
        match status {
            Status::Ok => self.item(0),
            Status::Error(message) => {
                self.item(1);
                self.item(message);
            }
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        match known::shape(attributes) {
            Some(shape) => {
                self.item(shape);
                for (_, value) in attributes {
                    self.value(value);
                }
            }
            None => {
                self.item(WHOLE);
                self.item(attributes.len());
                for (name, value) in attributes {
                    self.text(name);
                    self.value(value);
                }
            }
        }
    }

    fn value(&mut self, value: &Scalar) {
        if let Scalar::Text(text) = value {
            return self.text(text);
        }
        self.item(WHOLE);
        self.item(value);
    }

    fn time(&mut self, nanos: u64) {
        match self.at.replace(nanos) {
            None => {
                self.item(nanos / 1_000_000_000);
                self.item(nanos % 1_000_000_000);
            }
            Some(last) => self.item(nanos.cast_signed() - last.cast_signed()),
        }
    }

    fn text(&mut self, text: &str) {
        match known::text(text) {
            Some(number) => self.item(number),
            None => self.item(text),
        }
    }

    /// A number that JSON does not know becomes null, so that all else keeps its place.
    fn item(&mut self, item: impl Serialize) {
        let Ok(()) = serde_json::to_writer(&mut self.text, &item) else {
            unreachable!("memory takes all that is written")
        };
        self.text.push(b',');
    }
}
