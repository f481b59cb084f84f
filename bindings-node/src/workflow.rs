//! Workflows of both kinds: their executions say what to call, and what to ask of a memory of the user's own.
//!
//! What they say is a letter and a JSON array that begins with the ticket: `C` version, whether the event begins the
//! workflow, context, data: call that function of a resumable; `L` lock, `R` read, `U` unlock; `W` the new record and
//! the one before: write. The end is told as in `execution`. A memory inside the process is asked here, so that calls
//! alone cross; a machine calls its functions while it is answered, by the host.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;

use arvo::{
    Answer, Committed, Data, Domain, Event, Execution, Found, Host, InMemory, Locked, Plan, Record, Resumed,
    SchemasOnly, Step, Ticket, Token, Turn, WorkflowDomains, Write,
};
use napi_derive::napi;
use serde::Deserialize;
use slab::Slab;

use crate::environment;
use crate::error::{Failure, answer};
use crate::execution::{DESK, say};
use crate::host::{HostCall, NodeHost, read_thrown};
use crate::machine_host::{MachineCall, MachineHost};
use crate::numbers::{Number, find};
use crate::recent;
use crate::resumable::{forget, remember};
use crate::telemetry::{Noted, OpenCall, begin};
use crate::text::{Given, Text};
use crate::worker::AtWork;

thread_local! {
    /// The workflows of this thread.
    pub static FLOWS: RefCell<Slab<Rc<Flow>>> = RefCell::default();
}

/// A compiled workflow, and the memory if that is inside the process.
pub struct Flow {
    pub(crate) plan: Arc<Plan>,
    pub(crate) memory: Option<InMemory>,
    /// Which of its machines have functions of the host; empty without machines.
    pub(crate) functions: Vec<bool>,
}

/// A workflow, as the face has it.
#[napi]
pub struct NodeWorkflow {
    pub(crate) flow: Rc<Flow>,
    number: Number<Rc<Flow>>,
}

