//! `arvo_event`: make, read and write events, and read their attributes.

use arvo_core::telemetry::Creation;
use arvo_core::{Data, Emitted, Event, EventDraft, EventError, Headers, Limits};
use serde_json::{Map, Value, json};

use crate::boundary::{Failure, Status, Str, guard, guard_raised, read, slot};
use crate::environment::{Surroundings, environment};
use crate::handle::{Handle, Lent, borrow, borrow_optional, free, kind};
use crate::span::creating;
use crate::text::Text;
use crate::value::Json;

/// The content of an `arvo_event`.
pub struct EventHandle(pub(crate) Event);

kind!(EventHandle, "arvo_event", b"event\0\0\0");

impl From<EventError> for Failure {
    fn from(error: EventError) -> Self {
        let broken: Value = (error.broken().iter())
            .map(|broken| json!({"attribute": broken.attribute, "reason": broken.fault.to_string()}))
            .collect();
        match &error {
            EventError::Json(_) => Self::new(Status::INVALID_JSON, "InvalidJson", error.to_string()),
            _ => {
                let failure = Self::new(Status::INVALID_EVENT, "InvalidEvent", error.to_string());
                failure.with("broken", broken).with_issues(&error.issues())
            }
        }
    }
}

/// A draft of `attributes`, an object, and of `data`, which then wins over a member of that name.
pub(crate) fn draft(attributes: &Json, data: Option<&Json>) -> Result<EventDraft, Failure> {
    let draft = EventDraft::from_map(object(attributes, "attributes")?.clone());
    Ok(match data {
        Some(data) => draft.data(Data::Value(data.to_shared())),
        None => draft,
    })
}

/// The members of a value that must be an object.
pub(crate) fn object<'a>(value: &'a Json, what: &str) -> Result<&'a Map<String, Value>, Failure> {
    value.value().as_object().ok_or_else(|| {
        let found = crate::pointer::noun(value.value());
        Failure::argument(format!("{what} is {found}; pass an object, such as arvo_value_new_object makes"))
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_new(
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (within, attributes, data, out) = unsafe {
            (
                environment(within)?,
                borrow::<Json>(attributes, "attributes")?,
                borrow_optional::<Json>(data, "data")?,
                slot(out, "out")?,
            )
        };
        let draft = draft(attributes, data)?;
        let creation = || Creation::of_event(attributes.value()["type"].as_str().unwrap_or_default());
        let made = creating(within, creation, |headers| {
            let draft = with_headers(draft, attributes, headers);
            Ok(draft.build(within).map_err(Failure::from)?)
        });
        out.give(EventHandle(made?));
        Ok(())
    })
}

