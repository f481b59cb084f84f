//! Drives one execution of a handler written in Rust.

use crate::contract::{ErrorReport, NoHost, SchemaHost};
use crate::event::{Event, Headers};
use crate::execution::{Answer, Committed, Execution, Outcome, Step, Turn};
use crate::handler::{BoxError, Function, Handler, Input};
use crate::violation::{ExecutionFault, Raised, Token, UserViolation, Violation};

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
        let mut kept = Vec::new(); // what user code failed with, by token: lives as long as this execution
        let mut turn = Execution::start(&self.0.plan, &self.0.environment, event, trace.clone(), host);
        loop {
            let (execution, answer) = match turn {
                Turn::Done(outcome, _) => return self.end(outcome, kept, host),
                Turn::Step(execution, Step::Call(call), _) => {
                    let answer = match self.input(call.function as usize, call.event, &trace) {
                        Some((function, input)) => function(input).await,
                        None => Err("the contract has fewer versions than the plan".into()),
                    };
                    let answer = answer.map_or_else(|error| Answer::Raised(keep(&mut kept, error)), Answer::Returned);
                    (execution, answer)
                }
                Turn::Step(execution, Step::Commit(_), _) => (execution, Answer::Committed(Ok(Committed::Done))),
            };
            turn = match execution.answer(answer, host) {
                Ok(turn) => turn,
                Err(misfit) => misfit.execution.cancel(), // the pairs above are the ones that fit
            };
        }
    }

    fn input(&self, function: usize, event: Event, trace: &Headers) -> Option<(&Function, Input)> {
        let contract = self.contract().versions().nth(function)?;
        Some((self.0.functions.get(function)?, Input::new(event, contract, trace.clone())))
    }

    fn end(&self, outcome: Outcome, mut kept: Vec<BoxError>, host: &dyn SchemaHost) -> Result<Vec<Event>, Failure> {
        match outcome {
            Ok(emitted) => emitted
                .iter()
                .map(|emitted| {
                    emitted.event_by(self.0.environment.limits(), |token| host.text(token)).map_err(|raised| {
                        let type_name = emitted.envelope.type_().into();
                        Failure::Violation(Violation::Execution(ExecutionFault::Unwritable { type_name, raised }))
                    })
                })
                .collect(),
            Err(Violation::Host(raised)) if (raised.token.0 as usize) < kept.len() => {
                Err(Failure::User(kept.swap_remove(raised.token.0 as usize)))
            }
            Err(violation) => Err(Failure::Violation(violation)),
        }
    }
}

fn keep(kept: &mut Vec<BoxError>, error: BoxError) -> Raised {
    let token = Token(u32::try_from(kept.len()).unwrap_or(u32::MAX));
    let user = error.downcast_ref::<UserViolation>();
    let (violation, name, stack) = if let Some(violation) = user.filter(|violation| !violation.type_name().is_empty()) {
        (Some(violation.kind()), format!("ViolationError<{}>", violation.type_name()), None)
    } else if let Some(violation) = error.downcast_ref::<Violation>() {
        (Some(violation.kind()), violation.name(), None)
    } else if let Some(report) = error.downcast_ref::<ErrorReport>() {
        (None, report.name.clone(), report.stack.clone())
    } else {
        (None, "Error".to_owned(), None)
    };
    let raised = Raised { token, violation, name, message: error.to_string(), stack };
    kept.push(error);
    raised
}

/// Why [`Handler::execute`] gives no events.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The core's own.
    #[error("{0}")]
    Violation(#[source] Violation),
    /// A violation that the function returned as its error: the same value.
    #[error("{0}")]
    User(#[source] BoxError),
}

impl Failure {
    /// The function's own error, if it is of this type.
    ///
    /// ```
    /// let failure = arvo::Failure::User(arvo::UserViolation::new("Busy", "later").into());
    /// assert!(failure.user::<arvo::UserViolation>().is_some());
    /// ```
    pub fn user<E: std::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::User(error) => error.downcast_ref(),
            Self::Violation(_) => None,
        }
    }
}

const _: fn(&Handler, Event) = |handler, event| {
    fn is_send(_: impl Send) {}
    is_send(handler.execute(event));
};
