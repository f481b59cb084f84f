//! A memory of the user's own: what happens when it fails, hangs, lies, has no locks, or belongs to somebody else.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use arvo::{
    BoxError, Contract, Environment, ErrorReport, Event, EventDraft, Failure, InMemory, Limits, Memory, Output, Record,
    Resumable, ResumableInput, Resumed, TransactionCause, UserViolation, Violation,
};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operation {
    Read,
    Write,
    Lock,
    Unlock,
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    Fails(Operation),
    Hangs(Operation),
    /// Somebody else holds the lock.
    Denies,
    /// Gives this text for any record.
    Lies(&'static str),
}

/// A map that makes trouble; its own error type comes back to whoever called `execute`.
#[derive(Clone)]
struct Troubled {
    kept: Arc<Mutex<HashMap<String, Record>>>,
    trouble: Arc<Mutex<Trouble>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is gone")]
struct DiskGone;

impl Troubled {
    fn new() -> Self {
        Self { kept: Arc::default(), trouble: Arc::new(Mutex::new(Trouble::None)) }
    }

    async fn before(&self, operation: Operation) -> Result<(), BoxError> {
        let trouble = *self.trouble.lock().unwrap();
        match trouble {
            Trouble::Fails(failing) if failing == operation => Err(DiskGone.into()),
            Trouble::Hangs(hanging) if hanging == operation => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

impl Memory for Troubled {
    async fn read(&self, id: &str) -> Result<Option<Record>, BoxError> {
        self.before(Operation::Read).await?;
        if let Trouble::Lies(text) = *self.trouble.lock().unwrap() {
            return Ok(Some(Record::from_text(text)));
        }
        Ok(self.kept.lock().unwrap().get(id).cloned())
    }

    async fn write(&self, id: &str, record: Record, previous: Option<Record>) -> Result<(), BoxError> {
        self.before(Operation::Write).await?;
        let mut kept = self.kept.lock().unwrap();
        if kept.get(id) != previous.as_ref() {
            return Err(ErrorReport::new("Conflict", "somebody else wrote first").into());
        }
        kept.insert(id.to_owned(), record);
        Ok(())
    }

    async fn lock(&self, _: &str) -> Result<bool, BoxError> {
        self.before(Operation::Lock).await?;
        Ok(!matches!(*self.trouble.lock().unwrap(), Trouble::Denies))
    }

    async fn unlock(&self, _: &str) -> Result<bool, BoxError> {
        self.before(Operation::Unlock).await?;
        Ok(true)
    }
}

fn object() -> Value {
    json!({"type": "object"})
}

fn flow() -> Contract {
    Contract::orchestrator("#/flows/one", "one").version("1.0.0", object(), object()).build().unwrap()
}

fn workflow(memory: &Troubled) -> Resumable {
    within(memory, Environment::system())
}

fn within(memory: &Troubled, environment: Environment) -> Resumable {
    let add = Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build().unwrap();
    Resumable::builder(&flow())
        .service("add", &add.latest())
        .locking(true)
        .version("1.0.0", |input: ResumableInput| async move {
            if input.event.data()?["violate"] == true {
                return Err(UserViolation::new("Busy", "not now").into());
            }
            Ok(Resumed::default().context(json!({"n": 1})).service(Output::new("com.calc.add", json!({}))))
        })
        .own_memory(memory.clone())
        .environment(environment.into())
        .build()
        .unwrap()
}

fn init(data: Value) -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(data);
    flow().latest().factory().init(draft).unwrap()
}

fn plain() -> Event {
    init(json!({"parentSubject$$": null}))
}

fn execute(workflow: &Resumable, event: Event) -> Result<Vec<Event>, Failure> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(workflow.execute(event))
}

fn cause(failure: &Failure) -> TransactionCause {
    match failure.violation() {
        Some(Violation::Transaction { cause, .. }) => *cause,
        other => panic!("a transaction violation is wanted, not {other:?}"),
    }
}

#[test]
fn an_operation_that_fails_is_told_with_its_own_error_and_leaves_no_trace() {
    for (operation, wanted) in [
        (Operation::Lock, TransactionCause::Lock),
        (Operation::Read, TransactionCause::Read),
        (Operation::Write, TransactionCause::Write),
    ] {
        let memory = Troubled::new();
        let workflow = workflow(&memory);
        *memory.trouble.lock().unwrap() = Trouble::Fails(operation);
        let event = plain();
        let failure = execute(&workflow, event.clone()).unwrap_err();
        assert_eq!(cause(&failure), wanted, "{operation:?}");
        assert!(failure.user::<DiskGone>().is_some(), "{operation:?}: the memory's own error");
        assert!(memory.kept.lock().unwrap().is_empty(), "{operation:?}");
        *memory.trouble.lock().unwrap() = Trouble::None;
        assert_eq!(execute(&workflow, event).unwrap().len(), 1, "{operation:?}: tried again, it works");
    }
}

#[test]
fn a_record_over_the_limit_is_not_written() {
    let memory = Troubled::new();
    let tight = Environment::system().with_limits(Limits { record: 100, ..Limits::default() });
    let failure = execute(&within(&memory, tight), plain()).unwrap_err();
    assert_eq!(cause(&failure), TransactionCause::Write);
    assert!(failure.to_string().contains("over the limit of 100; send less, or raise `Limits::record`"), "{failure}");
    assert!(memory.kept.lock().unwrap().is_empty());
}

#[test]
fn a_lock_that_can_t_be_given_back_harms_nobody() {
    let memory = Troubled::new();
    *memory.trouble.lock().unwrap() = Trouble::Fails(Operation::Unlock);
    assert_eq!(execute(&workflow(&memory), plain()).unwrap().len(), 1);
    assert_eq!(memory.kept.lock().unwrap().len(), 1);
}

#[test]
fn an_operation_that_hangs_can_be_given_up() {
    for operation in [Operation::Lock, Operation::Read, Operation::Write, Operation::Unlock] {
        let memory = Troubled::new();
        let workflow = workflow(&memory);
        *memory.trouble.lock().unwrap() = Trouble::Hangs(operation);
        let mut hanging = Box::pin(workflow.execute(plain()));
        assert!(hanging.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "{operation:?}");
        drop(hanging);
        *memory.trouble.lock().unwrap() = Trouble::None;
        assert_eq!(execute(&workflow, plain()).unwrap().len(), 1, "{operation:?}: others go on");
    }
}

#[test]
fn a_denied_lock_is_no_failure_of_the_memory() {
    let memory = Troubled::new();
    *memory.trouble.lock().unwrap() = Trouble::Denies;
    assert_eq!(cause(&execute(&workflow(&memory), plain()).unwrap_err()), TransactionCause::LockUnacquired);
}

#[test]
fn records_that_are_none_are_refused_and_kept_as_they_are() {
    let lies = [
        "",
        "null",
        "[]",
        "not JSON",
        r#"{"executionStatus": "normal"}"#,
        r#"{"executionStatus": 1, "subject": "s"}"#,
        r#"{"executionStatus": "normal", "status": "active", "subject": "of somebody else"}"#,
        r#"{"executionStatus": "normal", "subject": "s", "events": {"consumed": {"id": ""}}}"#,
    ];
    for lie in lies {
        let memory = Troubled::new();
        *memory.trouble.lock().unwrap() = Trouble::Lies(lie);
        let failure = execute(&workflow(&memory), plain()).unwrap_err();
        assert_eq!(cause(&failure), TransactionCause::Read, "{lie}");
        assert!(failure.to_string().contains("record"), "{lie}: {failure}");
        assert!(memory.kept.lock().unwrap().is_empty(), "{lie}");
    }
}

#[test]
fn a_violation_leaves_the_record_as_it_was() {
    let memory = Troubled::new();
    let failure = execute(&workflow(&memory), init(json!({"parentSubject$$": null, "violate": true}))).unwrap_err();
    assert!(failure.user::<UserViolation>().is_some());
    assert!(memory.kept.lock().unwrap().is_empty());
}

#[test]
fn a_memory_without_locks_loses_no_update_when_it_compares() {
    // Its `lock` always says yes; two executions read the same record, and the later writer fails.
    let memory = Troubled::new();
    let workflow = workflow(&memory);
    let event = plain();
    let mut early = Box::pin(workflow.execute(event.clone()));
    *memory.trouble.lock().unwrap() = Trouble::Hangs(Operation::Write);
    assert!(
        early.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(),
        "it has read, and is about to write"
    );
    drop(early);
    *memory.trouble.lock().unwrap() = Trouble::None;
    execute(&workflow, event.clone()).unwrap();
    let stale = memory.kept.lock().unwrap().get(event.subject()).cloned();
    execute(&workflow, event.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let late = runtime.block_on(memory.write(event.subject(), Record::from_text("{}"), stale));
    assert!(late.is_err(), "what was written in between is not lost");
}

#[test]
fn records_of_one_memory_are_gone_on_from_by_another_workflow_value() {
    let memory = InMemory::new();
    let make = || {
        let add = Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build().unwrap();
        Resumable::builder(&flow())
            .service("add", &add.latest())
            .version("1.0.0", |input: ResumableInput| async move {
                Ok(match input.context::<Value>()? {
                    None => {
                        Resumed::default().context(json!({"seen": 1})).service(Output::new("com.calc.add", json!({})))
                    }
                    Some(state) => Resumed::default().output(json!({"seen": state["seen"]})),
                })
            })
            .memory(memory.clone())
            .build()
            .unwrap()
    };
    let call = execute(&make(), plain()).unwrap().remove(0);
    // Written and read again, as another process would.
    let kept = memory.read(call.subject()).unwrap().unwrap();
    memory.put(call.subject(), Record::from_text(kept.record.text())).unwrap();
    let add = Contract::simple("#/services/add", "calc.add").version("1.0.0", object(), object()).build().unwrap();
    let draft = EventDraft::new("com.calc.add", "evt.calc.add.success").subject(call.subject()).to("arvo.orc.one");
    let reply = add.latest().factory().emits(draft.parentid(call.id()).data(json!({}))).unwrap();
    let end = execute(&make(), reply).unwrap();
    assert_eq!(end[0].data().unwrap(), &json!({"seen": 1}));
}
