//! What all executions of one handler or workflow share, and the blocking driver that runs one on the caller's thread.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::{Answer, Call, Environment, Event, Execution, Outcome, Plan, Step, Turn};

use crate::boundary::{Caught, Failure, Status};
use crate::contract::{HostSchemas, VersionHandle};
use crate::error::raised;
use crate::functions::Functions;
use crate::handle::{Handle, Lent};
use crate::host::{CHost, RaisedTable};
use crate::input::Input;
use crate::machine_host::MachineHost;
use crate::memory::Keeping;
use crate::outputs::Outputs;
use crate::resumed::Next;
use crate::span::Traced;
use crate::user::UserData;

/// `arvo_handler_fn`
pub(crate) type HandlerFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Input>, *mut Handle<Outputs>, *mut *mut Handle<Failure>) -> Status;

/// `arvo_resumable_fn`
pub(crate) type ResumableFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Input>, *mut Handle<Next>, *mut *mut Handle<Failure>) -> Status;

#[derive(Clone, Copy)]
pub(crate) enum Code {
    Handler(HandlerFn),
    Resumable(ResumableFn),
}

/// A function of the C program with what belongs to it.
#[derive(Clone)]
pub(crate) struct Function {
    /// None for executions that are run step by step only.
    pub(crate) code: Option<Code>,
    pub(crate) user_data: Arc<UserData>,
}

/// Picks the function of each version of the plan's contract; the last one given for a version counts.
pub(crate) fn in_order(plan: &Plan, given: &[(String, Function)]) -> Vec<Function> {
    let function_of = |version: &str| given.iter().rfind(|(known, _)| known == version);
    let functions = plan.contract().versions().filter_map(|known| function_of(known.version().as_str()).cloned());
    functions.map(|(_, function)| function).collect()
}

/// Everything that executions of one handler or workflow share.
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) environment: Arc<Environment>,
    /// Those of its contract and of the services it calls.
    pub(crate) schemas: HostSchemas,
    /// By the place of their version among the contract's, ascending.
    pub(crate) functions: Vec<Function>,
    /// Services that a workflow may call, to be lent by name.
    pub(crate) services: Vec<(String, Lent<VersionHandle>)>,
    /// Functions of an orchestrator's machines, by the place of each.
    pub(crate) machines: Vec<Arc<Functions>>,
    /// Where workflows are kept; None for handlers, which keep nothing.
    pub(crate) memory: Option<Keeping>,
}

