//! Subjects.

use arvo::{Subject, SubjectDraft};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::environment;
use crate::error::{Failure, answer};
use crate::text::Text;

/// What a new subject is made of. (`orchestator` is the reference's spelling.)
#[derive(Default, Deserialize)]
#[serde(default)]
struct Param {
    orchestator: String,
    version: Option<String>,
    initiator: String,
    subject: String,
    domain: Option<String>,
    meta: Option<Map<String, Value>>,
}

impl Param {
    fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(|error| Failure::new("subject", format!("a subject can't be made: {error}")))
    }

    fn build(self, mut draft: SubjectDraft) -> Result<String, Failure> {
        if let Some(version) = self.version {
            draft = draft.version(version);
        }
        draft = draft.domain(self.domain.as_deref());
        for (key, value) in self.meta.unwrap_or_default() {
            draft = draft.meta(key, value);
        }
        Ok(draft.build(&environment::current())?.encode())
    }
}

/// The subject of a new workflow.
#[napi(catch_unwind)]
pub fn new_subject(param: String) -> Text {
    answer(Param::read(&param).and_then(|param| {
        let draft = Subject::root(&param.orchestator, &param.initiator);
        param.build(draft)
    }))
}

/// The subject of a workflow that another one begins.
#[napi(catch_unwind)]
pub fn subject_from(param: String) -> Text {
    answer(Param::read(&param).and_then(|param| {
        let parent = Subject::parse(&param.subject, &environment::limits())?;
        let draft = parent.child(&param.orchestator);
        param.build(draft)
    }))
}

/// The subject of given content.
#[napi(catch_unwind)]
pub fn create_subject(content: String) -> Text {
    answer(of_content(&content))
}

fn of_content(content: &str) -> Result<String, Failure> {
    let environment = environment::current();
    let content = arvo::json::parse(content, environment.limits())?;
    Ok(Subject::from_value(content, environment.limits())?.encode())
}

/// What a subject holds.
#[napi(catch_unwind)]
pub fn parse_subject(subject: String) -> Text {
    answer(Subject::parse(&subject, &environment::limits()).map(|subject| subject.to_json()).map_err(Failure::from))
}

/// Whether a text is a subject.
#[napi(catch_unwind)]
pub fn is_subject(subject: String) -> bool {
    Subject::parse(&subject, &environment::limits()).is_ok()
}
