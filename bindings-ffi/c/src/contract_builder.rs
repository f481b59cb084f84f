//! `arvo_contract_builder`: contracts of the three kinds, version by version, with schemas of both kinds.

use std::sync::Arc;

use arvo_core::{Contract, ContractBuilder, OrchestratorContractBuilder, SimpleContractBuilder};

use crate::boundary::{Failure, Status, Str, guard, slot};
use crate::contract::ContractHandle;
use crate::event::object;
use crate::handle::{Handle, borrow, borrow_mut, free, kind};
use crate::schema::{HostSchema, SchemaHandle};
use crate::value::Json;

/// A builder of one of the three kinds.
#[derive(Clone)]
enum Builder {
    Plain(ContractBuilder),
    Simple(SimpleContractBuilder),
    Orchestrator(OrchestratorContractBuilder),
}

/// Applies one method of the builder, whatever its kind.
macro_rules! each {
    ($builder:expr, |$it:ident| $method:expr) => {
        match $builder {
            Builder::Plain($it) => Builder::Plain($method),
            Builder::Simple($it) => Builder::Simple($method),
            Builder::Orchestrator($it) => Builder::Orchestrator($method),
        }
    };
}

/// The content of an `arvo_contract_builder`.
pub struct BuilderHandle {
    builder: Builder,
    schemas: Vec<Arc<HostSchema>>,
}

kind!(BuilderHandle, "arvo_contract_builder", b"c-build\0");

/// # Safety
/// As `arvo.h` says of texts and results.
unsafe fn begin(
    (uri, name): (Str, Str),
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
    make: impl FnOnce(&str, &str) -> Builder,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (uri, name, out) = unsafe { (uri.read("uri")?, name.read("type or name")?, slot(out, "out")?) };
        out.give(BuilderHandle { builder: make(uri, name), schemas: Vec::new() });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_plain(
    uri: Str,
    type_: Str,
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Texts", "Results".
    unsafe { begin((uri, type_), out, error, |uri, type_| Builder::Plain(Contract::builder(uri, type_))) }
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_simple(
    uri: Str,
    root_type: Str,
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Texts", "Results".
    unsafe { begin((uri, root_type), out, error, |uri, root| Builder::Simple(Contract::simple(uri, root))) }
}

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_orchestrator(
    uri: Str,
    name: Str,
    out: *mut *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Texts", "Results".
    unsafe { begin((uri, name), out, error, |uri, name| Builder::Orchestrator(Contract::orchestrator(uri, name))) }
}

/// Changes a builder by one step.
///
/// # Safety
/// As `arvo.h` says of handles.
unsafe fn change(
    builder: *mut Handle<BuilderHandle>,
    error: *mut *mut Handle<Failure>,
    step: impl FnOnce(Builder, &mut Vec<Arc<HostSchema>>) -> Result<Builder, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let handle = unsafe { borrow_mut(builder, "builder")? };
        handle.builder = step(handle.builder.clone(), &mut handle.schemas)?;
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_domain(
    builder: *mut Handle<BuilderHandle>,
    domain: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe {
        change(builder, error, |builder, _| {
            let domain = domain.read("domain")?;
            Ok(each!(builder, |it| it.domain(domain)))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_description(
    builder: *mut Handle<BuilderHandle>,
    description: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts".
    unsafe {
        change(builder, error, |builder, _| {
            let description = description.read("description")?;
            Ok(each!(builder, |it| it.description(description)))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_metadata(
    builder: *mut Handle<BuilderHandle>,
    metadata: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles".
    unsafe {
        change(builder, error, |builder, _| {
            let metadata = object(borrow(metadata, "metadata")?, "metadata")?.clone();
            Ok(each!(builder, |it| it.metadata(metadata)))
        })
    }
}

/// `arvo_emit`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CEmit {
    type_: Str,
    schema: *const Handle<SchemaHandle>,
}

/// # Safety
/// As `arvo.h` says of handles and texts; `emits` is readable for `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_version(
    builder: *mut Handle<BuilderHandle>,
    version: Str,
    accepts: *const Handle<SchemaHandle>,
    emits: *const CEmit,
    count: usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    let step = |builder: Builder, hosts: &mut Vec<Arc<HostSchema>>| {
        if emits.is_null() && count > 0 {
            return Err(Failure::argument("emits is NULL; pass an array of `count` arvo_emit"));
        }
        // SAFETY: arvo.h, "Handles", "Texts"; `emits` is readable for `count` entries during the call.
        let (version, accepts, emits) = unsafe {
            let entries = if count == 0 { &[] } else { std::slice::from_raw_parts(emits, count) };
            let emits: Vec<(Str, &SchemaHandle)> = (entries.iter())
                .map(|emit| Ok((emit.type_, borrow(emit.schema, "the schema of an emit")?)))
                .collect::<Result<_, Failure>>()?;
            (version.read("version")?, borrow(accepts, "accepts")?, emits)
        };
        hosts.extend(emits.iter().map(|(_, schema)| *schema).chain([accepts]).filter_map(|schema| schema.host.clone()));
        let only = || match emits.as_slice() {
            [(type_, schema)] if type_.is_none() => Ok(schema.schema.clone()),
            [_] => Err(Failure::argument(
                "a simple or orchestrator contract names its emitted type itself; pass ARVO_NO_STR",
            )),
            _ => Err(Failure::argument(format!("{count} emits; a simple or orchestrator contract has one exactly"))),
        };
        let accepts = accepts.schema.clone();
        Ok(match builder {
            Builder::Plain(plain) => {
                let emits = emits.iter().map(|(type_, schema)| {
                    // SAFETY: arvo.h, "Texts".
                    Ok((unsafe { type_.read("the type of an emit")? }, schema.schema.clone()))
                });
                Builder::Plain(plain.version(version, accepts, emits.collect::<Result<Vec<_>, Failure>>()?))
            }
            Builder::Simple(simple) => Builder::Simple(simple.version(version, accepts, only()?)),
            Builder::Orchestrator(orchestrator) => {
                Builder::Orchestrator(orchestrator.version(version, accepts, only()?))
            }
        })
    };
    // SAFETY: arvo.h, "Handles".
    unsafe { change(builder, error, step) }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_build(
    builder: *const Handle<BuilderHandle>,
    out: *mut *mut Handle<ContractHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (handle, out) = unsafe { (borrow(builder, "builder")?, slot(out, "out")?) };
        let contract = match handle.builder.clone() {
            Builder::Plain(builder) => builder.build(),
            Builder::Simple(builder) => builder.build(),
            Builder::Orchestrator(builder) => builder.build(),
        }?;
        out.give(ContractHandle { contract, schemas: handle.schemas.iter().cloned().collect() });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_contract_builder_free(builder: *mut Handle<BuilderHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(builder) }
}
