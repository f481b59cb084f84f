//! Workers in Rust: whole workflows through a store.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use arvo::{
    Answered, Event, EventDraft, Handler, Input, Output, Retry, Status, Store, UserViolation, Which, Worker,
    WorkerBuilder, WorkerFailure,
};
use serde_json::json;

use super::world::{File, adder, init, run_until_answered, service, sums, type_of};

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

type Change = fn(WorkerBuilder) -> WorkerBuilder;

#[test]
fn what_no_worker_can_work_with_is_named() {
    let file = File::new();
    let store = file.open();
    let built = |change: Change| {
        change(Worker::builder(&store).serve(sums())).build().map(drop).map_err(|error| error.to_string())
    };
    let refused: [(Change, &str); 8] = [
        (|worker| worker.capacity(0), "the worker's capacity can't be 0: give a whole number from 1 to 100000"),
        (|worker| worker.capacity(usize::MAX), "the worker's capacity can't be 18446744073709552000: "),
        (|worker| worker.lease(29), "the worker's lease can't be 29 milliseconds: give 30 to 86400000 milliseconds"),
        (|worker| worker.lease(i64::MAX), "the worker's lease can't be 9223372036854776000 milliseconds: "),
        (|worker| worker.retry(Retry { tries: 0, ..Retry::default() }), "the worker's tries can't be 0: "),
        (|worker| worker.retry(Retry { first: -1, ..Retry::default() }), "the worker's first wait can't be -1 "),
        (|worker| worker.name(""), "the worker's name can't be \"\": give a name of 1 to 200 bytes"),
        (|worker| worker.name("a\nb"), "the worker's name can't be \"a\\nb\": "),
    ];
    for (change, wanted) in refused {
        let said = built(change).unwrap_err();
        assert!(said.starts_with(wanted), "{said}");
    }
    assert_eq!(built(|worker| worker.capacity(1).lease(30).name("a name, of its own")), Ok(()));
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

#[test]
fn an_output_can_say_when_it_is_due_in_both_forms_and_the_event_does_not_tell() {
    for at in [json!(4_102_444_800_000_i64), json!("2100-01-01T01:00:00.000+01:00")] {
        let file = File::new();
        let store = file.open();
        let later = Handler::builder(&service())
            .version("1.0.0", move |_: Input| {
                let later = json!({"type": "evt.calc.add.success", "data": {"sum": 3}, "deliverat": at});
                let outputs = json!([later, {"type": "evt.calc.add.success", "data": {"sum": 4}}]);
                async move { Ok(Output::take(outputs)?) }
            })
            .build()
            .unwrap();
        let worker = Worker::builder(&store).serve(later).build().unwrap();
        let draft = EventDraft::from_source("com.test.client").subject("later").data(json!({"a": 1, "b": 2}));
        let event = service().latest().factory().accepts(draft).unwrap();
        let receipt = store.publish(&event).wait().unwrap();
        let answers = run_until_answered(&store, &worker, &[receipt]);
        assert!(matches!(&answers[0], Answered::By(text) if text.contains(r#"{"sum":4}"#)), "{answers:?}");
        let answer = &store.history("later").wait().unwrap()[1];
        assert_eq!((answer.due, answer.state), (4_102_444_800_000, "waiting"));
        assert!(!answer.event.contains("deliverat"));
    }
}

#[test]
fn an_output_whose_time_is_none_breaks_its_contract() {
    let store = Store::open("sqlite::memory:").unwrap();
    let never = Handler::builder(&service())
        .version("1.0.0", |_: Input| async {
            let output = json!({"type": "evt.calc.add.success", "data": {"sum": 3}, "deliverat": "soon"});
            Ok(Output::take(output)?)
        })
        .build()
        .unwrap();
    let worker = Worker::builder(&store).serve(never).build().unwrap();
    let draft = EventDraft::from_source("com.test.client").subject("never").data(json!({"a": 1, "b": 2}));
    let event = service().latest().factory().accepts(draft).unwrap();
    let receipt = store.publish(&event).wait().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert!(matches!(&answers[0], Answered::Dead(causes) if causes.contains("deliverat")), "{answers:?}");
}

#[test]
fn copies_from_many_threads_at_once_have_one_effect_and_one_answer() {
    let file = File::new();
    let store = file.open();
    let calls = Arc::new(AtomicU32::new(0));
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&calls)).build().unwrap();
    let event = init(1);
    let publish = |number: u32| {
        // Every tenth one by a connection of its own, as another process would.
        let store = if number.is_multiple_of(10) { file.open() } else { store.clone() };
        store.publish(&event).wait().unwrap()
    };
    let receipts: Vec<_> = std::thread::scope(|scope| {
        let publish = &publish;
        let publishers: Vec<_> = (0..100).map(|number| scope.spawn(move || publish(number))).collect();
        publishers.into_iter().map(|publisher| publisher.join().unwrap()).collect()
    });
    assert_eq!(receipts.iter().filter(|receipt| receipt.fresh).count(), 1);
    let answers = run_until_answered(&store, &worker, &receipts);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!((calls.load(Ordering::SeqCst), worker.tally().handled), (2, 5));
}

#[test]
fn whoever_asks_is_told_of_every_failure_with_its_event() {
    let file = File::new();
    let store = file.open();
    let calls = AtomicU32::new(0);
    let unsure = Handler::builder(&service())
        .version("1.0.0", move |_: Input| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                match call {
                    0 => Err(UserViolation::new("Busy", "later").into()),
                    1 => panic!("out of order"),
                    _ => Ok(Output::new("evt.calc.add.success", json!({"sum": 3}))),
                }
            }
        })
        .build()
        .unwrap();
    let told: Arc<Mutex<Vec<(String, bool, String)>>> = Arc::default();
    let log = Arc::clone(&told);
    let worker = Worker::builder(&store)
        .serve(unsure)
        .retry(Retry { tries: 5, first: 1, longest: 2 })
        .on_error(move |WorkerFailure { problem, event, .. }| {
            let is_own = problem.user::<UserViolation>().is_some();
            log.lock().unwrap().push((problem.to_string(), is_own, event.id().to_owned()));
            panic!("whoever logs may fail: the worker goes on");
        })
        .build()
        .unwrap();
    let draft = EventDraft::from_source("com.test.client").subject("unsure").data(json!({"a": 1, "b": 2}));
    let event = service().latest().factory().accepts(draft).unwrap();
    let receipt = store.publish(&event).wait().unwrap();
    run_until_answered(&store, &worker, &[receipt]);
    let id = event.id();
    let told = told.lock().unwrap();
    let told: Vec<_> =
        told.iter().map(|(problem, is_own, event)| (problem.as_str(), *is_own, event.as_str())).collect();
    assert_eq!(
        told,
        [("ViolationError<Busy> later", true, id), ("the handler panicked; its output tells where", false, id)]
    );
}
