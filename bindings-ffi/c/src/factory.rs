//! Factories: events by contract, in one call.

use std::sync::Arc;

use arvo_core::telemetry::Creation;
use arvo_core::{
    ContractKind, Data, Environment, ErrorReport, Event, EventDraft, FactoryError, Making, VersionedContract,
};

use crate::boundary::{Caught, Failure, Status, Str, guard_raised, slot};
use crate::contract::{ContractHandle, HostSchemas, VersionHandle};
use crate::environment::{Surroundings, environment};
use crate::event::{EventHandle, draft};
use crate::handle::{Handle, borrow, borrow_optional};
use crate::host::{CHost, RaisedTable};
use crate::span::creating;
use crate::value::Json;

/// The error as C gets it; one of a schema of the program's own is the handle that it raised.
fn caught(error: FactoryError, raised: &RaisedTable) -> Caught {
    let message = error.to_string();
    match error {
        FactoryError::Accepts { issues } | FactoryError::Emits { issues } | FactoryError::Init { issues } => {
            Failure::new(Status::INVALID_DATA, "InvalidData", message).with_issues(&issues).into()
        }
        FactoryError::UnknownEmit { .. } => Failure::new(Status::NOT_FOUND, "UnknownEmit", message).into(),
        FactoryError::NotOrchestrator => Failure::new(Status::WRONG_KIND, "NotOrchestrator", message).into(),
        FactoryError::Subject(error) => Failure::from(error).into(),
        FactoryError::Event(error) => Failure::from(error).into(),
        FactoryError::Schema { raised: token, .. } => raised.raised_by(&token),
        _ => Failure::argument(message).into(),
    }
}

fn made(
    version: &VersionedContract,
    schemas: &HostSchemas,
    within: &Arc<Environment>,
    making: Making,
    type_: Option<&str>,
    draft: EventDraft,
) -> Result<Event, Caught> {
    let raised = RaisedTable::default();
    let host = CHost { schemas, consumed: None, limits: within.limits(), raised: &raised };
    let factory = version.factory().with_environment(Arc::clone(within));
    creating(
        within,
        || Creation::of_factory(version, making, type_),
        |headers| {
            let made =
                factory.with_trace(headers).make(making, draft, &host).map_err(|error| caught(error, &raised))?;
            made.event_within(within.limits()).ok_or_else(|| caught(FactoryError::HostData, &raised))
        },
    )
}

/// Makes one event, of `type_` if it is one to be emitted; the body of every function here.
///
/// # Safety
/// As `arvo.h` says of handles, texts and results.
unsafe fn make(
    making: Making,
    type_: Option<Str>,
    (version, within): (*const Handle<VersionHandle>, *const Handle<Surroundings>),
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
    draft: impl FnOnce() -> Result<EventDraft, Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: promised by the caller.
        let (version, within, out) = unsafe { (borrow(version, "version")?, environment(within)?, slot(out, "out")?) };
        // SAFETY: promised by the caller.
        let type_ = type_.map(|type_| unsafe { type_.read("type") }).transpose()?;
        let draft = match type_ {
            Some(type_) => draft()?.type_(type_),
            None => draft()?,
        };
        out.give(EventHandle(made(&version.version, &version.schemas, within, making, type_, draft)?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
unsafe fn given(attributes: *const Handle<Json>, data: *const Handle<Json>) -> Result<EventDraft, Failure> {
    // SAFETY: promised by the caller.
    unsafe { draft(borrow(attributes, "attributes")?, borrow_optional(data, "data")?) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_accepts(
    version: *const Handle<VersionHandle>,
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { make(Making::Accepts, None, (version, within), out, error, || given(attributes, data)) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_emits(
    version: *const Handle<VersionHandle>,
    within: *const Handle<Surroundings>,
    type_: Str,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { make(Making::Emits, Some(type_), (version, within), out, error, || given(attributes, data)) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_system_error(
    version: *const Handle<VersionHandle>,
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    failure: *const Handle<Failure>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe {
        make(Making::SystemError, None, (version, within), out, error, || {
            let report: ErrorReport = borrow(failure, "failure")?.report();
            Ok(given(attributes, std::ptr::null())?.data(report.data()))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_init(
    version: *const Handle<VersionHandle>,
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { make(Making::Init, None, (version, within), out, error, || given(attributes, data)) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_complete(
    version: *const Handle<VersionHandle>,
    within: *const Handle<Surroundings>,
    attributes: *const Handle<Json>,
    data: *const Handle<Json>,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { make(Making::Complete, None, (version, within), out, error, || given(attributes, data)) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_factory_request(
    contract: *const Handle<ContractHandle>,
    source: Str,
    data: Str,
    out: *mut *mut Handle<EventHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (contract, source, data, out) =
            unsafe { (borrow(contract, "contract")?, source.read("source")?, data.read("data")?, slot(out, "out")?) };
        let draft = EventDraft::from_source(source).data(Data::Text(data.into()));
        let version = contract.contract.latest();
        let making = match contract.contract.kind() {
            ContractKind::Orchestrator => Making::Init,
            _ => Making::Accepts,
        };
        out.give(EventHandle(made(&version, &contract.schemas, &Environment::shared(), making, None, draft)?));
        Ok(())
    })
}
