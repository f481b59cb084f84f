//! One event on its way through a handler or workflow: a value that gives its next step and takes the answer to it.

use std::sync::Arc;

use crate::contract::VersionedContract;
use crate::environment::Environment;
use crate::event::{Emitted, Event, Headers};
use crate::violation::{ExecutionFault, Violation};

use super::host::Host;
use super::open::Flow;
use super::plan::Plan;
use super::step::{Answer, Misfit, Outcome, Step, Turn};

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
pub struct Execution(Box<State>);

#[derive(Debug)]
pub(super) struct State {
    pub(super) plan: Arc<Plan>,
    pub(super) environment: Arc<Environment>,
    pub(super) event: Event,
    pub(super) trace: Headers,
    pub(super) phase: Phase,
    /// What a workflow's execution knows beside that.
    pub(super) flow: Option<Box<Flow>>,
}

/// Which answer is awaited.
#[derive(Debug)]
pub(super) enum Phase {
    Lock,
    Read,
    /// The user's function, for this version of the contract.
    Call(VersionedContract),
    /// The commit of these events.
    Commit(Arc<[Emitted]>),
    /// The end, once the lock is given back.
    Unlock(Outcome),
}

impl Phase {
    fn wanted(&self, is_workflow: bool) -> &'static str {
        match self {
            Self::Lock => "Answer::Locked",
            Self::Read => "Answer::Read",
            Self::Call(_) if is_workflow => "Answer::Resumed, Answer::Malformed or Answer::Raised",
            Self::Call(_) => "Answer::Returned, Answer::Malformed or Answer::Raised",
            Self::Commit(_) => "Answer::Committed",
            Self::Unlock(_) => "Answer::Unlocked",
        }
    }
}

impl Execution {
    /// Begins: everything up to the first step. `trace` are the headers of the execution's span; events that are
    /// emitted carry them.
    pub fn start(
        plan: &Arc<Plan>,
        environment: &Arc<Environment>,
        event: Event,
        trace: Headers,
        host: &dyn Host,
    ) -> Turn {
        let (plan, environment) = (Arc::clone(plan), Arc::clone(environment));
        if plan.is_workflow() {
            State::open(plan, environment, event, trace)
        } else {
            State::incoming(plan, environment, event, trace, host)
        }
    }

    /// Takes the answer to the last step and goes on to the next one, or to the end.
    ///
    /// # Errors
    /// [`Misfit`] gives the execution back when the answer is of the wrong kind.
    pub fn answer(self, answer: Answer, host: &dyn Host) -> Result<Turn, Misfit> {
        let state = self.0;
        let is_workflow = state.flow.is_some();
        match (&state.phase, answer) {
            (Phase::Lock, Answer::Locked(result)) => Ok(state.locked(result)),
            (Phase::Read, Answer::Read(result)) => Ok(state.found(result, host)),
            (Phase::Call(_), Answer::Returned(outputs)) if !is_workflow => Ok(state.outgoing(outputs, host)),
            (Phase::Call(_), Answer::Resumed(resumed)) if is_workflow => Ok(state.sending(resumed, host)),
            (Phase::Call(_), Answer::Malformed(fault)) => Ok(state.end(Err(Violation::Contract(fault)))),
            (Phase::Call(_), Answer::Raised(raised)) => Ok(state.failed(raised)),
            (Phase::Commit(_), Answer::Committed(result)) => Ok(state.committed(result)),
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

pub(super) fn step(state: Box<State>, step: Step) -> Turn {
    Turn::Step(Execution(state), step, Vec::new())
}

pub(super) fn done(outcome: Outcome) -> Turn {
    Turn::Done(outcome, Vec::new())
}
