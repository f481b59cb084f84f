//! From the JSON of a step's input to its event.

use serde_json::{Map, Value};

use super::thrown::Thrown;
use crate::environment::Environment;
use crate::event::{Dataschema, Event, EventDraft, EventId};
use crate::json;
use crate::subject::Subject;

/// Where events of suites come from unless they say it.
const SOURCE: &str = "com.test.suite";
/// What they belong to.
const SUBJECT: &str = "test/suite";

/// The event. JSON with `specversion` is a whole event, taken as it is; what has none is a draft: id, time, source and
/// subject are made where they are missing, a new workflow's subject where the event begins one.
pub(super) fn event(input: Option<Value>, environment: &Environment) -> Result<Event, Thrown> {
    let map = match input {
        Some(Value::Object(map)) => map,
        Some(other) => return Err(no_event(format!("the input is {}; it must be an event", json::kind(&other)))),
        None => return Err(no_event("the input is nothing; it must be an event")),
    };
    let made = if map.contains_key("specversion") {
        Event::from_map(map, environment.limits())
    } else {
        draft(map, environment)?.build(environment)
    };
    made.map_err(|error| Thrown::error("Error", error.to_string()))
}

fn draft(mut map: Map<String, Value>, environment: &Environment) -> Result<EventDraft, Thrown> {
    let id = match map.shift_remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(EventId::DeveloperManaged(id)),
        Some(other) => return Err(no_event(format!("the input's id is {}; it must be text", json::kind(&other)))),
    };
    let source = map.entry("source").or_insert_with(|| SOURCE.into()).as_str().unwrap_or_default().to_owned();
    if !map.contains_key("subject") {
        let subject = subject(&map, source, environment)?;
        map.insert("subject".to_owned(), subject.into());
    }
    let draft = EventDraft::from_map(map);
    Ok(match id {
        Some(id) => draft.id(id),
        None => draft,
    })
}

fn subject(map: &Map<String, Value>, source: String, environment: &Environment) -> Result<String, Thrown> {
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let (type_, dataschema) = (text("type"), text("dataschema").parse::<Dataschema>());
    match dataschema {
        Ok(dataschema) if type_.starts_with("arvo.orc.") => {
            let mut subject = Subject::root(type_, source).version(dataschema.version.as_str());
            if !text("redirectto").is_empty() {
                subject = subject.meta("redirectto", text("redirectto"));
            }
            subject.build(environment).map(|subject| subject.encode()).map_err(|error| no_event(error.to_string()))
        }
        _ => Ok(SUBJECT.to_owned()),
    }
}

fn no_event(message: impl Into<String>) -> Thrown {
    Thrown::error("Error", message)
}
