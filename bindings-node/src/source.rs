//! Who delivers events to handlers and workflows of this package: a broker or a worker. It has the event of a delivery,
//! and takes what comes of its execution: neither crosses.

use std::cell::RefCell;
use std::rc::Rc;

use arvo::{Event, Ticket};
use napi_derive::napi;
use slab::Slab;

use crate::broker::Broker;
use crate::error::{Failure, answer};
use crate::execution::start;
use crate::host::HostCall;
use crate::machine_host::MachineCall;
use crate::numbers::find;
use crate::plan::PLANS;
use crate::telemetry::OpenCall;
use crate::text::Text;
use crate::worker::Jobs;
use crate::workflow::FLOWS;

/// One of them.
#[derive(Clone)]
pub enum Source {
    Broker(Broker),
    Worker(Rc<Jobs>),
}

thread_local! {
    /// Those of this thread.
    pub static SOURCES: RefCell<Slab<Source>> = RefCell::default();
}

impl Source {
    /// The event of a delivery, and a ticket for its execution.
    fn begun(&self, delivery: f64) -> Result<(Event, Ticket), Failure> {
        match self {
            Self::Broker(broker) => broker.begun(delivery as u64),
            Self::Worker(jobs) => jobs.begun(delivery as u64),
        }
    }
}

/// A handler begins with a delivery, as with an event's text; what it gives is the delivery's answer.
#[napi(catch_unwind)]
pub fn handle_delivery(source: u32, delivery: f64, plan: u32, host: HostCall<'_>, open: Option<OpenCall<'_>>) -> Text {
    let begun = || -> Result<_, Failure> {
        let plan = find(&PLANS, plan)?;
        let (event, ticket) = find(&SOURCES, source)?.begun(delivery)?;
        Ok(start(&plan, event, ticket, &host, open.as_ref()))
    };
    answer(begun())
}

/// The same for a workflow.
#[napi(catch_unwind)]
pub fn resume_delivery(
    source: u32,
    delivery: f64,
    workflow: u32,
    host: HostCall<'_>,
    machines: Option<MachineCall<'_>>,
    open: Option<OpenCall<'_>>,
) -> Text {
    let begun = || -> Result<_, Failure> {
        let flow = find(&FLOWS, workflow)?;
        let (event, ticket) = find(&SOURCES, source)?.begun(delivery)?;
        Ok(flow.start(event, ticket, &host, machines.as_ref(), open.as_ref()))
    };
    answer(begun())
}
