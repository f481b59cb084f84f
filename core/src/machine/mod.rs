//! Machines: statecharts that speak in events of contracts (SPEC §11).
//!
//! A [`Machine`] is a chart compiled with its own contract and those of the services that it calls. It holds no
//! function of a host and runs by itself nowhere: an orchestrator gives it its events, one at a time.

mod check;
mod definition;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod machine;
mod picture;
mod portable;
mod reserved;
mod services;
mod sketch;

pub use machine::{Machine, MachineSpec};
pub use picture::Show;
pub(crate) use services::service_faults;
pub use sketch::Sketch;
