//! Factories: events of a contract version.

use arvo::{Data, Emitted, Environment, ErrorReport, EventDraft, FactoryError, Making, Raised, Token};
use napi_derive::napi;
use serde::Deserialize;

use crate::contract::NodeContract;
use crate::error::{Failure, Thrown, answer};
use crate::execution::write_line;
use crate::host::{HostCall, NodeHost};
use crate::text::Text;

#[derive(Deserialize)]
struct OfError {
    error: Thrown,
}

#[napi]
impl NodeContract {
    /// Makes an event of a draft. With `hosted` the data is the host's, and the draft is without it.
    #[napi(catch_unwind)]
    pub fn make(&self, method: String, version: String, draft: String, hosted: bool, host: HostCall<'_>) -> Text {
        answer(self.made(&method, &version, &draft, hosted, &host).map(|emitted| {
            let mut made = String::with_capacity(1024);
            write_line(&emitted, &mut made);
            made
        }))
    }

    /// Why it has no events that begin and end a workflow; empty if it has.
    #[napi(catch_unwind)]
    pub fn orchestrator_only(&self) -> Text {
        match self.0.latest().complete_type() {
            Some(_) => "".into(),
            None => Failure::from(FactoryError::NotOrchestrator).into(),
        }
    }

    fn made(
        &self,
        method: &str,
        version: &str,
        draft: &str,
        hosted: bool,
        host: &HostCall<'_>,
    ) -> Result<Emitted, Failure> {
        let making = match method {
            "accepts" => Making::Accepts,
            "emits" => Making::Emits,
            "systemError" => Making::SystemError,
            "init" => Making::Init,
            "complete" => Making::Complete,
            other => return Err(Failure::new("driver", format!("a factory has no method {other:?}"))),
        };
        let version = self.0.version(version)?;
        let mut event = EventDraft::from_json(draft, Environment::shared().limits())?;
        if hosted {
            event = event.data(Data::Host(Token::CONSUMED));
        }
        if making == Making::SystemError {
            let OfError { error } = serde_json::from_str(draft).map_err(|error| Failure::new("factory", error))?;
            let Raised { name, message, stack, .. } = error.into();
            event = event.data(ErrorReport { name, message, stack }.data());
        }
        Ok(version.factory().make(making, event, &NodeHost::new(host))?)
    }
}
