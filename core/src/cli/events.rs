//! Events out of a file or the input: one or many JSON objects, one behind the other.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::value::RawValue;
use serde_json::{Deserializer, StreamDeserializer, de::IoRead};

use crate::environment::Limits;
use crate::event::Event;

use super::exit::Stop;

/// The events of a source, in its order, each with its number in it, from 1.
pub(super) struct Events<'a> {
    values: StreamDeserializer<'a, IoRead<Box<dyn Read + 'a>>, Box<RawValue>>,
    from: String,
    count: usize,
    limits: Limits,
}

impl<'a> Events<'a> {
    /// Of a file, or of `input` when it is called `-`.
    pub(super) fn open(path: &Path, input: Box<dyn Read + 'a>, limits: &Limits) -> Result<Self, Stop> {
        let (from, source): (String, Box<dyn Read + 'a>) = if path == Path::new("-") {
            ("the input".to_owned(), Box::new(BufReader::new(input)))
        } else {
            let file =
                File::open(path).map_err(|error| Stop::usage(format!("{} can't be read: {error}", path.display())))?;
            (path.display().to_string(), Box::new(BufReader::new(file)))
        };
        Ok(Self { values: Deserializer::from_reader(source).into_iter(), from, count: 0, limits: *limits })
    }

    /// Where they come from, for texts.
    pub(super) fn from(&self) -> &str {
        &self.from
    }
}

impl Iterator for Events<'_> {
    type Item = Result<Event, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.values.next()?;
        self.count += 1;
        let wrong = |why: String| Stop::failed(format!("event {} of {}: {why}", self.count, self.from));
        Some(match value {
            Ok(value) if value.get().starts_with('[') => {
                Err(wrong("it is a list; write the events one behind the other, as `jq -c '.[]'` does".to_owned()))
            }
            Ok(value) => Event::parse(value.get(), &self.limits).map_err(|error| wrong(error.to_string())),
            Err(error) => Err(wrong(error.to_string())),
        })
    }
}
