//! The loop of steps and answers that drives one execution in Rust.

use std::sync::{Arc, Mutex, PoisonError};

use crate::contract::ErrorReport;
use crate::environment::Environment;
use crate::event::{Event, Headers};
use crate::execution::{Answer, Call, Committed, Execution, Found, Host, Locked, Outcome, Plan, Step, Turn};
use crate::handler::{BoxError, Failure};
use crate::memory::{InMemory, Keeping};
#[cfg(feature = "sqlite")]
use crate::store::Task;
use crate::violation::{ExecutionFault, Raised, Token, UserViolation, Violation};

use super::traced::Traced;

/// What an execution is driven with.
pub(super) struct Drive<'a, H> {
    pub(super) plan: &'a Arc<Plan>,
    pub(super) environment: &'a Arc<Environment>,
    pub(super) host: &'a H,
    pub(super) keeper: Keeper<'a>,
    /// What user code failed with.
    pub(super) kept: &'a Kept,
}

/// Who answers for what is kept.
#[derive(Clone, Copy)]
pub(super) enum Keeper<'a> {
    /// Nothing is: a handler's executions.
    Nobody,
    Memory(&'a Keeping),
    /// The claim of a worker.
    #[cfg(feature = "sqlite")]
    Task(&'a Mutex<Task>),
}

impl<H: Host + Sync> Drive<'_, H> {
    /// Runs one execution; `call` runs the user's function.
    pub(super) async fn run<F, A>(&self, event: Event, trace: Headers, call: F) -> Result<Vec<Event>, Failure>
    where
        F: Fn(Call, &Headers) -> A,
        A: Future<Output = Result<Answer, BoxError>> + Send,
    {
        let outcome = self.outcome(event, trace, call).await;
        self.end(outcome)
    }

    /// The same, for what came of it.
    pub(super) async fn outcome<F, A>(&self, event: Event, trace: Headers, call: F) -> Outcome
    where
        F: Fn(Call, &Headers) -> A,
        A: Future<Output = Result<Answer, BoxError>> + Send,
    {
        let kept = self.kept;
        let traced = Traced::begin(self.plan, &event, self.environment, trace);
        let mut turn = {
            let _active = traced.enter();
            Execution::start(self.plan, self.environment, event, traced.trace(), self.host)
        };
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, notes) => {
                    traced.record(notes);
                    traced.end(self.environment);
                    return outcome;
                }
                Turn::Step(execution, step, notes) => {
                    traced.record(notes);
                    (execution, step)
                }
            };
            let answer = match step {
                Step::Call(asked) => {
                    let called = async { call(*asked, traced.headers()).await };
                    traced.follow(called).await.unwrap_or_else(|error| Answer::Raised(kept.keep(error)))
                }
                step => traced.follow(self.perform(step)).await,
            };
            let _active = traced.enter();
            turn = match execution.answer(answer, self.host) {
                Ok(turn) => turn,
                Err(misfit) => misfit.execution.cancel(), // the pairs above are the ones that fit
            };
        }
    }

    async fn perform(&self, step: Step) -> Answer {
        let kept = self.kept;
        let memory = match self.keeper {
            Keeper::Memory(Keeping::Own(memory)) => memory,
            Keeper::Memory(Keeping::InProcess(memory)) => return in_process(&step, Some(memory), self.environment),
            Keeper::Nobody => return in_process(&step, None, self.environment),
            #[cfg(feature = "sqlite")]
            Keeper::Task(task) => {
                let mut task = task.lock().unwrap_or_else(PoisonError::into_inner);
                return task.answer(&step, |token| self.host.text(token)).unwrap_or(Answer::Unlocked);
            }
        };
        match step {
            Step::Lock { subject } => Answer::Locked(match memory.lock(&subject).await {
                Ok(true) => Ok(Locked::Held(None)),
                Ok(false) => Ok(Locked::Denied),
                Err(error) => Err(kept.keep(error)),
            }),
            Step::Read { subject } => Answer::Read(match memory.read(&subject).await {
                Ok(Some(record)) => Ok(Found::Record { record, revision: None }),
                Ok(None) => Ok(Found::Nothing),
                Err(error) => Err(kept.keep(error)),
            }),
            Step::Commit(commit) => match commit.over_limit(self.environment.limits()) {
                Some(refused) => refused,
                None => Answer::Committed(match commit.record {
                    None => Ok(Committed::Done),
                    Some(write) => match memory.write(&commit.subject, write.new, write.previous).await {
                        Ok(()) => Ok(Committed::Done),
                        Err(error) => Err(kept.keep(error)),
                    },
                }),
            },
            Step::Unlock { subject } => {
                let _ = memory.unlock(&subject).await; // a lock that stays ends by itself; the outcome stands (SPEC §12.12)
                Answer::Unlocked
            }
            Step::Call(_) => Answer::Unlocked, // unreachable: the loop calls
        }
    }

    fn end(&self, outcome: Outcome) -> Result<Vec<Event>, Failure> {
        match outcome {
            Ok(emitted) => emitted
                .iter()
                .map(|emitted| {
                    emitted.event_by(self.environment.limits(), |token| self.host.text(token)).map_err(|raised| {
                        let type_name = emitted.envelope.type_().into();
                        Failure::Violation(Violation::Execution(ExecutionFault::Unwritable {
                            type_name,
                            raised: Box::new(raised),
                        }))
                    })
                })
                .collect(),
            Err(violation) => Err(self.kept.failure(violation)),
        }
    }
}

fn in_process(step: &Step, memory: Option<&InMemory>, environment: &Environment) -> Answer {
    step.answer_in_process(memory, environment).unwrap_or(Answer::Unlocked) // a call never comes here
}

/// What user code failed with, by token: lives as long as its execution.
#[derive(Default)]
pub(super) struct Kept(Mutex<Vec<Option<BoxError>>>);

impl Kept {
    /// What an execution failed with, as its user gets it.
    pub(super) fn failure(&self, violation: Violation) -> Failure {
        match violation {
            Violation::Host(raised) => match self.take(raised.token) {
                Some(error) => Failure::User(error),
                None => Failure::Violation(Violation::Host(raised)),
            },
            violation => match violation.token().and_then(|token| self.take(token)) {
                Some(cause) => Failure::Memory { violation, cause },
                None => Failure::Violation(violation),
            },
        }
    }

    pub(super) fn keep(&self, error: BoxError) -> Raised {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = Token(u32::try_from(list.len()).unwrap_or(u32::MAX));
        let user = error.downcast_ref::<UserViolation>().filter(|violation| !violation.type_name().is_empty());
        let (violation, name, stack) = if let Some(violation) = user {
            (Some(violation.kind()), format!("ViolationError<{}>", violation.type_name()), None)
        } else if let Some(violation) = error.downcast_ref::<Violation>() {
            (Some(violation.kind()), violation.name(), None)
        } else if let Some(report) = error.downcast_ref::<ErrorReport>() {
            (None, report.name.clone(), report.stack.clone())
        } else {
            (None, "Error".to_owned(), None)
        };
        let raised = Raised { violation, stack, ..Raised::error(token, name, error.to_string()) };
        list.push(Some(error));
        raised
    }

    fn take(&self, token: Token) -> Option<BoxError> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.get_mut(token.0 as usize)?.take()
    }
}