impl From<Flow> for NodeWorkflow {
    fn from(flow: Flow) -> Self {
        let flow = Rc::new(flow);
        Self { number: Number::of(Rc::clone(&flow), &FLOWS), flow }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domains {
    services: Option<Vec<Option<String>>>,
    complete: Option<Vec<Option<String>>>,
    system_error: Option<Vec<Option<String>>>,
}

impl From<Domains> for WorkflowDomains {
    fn from(domains: Domains) -> Self {
        let resolved = |list: Option<Vec<Option<String>>>| {
            list.map(|list| list.iter().map(|domain| Domain::of(domain.as_deref())).collect())
        };
        Self {
            services: resolved(domains.services),
            complete: resolved(domains.complete),
            system_error: resolved(domains.system_error),
        }
    }
}

#[napi]
impl NodeWorkflow {
    /// Its number.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number.get()
    }

    /// Whether it locks.
    #[napi(catch_unwind)]
    pub fn locking(&self) -> bool {
        self.flow.plan.locking()
    }

    /// Whether a version would take an event; nothing is run. Empty if so.
    #[napi(catch_unwind)]
    pub fn check_input(&self, version: String, event: Given, host: HostCall<'_>) -> Text {
        let checked = || {
            let limits = environment::limits();
            let event = recent::event_of(event.0, &limits)?;
            let schemas = NodeHost::new(&host);
            self.flow.plan.check_input(&version, &event, &limits, &SchemasOnly(&schemas))?;
            Ok::<_, Failure>(String::new())
        };
        answer(checked())
    }

    /// The function failed: what is told of what it threw.
    #[napi(catch_unwind)]
    pub fn fail(&self, ticket: f64, thrown: String, host: HostCall<'_>, machines: Option<MachineCall<'_>>) -> Text {
        self.flow.answered(ticket, &host, machines.as_ref(), || Answer::Raised(read_thrown(&thrown)))
    }

    /// The memory got the lock, or did not.
    #[napi(catch_unwind)]
    pub fn locked(&self, ticket: f64, held: bool, host: HostCall<'_>, machines: Option<MachineCall<'_>>) -> Text {
        self.flow.answered(ticket, &host, machines.as_ref(), || {
            Answer::Locked(Ok(if held { Locked::Held(None) } else { Locked::Denied }))
        })
    }

    /// The memory has this record, or none.
    #[napi(catch_unwind)]
    pub fn found(
        &self,
        ticket: f64,
        record: Option<String>,
        host: HostCall<'_>,
        machines: Option<MachineCall<'_>>,
    ) -> Text {
        self.flow.answered(ticket, &host, machines.as_ref(), || {
            Answer::Read(Ok(match record {
                Some(record) => Found::Record { record: Record::from_text(record), revision: None },
                None => Found::Nothing,
            }))
        })
    }

    /// The memory has written.
    #[napi(catch_unwind)]
    pub fn written(&self, ticket: f64, host: HostCall<'_>, machines: Option<MachineCall<'_>>) -> Text {
        self.flow.answered(ticket, &host, machines.as_ref(), || Answer::Committed(Ok(Committed::Done)))
    }

    /// The memory has unlocked, or failed to.
    #[napi(catch_unwind)]
    pub fn unlocked(&self, ticket: f64, host: HostCall<'_>, machines: Option<MachineCall<'_>>) -> Text {
        self.flow.answered(ticket, &host, machines.as_ref(), || Answer::Unlocked)
    }

    /// The memory failed to do what the step with this letter asked for.
    #[napi(catch_unwind)]
    pub fn refused(
        &self,
        ticket: f64,
        step: String,
        thrown: String,
        host: HostCall<'_>,
        machines: Option<MachineCall<'_>>,
    ) -> Text {
        let raised = read_thrown(&thrown);
        self.flow.answered(ticket, &host, machines.as_ref(), || match step.as_str() {
            "L" => Answer::Locked(Err(raised)),
            "R" => Answer::Read(Err(raised)),
            _ => Answer::Committed(Err(raised)),
        })
    }

    /// Gives up; a lock may have to be given back then.
    #[napi(catch_unwind)]
    pub fn cancel(&self, ticket: f64) -> Text {
        let ticket = Ticket::of(ticket as u64);
        forget(ticket);
        match DESK.with_borrow_mut(|desk| desk.take(ticket)) {
            Ok(execution) => self.flow.tell(ticket, execution.cancel(), &arvo::NoHost).into(),
            Err(error) => Failure::from(error).into(),
        }
    }
}

/// A workflow begins with an event, whole.
#[napi(catch_unwind)]
pub fn resume(
    workflow: u32,
    event: Given,
    host: HostCall<'_>,
    machines: Option<MachineCall<'_>>,
    open: Option<OpenCall<'_>>,
) -> Text {
    let begun = || {
        let flow = find(&FLOWS, workflow)?;
        let event = recent::event_of(event.0, &environment::limits())?;
        let ticket = DESK.with_borrow_mut(arvo::Desk::open);
        Ok::<_, Failure>(flow.start(event, ticket, &host, machines.as_ref(), open.as_ref()))
    };
    answer(begun())
}

/// The function returned: JSON. `tokens` are numbers of the table: that of the output's data, a semicolon, those of
/// the services' data with commas between; nothing for what is in the text.
#[napi(catch_unwind)]
pub fn resumed(
    workflow: u32,
    ticket: f64,
    returned: Given,
    tokens: String,
    host: HostCall<'_>,
    machines: Option<MachineCall<'_>>,
) -> Text {
    let limits = environment::limits();
    let flow = match find(&FLOWS, workflow) {
        Ok(flow) => flow,
        Err(failure) => return failure.into(),
    };
    flow.answered(ticket, &host, machines.as_ref(), || match Resumed::read(&returned.0, &limits) {
        Ok(mut resumed) => {
            let (output, services) = tokens.split_once(';').unwrap_or_default();
            if let (Some(completion), Ok(token)) = (&mut resumed.output, output.parse()) {
                completion.data = Data::Host(Token(token));
            }
            for (service, token) in resumed.services.iter_mut().zip(services.split(',')) {
                if let Ok(token) = token.parse() {
                    service.data = Data::Host(Token(token));
                }
            }
            Answer::Resumed(resumed)
        }
        Err(fault) => Answer::Malformed(fault),
    })
}

impl Flow {
    /// Begins with an event; `open` begins the execution's span.
    pub fn start(
        &self,
        event: Event,
        ticket: Ticket,
        host: &HostCall<'_>,
        machines: Option<&MachineCall<'_>>,
        open: Option<&OpenCall<'_>>,
    ) -> String {
        self.with_host(host, machines, |host| {
            let environment = environment::current();
            let trace = begin(open, || self.plan.opening(&event, &environment));
            let turn = Execution::start(&self.plan, &environment, event, trace, host);
            self.tell(ticket, turn, host)
        })
    }

