//! Ids and subjects: packed texts that say which event, and which workflow, this is.

use arvo_core::{EventId, Limits, ManagedId, Subject, SubjectDraft, SubjectError};
use serde_json::{Value, json};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::environment::{Surroundings, environment};
use crate::event::object;
use crate::handle::{Handle, borrow, borrow_optional};
use crate::text::Text;
use crate::value::Json;

impl From<SubjectError> for Failure {
    fn from(error: SubjectError) -> Self {
        let broken = error.broken().iter();
        let broken =
            broken.map(|field| json!({"attribute": field.name(), "reason": field.fault.to_string()})).collect();
        let failure = Self::new(Status::INVALID_SUBJECT, "InvalidSubject", error.to_string());
        failure.with("broken", broken).with_issues(&error.issues())
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_id_new(
    within: *const Handle<Surroundings>,
    kind: i32,
    value: Str,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, value, out) = unsafe { (environment(within)?, value.read("value")?, slot(out, "out")?) };
        let id = match kind {
            0 => EventId::Random,
            1 => EventId::DeveloperManaged(value.to_owned()),
            2 => EventId::ArvoManaged(value.to_owned()),
            other => return Err(Failure::argument(format!("kind is {other}; pass one of ARVO_ID_..."))),
        };
        out.give(Text(id.make(within)));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_id_parse(
    within: *const Handle<Surroundings>,
    id: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, id, out) = unsafe { (environment(within)?, id.read("id")?, slot(out, "out")?) };
        let Some(managed) = ManagedId::parse(id, within.limits()) else {
            return Err(Failure::new(
                Status::NOT_FOUND,
                "NotFound",
                "the id is a plain one: nothing is packed into it",
            ));
        };
        out.give(Json::new(json!({"uuid": managed.uuid, "value": managed.value})));
        Ok(())
    })
}

/// What the two ways to make a subject have in common.
///
/// # Safety
/// As `arvo.h` says of handles, texts and results.
unsafe fn make(
    within: *const Handle<Surroundings>,
    (version, domain, meta): (Str, Str, *const Handle<Json>),
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
    draft: impl FnOnce(&Limits) -> Result<SubjectDraft, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (within, version, domain, meta, out) = unsafe {
            (
                environment(within)?,
                version.read_optional("version")?,
                domain.read_optional("domain")?,
                borrow_optional::<Json>(meta, "meta")?,
                slot(out, "out")?,
            )
        };
        let mut draft = draft(within.limits())?.domain(domain);
        if let Some(version) = version {
            draft = draft.version(version);
        }
        if let Some(meta) = meta {
            draft = object(meta, "meta")?.iter().fold(draft, |draft, (key, value)| draft.meta(key, value.clone()));
        }
        out.give(Text(draft.build(within)?.encode()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_subject_new(
    within: *const Handle<Surroundings>,
    orchestrator: Str,
    version: Str,
    initiator: Str,
    domain: Str,
    meta: *const Handle<Json>,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        make(within, (version, domain, meta), out, error, |_| {
            Ok(Subject::root(orchestrator.read("orchestrator")?, initiator.read("initiator")?))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_subject_from(
    within: *const Handle<Surroundings>,
    orchestrator: Str,
    version: Str,
    parent: Str,
    domain: Str,
    meta: *const Handle<Json>,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        make(within, (version, domain, meta), out, error, |limits| {
            Ok(Subject::parse(parent.read("parent")?, limits)?.child(orchestrator.read("orchestrator")?))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_subject_create(
    content: *const Handle<Json>,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (content, out) = unsafe { (borrow::<Json>(content, "content")?, slot(out, "out")?) };
        out.give(Text(Subject::from_value(content.value().clone(), &Limits::DEFAULT)?.encode()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_subject_parse(
    within: *const Handle<Surroundings>,
    subject: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, text, out) = unsafe { (environment(within)?, subject.read("subject")?, slot(out, "out")?) };
        let content = Subject::parse(text, within.limits())?.to_json();
        let value: Value = arvo_core::json::parse(&content, within.limits())?;
        out.give(Json::new(value));
        Ok(())
    })
}
