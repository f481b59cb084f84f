//! Factories: events of a contract version.

use arvo::telemetry::Creation;
use arvo::{Data, Emitted, Envelope, ErrorReport, EventDraft, FactoryError, Making, Raised, Token};
use napi_derive::napi;
use serde::Deserialize;

use crate::contract::NodeContract;
use crate::environment;
use crate::error::{Failure, Thrown};
use crate::event::type_of;
use crate::execution::write_line;
use crate::host::{HostCall, NodeHost};
use crate::telemetry::{Made, OpenCall, making};
use crate::text::{Given, Text};

#[derive(Deserialize)]
struct OfError {
    error: Thrown,
}

#[napi]
impl NodeContract {
    /// Makes an event of a draft. With `hosted` the data is the host's, and the draft is without it. `open` begins the
    /// span that it is made in.
    #[napi(catch_unwind)]
    pub fn make(
        &self,
        method: String,
        version: String,
        Given(draft): Given,
        hosted: bool,
        host: HostCall<'_>,
        open: Option<OpenCall<'_>>,
    ) -> Text {
        let read = || -> Result<_, Failure> {
            let making = match method.as_str() {
                "accepts" => Making::Accepts,
                "emits" => Making::Emits,
                "systemError" => Making::SystemError,
                "init" => Making::Init,
                "complete" => Making::Complete,
                other => return Err(Failure::new("driver", format!("a factory has no method {other:?}"))),
            };
            let mut event = EventDraft::from_json(&draft, &environment::limits())?;
            if hosted {
                event = event.data(Data::Host(Token::CONSUMED));
            }
            if making == Making::SystemError {
                let OfError { error } = serde_json::from_str(&draft).map_err(|error| Failure::new("factory", error))?;
                let Raised { name, message, stack, .. } = error.into();
                event = event.data(ErrorReport { name, message, stack }.data());
            }
            Ok((making, self.0.version(&version)?, event))
        };
        match read() {
            Ok((kind, version, event)) => making(
                open.as_ref(),
                || Creation::of_factory(&version, kind, Some(&type_of(&draft))),
                |trace| Ok(version.factory().with_trace(trace).make(kind, event, &NodeHost::new(&host))?),
            ),
            Err(failure) => failure.into(),
        }
    }

    /// Why it has no events that begin and end a workflow; empty if it has.
    #[napi(catch_unwind)]
    pub fn orchestrator_only(&self) -> Text {
        match self.0.latest().complete_type() {
            Some(_) => "".into(),
            None => Failure::from(FactoryError::NotOrchestrator).into(),
        }
    }
}

impl Made for Emitted {
    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn write(&self) -> String {
        let mut made = String::with_capacity(1024);
        write_line(self, &mut made);
        made
    }
}
