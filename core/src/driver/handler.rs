//! Drives one execution of a handler written in Rust.

use crate::contract::{NoHost, SchemaHost};
use crate::event::{Event, Headers};
use crate::execution::{Answer, SchemasOnly};
use crate::handler::{Failure, Handler, Input};

use super::drive::{Drive, Kept};

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
        let inner = &self.0;
        let (host, kept) = (&SchemasOnly(host), &Kept::default());
        let drive = Drive { plan: &inner.plan, environment: &inner.environment, host, memory: None, kept };
        let headers = trace.clone();
        drive
            .run(event, trace, |call| {
                let number = call.function as usize;
                let contract = self.contract().versions().nth(number);
                let asked = inner.functions.get(number).zip(contract);
                let answer =
                    asked.map(|(function, contract)| function(Input::new(call.event, contract, headers.clone())));
                async move {
                    match answer {
                        Some(answer) => Ok(Answer::Returned(answer.await?)),
                        None => Err("the contract has fewer versions than the plan".into()),
                    }
                }
            })
            .await
    }
}

const _: fn(&Handler, Event) = |handler, event| {
    fn is_send(_: impl Send) {}
    is_send(handler.execute(event));
};
