//! Drives one execution of a handler written in Rust.

use crate::contract::{NoHost, SchemaHost};
use crate::event::{Event, Headers};
use crate::execution::{Answer, Call, SchemasOnly};
use crate::handler::{BoxError, Failure, Handler, Input};

use super::drive::{Drive, Keeper, Kept};

impl Handler {
    /// Handles one event: validates it, calls the function of its version, makes the answers.
    ///
    /// Dropping the future cancels the execution; nothing was emitted then.
    ///
    /// # Errors
    /// [`Failure::Violation`] when the event or an answer breaks its contract or the wiring is wrong;
    /// [`Failure::User`] with the function's own error when that is a violation.
    pub async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        self.execute_with(event, Headers::default(), &NoHost).await
    }

    /// The same with the headers of the caller's span, and a host for host schemas.
    ///
    /// # Errors
    /// As [`Handler::execute`].
    pub async fn execute_with<H: SchemaHost + Sync>(
        &self,
        event: Event,
        trace: Headers,
        host: &H,
    ) -> Result<Vec<Event>, Failure> {
        let (host, kept) = (&SchemasOnly(host), &Kept::default());
        let drive = self.drive(Keeper::Nobody, host, kept);
        drive.run(event, trace, |call, trace| self.call(call, trace)).await
    }

    pub(super) fn drive<'a, H>(&'a self, keeper: Keeper<'a>, host: &'a H, kept: &'a Kept) -> Drive<'a, H> {
        Drive { plan: &self.0.plan, environment: &self.0.environment, host, keeper, kept }
    }

    /// Calls the function of the event's version.
    pub(super) fn call(
        &self,
        call: Call,
        trace: &Headers,
    ) -> impl Future<Output = Result<Answer, BoxError>> + Send + use<> {
        let number = call.function as usize;
        let contract = self.contract().versions().nth(number);
        let asked = self.0.functions.get(number).zip(contract);
        let answer = asked.map(|(function, contract)| function(Input::new(call.event, contract, trace.clone())));
        async move {
            match answer {
                Some(answer) => Ok(Answer::Returned(answer.await?)),
                None => Err("the contract has fewer versions than the plan".into()),
            }
        }
    }
}

const _: fn(&Handler, Event) = |handler, event| {
    fn is_send(_: impl Send) {}
    is_send(handler.execute(event));
};
