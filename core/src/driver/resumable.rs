//! Drives one execution of a resumable workflow written in Rust.

use crate::contract::{NoHost, SchemaHost};
use crate::event::{Event, Headers};
use crate::execution::{Answer, Call, SchemasOnly};
use crate::handler::{BoxError, Failure};
use crate::resumable::{Resumable, ResumableInput};

use super::drive::{Drive, Keeper, Kept};

impl Resumable {
    /// Goes on with the workflow that the event belongs to: locks it if need be, reads its record, validates the
    /// event, calls the function of its version, writes the new record, gives the events to send.
    ///
    /// Dropping the future cancels the execution: nothing is written, and a lock in [`InMemory`](crate::InMemory) is
    /// given back at once; one in a memory of the user's own lasts as long as that memory lets it.
    ///
    /// # Errors
    /// [`Failure::Violation`] when the event or what is sent breaks its contract, the wiring is wrong, or somebody
    /// else wrote first; [`Failure::User`] with the function's own error when that is a violation;
    /// [`Failure::Memory`] when the user's memory fails. Nothing has changed then: the event may be tried again.
    pub async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        self.execute_with(event, Headers::default(), &NoHost).await
    }

    /// The same with the headers of the caller's span, and a host for host schemas.
    ///
    /// # Errors
    /// As [`Resumable::execute`].
    pub async fn execute_with<H: SchemaHost + Sync>(
        &self,
        event: Event,
        trace: Headers,
        host: &H,
    ) -> Result<Vec<Event>, Failure> {
        let (host, kept) = (&SchemasOnly(host), &Kept::default());
        let drive = self.drive(Keeper::Memory(&self.0.memory), host, kept);
        drive.run(event, trace, |call, trace| self.call(call, trace)).await
    }

    pub(super) fn drive<'a, H>(&'a self, keeper: Keeper<'a>, host: &'a H, kept: &'a Kept) -> Drive<'a, H> {
        Drive { plan: &self.0.plan, environment: &self.0.environment, host, keeper, kept }
    }

    /// Calls the function of the workflow's version.
    pub(super) fn call(
        &self,
        call: Call,
        trace: &Headers,
    ) -> impl Future<Output = Result<Answer, BoxError>> + Send + use<> {
        let number = call.function as usize;
        let contract = self.contract().versions().nth(number);
        let asked = self.0.functions.get(number).zip(contract).zip(call.workflow);
        let answer = asked.map(|((function, contract), resumption)| {
            function(ResumableInput::new(call.event, contract, trace.clone(), resumption))
        });
        async move {
            match answer {
                Some(answer) => Ok(Answer::Resumed(answer.await?)),
                None => Err("the contract has fewer versions than the plan".into()),
            }
        }
    }
}

const _: fn(&Resumable, Event) = |resumable, event| {
    fn is_send(_: impl Send) {}
    is_send(resumable.execute(event));
};
