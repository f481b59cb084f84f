//! subjects.json: the identity of a workflow.

use std::collections::BTreeSet;

use arvo::{Environment, EventDraft, Limits, Subject, SubjectDraft, SubjectError};
use serde_json::{Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::input;
use crate::matcher::differences;

type Maker = fn(&Value) -> Result<Subject, SubjectError>;

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    let makers: [(&str, Maker); 3] = [("new", root), ("create", create), ("from", child)];
    for (name, make) in makers {
        for (index, case) in group(data, name).enumerate() {
            run.case(name, &index.to_string(), case, |expect| judged(expect, make(case)));
        }
    }
    for case in group(data, "parse") {
        run.case("parse", text(case, "name"), case, |expect| parse(case, expect));
    }
    for (index, case) in group(data, "validAsEventSubject").enumerate() {
        run.check("validAsEventSubject", &index.to_string(), || as_event_subject(case));
    }
}

fn root(case: &Value) -> Result<Subject, SubjectError> {
    let given = given(&case["input"]);
    let draft = Subject::root(given["orchestator"].as_str().unwrap_or_default(), text(&given, "initiator"));
    filled(draft, &given).build(&Environment::system())
}

fn child(case: &Value) -> Result<Subject, SubjectError> {
    let given = given(&case["input"]);
    let parent = Subject::parse(text(&given, "subject"), &Limits::DEFAULT)?;
    filled(parent.child(text(&given, "orchestator")), &given).build(&Environment::system())
}

fn create(case: &Value) -> Result<Subject, SubjectError> {
    Subject::from_value(given(&case["content"]), &Limits::DEFAULT)
}

fn given(recorded: &Value) -> Value {
    input::value(recorded).unwrap_or_else(|| panic!("a lone surrogate in {recorded}"))
}

fn filled(mut draft: SubjectDraft, given: &Value) -> SubjectDraft {
    if let Some(version) = given["version"].as_str() {
        draft = draft.version(version);
    }
    let meta = given["meta"].as_object().into_iter().flatten();
    meta.fold(draft.domain(given["domain"].as_str()), |draft, (key, value)| draft.meta(key, value.clone()))
}

/// Compares a subject that was made, read back from its text; or the broken fields.
fn judged(expect: &Value, made: Result<Subject, SubjectError>) -> Problems {
    match made {
        Ok(made) => {
            let again = Subject::parse(&made.encode(), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
            let wanted = if expect["decoded"].is_null() { expect } else { &json!({"decoded": expect["decoded"]}) };
            differences(&given(wanted), &decoded(&again))
        }
        Err(error) => {
            let broken: BTreeSet<String> = error.broken().iter().map(|field| field.name()).collect();
            let wanted: BTreeSet<&str> =
                expect["error"]["broken"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let wanted = if expect["error"].is_null() { expect.clone() } else { json!({"error": {"broken": wanted}}) };
            differences(&wanted, &json!({"error": {"broken": broken}}))
        }
    }
}

fn parse(case: &Value, expect: &Value) -> Problems {
    let found = match Subject::parse(text(case, "subject"), &Limits::DEFAULT) {
        Ok(subject) => decoded(&subject),
        Err(_) => json!({"error": true}),
    };
    let is_valid = Value::from(found.get("decoded").is_some());
    [differences(expect, &found), differences(&case["isValid"], &is_valid)].concat()
}

fn decoded(subject: &Subject) -> Value {
    let content: Value = serde_json::from_str(&subject.to_json()).unwrap_or_else(|error| panic!("{error}"));
    json!({"decoded": content})
}

fn as_event_subject(case: &Value) -> Problems {
    let subject = text(case, "subject");
    let draft = EventDraft::new("com.test.source", "com.test.event").subject(subject).data(json!({}));
    let event = draft.build(&Environment::system()).unwrap_or_else(|error| panic!("{error}"));
    differences(&case["staysAsItIs"], &(event.subject() == subject).into())
}
