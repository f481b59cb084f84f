//! URIs, versions, dataschemas and domains: small texts that the core judges and takes apart.

use std::cmp::Ordering;

use arvo_core::{Dataschema, Domain, DomainContext, Version, VersionError, lenient_version, uri};
use serde_json::Value;

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::environment::{Surroundings, environment};
use crate::handle::{Handle, borrow};
use crate::pointer::noun;
use crate::text::Text;
use crate::value::Json;

impl From<VersionError> for Failure {
    fn from(error: VersionError) -> Self {
        Self::new(Status::INVALID_NAME, "InvalidVersion", error.to_string())
    }
}

/// # Safety
/// As `arvo.h` says of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_uri_is_encoded(text: Str) -> bool {
    // SAFETY: arvo.h, "Texts".
    read(false, || Ok(uri::is_properly_encoded(unsafe { text.read("text")? })))
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_uri_encode(
    text: Str,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (text, out) = unsafe { (text.read("text")?, slot(out, "out")?) };
        out.give(Text(uri::encode_uri(text).into_owned()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_version_is_valid(version: Str) -> bool {
    // SAFETY: arvo.h, "Texts".
    read(false, || Ok(unsafe { version.read("version")? }.parse::<Version>().is_ok()))
}

/// # Safety
/// As `arvo.h` says of texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_version_is_wildcard(version: Str) -> bool {
    // SAFETY: arvo.h, "Texts".
    read(false, || Ok(unsafe { version.read("version")? }.parse::<Version>()?.is_wildcard()))
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_version_compare(
    left: Str,
    right: Str,
    out: *mut i32,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (left, right, out) = unsafe { (left.read("left")?, right.read("right")?, slot(out, "out")?) };
        let (left, right): (Version, Version) = (left.parse()?, right.parse()?);
        out.put(match left.compare(&right) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results; `out` has room for three numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_version_numbers(
    version: Str,
    out: *mut [f64; 3],
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (version, out) = unsafe { (version.read("version")?, slot(out, "out")?) };
        let numbers = lenient_version(version);
        out.put(numbers.map_err(|error| Failure::new(Status::INVALID_NAME, "InvalidVersion", error.to_string()))?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_dataschema_split(
    dataschema: Str,
    uri: *mut Str,
    version: *mut Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (text, uri, version) =
            unsafe { (dataschema.read("dataschema")?, slot(uri, "uri")?, slot(version, "version")?) };
        let Some((found_uri, found_version)) = Dataschema::split(text) else {
            let Err(error) = text.parse::<Dataschema>() else { return Ok(()) };
            return Err(Failure::new(Status::NOT_FOUND, "NotFound", error.to_string()));
        };
        uri.put(Str::of(found_uri));
        version.put(Str::of(found_version));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_dataschema_build(
    uri: Str,
    version: Str,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (uri, version, out) = unsafe { (uri.read("uri")?, version.read("version")?, slot(out, "out")?) };
        out.give(Text(Dataschema::new(uri, version.parse()?).to_string()));
        Ok(())
    })
}

/// `arvo_domain_context`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CDomainContext {
    self_contract: Str,
    event_contract: Str,
    triggering_event: Str,
    current_subject: Str,
    parent_subject: Str,
}

/// A list of domains as it stands in JSON: names, symbols and nulls.
pub(crate) fn domains(list: &Json, what: &str) -> Result<Vec<Domain>, Failure> {
    let wrong = |found: &Value| {
        Failure::argument(format!("{what} is or holds {}; pass a list of names, symbols and nulls", noun(found)))
    };
    let entries = list.value().as_array().ok_or_else(|| wrong(list.value()))?;
    entries
        .iter()
        .map(|entry| match entry {
            Value::Null => Ok(Domain::Local),
            Value::String(name) => Ok(Domain::of(Some(name))),
            other => Err(wrong(other)),
        })
        .collect()
}

/// # Safety
/// As `arvo.h` says of handles, texts and results; `context` is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_domain_resolve(
    within: *const Handle<Surroundings>,
    list: *const Handle<Json>,
    context: *const CDomainContext,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results"; `context` is NULL or readable during the call.
        let (list, context, out) = unsafe {
            let given =
                context.as_ref().ok_or_else(|| Failure::argument("context is NULL; pass an arvo_domain_context"))?;
            let context = DomainContext {
                self_contract: given.self_contract.read_optional("self_contract")?,
                event_contract: given.event_contract.read_optional("event_contract")?,
                triggering_event: given.triggering_event.read_optional("triggering_event")?,
                current_subject: given.current_subject.read_optional("current_subject")?,
                parent_subject: given.parent_subject.read_optional("parent_subject")?,
                limits: *environment(within)?.limits(),
            };
            (borrow::<Json>(list, "list")?, context, slot(out, "out")?)
        };
        let found = Domain::resolve_all(&domains(list, "list")?, &context);
        out.give(Json::new(found.iter().map(|domain| Value::from(domain.as_deref())).collect()));
        Ok(())
    })
}
