//! What the tests share: an environment that gives the same every time, one contract, and one event for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arvo::{
    Answer, Clock, Committed, Contract, Environment, Event, EventDraft, Execution, HandlerSpec, Headers, IdSource,
    NoHost, Outcome, Plan, Raised, Step, Token, Turn, ViolationKind,
};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

pub(crate) const NOON: &str = "2026-01-31T12:00:00.000+00:00";

/// Stands still, and counts its ids from 1.
pub(crate) fn environment() -> Arc<Environment> {
    Arc::new(Environment::new(Noon, Counting(AtomicU64::new(0))))
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> i64 {
        1_769_860_800_000
    }
}

struct Counting(AtomicU64);

impl IdSource for Counting {
    fn uuid(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Builder::from_random_bytes(u128::from(number).to_be_bytes()).into_uuid()
    }
}

/// Two versions; the second emits two types, and fills in a default.
pub(crate) fn contract() -> Contract {
    let placed = || json!({"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]});
    Contract::builder("#/shop/order", "com.order.place")
        .domain("shop.orders")
        .description("Places orders.")
        .version("1.0.0", json!({"type": "object"}), [("evt.order.placed", placed())])
        .version(
            "2.0.0",
            json!({
                "type": "object",
                "properties": {"id": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1, "default": 1}},
                "required": ["id"],
                "additionalProperties": false,
                "x-arvo-unknown-keys": "strip",
            }),
            [("evt.order.placed", placed()), ("evt.order.refused", json!({"type": "object"}))],
        )
        .build()
        .unwrap()
}

/// A request for the newest version, with these data.
pub(crate) fn request(data: Value) -> Event {
    let draft = EventDraft::from_source("com.shop.web").subject("order/17").id("request-1".into()).data(data);
    contract().latest().factory().with_environment(environment()).accepts(draft).unwrap()
}

/// The same, its data as a client without the contract would send it.
pub(crate) fn bare_request(data: Value) -> Event {
    let draft = EventDraft::new("com.shop.web", "com.order.place").subject("order/17").id("request-1".into());
    draft.dataschema("#/shop/order/2.0.0").data(data).build(&environment()).unwrap()
}

/// A handler of both versions with default domains.
pub(crate) fn plan() -> Arc<Plan> {
    Plan::handler(HandlerSpec::new(&contract(), ["1.0.0", "2.0.0"])).unwrap()
}

pub(crate) fn start(plan: &Arc<Plan>, event: Event) -> Turn {
    Execution::start(plan, &environment(), event, Headers::default(), &NoHost)
}

/// The execution that waits for its function.
pub(crate) fn at_call(turn: Turn) -> (Execution, arvo::Call) {
    match turn {
        Turn::Step(execution, Step::Call(call), _) => (execution, *call),
        other => panic!("a call is wanted, not {other:?}"),
    }
}

/// The execution that waits for its commit.
pub(crate) fn at_commit(turn: Turn) -> (Execution, arvo::Commit) {
    match turn {
        Turn::Step(execution, Step::Commit(commit), _) => (execution, commit),
        other => panic!("a commit is wanted, not {other:?}"),
    }
}

pub(crate) fn at_end(turn: Turn) -> Outcome {
    match turn {
        Turn::Done(outcome, _) => outcome,
        other => panic!("the end is wanted, not {other:?}"),
    }
}

/// Runs an execution to its end, answering its one call so and its commit as asked.
pub(crate) fn run(turn: Turn, answer: Answer) -> Outcome {
    let (execution, _) = at_call(turn);
    match execution.answer(answer, &NoHost).unwrap() {
        Turn::Done(outcome, _) => outcome,
        turn => {
            let (execution, _) = at_commit(turn);
            at_end(execution.answer(Answer::Committed(Ok(Committed::Done)), &NoHost).unwrap())
        }
    }
}

/// The emitted events of an outcome.
pub(crate) fn events(outcome: Outcome) -> Vec<Event> {
    outcome.unwrap().iter().map(|emitted| emitted.event().unwrap()).collect()
}

/// An ordinary error of user code.
pub(crate) fn boom() -> Raised {
    Raised { stack: Some("in place()".to_owned()), ..Raised::error(Token(7), "Boom", "it broke") }
}

/// A violation of the user's own.
pub(crate) fn violation() -> Raised {
    let raised = Raised::error(Token(8), "ViolationError<RateLimited>", "ViolationError<RateLimited> slow down");
    Raised { violation: Some(ViolationKind::Custom), ..raised }
}
