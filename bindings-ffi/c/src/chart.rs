//! `arvo_chart`: a machine's chart by itself, step by step over snapshots; for tests of machines.

use std::sync::Arc;

use arvo_core::statechart::{Chart, Error, Outcome, Signal, Taken};
use arvo_core::{Data, Limits, json};
use serde_json::{Value, json};

use crate::boundary::{Caught, Failure, Status, guard, guard_raised, slot};
use crate::functions::Functions;
use crate::handle::{Handle, borrow, borrow_optional, free, kind};
use crate::host::RaisedTable;
use crate::machine::MachineHandle;
use crate::machine_builder::MachineBuilder;
use crate::machine_host::Actor;
use crate::value::Json;

/// The content of an `arvo_chart`.
pub struct ChartHandle {
    pub(crate) chart: Chart,
    pub(crate) functions: Arc<Functions>,
    pub(crate) limits: Limits,
}

kind!(ChartHandle, "arvo_chart", b"chart\0\0\0");

impl ChartHandle {
    /// Takes one step, and tells of it.
    fn step(&self, take: impl FnOnce(&Chart, &Actor<'_>) -> Result<Outcome, Error>) -> Result<Json, Caught> {
        let raised = RaisedTable::default();
        let actor = Actor { functions: &self.functions, limits: &self.limits, raised: &raised, consumed: None };
        let told = take(&self.chart, &actor).and_then(|outcome| {
            let (tags, meta) = (self.chart.tags(&outcome.state), self.chart.meta(&outcome.state));
            let Outcome { state, emitted, appended, taken, .. } = outcome;
            Ok(json!({
                "snapshot": self.chart.snapshot(state, &actor)?,
                "emitted": plain(emitted, &self.limits)?,
                "enqueued": plain(appended, &self.limits)?,
                "taken": taken.into_iter().map(Taken::number).collect::<Vec<_>>(),
                "tags": tags,
                "meta": meta,
            }))
        });
        told.map(Json::new).map_err(|error| raised.of_chart(&error))
    }
}

fn plain(events: Vec<Data>, limits: &Limits) -> Result<Vec<Value>, Error> {
    let read = |event| match event {
        Data::Value(value) => Ok(Arc::unwrap_or_clone(value)),
        Data::Text(text) => json::parse(&text, limits).map_err(Error::Json),
        Data::Host(_) => Ok(Value::Null), // not reached: C gives values, no tokens
    };
    events.into_iter().map(read).collect()
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_chart_compile(
    builder: *const Handle<MachineBuilder>,
    out: *mut *mut Handle<ChartHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (builder, out) = unsafe { (borrow(builder, "builder")?, slot(out, "out")?) };
        out.give(builder.chart()?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_machine_chart(
    machine: *const Handle<MachineHandle>,
    out: *mut *mut Handle<ChartHandle>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (machine, out) = unsafe { (borrow(machine, "machine")?, slot(out, "out")?) };
        let (chart, functions) = (machine.machine.chart().clone(), Arc::clone(&machine.functions));
        out.give(ChartHandle { chart, functions, limits: machine.limits });
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_chart_start(
    chart: *const Handle<ChartHandle>,
    input: *const Handle<Json>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (chart, input, out) =
            unsafe { (borrow(chart, "chart")?, borrow_optional::<Json>(input, "input")?, slot(out, "out")?) };
        let input = input.map(|input| Data::Value(input.to_shared()));
        out.give(chart.step(|chart, actor| chart.start(input, actor))?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of callbacks, handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_chart_send(
    chart: *const Handle<ChartHandle>,
    snapshot: *const Handle<Json>,
    event: *const Handle<Json>,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard_raised(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (chart, snapshot, event, out) = unsafe {
            let snapshot = borrow::<Json>(snapshot, "snapshot")?;
            (borrow(chart, "chart")?, snapshot, borrow::<Json>(event, "event")?, slot(out, "out")?)
        };
        let (snapshot, event) = (snapshot.value().clone(), event.value().clone());
        out.give(chart.step(|chart, actor| chart.resume(snapshot, Signal::from_json(event)?, actor))?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_chart_free(chart: *mut Handle<ChartHandle>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(chart) }
}
