//! What is too large to be read again is not written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arvo::{
    Answered, Environment, EventDraft, Handler, Input, Limits, Output, Posting, Resumable, ResumableInput, Resumed,
    Store, StoreError, Worker,
};
use serde_json::json;

use super::world::{File, adder, flow, init, run_until_answered, service};

const LIMITS: Limits = Limits::DEFAULT;

#[test]
fn an_event_over_the_limit_is_not_published() {
    let store = Store::open("sqlite::memory:").unwrap();
    let text = "x".repeat(LIMITS.event);
    let draft = EventDraft::from_source("com.test.client").subject("large").data(json!({"a": 1, "b": 2, "text": text}));
    let event = service().latest().factory().accepts(draft).unwrap();
    let refused = store.publish(&event).wait().unwrap_err();
    let StoreError::TooLarge { what, size, limit } = &refused else { panic!("{refused:?}") };
    assert_eq!((what, *limit), (&format!("event {} (com.calc.add)", event.id()), LIMITS.event));
    assert!(*size > LIMITS.event);
    assert!(store.history("large").wait().unwrap().is_empty());
}

#[test]
fn an_answer_over_the_limit_makes_a_dead_letter_of_its_cause_at_once() {
    let store = Store::open("sqlite::memory:").unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&calls);
    let verbose = Handler::builder(&service())
        .version("1.0.0", move |_: Input| {
            count.fetch_add(1, Ordering::SeqCst);
            let text = "x".repeat(LIMITS.event);
            async move { Ok(Output::new("evt.calc.add.success", json!({"sum": 3, "text": text}))) }
        })
        .build()
        .unwrap();
    let worker = Worker::builder(&store).serve(verbose).build().unwrap();
    let draft = EventDraft::from_source("com.test.client").subject("large").data(json!({"a": 1, "b": 2}));
    let receipt = store.publish(&service().latest().factory().accepts(draft).unwrap()).wait().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert!(
        matches!(&answers[0], Answered::Dead(causes) if causes.contains("(evt.calc.add.success) of")),
        "{answers:?}"
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1, "trying again can't help");
    assert_eq!(store.history("large").wait().unwrap().len(), 1);
}

/// Calls the service, and remembers a text of so many bytes.
fn hoarder(bytes: usize) -> Resumable {
    Resumable::builder(&flow())
        .service("add", &service().latest())
        .version("1.0.0", move |input: ResumableInput| async move {
            let call = Output::new("com.calc.add", json!({"a": 1, "b": 2}));
            Ok(match input.service() {
                None => Resumed::default().service(call).context(json!({"text": "x".repeat(bytes)})),
                Some(_) => Resumed::default().output(json!({"total": 3})),
            })
        })
        .build()
        .unwrap()
}

#[test]
fn a_record_over_the_limit_is_not_written_and_pauses_its_workflow() {
    let store = Store::open("sqlite::memory:").unwrap();
    // The context alone is within it.
    let worker = Worker::builder(&store).serve(hoarder(LIMITS.record - 100)).build().unwrap();
    let event = init(1);
    let receipt = store.publish(&event).wait().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert!(matches!(&answers[0], Answered::Dead(causes) if causes.contains("the workflow's record")), "{answers:?}");
    let row = store.workflow(event.subject()).wait().unwrap().unwrap();
    assert_eq!((row.revision, row.control.as_str()), (0, "pause"));
    assert_eq!(store.history(event.subject()).wait().unwrap().len(), 1, "no service was called");
}

/// Runs a worker until a subject has so many events, the last one in this state.
fn run_until(store: &Store, worker: &Worker, subject: &str, (events, state): (usize, &str)) {
    let is_there = |rows: &[Posting]| rows.len() == events && rows.last().is_some_and(|row| row.state == state);
    let seen = async {
        while !is_there(&store.history(subject).await.unwrap()) {
            tokio::task::yield_now().await;
        }
        worker.stop();
    };
    let both = async { tokio::join!(seen, worker.run()).1 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), both).await });
    ended.expect("the worker gets there").unwrap();
}

#[test]
fn a_record_that_cannot_be_read_makes_a_dead_letter_and_is_not_tried_for_ever() {
    let file = File::new();
    let event = init(1);
    let wide = Arc::new(Environment::system().with_limits(Limits { record: 2 * LIMITS.record, ..LIMITS }));
    {
        let store = Store::open_with(&file.url(), &wide).unwrap();
        let worker = Worker::builder(&store).serve(hoarder(LIMITS.record)).build().unwrap();
        let _ = store.publish(&event).wait().unwrap();
        run_until(&store, &worker, event.subject(), (2, "waiting")); // the service is called
    }
    let store = file.open();
    let worker = Worker::builder(&store).serve(hoarder(1)).serve(adder(&Arc::default())).build().unwrap();
    run_until(&store, &worker, event.subject(), (3, "dead"));
    let history = store.history(event.subject()).wait().unwrap();
    let (answer, tries) = (&history[2], history[2].tries);
    assert_eq!((history.len(), tries), (3, 1));
    let causes = format!("{:?}", answer.failures);
    assert!(causes.contains("over the limit"), "{causes}");
}
