//! `arvo_machine`: a statechart with its contracts and functions, and pictures of it.

use std::sync::Arc;

use arvo_core::statechart::Error;
use arvo_core::{Limits, Machine, Show};
use serde_json::Value;

use crate::boundary::{Caught, Failure, Status, Str, guard, guard_raised, read, slot};
use crate::contract::{ContractHandle, HostSchemas, texts};
use crate::failure::listed;
use crate::functions::Functions;
use crate::handle::{Handle, borrow, borrow_optional, free, kind};
use crate::host::RaisedTable;
use crate::machine_builder::portable;
use crate::text::Text;
use crate::value::Json;

/// The content of an `arvo_machine`.
pub struct MachineHandle {
    pub(crate) machine: Machine,
    pub(crate) functions: Arc<Functions>,
    /// Host schemas of its contract and services.
    pub(crate) schemas: HostSchemas,
    pub(crate) limits: Limits,
}

kind!(MachineHandle, "arvo_machine", b"machine\0");

texts! { MachineHandle, "machine":
    arvo_machine_id => |it| Some(it.machine.id()),
    arvo_machine_version => |it| Some(it.machine.version().as_str()),
    arvo_machine_source => |it| Some(it.machine.source()),
    arvo_machine_definition => |it| Some(&**it.machine.definition()),
}

/// # Safety
/// As `arvo.h` says of handles, texts and results; `contracts` is readable for `count` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_from_json(
    file: Str,
    contracts: *const *const Handle<ContractHandle>,
    count: usize,
    out: *mut *mut Handle<MachineHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (out, builder) = unsafe { (slot(out, "out")?, portable(file, contracts, count)?) };
        out.give(builder.build()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_locking(machine: *const Handle<MachineHandle>) -> bool {
    // SAFETY: arvo.h, "Handles".
    read(false, || Ok(unsafe { borrow(machine, "machine")? }.machine.requires_resource_locking()))
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_warnings(
    machine: *const Handle<MachineHandle>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (machine, out) = unsafe { (borrow(machine, "machine")?, slot(out, "out")?) };
        out.give(Json::new(listed(machine.machine.warnings())));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_free(machine: *mut Handle<MachineHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(machine) }
}

/// Numbers of transitions, as a step gave them.
fn numbers(trace: &Value) -> Result<Vec<u32>, Failure> {
    let number = |entry: &Value| entry.as_u64().and_then(|number| u32::try_from(number).ok());
    let list = trace.as_array().and_then(|list| list.iter().map(number).collect::<Option<Vec<_>>>());
    list.ok_or_else(|| Failure::argument("trace is no array of whole numbers; pass \"taken\" of arvo_chart_step"))
}

/// Draws a machine; the body of every picture.
///
/// # Safety
/// As `arvo.h` says of handles, texts and results.
unsafe fn drawn(
    (machine, record, trace): (*const Handle<MachineHandle>, Str, *const Handle<Json>),
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
    draw: impl FnOnce(&Machine, &Show<'_>) -> Result<String, Error>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: promised by the caller.
        let (machine, at, trace, out) = unsafe {
            let trace = borrow_optional::<Json>(trace, "trace")?;
            (borrow(machine, "machine")?, record.read_optional("record")?, trace, slot(out, "out")?)
        };
        let trace = trace.map(|trace| numbers(trace.value())).transpose()?.unwrap_or_default();
        out.give(Text(draw(&machine.machine, &Show { at, trace: &trace }).map_err(of_picture)?));
        Ok(())
    })
}

fn of_picture(error: Error) -> Caught {
    RaisedTable::default().of_chart(&error)
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_mermaid(
    machine: *const Handle<MachineHandle>,
    record: Str,
    trace: *const Handle<Json>,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { drawn((machine, record, trace), out, error, Machine::mermaid) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_dot(
    machine: *const Handle<MachineHandle>,
    record: Str,
    trace: *const Handle<Json>,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { drawn((machine, record, trace), out, error, Machine::dot) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_describe(
    machine: *const Handle<MachineHandle>,
    record: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (machine, record, out) =
            unsafe { (borrow(machine, "machine")?, record.read("record")?, slot(out, "out")?) };
        out.give(Json::new(machine.machine.describe(record).map_err(of_picture)?));
        Ok(())
    })
}
