//! What is next, and the answer to it, as JSON text: how a run crosses to the other languages.

use serde_json::{Map, Value, json};

use super::error::{CaseProblem, SuiteError};
use super::run::{Answer, Next, Verdict};
use super::thrown::Thrown;
use crate::environment::Limits;
use crate::event::Event;
use crate::json;

impl Next {
    /// `{"input": {"step", "previous"}}`, `{"execute": {"step", "event"}}`, `{"checkEvents": {"step", "events"}}`,
    /// `{"checkError": {"step", "error"}}`, `{"passed": true}` or `{"failed": text}`.
    ///
    /// ```
    /// use arvo::suite::{Next, Verdict};
    /// assert_eq!(Next::Done(Verdict::Failed("Step 1: …".to_owned())).to_json(), r#"{"failed":"Step 1: …"}"#);
    /// ```
    pub fn to_json(&self) -> String {
        match self {
            Self::Input { step, previous } => {
                let previous = previous.as_deref().map_or_else(|| "null".to_owned(), list);
                format!("{{\"input\":{{\"step\":{step},\"previous\":{previous}}}}}")
            }
            Self::Execute { step, event } => {
                format!("{{\"execute\":{{\"step\":{step},\"event\":{}}}}}", event.to_json())
            }
            Self::CheckEvents { step, events } => {
                format!("{{\"checkEvents\":{{\"step\":{step},\"events\":{}}}}}", list(events))
            }
            Self::CheckError { step, error } => {
                json::write(&json!({"checkError": {"step": step, "error": error.to_value()}}), 0)
            }
            Self::Done(Verdict::Passed) => r#"{"passed":true}"#.to_owned(),
            Self::Done(Verdict::Failed(message)) => json::write(&json!({"failed": message}), 0),
        }
    }
}

impl Answer {
    /// Reads `{"made": event}`, `{"executed": [events]}`, `{"checked": bool}` or
    /// `{"thrown": {"name", "message", "type"?, "metadata"?, "isError"?}}`.
    ///
    /// ```
    /// use arvo::suite::Answer;
    /// assert!(matches!(Answer::from_json(r#"{"checked": true}"#)?, Answer::Checked(true)));
    /// assert!(Answer::from_json(r#"{"checked": 1}"#).is_err());
    /// # Ok::<(), arvo::suite::SuiteError>(())
    /// ```
    ///
    /// # Errors
    /// [`SuiteError`] when it is none of them, or an event is broken.
    pub fn from_json(text: &str) -> Result<Self, SuiteError> {
        let json = json::parse(text, &Limits::DEFAULT).map_err(CaseProblem::Json)?;
        let only = |map: Map<String, Value>| if map.len() == 1 { map.into_iter().next() } else { None };
        let member = match json {
            Value::Object(map) => only(map),
            _ => None,
        };
        match member {
            Some((key, Value::Bool(holds))) if key == "checked" => Ok(Self::Checked(holds)),
            Some((key, event)) if key == "made" => Ok(Self::Made(read(event, "/made")?)),
            Some((key, Value::Array(events))) if key == "executed" => {
                let events = events.into_iter().enumerate();
                let events = events.map(|(at, event)| read(event, &format!("/executed/{at}")));
                Ok(Self::Executed(events.collect::<Result<_, _>>()?))
            }
            Some((key, Value::Object(thrown))) if key == "thrown" => Ok(Self::Thrown(Thrown::of_map(&thrown))),
            _ => Err(CaseProblem::Wrong {
                path: String::new(),
                wanted: "an answer, one of {\"made\": event}, {\"executed\": [events]}, {\"checked\": bool}, {\"thrown\": {…}}",
                found: "something else".to_owned(),
            }
            .into()),
        }
    }
}

fn list(events: &[Event]) -> String {
    let events: Vec<String> = events.iter().map(Event::to_json).collect();
    format!("[{}]", events.join(","))
}

fn read(event: Value, path: &str) -> Result<Event, SuiteError> {
    Event::from_value(event, &Limits::DEFAULT).map_err(|error| {
        CaseProblem::Wrong { path: path.to_owned(), wanted: "an event", found: format!("broken: {error}") }.into()
    })
}