/// The draft with these headers, unless it brings its own.
pub(crate) fn with_headers(mut draft: EventDraft, attributes: &Json, headers: Headers) -> EventDraft {
    let is_given = |name: &str| attributes.value().get(name).is_some_and(|given| !given.is_null());
    if is_given("traceparent") {
        return draft;
    }
    if let Some(traceparent) = headers.traceparent {
        draft = draft.traceparent(traceparent);
    }
    match headers.tracestate {
        Some(tracestate) if !is_given("tracestate") => draft.tracestate(tracestate),
        _ => draft,
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_new_untraced(
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (within, attributes, data, out) = unsafe {
            (
                environment(within)?,
                borrow::<Json>(attributes, "attributes")?,
                borrow_optional::<Json>(data, "data")?,
                slot(out, "out")?,
            )
        };
        out.give(EventHandle(draft(attributes, data)?.build(within)?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_parse(
    within: *const Handle<Surroundings>,
    json: Str,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, text, out) = unsafe { (environment(within)?, json.read("json")?, slot(out, "out")?) };
        out.give(EventHandle(Event::parse(text, within.limits())?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_parse_lenient(
    within: *const Handle<Surroundings>,
    json: Str,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, text, out) = unsafe { (environment(within)?, json.read("json")?, slot(out, "out")?) };
        out.give(EventHandle(Event::parse_lenient(text, within.limits())?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_free(event: *mut Handle<EventHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(event) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_write(
    event: *const Handle<EventHandle>,
    indent: usize,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (event, out) = unsafe { (&borrow(event, "event")?.0, slot(out, "out")?) };
        out.give(Text(if indent == 0 { event.to_json() } else { event.to_json_indented(indent)? }));
        Ok(())
    })
}

/// Gives one value read from an event; the body of the functions below.
///
/// # Safety
/// As `arvo.h` says of handles and results.
unsafe fn value_of(
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
    pick: impl FnOnce(&Event) -> Result<Json, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (event, out) = unsafe { (&borrow(event, "event")?.0, slot(out, "out")?) };
        out.give(pick(event)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_value(
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { value_of(event, out, error, |event| Ok(Json::new(event.to_value()?))) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_data(
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { value_of(event, out, error, |event| Ok(Json::of_event(event)?)) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_extensions(
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let pick = |event: &Event| {
        let members = event.extensions().map(|(key, value)| (key.to_owned(), value.to_value()));
        Ok(Json::new(Value::Object(members.collect())))
    };
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { value_of(event, out, error, pick) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_otel_attributes(
    event: *const Handle<EventHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let pick = |event: &Event| {
        let members = event.otel_attributes().into_iter().map(|(key, value)| (key.to_owned(), value));
        Ok(Json::new(Value::Object(members.collect())))
    };
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { value_of(event, out, error, pick) }
}

/// Exports the readers of one text attribute each.
macro_rules! attributes {
    ($($function:ident => $pick:expr,)*) => {$(
        /// # Safety
        /// As `arvo.h` says of handles.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(event: *const Handle<EventHandle>) -> Str {
            let pick: for<'a> fn(&'a Event) -> Option<&'a str> = $pick;
            // SAFETY: arvo.h, "Handles".
            read(Str::NONE, || Ok(Str::of_optional(pick(&unsafe { borrow(event, "event")? }.0))))
        }
    )*};
}

attributes! {
    arvo_event_id => |event| Some(event.id()),
    arvo_event_source => |event| Some(event.source()),
    arvo_event_specversion => |event| Some(event.specversion()),
    arvo_event_type => |event| Some(event.type_()),
    arvo_event_subject => |event| Some(event.subject()),
    arvo_event_datacontenttype => |event| Some(event.datacontenttype()),
    arvo_event_dataschema => Event::dataschema,
    arvo_event_time => |event| Some(event.time()),
    arvo_event_to => Event::to,
    arvo_event_accesscontrol => Event::accesscontrol,
    arvo_event_redirectto => Event::redirectto,
    arvo_event_traceparent => Event::traceparent,
    arvo_event_tracestate => Event::tracestate,
    arvo_event_parentid => Event::parentid,
    arvo_event_domain => Event::domain,
    arvo_event_data_text => |event| Some(event.data_text()),
}

/// # Safety
/// As `arvo.h` says of handles; `units` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_event_executionunits(event: *const Handle<EventHandle>, units: *mut f64) -> bool {
    read(false, || {
        // SAFETY: arvo.h, "Handles"; `units` is NULL or writable.
        let (event, out) = unsafe { (&borrow(event, "event")?.0, slot(units, "units").ok()) };
        let found = event.executionunits();
        if let (Some(units), Some(out)) = (found, out) {
            out.put(units);
        }
        Ok(found.is_some())
    })
}

/// `arvo_events`: what an execution emitted, in order.
pub struct Events(Vec<Lent<EventHandle>>);

kind!(Events, "arvo_events", b"events\0\0");

impl Events {
    pub(crate) fn new(events: impl IntoIterator<Item = Event>) -> Self {
        Self(events.into_iter().map(|event| Lent::new(EventHandle(event))).collect())
    }

    /// Events whose data is all there: C hands out values, no objects of its own.
    pub(crate) fn of(emitted: &[Emitted], limits: &Limits) -> Self {
        Self::new(emitted.iter().filter_map(|emitted| emitted.event_within(limits)))
    }

    pub(crate) fn add(&mut self, event: Event) {
        self.0.push(Lent::new(EventHandle(event)));
    }

    /// Each of them, unless C freed what it was only lent.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<&EventHandle, Failure>> {
        self.0.iter().map(Lent::content)
    }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_events_count(events: *const Handle<Events>) -> usize {
    // SAFETY: arvo.h, "Handles".
    read(0, || Ok(unsafe { borrow(events, "events")? }.0.len()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_events_at(events: *const Handle<Events>, index: usize) -> *const Handle<EventHandle> {
    // SAFETY: arvo.h, "Handles".
    read(std::ptr::null(), || {
        let events = unsafe { borrow(events, "events")? };
        Ok(events.0.get(index).map_or(std::ptr::null(), |event| event.pointer().cast_const()))
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_events_free(events: *mut Handle<Events>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(events) }
}
