//! The steps and answers of one execution: what fits, what is given back, and that nothing else decides the outcome.

use std::sync::Arc;

use arvo::{
    Answer, Committed, ContractFault, Data, Event, Execution, ExecutionFault, HandlerSpec, Headers, NoHost, Output,
    Plan, Raised, Refused, Schema, SchemaHost, SchemasOnly, Step, Token, TransactionCause, Turn, Violation,
    ViolationKind,
};
use serde_json::json;

use crate::support::{
    at_call, at_commit, at_end, bare_request, boom, environment, events, plan, request, run, start, violation,
};

fn placed() -> Vec<Output> {
    vec![Output::new("evt.order.placed", json!({"total": 1}))]
}

#[test]
fn a_handler_calls_commits_and_is_done() {
    let event = bare_request(json!({"id": "1"}));
    let (execution, call) = at_call(start(&plan(), event.clone()));
    assert_eq!((call.function, call.changed), (1, true), "the second version, and a default was filled in");
    assert_eq!(call.event.data().unwrap()["quantity"], 1);
    let (execution, commit) = at_commit(execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
    assert_eq!((&*commit.subject, &commit.consumed), ("order/17", &event));
    assert_eq!(commit.emitted.len(), 1);
    let outcome = at_end(execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost).unwrap());
    assert_eq!(events(outcome)[0].type_(), "evt.order.placed");
}

#[test]
fn data_that_validation_leaves_alone_is_not_copied() {
    let event = request(json!({"id": "1", "quantity": 2}));
    let (_, call) = at_call(start(&plan(), event.clone()));
    assert!(!call.changed);
    assert!(std::ptr::eq(call.event.data().unwrap(), event.data().unwrap()));
}

#[test]
fn no_events_and_system_errors_commit_too() {
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let (_, commit) = at_commit(execution.answer(Answer::Returned(vec![]), &NoHost).unwrap());
    assert!(commit.emitted.is_empty());
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let (_, commit) = at_commit(execution.answer(Answer::Raised(boom()), &NoHost).unwrap());
    assert_eq!(commit.emitted[0].envelope.type_(), "sys.com.order.place.error");
}

#[test]
fn a_violation_ends_without_a_commit() {
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let outcome = at_end(execution.answer(Answer::Raised(violation()), &NoHost).unwrap());
    assert_eq!(outcome.unwrap_err(), Violation::Host(violation()));
    let fault = ContractFault::NoOutput { index: 0, found: "text" };
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let outcome = at_end(execution.answer(Answer::Malformed(fault.clone()), &NoHost).unwrap());
    assert_eq!(outcome.unwrap_err(), Violation::Contract(fault));
    assert!(at_end(start(&plan(), request(json!({"id": "1"})).clone_as("com.other.type"))).is_err());
}

#[test]
fn an_answer_of_the_wrong_kind_gives_the_execution_back_unharmed() {
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let misfit = execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost).unwrap_err();
    assert!(misfit.to_string().contains("Returned"), "{misfit}");
    let (execution, _) = at_commit(misfit.execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
    let mut execution = execution;
    for wrong in [Answer::Returned(vec![]), Answer::Raised(boom()), Answer::Unlocked] {
        let misfit = execution.answer(wrong, &NoHost).unwrap_err();
        assert!(misfit.wanted.contains("Committed"));
        execution = misfit.execution;
    }
    assert!(at_end(execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost).unwrap()).is_ok());
}

