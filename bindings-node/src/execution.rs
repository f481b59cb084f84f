//! Executions: begun, answered and cancelled by ticket, over one desk for each JavaScript thread.
//!
//! What they say is one text: `C` ticket, version and data: call that function; `D` and the events, one a line; `!`
//! and the violation. Commits are answered here: a handler has nothing to store. The events of an execution that a
//! broker or a worker began stay with that one (see there).

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;

use arvo::{Answer, Data, Desk, Emitted, Event, Execution, Host, Output, Plan, SchemasOnly, Step, Ticket, Token, Turn};
use napi_derive::napi;

use crate::broker::Delivered;
use crate::environment;
use crate::error::{Failure, answer};
use crate::host::{HostCall, NodeHost, read_thrown};
use crate::numbers::find;
use crate::plan::PLANS;
use crate::recent;
use crate::resumable;
use crate::telemetry::{Noted, OpenCall, begin};
use crate::text::{Given, Text};
use crate::worker::AtWork;

thread_local! {
    pub static DESK: RefCell<Desk> = RefCell::default();
}

/// A handler begins: `event` is its text, or where every version has a host schema the envelope `alone`, with `{}` for data.
#[napi(catch_unwind)]
pub fn execute(plan: u32, event: Given, alone: bool, host: HostCall<'_>, open: Option<OpenCall<'_>>) -> Text {
    let begun = || {
        let plan = find(&PLANS, plan)?;
        let limits = environment::limits();
        let event = if alone { recent::envelope_of(event.0, &limits) } else { recent::event_of(event.0, &limits) }?;
        let ticket = DESK.with_borrow_mut(Desk::open); // borrowed to take and put only: the host may come back in
        Ok::<_, Failure>(start(&plan, event, ticket, &host, open.as_ref()))
    };
    answer(begun())
}

/// Begins with an event; `open` begins the execution's span.
pub fn start(
    plan: &Arc<Plan>,
    event: Event,
    ticket: Ticket,
    host: &HostCall<'_>,
    open: Option<&OpenCall<'_>>,
) -> String {
    let schemas = NodeHost::new(host);
    let host = SchemasOnly(&schemas);
    let environment = environment::current();
    let trace = begin(open, || plan.opening(&event, &environment));
    let turn = Execution::start(plan, &environment, event, trace, &host);
    tell(ticket, turn, &host)
}

/// The function returned: its outputs as JSON. `tokens` are numbers of the table with commas between, one for each
/// output whose data the host keeps, nothing for the others; empty where that is none.
#[napi(catch_unwind)]
pub fn finish(ticket: f64, outputs: Given, tokens: String, host: HostCall<'_>) -> Text {
    answered(ticket, &host, || {
        let limits = environment::limits();
        match Output::read(&outputs.0, &limits) {
            Ok(mut outputs) => {
                for (output, token) in outputs.iter_mut().zip(tokens.split(',')) {
                    if let Ok(token) = token.parse() {
                        output.data = Data::Host(Token(token));
                    }
                }
                Answer::Returned(outputs)
            }
            Err(fault) => Answer::Malformed(fault),
        }
    })
}

/// The function failed: what is told of what it threw.
#[napi(catch_unwind)]
pub fn fail(ticket: f64, thrown: String, host: HostCall<'_>) -> Text {
    answered(ticket, &host, || Answer::Raised(read_thrown(&thrown)))
}

/// Gives up.
#[napi(catch_unwind)]
pub fn cancel(ticket: f64) -> Text {
    let ticket = Ticket::of(ticket as u64);
    resumable::forget(ticket);
    match DESK.with_borrow_mut(|desk| desk.take(ticket)) {
        Ok(execution) => tell(ticket, execution.cancel(), &arvo::NoHost).into(),
        Err(error) => Failure::from(error).into(),
    }
}

/// How many executions wait for an answer.
#[napi(catch_unwind)]
pub fn open_executions() -> u32 {
    DESK.with_borrow(|desk| u32::try_from(desk.live()).unwrap_or(u32::MAX))
}

fn answered(ticket: f64, host: &HostCall<'_>, given: impl FnOnce() -> Answer) -> Text {
    let (ticket, schemas) = (Ticket::of(ticket as u64), NodeHost::new(host));
    let host = SchemasOnly(&schemas);
    match DESK.with_borrow_mut(|desk| desk.take(ticket)) {
        Ok(execution) => {
            let mut noted = Noted::default();
            let said = after(ticket, execution, given(), &host, &mut noted);
            noted.before(said).into()
        }
        Err(error) => Failure::from(error).into(),
    }
}

fn after(ticket: Ticket, execution: Execution, given: Answer, host: &dyn Host, noted: &mut Noted) -> String {
    match execution.answer(given, host) {
        Ok(turn) => say(ticket, turn, host, noted),
        Err(misfit) => {
            let told = Failure::from(&misfit).to_text();
            DESK.with_borrow_mut(|desk| desk.put(ticket, misfit.execution));
            told
        }
    }
}

/// What the execution says, behind what is to be recorded.
fn tell(ticket: Ticket, turn: Turn, host: &dyn Host) -> String {
    let mut noted = Noted::default();
    let said = say(ticket, turn, host, &mut noted);
    noted.before(said)
}

/// What the execution says; the end closes its ticket.
pub fn say(ticket: Ticket, turn: Turn, host: &dyn Host, noted: &mut Noted) -> String {
    match turn {
        Turn::Step(execution, Step::Call(call), notes) => {
            noted.add(notes);
            DESK.with_borrow_mut(|desk| desk.put(ticket, execution));
            let data = match call.data {
                Data::Host(Token::CONSUMED) => String::new(),
                Data::Host(Token(token)) => format!("#{token}"),
                _ if !call.changed => String::new(),
                _ => call.event.data_text().to_owned(),
            };
            format!("C{} {} {data}", ticket.number(), call.function)
        }
        Turn::Step(execution, step, notes) => {
            noted.add(notes);
            let answer = AtWork::answer(ticket, &step, host);
            let answer = answer.or_else(|| step.answer_in_process(None, &environment::current()));
            after(ticket, execution, answer.unwrap_or(Answer::Unlocked), host, noted)
        }
        Turn::Done(outcome, notes) => {
            noted.end(notes);
            DESK.with_borrow_mut(|desk| desk.close(ticket));
            if let Some(at_work) = AtWork::of(ticket) {
                return at_work.end(outcome);
            }
            match (outcome, Delivered::of(ticket)) {
                (Ok(events), Some(delivered)) => {
                    delivered.answer(&events, host).unwrap_or_else(|failure| failure.to_text())
                }
                (Ok(events), None) => {
                    let mut told = String::with_capacity(1 + events.len() * 1024);
                    for (at, event) in events.iter().enumerate() {
                        told.push(if at == 0 { 'D' } else { '\n' });
                        write_line(event, &mut told);
                    }
                    if events.is_empty() { "D".to_owned() } else { told }
                }
                (Err(violation), _) => Failure::from(violation).to_text(),
            }
        }
    }
}

/// Appends an emitted event: its text, or the number of its data and the text with `{}` in the data's place.
pub fn write_line(emitted: &Emitted, out: &mut String) {
    if let Data::Host(Token(token)) = emitted.data {
        out.push_str(&token.to_string());
        out.push(':');
    }
    let Ok(()) = emitted.write_json(out, |_| Ok::<_, Infallible>("{}".into()));
}