    /// Runs something with the host of this workflow's functions.
    fn with_host<T>(
        &self,
        host: &HostCall<'_>,
        machines: Option<&MachineCall<'_>>,
        run: impl FnOnce(&dyn Host) -> T,
    ) -> T {
        match machines {
            Some(machines) => run(&MachineHost::new(host, machines, &self.functions)),
            None => run(&SchemasOnly(&NodeHost::new(host))),
        }
    }

    fn answered(
        &self,
        ticket: f64,
        host: &HostCall<'_>,
        machines: Option<&MachineCall<'_>>,
        given: impl FnOnce() -> Answer,
    ) -> Text {
        let ticket = Ticket::of(ticket as u64);
        let execution = match DESK.with_borrow_mut(|desk| desk.take(ticket)) {
            Ok(execution) => execution,
            Err(error) => return Failure::from(error).into(),
        };
        self.with_host(host, machines, |host| match execution.answer(given(), host) {
            Ok(turn) => {
                forget(ticket);
                self.tell(ticket, turn, host).into()
            }
            Err(misfit) => {
                let told = Failure::from(&misfit);
                DESK.with_borrow_mut(|desk| desk.put(ticket, misfit.execution));
                told.into()
            }
        })
    }

    /// What the execution says, behind what is to be recorded.
    fn tell(&self, ticket: Ticket, turn: Turn, host: &dyn Host) -> String {
        let mut noted = Noted::default();
        let said = self.say(ticket, turn, host, &mut noted);
        noted.before(said)
    }

    fn say(&self, ticket: Ticket, mut turn: Turn, host: &dyn Host, noted: &mut Noted) -> String {
        loop {
            let (execution, step) = match turn {
                Turn::Step(execution, step, notes) => {
                    noted.add(notes);
                    (execution, step)
                }
                done @ Turn::Done(..) => return say(ticket, done, host, noted),
            };
            let given = match self.step(ticket, step, host) {
                Ok(given) => given,
                Err(told) => {
                    DESK.with_borrow_mut(|desk| desk.put(ticket, execution));
                    return told;
                }
            };
            turn = match execution.answer(given, host) {
                Ok(turn) => turn,
                Err(misfit) => {
                    let told = Failure::from(&misfit).to_text();
                    DESK.with_borrow_mut(|desk| desk.put(ticket, misfit.execution));
                    return told;
                }
            };
        }
    }

    /// The answer to a step, or what the face must be told to answer it.
    fn step(&self, ticket: Ticket, step: Step, host: &dyn Host) -> Result<Answer, String> {
        if let Some(answer) = AtWork::answer(ticket, &step, host) {
            return Ok(answer);
        }
        let number = ticket.number();
        match (step, &self.memory) {
            (Step::Call(call), _) => {
                let resumption = call.workflow.unwrap_or_else(|| unreachable!("a workflow's function is called"));
                let data = match &call.data {
                    Data::Host(Token::CONSUMED) => "null".to_owned(),
                    Data::Host(Token(token)) => token.to_string(),
                    _ if !call.changed => "null".to_owned(),
                    _ => call.event.data_text().to_owned(),
                };
                let context: &dyn Display = match &resumption.context {
                    Some(Data::Text(text)) => text,
                    Some(Data::Value(value)) => value,
                    Some(Data::Host(_)) | None => &"null",
                };
                let told = format!("C[{number},{},{},{context},{data}]", call.function, resumption.is_init);
                remember(ticket, resumption);
                Err(told)
            }
            (step, Some(memory)) => {
                let answer = step.answer_in_process(Some(memory), &environment::current());
                Ok(answer.unwrap_or(Answer::Unlocked))
            }
            (Step::Lock { .. }, None) => Err(format!("L[{number}]")),
            (Step::Read { .. }, None) => Err(format!("R[{number}]")),
            (Step::Commit(commit), None) => match (commit.over_limit(&environment::limits()), commit.record) {
                (Some(refused), _) => Ok(refused),
                (None, Some(Write { new, previous, .. })) => {
                    let previous = previous.as_ref().map_or("null", Record::text);
                    Err(format!("W[{number},{},{previous}]", new.text()))
                }
                (None, None) => Ok(Answer::Committed(Ok(Committed::Done))),
            },
            (Step::Unlock { .. }, None) => Err(format!("U[{number}]")),
        }
    }
}
