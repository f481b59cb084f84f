//! `arvo_free`: frees a handle of any kind. It says itself which it is.

use std::ffi::c_void;

use crate::broker::BrokerHandle;
use crate::chart::ChartHandle;
use crate::contract::{ContractHandle, VersionHandle};
use crate::contract_builder::BuilderHandle as ContractBuilder;
use crate::environment::Surroundings;
use crate::event::{EventHandle, Events};
use crate::execution::ExecutionHandle;
use crate::expression::ExpressionHandle;
use crate::failure::Failure;
use crate::handle::{Handle, Kind, free};
use crate::handler::{HandlerBuilder, HandlerHandle};
use crate::machine::MachineHandle;
use crate::machine_builder::MachineBuilder;
use crate::memory::MemoryHandle;
use crate::orchestrator::{OrchestratorBuilder, OrchestratorHandle};
use crate::outputs::Outputs;
use crate::resumable::{ResumableBuilder, ResumableHandle};
use crate::resumed::Next;
use crate::schema::SchemaHandle;
use crate::store::StoreHandle;
use crate::suite::SuiteHandle;
use crate::text::Text;
use crate::value::Json;
use crate::worker::WorkerHandle;

/// Every kind of handle that a program owns.
const KINDS: [unsafe fn(*mut c_void); 28] = [
    free_as::<Failure>,
    free_as::<Text>,
    free_as::<Surroundings>,
    free_as::<EventHandle>,
    free_as::<Events>,
    free_as::<Json>,
    free_as::<SchemaHandle>,
    free_as::<ContractBuilder>,
    free_as::<ContractHandle>,
    free_as::<VersionHandle>,
    free_as::<HandlerBuilder>,
    free_as::<HandlerHandle>,
    free_as::<Outputs>,
    free_as::<ExecutionHandle>,
    free_as::<ExpressionHandle>,
    free_as::<ResumableBuilder>,
    free_as::<ResumableHandle>,
    free_as::<Next>,
    free_as::<MemoryHandle>,
    free_as::<BrokerHandle>,
    free_as::<MachineBuilder>,
    free_as::<MachineHandle>,
    free_as::<OrchestratorBuilder>,
    free_as::<OrchestratorHandle>,
    free_as::<ChartHandle>,
    free_as::<StoreHandle>,
    free_as::<SuiteHandle>,
    free_as::<WorkerHandle>,
];

/// # Safety
/// As for [`free`], which leaves handles of another kind alone.
unsafe fn free_as<T: Kind>(handle: *mut c_void) {
    // SAFETY: promised by the caller.
    unsafe { free(handle.cast::<Handle<T>>()) }
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_free(handle: *mut c_void) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using. A freed one keeps a tag of no kind.
    KINDS.iter().for_each(|free| unsafe { free(handle) });
}