impl Shared {
    pub(crate) fn host<'a>(&'a self, event: &'a Event, raised: &'a RaisedTable) -> MachineHost<'a> {
        let limits = self.environment.limits();
        MachineHost::new(CHost { schemas: &self.schemas, consumed: Some(event), limits, raised }, &self.machines)
    }

    /// Calls the function of a version; its result, or what it raised, answers the step.
    fn call(self: &Arc<Self>, call: Call, table: &RaisedTable) -> Result<Answer, Failure> {
        let function = self.functions.get(call.function as usize);
        let function = function.ok_or_else(|| Failure::argument("the handler has fewer functions than versions"))?;
        let code = function.code.ok_or_else(|| {
            Failure::argument("there is no function for that version; give one, or run its executions step by step (arvo_execution_begin)")
        })?;
        let (input, user_data) = (Lent::new(Input::new(call, self)?), function.user_data.pointer());
        let (limits, mut error) = (self.environment.limits(), std::ptr::null_mut());
        table.called();
        match code {
            Code::Handler(code) => {
                let outputs = Lent::new(Outputs::default());
                // SAFETY: arvo.h, `arvo_handler_fn`: called with its user data; the other arguments outlive the call.
                let status = unsafe { code(user_data, input.pointer(), outputs.pointer(), &mut error) };
                // SAFETY: arvo.h, `arvo_handler_fn`: `*error` is NULL or an error that the library takes over.
                if let Some(raised) = unsafe { raised(status, error, "the handler's function") } {
                    return Ok(Answer::Raised(table.keep(raised)));
                }
                Ok(outputs.content()?.answer(limits))
            }
            Code::Resumable(code) => {
                let next = Lent::new(Next::default());
                // SAFETY: arvo.h, `arvo_resumable_fn`: as above.
                let status = unsafe { code(user_data, input.pointer(), next.pointer(), &mut error) };
                // SAFETY: arvo.h, `arvo_resumable_fn`: `*error` is NULL or an error that the library takes over.
                if let Some(raised) = unsafe { raised(status, error, "the workflow's function") } {
                    return Ok(Answer::Raised(table.keep(raised)));
                }
                Ok(next.content()?.answer(limits))
            }
        }
    }

    /// Refuses to be driven by the library when its memory can't be.
    pub(crate) fn check_memory(&self) -> Result<(), Failure> {
        match &self.memory {
            Some(Keeping::Stepwise) => {
                let message = "the workflow's memory is stepwise, answered by a loop of your own alone; run its \
                               executions step by step, or give it another memory";
                Err(Failure::new(Status::WRONG_KIND, "WrongKind", message))
            }
            Some(Keeping::InProcess(_) | Keeping::Own(_)) | None => Ok(()),
        }
    }

    /// Whether a loop of the program's own sees this step: calls, what its memory must do, and a handler's commits,
    /// which have no memory behind them.
    pub(crate) fn is_for_loop(&self, step: &Step) -> bool {
        match (&self.memory, step) {
            (_, Step::Call(_)) | (Some(Keeping::Stepwise), _) | (None, Step::Commit(_)) => true,
            (Some(Keeping::InProcess(_) | Keeping::Own(_)) | None, _) => false,
        }
    }

    /// The answer to a record that the program's own memory could not give back.
    pub(crate) fn over_limit(&self, step: &Step) -> Option<Answer> {
        match (&self.memory, step) {
            (Some(Keeping::Own(_) | Keeping::Stepwise), Step::Commit(commit)) => {
                commit.over_limit(self.environment.limits())
            }
            _ => None,
        }
    }

    /// Answers a step that needs no function of the program, but those of a memory.
    pub(crate) fn perform(&self, step: Step, table: &RaisedTable) -> Answer {
        if let Some(refused) = self.over_limit(&step) {
            return refused;
        }
        let in_process = match &self.memory {
            Some(Keeping::Own(memory)) => return memory.perform(step, table),
            Some(Keeping::InProcess(memory)) => Some(memory),
            Some(Keeping::Stepwise) | None => None, // stepwise: not reached, its steps are the loop's
        };
        step.answer_in_process(in_process, &self.environment).unwrap_or(Answer::Unlocked) // a call never comes here
    }

    /// `inherit`: its span is a child of the one that is current on this thread, whatever the event says.
    pub(crate) fn execute(self: &Arc<Self>, event: &Event, inherit: bool) -> Result<Vec<Event>, Caught> {
        self.check_memory()?;
        let table = RaisedTable::default();
        let traced = Traced::begin(&self.plan, event, &self.environment, inherit);
        let outcome = self.drive(event, &traced, &table, |step, _| self.perform(step, &table))?;
        let emitted = outcome.map_err(|violation| table.caught(&violation, event))?;
        let limits = self.environment.limits();
        Ok(emitted.iter().filter_map(|emitted| emitted.event_within(limits)).collect())
    }

    /// Runs one execution on this thread, its span current meanwhile; `perform` answers every step that calls no
    /// function of the program.
    ///
    /// # Errors
    /// A failure of the library's own at a call, such as a version without a function; the execution was cancelled.
    pub(crate) fn drive(
        self: &Arc<Self>,
        event: &Event,
        traced: &Traced,
        table: &RaisedTable,
        mut perform: impl FnMut(Step, &MachineHost<'_>) -> Answer,
    ) -> Result<Outcome, Failure> {
        let (host, _current) = (self.host(event, table), traced.enter());
        let mut lost = None;
        let mut turn = Execution::start(&self.plan, &self.environment, event.clone(), traced.trace(), &host);
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, notes) => {
                    traced.record(notes);
                    return lost.map_or(Ok(outcome), Err);
                }
                Turn::Step(execution, step, notes) => {
                    traced.record(notes);
                    (execution, step)
                }
            };
            let (execution, answer) = match step {
                Step::Call(call) => match self.call(*call, table) {
                    Ok(answer) => (execution, answer),
                    Err(failure) => {
                        lost = Some(failure);
                        turn = execution.cancel(); // which may have to give a lock back
                        continue;
                    }
                },
                step => (execution, perform(step, &host)),
            };
            turn = match execution.answer(answer, &host) {
                Ok(turn) => turn,
                Err(misfit) => misfit.execution.cancel(), // the pairs above are the ones that fit
            };
        }
    }
}
