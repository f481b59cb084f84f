//! Resumable workflows: their executions say what to call, and what to ask of a memory of the user's own.
//!
//! What they say is a letter and a JSON array that begins with the ticket: `C` version, whether the event begins the
//! workflow, context, data: call that function; `L` lock, `R` read, `U` unlock; `W` the new record and the one before:
//! write. The end is told as in `execution`. A memory inside the process is asked here, so that calls alone cross.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arvo::{
    Answer, Commit, Committed, Data, Domain, Event, Execution, Found, Headers, Host, InMemory, Issue, Locked, Plan,
    Raised, Record, Refused, ResumableSpec, Resumed, Resumption, SchemaHost, SchemasOnly, Step, Ticket, Token, Turn,
    WorkflowDomains, Write,
};
use napi::Either;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use serde::Deserialize;

use crate::contract::NodeContract;
use crate::error::{Failure, answer};
use crate::execution::{DESK, ENVIRONMENT, tell};
use crate::host::{HostCall, NodeHost, read_thrown};
use crate::memory::NodeMemory;
use crate::recent;
use crate::text::Text;

thread_local! {
    /// What the functions that run now may still ask for.
    static RESUMPTIONS: RefCell<HashMap<u64, Resumption>> = RefCell::default();
}

/// A compiled workflow, and the memory if that is inside the process.
#[napi]
pub struct NodeWorkflow {
    plan: Arc<Plan>,
    memory: Option<InMemory>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Param {
    /// Versions that there is a function for.
    versions: Vec<String>,
    /// Name and version of each service, in the order of their contracts.
    services: Vec<(String, String)>,
    /// Absent: not finite.
    executionunits: Option<f64>,
    locking: Option<bool>,
    #[serde(default)]
    domains: Domains,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domains {
    services: Option<Vec<Option<String>>>,
    complete: Option<Vec<Option<String>>>,
    system_error: Option<Vec<Option<String>>>,
}

/// Compiles a workflow. Without a memory its steps come to the face.
#[napi(catch_unwind)]
pub fn build_workflow(
    contract: &NodeContract,
    services: Vec<ClassInstance<'_, NodeContract>>,
    param: String,
    memory: Option<&NodeMemory>,
) -> Either<NodeWorkflow, Text> {
    match build(contract, &services, &param) {
        Ok(plan) => Either::A(NodeWorkflow { plan, memory: memory.map(|memory| memory.0.clone()) }),
        Err(failure) => Either::B(failure.into()),
    }
}

fn build(
    contract: &NodeContract,
    services: &[ClassInstance<'_, NodeContract>],
    param: &str,
) -> Result<Arc<Plan>, Failure> {
    let param: Param = serde_json::from_str(param)
        .map_err(|error| Failure::new("contract", format!("a resumable can't be built: {error}")))?;
    let domains = |list: Option<Vec<Option<String>>>| {
        list.map(|list| list.iter().map(|domain| Domain::of(domain.as_deref())).collect())
    };
    let mut spec = ResumableSpec::new(&contract.0, param.versions);
    for ((name, version), service) in param.services.into_iter().zip(services) {
        spec.services.push((name, service.0.version(&version)?));
    }
    spec.executionunits = param.executionunits.unwrap_or(f64::NAN);
    spec.locking = param.locking;
    spec.domains = WorkflowDomains {
        services: domains(param.domains.services),
        complete: domains(param.domains.complete),
        system_error: domains(param.domains.system_error),
    };
    Ok(Plan::resumable(spec)?)
}

#[napi]
impl NodeWorkflow {
    /// Whether it locks.
    #[napi(catch_unwind)]
    pub fn locking(&self) -> bool {
        self.plan.locking()
    }

    /// Begins with an event, whole.
    #[napi(catch_unwind)]
    pub fn begin(&self, event: String, host: HostCall<'_>) -> Text {
        answer(ENVIRONMENT.with(|environment| {
            let event = recent::event_of(event, environment)?;
            Ok::<_, Failure>(self.start(event, DESK.with_borrow_mut(arvo::Desk::open), &host))
        }))
    }

    /// The function returned: JSON. `tokens` are numbers of the table: that of the output's data, a semicolon, those of
    /// the services' data with commas between; nothing for what is in the text.
    #[napi(catch_unwind)]
    pub fn resumed(&self, ticket: f64, returned: String, tokens: String, host: HostCall<'_>) -> Text {
        let limits = ENVIRONMENT.with(|environment| *environment.limits());
        self.answered(ticket, &host, || match Resumed::read(&returned, &limits) {
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

    /// The function failed: what is told of what it threw.
    #[napi(catch_unwind)]
    pub fn fail(&self, ticket: f64, thrown: String, host: HostCall<'_>) -> Text {
        self.answered(ticket, &host, || Answer::Raised(read_thrown(&thrown)))
    }

    /// The memory got the lock, or did not.
    #[napi(catch_unwind)]
    pub fn locked(&self, ticket: f64, held: bool, host: HostCall<'_>) -> Text {
        self.answered(ticket, &host, || Answer::Locked(Ok(if held { Locked::Held(None) } else { Locked::Denied })))
    }

    /// The memory has this record, or none.
    #[napi(catch_unwind)]
    pub fn found(&self, ticket: f64, record: Option<String>, host: HostCall<'_>) -> Text {
        self.answered(ticket, &host, || {
            Answer::Read(Ok(match record {
                Some(record) => Found::Record { record: Record::from_text(record), revision: None },
                None => Found::Nothing,
            }))
        })
    }

    /// The memory has written.
    #[napi(catch_unwind)]
    pub fn written(&self, ticket: f64, host: HostCall<'_>) -> Text {
        self.answered(ticket, &host, || Answer::Committed(Ok(Committed::Done)))
    }

    /// The memory has unlocked, or failed to.
    #[napi(catch_unwind)]
    pub fn unlocked(&self, ticket: f64, host: HostCall<'_>) -> Text {
        self.answered(ticket, &host, || Answer::Unlocked)
    }

    /// The memory failed to do what the step with this letter asked for.
    #[napi(catch_unwind)]
    pub fn refused(&self, ticket: f64, step: String, thrown: String, host: HostCall<'_>) -> Text {
        let raised = read_thrown(&thrown);
        self.answered(ticket, &host, || match step.as_str() {
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
            Ok(execution) => self.tell(ticket, execution.cancel(), &arvo::NoHost).into(),
            Err(error) => Failure::from(error).into(),
        }
    }

    /// Begins with an event.
    pub fn start(&self, event: Event, ticket: Ticket, host: &HostCall<'_>) -> String {
        let schemas = NodeHost::new(host);
        let host = SchemasOnly(&schemas);
        let turn =
            ENVIRONMENT.with(|environment| Execution::start(&self.plan, environment, event, Headers::default(), &host));
        self.tell(ticket, turn, &host)
    }

    fn answered(&self, ticket: f64, host: &HostCall<'_>, given: impl FnOnce() -> Answer) -> Text {
        let (ticket, schemas) = (Ticket::of(ticket as u64), NodeHost::new(host));
        let host = SchemasOnly(&schemas);
        let execution = match DESK.with_borrow_mut(|desk| desk.take(ticket)) {
            Ok(execution) => execution,
            Err(error) => return Failure::from(error).into(),
        };
        match execution.answer(given(), &host) {
            Ok(turn) => {
                forget(ticket);
                self.tell(ticket, turn, &host).into()
            }
            Err(misfit) => {
                let told = Failure::from(&misfit);
                DESK.with_borrow_mut(|desk| desk.put(ticket, misfit.execution));
                told.into()
            }
        }
    }

    fn tell(&self, ticket: Ticket, mut turn: Turn, host: &dyn Host) -> String {
        loop {
            let (execution, step) = match turn {
                Turn::Step(execution, step, _) => (execution, step),
                done @ Turn::Done(..) => return tell(ticket, done, host),
            };
            let given = match self.step(ticket, step) {
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
    fn step(&self, ticket: Ticket, step: Step) -> Result<Answer, String> {
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
                let context = match &resumption.context {
                    Some(Data::Text(text)) => text.to_string(),
                    Some(Data::Value(value)) => value.to_string(),
                    Some(Data::Host(_)) | None => "null".to_owned(),
                };
                let told = format!("C[{number},{},{},{context},{data}]", call.function, resumption.is_init);
                RESUMPTIONS.with_borrow_mut(|resumptions| resumptions.insert(number, resumption));
                Err(told)
            }
            (step, Some(memory)) => ENVIRONMENT
                .with(|environment| Ok(step.answer_in_process(Some(memory), environment).unwrap_or(Answer::Unlocked))),
            (Step::Lock { .. }, None) => Err(format!("L[{number}]")),
            (Step::Read { .. }, None) => Err(format!("R[{number}]")),
            (Step::Commit(Commit { record: Some(Write { new, previous, .. }), .. }), None) => {
                let previous = previous.as_ref().map_or("null", Record::text);
                Err(format!("W[{number},{},{previous}]", new.text()))
            }
            (Step::Commit(_), None) => Ok(Answer::Committed(Ok(Committed::Done))),
            (Step::Unlock { .. }, None) => Err(format!("U[{number}]")),
        }
    }
}

/// The responses so far to the events last sent, as one JSON array; those under a host schema are as they came.
#[napi(catch_unwind)]
pub fn collected_events(ticket: f64) -> Text {
    let asked = resumption(ticket, |resumption| resumption.collected.clone());
    answer(asked.and_then(|collected| {
        let events = collected.events(&Unjudged)?;
        let texts: Vec<String> = events.iter().map(arvo::Event::to_json).collect();
        Ok(format!("[{}]", texts.join(",")))
    }))
}

/// The record, or `null`.
#[napi(catch_unwind)]
pub fn workflow_record(ticket: f64) -> Text {
    answer(resumption(ticket, |resumption| {
        resumption.metadata.as_ref().map_or_else(|| "null".to_owned(), |record| record.text().to_owned())
    }))
}

fn resumption<T>(ticket: f64, show: impl FnOnce(&Resumption) -> T) -> Result<T, Failure> {
    RESUMPTIONS.with_borrow(|resumptions| resumptions.get(&(ticket as u64)).map(show)).ok_or_else(|| {
        Failure::new("driver", "the function has answered already; read collectedEvents and metadata before that")
    })
}

/// Its function has answered, or never will.
pub fn forget(ticket: Ticket) {
    RESUMPTIONS.with_borrow_mut(|resumptions| resumptions.remove(&ticket.number()));
}

/// Leaves host schemas to the face, which has the objects.
struct Unjudged;

impl SchemaHost for Unjudged {
    fn validate(&self, _schema: u32, _data: &Data) -> Result<Option<Data>, Refused> {
        Ok(None)
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Err(Raised::error(token, "Error", "there is no object here"))
    }
}

/// How problems that the face finds in a response read.
#[napi(catch_unwind)]
pub fn refused_response(problems: String) -> Text {
    #[derive(Deserialize)]
    struct Problem {
        path: String,
        message: String,
    }
    let problems: Vec<Problem> = serde_json::from_str(&problems).unwrap_or_default();
    let issues = problems.into_iter().map(|Problem { path, message }| Issue { path, message }).collect();
    Failure::from(arvo::Violation::Contract(arvo::ContractFault::WorkflowInput { issues })).into()
}
