//! Workers in Rust: whole workflows through a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arvo::{Event, Status, Store, Which, Worker};

use super::world::{File, adder, init, run_until_answered, sums, type_of};

#[test]
fn a_workflow_runs_to_its_end() {
    let file = File::new();
    let store = file.open();
    let calls = Arc::new(AtomicU32::new(0));
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&calls)).build().unwrap();
    let event = init(1);
    let receipt = store.publish(&event).wait().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert_eq!(type_of(&answers[0]), "arvo.orc.sum.done");
    let row = store.workflow(event.subject()).wait().unwrap().unwrap();
    assert_eq!((row.status.as_str(), row.revision, row.worker), ("done", 3, None));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    let tally = worker.tally();
    assert_eq!((tally.handled, tally.failed, tally.lost, tally.repeated), (5, 0, 0, 0));
    let history = store.history(event.subject()).wait().unwrap();
    let seen: Vec<_> = history.iter().map(|row| (row.consumer.as_str(), row.state)).collect();
    let flow = ("arvo.orc.sum", "done");
    let calls = ("com.calc.add", "done");
    assert_eq!(seen, [flow, calls, flow, calls, flow, ("com.test.client", "waiting")]);
}

#[test]
fn a_thousand_workflows_run_side_by_side_and_each_ends_once() {
    let file = File::new();
    let store = Store::open(&format!("{}?synchronous=normal", file.url())).unwrap();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let events: Vec<Event> = (0..1000).map(init).collect();
    let receipts = store.publish_all(&events).wait().unwrap();
    let answers = run_until_answered(&store, &worker, &receipts);
    assert!(answers.iter().all(|answer| type_of(answer) == "arvo.orc.sum.done"));
    let which = Which { status: Some(Status::Done), limit: 2000, ..Which::default() };
    assert_eq!(store.workflows(which).wait().unwrap().len(), 1000);
    assert_eq!(worker.tally().handled, 5000);
}

#[test]
fn an_event_that_comes_again_is_answered_as_the_first_time_and_runs_nothing() {
    let file = File::new();
    let store = file.open();
    let calls = Arc::new(AtomicU32::new(0));
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&calls)).build().unwrap();
    let event = init(1);
    let receipts: Vec<_> = (0..100).map(|_| store.publish(&event).wait().unwrap()).collect();
    assert_eq!(receipts.iter().filter(|receipt| receipt.fresh).count(), 1);
    let answers = run_until_answered(&store, &worker, &receipts);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all have the same answer, byte for byte");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
