//! What is next, and the answer to it, as JSON text: how a run crosses to the other languages.

use serde_json::{Map, Value, json};

use super::breach::Breach;
use super::conforms::{Conformity, Outcome, Trial};
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

impl Trial {
    /// `{"execute": {"event"}}`, `{"kept": {"valid", "invalid"}}`, `{"broken": {"type", "version", "seed", "case",
    /// "input", "shrunk", "wrong", "report"}}` or `{"unknown": {"version", "report"}}`. The seed is text: it has more
    /// digits than JavaScript's numbers.
    ///
    /// ```
    /// use arvo::suite::{Conformity, Trial};
    /// let kept = Trial::Done(Conformity::Kept { valid: 100, invalid: 50 });
    /// assert_eq!(kept.to_json(), r#"{"kept":{"valid":100,"invalid":50}}"#);
    /// ```
    pub fn to_json(&self) -> String {
        let end = match self {
            Self::Execute(event) => return format!("{{\"execute\":{{\"event\":{}}}}}", event.to_json()),
            Self::Done(Conformity::Kept { valid, invalid }) => json!({"kept": {"valid": valid, "invalid": invalid}}),
            Self::Done(Conformity::Broken(breach)) => json!({"broken": broken(breach)}),
            Self::Done(Conformity::Unknown { version, error }) => {
                json!({"unknown": {"version": version, "report": error.to_string()}})
            }
        };
        json::write(&end, 0)
    }
}

fn broken(breach: &Breach) -> Value {
    json!({
        "type": breach.source_type,
        "version": breach.version,
        "seed": breach.seed.to_string(),
        "case": breach.case,
        "input": breach.input,
        "shrunk": breach.shrunk,
        "wrong": breach.wrong.to_value(),
        "report": breach.to_string(),
    })
}

impl Outcome {
    /// Reads `{"emitted": [types]}`, `{"violated": {…}}` or `{"raised": {…}}`, what was thrown as in
    /// [`Answer::from_json`], each with `"calls"`: how often user code was called. Gives both.
    ///
    /// ```
    /// use arvo::suite::Outcome;
    /// let (outcome, calls) = Outcome::from_json(r#"{"emitted": ["evt.a.b"], "calls": 1}"#)?;
    /// assert_eq!((outcome, calls), (Outcome::Emitted(vec!["evt.a.b".to_owned()]), 1));
    /// # Ok::<(), arvo::suite::SuiteError>(())
    /// ```
    ///
    /// # Errors
    /// [`SuiteError`] when it is none of them.
    pub fn from_json(text: &str) -> Result<(Self, u32), SuiteError> {
        let json = json::parse(text, &Limits::DEFAULT).map_err(CaseProblem::Json)?;
        let thrown = |key: &str| json.get(key).and_then(Value::as_object).map(Thrown::of_map);
        let types = json
            .get("emitted")
            .and_then(Value::as_array)
            .and_then(|types| types.iter().map(|type_| type_.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        let outcome = types.map(Self::Emitted).or_else(|| thrown("violated").map(Self::Violated));
        let outcome = outcome.or_else(|| thrown("raised").map(Self::Raised));
        let calls = json.get("calls").and_then(Value::as_u64).and_then(|calls| u32::try_from(calls).ok());
        outcome.zip(calls).ok_or_else(|| {
            let wanted =
                "an outcome, one of {\"emitted\": [types]}, {\"violated\": {…}}, {\"raised\": {…}}, with \"calls\"";
            CaseProblem::Wrong { path: String::new(), wanted, found: "something else".to_owned() }.into()
        })
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