#[test]
fn what_a_commit_can_not_write_breaks_the_contract() {
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let (execution, _) = at_commit(execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
    let fault = ContractFault::Emit { issues: vec![] };
    let ended = at_end(execution.answer(Answer::Malformed(fault.clone()), &NoHost).unwrap());
    assert_eq!(ended.unwrap_err(), Violation::Contract(fault));
}

#[test]
fn cancelling_at_any_step_ends_with_nothing_emitted() {
    let cancelled = Violation::Execution(ExecutionFault::Cancelled);
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    assert_eq!(at_end(execution.cancel()).unwrap_err(), cancelled);
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let (execution, _) = at_commit(execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
    assert_eq!(at_end(execution.cancel()).unwrap_err(), cancelled);
}

#[test]
fn the_outcome_is_what_became_of_the_commit() {
    let committed = |result: Result<Committed, Raised>| {
        let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
        let (execution, _) = at_commit(execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
        at_end(execution.answer(Answer::Committed(result), &NoHost).unwrap())
    };
    assert_eq!(events(committed(Ok(Committed::Done))).len(), 1);
    let lost = committed(Ok(Committed::Conflict)).unwrap_err();
    assert_eq!((lost.kind(), lost.token()), (ViolationKind::Transaction, None));
    assert!(
        lost.to_string().contains("WRITE_MACHINE_MEMORY_FAILURE") && lost.to_string().contains("order/17"),
        "{lost}"
    );
    let failed = committed(Err(boom())).unwrap_err();
    assert!(matches!(failed, Violation::Transaction { cause: TransactionCause::Write, raised: Some(Token(7)), .. }));
    let before: Arc<[Event]> = Arc::new([request(json!({"id": "earlier"}))]);
    let answered = events(committed(Ok(Committed::Answered(before.clone()))));
    assert_eq!(answered, before.to_vec(), "the answers of the first delivery, not those of this one");
}

#[test]
fn the_same_steps_and_answers_give_the_same_events() {
    let once = || {
        let environment = environment();
        let turn = Execution::start(&plan(), &environment, request(json!({"id": "1"})), Headers::default(), &NoHost);
        let outputs = vec![
            Output::new("evt.order.placed", json!({"total": 1})),
            Output::new("evt.order.refused", json!({"why": "x"})).id(arvo::EventId::ArvoManaged("fixed".into())),
        ];
        events(run(turn, Answer::Returned(outputs)))
    };
    assert_eq!(once(), once());
    assert_eq!(once()[0].to_json(), once()[0].to_json());
}

#[test]
fn an_execution_goes_to_another_thread() {
    let (execution, _) = at_call(start(&plan(), request(json!({"id": "1"}))));
    let outcome = std::thread::scope(|scope| {
        let run = scope.spawn(move || execution.answer(Answer::Returned(placed()), &NoHost).unwrap());
        run.join().unwrap()
    });
    assert!(matches!(outcome, Turn::Step(_, Step::Commit(_), _)));
}

#[test]
fn notes_for_telemetry_are_empty_while_it_is_off() {
    let Turn::Step(execution, _, notes) = start(&plan(), request(json!({"id": "1"}))) else { panic!("a step") };
    assert!(notes.is_empty());
    let Turn::Done(_, notes) = execution.cancel() else { panic!("the end") };
    assert!(notes.is_empty());
}

/// Accepts any object under a number, and turns an output's token into another one.
struct Objects;

impl SchemaHost for Objects {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        match (schema, data) {
            (1, Data::Host(Token::CONSUMED)) => Ok(None),
            (2, Data::Host(Token(token))) => Ok(Some(Data::Host(Token(token + 100)))),
            (3, _) => Err(Refused::Raised(boom())),
            (4, _) => Err(Refused::Raised(violation())),
            other => panic!("not asked: {other:?}"),
        }
    }
    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        Ok(format!(r#"{{"token":{}}}"#, token.0).into())
    }
}

fn host_plan(accepts: u32, emits: u32) -> Arc<Plan> {
    let schema = |number| Schema::host(number, json!({"type": "object"}));
    let contract = arvo::Contract::simple("#/h", "host.step").version("1.0.0", schema(accepts), schema(emits)).build();
    Plan::handler(HandlerSpec::new(&contract.unwrap(), ["1.0.0"])).unwrap()
}

fn host_event() -> Event {
    let draft = arvo::EventDraft::new("com.a.b", "com.host.step").subject("s").data(json!({"text": "ä"}));
    draft.build(&environment()).unwrap()
}

#[test]
fn with_a_host_schema_data_stays_with_the_host() {
    let turn =
        Execution::start(&host_plan(1, 2), &environment(), host_event(), Headers::default(), &SchemasOnly(&Objects));
    let (execution, call) = at_call(turn);
    assert!(matches!(call.data, Data::Host(Token::CONSUMED)) && !call.changed);
    let outputs = vec![Output::new("evt.host.step.success", Data::Host(Token(5)))];
    let (execution, commit) = at_commit(execution.answer(Answer::Returned(outputs), &SchemasOnly(&Objects)).unwrap());
    assert!(matches!(commit.emitted[0].data, Data::Host(Token(105))));
    let outcome =
        at_end(execution.answer(Answer::Committed(Ok(Committed::Done)), &SchemasOnly(&Objects)).unwrap()).unwrap();
    assert!(outcome[0].event().is_none(), "an event never holds a token");
    let event = outcome[0].event_by(&arvo::Limits::DEFAULT, |token| Objects.text(token)).unwrap();
    assert_eq!(event.data().unwrap()["token"], 105);
}

#[test]
fn a_host_schema_that_fails_is_user_code_failing() {
    let start = |accepts| {
        Execution::start(
            &host_plan(accepts, 2),
            &environment(),
            host_event(),
            Headers::default(),
            &SchemasOnly(&Objects),
        )
    };
    let (_, commit) = at_commit(start(3));
    assert_eq!(commit.emitted[0].envelope.type_(), "sys.com.host.step.error");
    assert_eq!(at_end(start(4)).unwrap_err(), Violation::Host(violation()));
    let answer = |emits| {
        let turn = Execution::start(
            &host_plan(1, emits),
            &environment(),
            host_event(),
            Headers::default(),
            &SchemasOnly(&Objects),
        );
        let outputs = vec![Output::new("evt.host.step.success", Data::Host(Token(5)))];
        at_end(at_call(turn).0.answer(Answer::Returned(outputs), &SchemasOnly(&Objects)).unwrap()).unwrap_err()
    };
    assert!(matches!(answer(3), Violation::Contract(ContractFault::Schema { .. })));
    assert_eq!(answer(4), Violation::Host(violation()));
}

/// The same event with another type.
trait As {
    fn clone_as(&self, type_: &str) -> Event;
}

impl As for Event {
    fn clone_as(&self, type_: &str) -> Event {
        let mut value = self.to_value().unwrap();
        value["type"] = type_.into();
        Event::from_value(value, &arvo::Limits::DEFAULT).unwrap()
    }
}
