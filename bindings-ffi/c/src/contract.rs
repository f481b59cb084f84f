//! `arvo_contract`: read contracts, and look their versions up.

use std::sync::Arc;

use arvo_core::{Contract, ContractError, Limits, UnknownVersion, VersionedContract, json};
use serde_json::Value;

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::handle::{Handle, borrow, free, kind};
use crate::schema::{HostSchema, unknown_keys};
use crate::value::Json;

/// The host schemas of one contract.
pub(crate) type HostSchemas = Arc<[Arc<HostSchema>]>;

/// The content of an `arvo_contract`.
pub struct ContractHandle {
    pub(crate) contract: Contract,
    pub(crate) schemas: HostSchemas,
}

kind!(ContractHandle, "arvo_contract", b"contract");

/// The content of an `arvo_contract_version`.
pub struct VersionHandle {
    pub(crate) version: VersionedContract,
    pub(crate) schemas: HostSchemas,
}

kind!(VersionHandle, "arvo_contract_version", b"version\0");

impl From<ContractError> for Failure {
    fn from(error: ContractError) -> Self {
        Self::new(Status::INVALID_CONTRACT, "InvalidContract", error.to_string())
    }
}

impl From<UnknownVersion> for Failure {
    fn from(error: UnknownVersion) -> Self {
        Self::new(Status::NOT_FOUND, "UnknownVersion", error.to_string())
    }
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_parse(
    json: Str,
    mode: i32,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (text, out) = unsafe { (json.read("json")?, slot(out, "out")?) };
        let contract = Contract::from_json(&json::parse(text, &Limits::DEFAULT)?, unknown_keys(mode)?)?;
        out.give(ContractHandle { contract, schemas: Arc::new([]) });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_from_value(
    json: *const Handle<Json>,
    mode: i32,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (json, out) = unsafe { (borrow::<Json>(json, "json")?, slot(out, "out")?) };
        let contract = Contract::from_json(json.value(), unknown_keys(mode)?)?;
        out.give(ContractHandle { contract, schemas: Arc::new([]) });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_simple(
    uri: Str,
    root_type: Str,
    accepts: Str,
    emits: Str,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (uri, root_type, accepts, emits, out) = unsafe {
            (
                uri.read("uri")?,
                root_type.read("root_type")?,
                accepts.read("accepts")?,
                emits.read("emits")?,
                slot(out, "out")?,
            )
        };
        let (accepts, emits) = (json::parse(accepts, &Limits::DEFAULT)?, json::parse(emits, &Limits::DEFAULT)?);
        let contract = Contract::simple(uri, root_type).version("1.0.0", accepts, emits).build()?;
        out.give(ContractHandle { contract, schemas: Arc::new([]) });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_orchestrator(
    uri: Str,
    name: Str,
    init: Str,
    complete: Str,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (uri, name, init, complete, out) = unsafe {
            (uri.read("uri")?, name.read("name")?, init.read("init")?, complete.read("complete")?, slot(out, "out")?)
        };
        let (init, complete) = (json::parse(init, &Limits::DEFAULT)?, json::parse(complete, &Limits::DEFAULT)?);
        let contract = Contract::orchestrator(uri, name).version("1.0.0", init, complete).build()?;
        out.give(ContractHandle { contract, schemas: Arc::new([]) });
        Ok(())
    })
}

/// Exports readers of one text each.
macro_rules! texts {
    ($handle:ty, $name:literal: $($function:ident => |$it:ident| $pick:expr,)*) => {$(
        /// # Safety
        /// As `arvo.h` says of handles.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(handle: *const Handle<$handle>) -> Str {
            $crate::boundary::read(Str::NONE, || {
                // SAFETY: arvo.h, "Handles".
                let $it = unsafe { borrow(handle, $name)? };
                Ok(Str::of_optional($pick))
            })
        }
    )*};
}
pub(crate) use texts;

texts! { ContractHandle, "contract":
    arvo_contract_uri => |it| Some(it.contract.uri()),
    arvo_contract_type => |it| Some(it.contract.type_()),
    arvo_contract_domain => |it| it.contract.domain(),
    arvo_contract_description => |it| it.contract.description(),
    arvo_contract_system_error_type => |it| Some(it.contract.system_error_type()),
}

texts! { VersionHandle, "version":
    arvo_contract_version_text => |it| Some(it.version.version().as_str()),
    arvo_contract_version_uri => |it| Some(it.version.contract().uri()),
    arvo_contract_version_dataschema => |it| Some(it.version.dataschema()),
    arvo_contract_version_accepts => |it| Some(&*it.version.accepts().type_),
    arvo_contract_version_system_error_dataschema => |it| Some(it.version.contract().system_error_dataschema()),
}

/// Gives something made of a contract.
///
/// # Safety
/// As `arvo.h` says of handles and results.
unsafe fn from_contract<T: crate::handle::Kind>(
    contract: *const Handle<ContractHandle>,
    out: *mut *mut Handle<T>,
    error: *mut *mut Handle<Failure>,
    pick: impl FnOnce(&ContractHandle) -> Result<T, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (contract, out) = unsafe { (borrow(contract, "contract")?, slot(out, "out")?) };
        out.give(pick(contract)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_metadata(
    contract: *const Handle<ContractHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let pick = |it: &ContractHandle| Ok(Json::new(Value::Object(it.contract.metadata().clone())));
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { from_contract(contract, out, error, pick) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_value(
    contract: *const Handle<ContractHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { from_contract(contract, out, error, |it| Ok(Json::new(it.contract.to_json()))) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_count(contract: *const Handle<ContractHandle>) -> usize {
    // SAFETY: arvo.h, "Handles".
    read(0, || Ok(unsafe { borrow(contract, "contract")? }.contract.versions().len()))
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_at(
    contract: *const Handle<ContractHandle>,
    index: usize,
    out: *mut *mut Handle<VersionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let pick = |it: &ContractHandle| {
        let count = it.contract.versions().len();
        let version = it.contract.versions().nth(index).ok_or_else(|| {
            let message = format!("no version number {index}: the contract has {count}, counted from 0");
            Failure::new(Status::NOT_FOUND, "NotFound", message)
        })?;
        Ok(VersionHandle { version, schemas: Arc::clone(&it.schemas) })
    };
    // SAFETY: arvo.h, "Handles", "Results".
    unsafe { from_contract(contract, out, error, pick) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_lookup(
    contract: *const Handle<ContractHandle>,
    version: Str,
    out: *mut *mut Handle<VersionHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        from_contract(contract, out, error, |it| {
            let version = it.contract.version(version.read("version")?)?;
            Ok(VersionHandle { version, schemas: Arc::clone(&it.schemas) })
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_free(contract: *mut Handle<ContractHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(contract) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_emit_count(version: *const Handle<VersionHandle>) -> usize {
    // SAFETY: arvo.h, "Handles".
    read(0, || Ok(unsafe { borrow(version, "version")? }.version.emits().len()))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_emit(version: *const Handle<VersionHandle>, index: usize) -> Str {
    read(Str::NONE, || {
        // SAFETY: arvo.h, "Handles".
        let version = unsafe { borrow(version, "version")? };
        Ok(Str::of_optional(version.version.emits().get(index).map(|emit| &*emit.type_)))
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_contract(
    version: *const Handle<VersionHandle>,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (version, out) = unsafe { (borrow(version, "version")?, slot(out, "out")?) };
        let contract = version.version.contract().clone();
        out.give(ContractHandle { contract, schemas: Arc::clone(&version.schemas) });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_version_free(version: *mut Handle<VersionHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(version) }
}
