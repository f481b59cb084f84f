//! One event on its way through a handler or workflow: a value that gives its next step and takes the answer to it.

use std::sync::Arc;

use crate::contract::VersionedContract;
use crate::environment::Environment;
use crate::event::{Emitted, Event, Headers};
use crate::telemetry::Trace;
use crate::violation::{ExecutionFault, Violation};

use super::host::Host;
use super::open::Flow;
use super::plan::Plan;
use super::recorded::{Recorded, recorded};
use super::step::{Answer, Misfit, Outcome, Turn};

/// An execution waits for the answer to its last step. It owns all it needs, never a host, and can go to another
/// thread; dropping it gives up without a trace.
///
/// ```
/// use std::sync::Arc;
/// use arvo::{Answer, Committed, Contract, Environment, EventDraft, Execution, HandlerSpec, Headers, NoHost, Output, Plan, Step, Turn};
///
/// let object = || serde_json::json!({"type": "object"});
/// let contract = Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
/// let plan = Plan::handler(HandlerSpec::new(&contract, ["1.0.0"]))?;
/// let environment = Arc::new(Environment::system());
/// let event = contract.latest().factory().accepts(EventDraft::from_source("com.test.client").data(serde_json::json!({})))?;
///
/// let Turn::Step(execution, Step::Call(call), _) = Execution::start(&plan, &environment, event, Headers::default(), &NoHost)
///     else { panic!("a handler calls its function first") };
/// assert_eq!(call.function, 0);
/// let answer = Answer::Returned(vec![Output::new("evt.greet.user.success", serde_json::json!({"text": "hello"}))]);
/// let Turn::Step(execution, Step::Commit(commit), _) = execution.answer(answer, &NoHost)?
///     else { panic!("then it commits") };
/// assert_eq!(commit.emitted.len(), 1);
/// let Turn::Done(outcome, _) = execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost)?
///     else { panic!("then it is done") };
/// assert_eq!(outcome?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Execution(pub(super) Box<State>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) plan: Arc<Plan>,
    pub(super) environment: Arc<Environment>,
    pub(super) event: Event,
    pub(super) trace: Headers,
    pub(super) recording: Recorded,
    pub(super) phase: Phase,
    /// What a workflow's execution knows beside that.
    pub(super) flow: Option<Box<Flow>>,
}

/// Which answer is awaited.
#[derive(Debug)]
pub(super) enum Phase {
    /// None yet.
    Start,
    /// The lock, asked for at this time.
    Lock(u64),
    Read,
    /// The user's function, for this version of the contract.
    Call(VersionedContract),
    /// The commit of these events, and of a record or none.
    Commit {
        emitted: Arc<[Emitted]>,
        is_kept: bool,
    },
    /// The end, once the lock is given back.
    Unlock(Outcome),
}

impl Phase {
    fn wanted(&self, is_workflow: bool) -> &'static str {
        match self {
            Self::Start => "no answer",
            Self::Lock(_) => "Answer::Locked",
            Self::Read => "Answer::Read",
            Self::Call(_) if is_workflow => "Answer::Resumed, Answer::Malformed or Answer::Raised",
            Self::Call(_) => "Answer::Returned, Answer::Malformed or Answer::Raised",
            Self::Commit { .. } => "Answer::Committed or Answer::Malformed",
            Self::Unlock(_) => "Answer::Unlocked",
        }
    }
}

impl Execution {
    /// Begins: everything up to the first step. `trace` is what is to be known of the execution's span: its headers,
    /// which emitted events carry, and whether turns shall carry notes.
    pub fn start(
        plan: &Arc<Plan>,
        environment: &Arc<Environment>,
        event: Event,
        trace: impl Into<Trace>,
        host: &dyn Host,
    ) -> Turn {
        let trace = trace.into();
        let state = Box::new(State {
            recording: recorded(&trace, environment),
            plan: Arc::clone(plan),
            environment: Arc::clone(environment),
            event,
            trace: trace.headers,
            phase: Phase::Start,
            flow: None,
        });
        if plan.is_workflow() { state.open() } else { state.incoming(host) }
    }

    /// Takes the answer to the last step and goes on to the next one, or to the end.
    ///
    /// # Errors
    /// [`Misfit`] gives the execution back when the answer is of the wrong kind.
    pub fn answer(self, answer: Answer, host: &dyn Host) -> Result<Turn, Misfit> {
        let state = self.0;
        let is_workflow = state.plan.is_workflow();
        match (&state.phase, answer) {
            (Phase::Lock(_), Answer::Locked(result)) => Ok(state.locked(result)),
            (Phase::Read, Answer::Read(result)) => Ok(state.found(result, host)),
            (Phase::Call(_), Answer::Returned(outputs)) if !is_workflow => Ok(state.outgoing(outputs, host)),
            (Phase::Call(_), Answer::Resumed(resumed)) if is_workflow => Ok(state.sending(resumed, host)),
            (Phase::Call(_) | Phase::Commit { .. }, Answer::Malformed(fault)) => {
                Ok(state.end(Err(Violation::Contract(fault))))
            }
            (Phase::Call(_), Answer::Raised(raised)) => Ok(state.failed(raised)),
            (Phase::Commit { .. }, Answer::Committed(result)) => Ok(state.committed(result)),
            (Phase::Unlock(_), Answer::Unlocked) => Ok(state.unlocked()),
            (phase, _) => Err(Misfit { wanted: phase.wanted(is_workflow), execution: Self(state) }),
        }
    }

    /// Gives up: leads to the end with [`ExecutionFault::Cancelled`], with whatever must still be undone on the way.
    /// An execution that only has to give its lock back ends as it would have.
    pub fn cancel(self) -> Turn {
        match self.0.phase {
            Phase::Unlock(_) => self.0.unlocked(),
            _ => self.0.end(Err(Violation::Execution(ExecutionFault::Cancelled))),
        }
    }
}
