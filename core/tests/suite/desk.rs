//! Executions by ticket: late answers, answers from inside, and numbers that are never given twice.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use arvo::{
    Answer, Contract, Data, Desk, DeskError, Event, EventDraft, Execution, HandlerSpec, Headers, NoHost, Output, Plan,
    Raised, Refused, Schema, SchemaHost, SchemasOnly, Ticket, Token, Turn,
};
use serde_json::json;

use crate::support::{at_call, at_commit, environment, plan, request, start};

fn waiting() -> Execution {
    at_call(start(&plan(), request(json!({"id": "1"})))).0
}

#[test]
fn an_execution_is_taken_run_and_put_back() {
    let mut desk = Desk::default();
    let ticket = desk.open();
    desk.put(ticket, waiting());
    assert_eq!(desk.live(), 1);
    let execution = desk.take(ticket).unwrap();
    assert_eq!(desk.take(ticket).unwrap_err(), DeskError::Busy(ticket.number()));
    let (execution, _) = at_commit(execution.answer(Answer::Returned(vec![]), &NoHost).unwrap());
    desk.put(ticket, execution);
    assert!(desk.take(ticket).is_ok());
    desk.close(ticket);
    assert_eq!(desk.live(), 0);
}

#[test]
fn a_late_answer_does_not_hit_the_execution_that_came_after() {
    let mut desk = Desk::default();
    let first = desk.open();
    desk.put(first, waiting());
    desk.close(first);
    let second = desk.open();
    desk.put(second, waiting());
    assert_ne!(first, second);
    assert_eq!(desk.take(first).unwrap_err(), DeskError::Unknown(first.number()));
    desk.put(first, waiting());
    desk.close(first);
    assert_eq!(desk.live(), 1, "neither does putting or closing it");
    assert!(desk.take(second).is_ok());
}

#[test]
fn what_is_put_after_the_end_is_dropped() {
    let mut desk = Desk::default();
    let ticket = desk.open();
    desk.put(ticket, waiting());
    let execution = desk.take(ticket).unwrap();
    desk.close(ticket); // cancelled while it was at work
    desk.put(ticket, execution);
    assert_eq!(desk.live(), 0);
    assert_eq!(desk.take(ticket).unwrap_err(), DeskError::Unknown(ticket.number()));
}

#[test]
fn numbers_that_were_never_given_are_unknown() {
    let mut desk = Desk::default();
    let ticket = desk.open();
    for number in [1, 1 << 24, (1 << 53) - 1, u64::MAX] {
        assert_eq!(desk.take(Ticket::of(number)).unwrap_err(), DeskError::Unknown(number));
    }
    assert!(matches!(desk.take(Ticket::of(ticket.number())), Err(DeskError::Busy(_))));
}

#[test]
fn tickets_are_exact_as_doubles_and_never_given_twice() {
    let mut desk = Desk::default();
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    for round in 0..10_000_usize {
        let ticket = desk.open();
        assert!(seen.insert(ticket.number()));
        assert_eq!(ticket.number() as f64 as u64, ticket.number());
        open.push(ticket);
        if round % 3 > 0 {
            desk.close(open.swap_remove(round % open.len()));
        }
    }
    assert_eq!(desk.live(), open.len());
}

/// A host whose schema uses the desk while an execution of that desk runs.
struct Nested<'a> {
    desk: &'a RefCell<Desk>,
    own: Ticket,
    errors: RefCell<Vec<DeskError>>,
}

impl SchemaHost for Nested<'_> {
    fn validate(&self, _: u32, _: &Data) -> Result<Option<Data>, Refused> {
        let mut desk = self.desk.borrow_mut();
        self.errors.borrow_mut().push(desk.take(self.own).unwrap_err());
        let other = desk.open();
        desk.put(other, waiting());
        let execution = desk.take(other).unwrap();
        let turn = execution.answer(Answer::Returned(vec![]), &NoHost).unwrap();
        assert!(matches!(turn, Turn::Step(..)));
        desk.close(other);
        Ok(None)
    }
    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Err(Raised::no_error(token, "text", "not asked"))
    }
}

#[test]
fn a_host_function_may_run_another_execution_but_not_answer_its_own() {
    let schema = || Schema::host(1, json!({"type": "object"}));
    let contract = Contract::simple("#/h", "host.step").version("1.0.0", schema(), schema()).build().unwrap();
    let plan = Plan::handler(HandlerSpec::new(&contract, ["1.0.0"])).unwrap();
    let event: Event =
        EventDraft::new("com.a.b", "com.host.step").subject("s").data(json!({})).build(&environment()).unwrap();

    let desk = RefCell::new(Desk::default());
    let ticket = desk.borrow_mut().open();
    let host = Nested { desk: &desk, own: ticket, errors: RefCell::default() };
    let turn = Execution::start(&plan, &environment(), event, Headers::default(), &SchemasOnly(&host));
    desk.borrow_mut().put(ticket, at_call(turn).0);

    let execution = desk.borrow_mut().take(ticket).unwrap();
    let outputs = vec![Output::new("evt.host.step.success", Data::Host(Token(1)))];
    let turn = execution.answer(Answer::Returned(outputs), &SchemasOnly(&host)).unwrap();
    desk.borrow_mut().put(ticket, at_commit(turn).0);
    assert_eq!(*host.errors.borrow(), [DeskError::Busy(ticket.number()), DeskError::Busy(ticket.number())]);
    assert_eq!(desk.borrow().live(), 1);
}
