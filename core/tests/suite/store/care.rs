//! What clients do with a store: dead letters, timers, domains, cancelled families, old subjects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arvo::{
    Answered, BoxError, ContractFault, Environment, Event, EventDraft, Resumable, ResumableInput, Resumed, Store,
    StoreError, Subject, Violation, Worker,
};
use serde_json::json;

use super::world::{File, adder, flow, init, run_until_answered, service, sums, type_of};

fn store() -> Store {
    Store::open("sqlite::memory:").unwrap()
}

fn call(subject: &str) -> EventDraft {
    let draft =
        EventDraft::new("com.test.client", "com.calc.add").to("com.calc.add").dataschema("#/services/add/1.0.0");
    draft.subject(subject).data(json!({"a": 1, "b": 2}))
}

fn built(draft: EventDraft) -> Event {
    draft.build(&Environment::system()).unwrap()
}

/// A workflow that breaks its contract until it is mended.
fn broken_sums(mended: &Arc<AtomicBool>) -> Resumable {
    let mended = Arc::clone(mended);
    Resumable::builder(&flow())
        .service("add", &service().latest())
        .version("1.0.0", move |_: ResumableInput| {
            let mended = mended.load(Ordering::SeqCst);
            async move {
                if !mended {
                    let fault = ContractFault::UnknownEmit { type_name: "com.nobody.knows".to_owned() };
                    return Err(BoxError::from(Violation::Contract(fault)));
                }
                Ok(Resumed::default().output(json!({"total": 3})))
            }
        })
        .build()
        .unwrap()
}

#[test]
fn a_broken_contract_is_dead_at_once_and_pauses_its_workflow_until_it_is_retried() {
    let (store, mended) = (store(), Arc::new(AtomicBool::new(false)));
    let event = init(1);
    let receipt = store.publish(&event).wait().unwrap();
    let worker = Worker::builder(&store).serve(broken_sums(&mended)).build().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert!(
        matches!(&answers[0], Answered::Dead(causes) if causes.contains("No contract available for com.nobody.knows")),
        "{answers:?}"
    );
    let dead = store.dead(10).wait().unwrap();
    assert_eq!((dead.len(), dead[0].tries), (1, 1), "no second try: it would end the same");
    let row = store.workflow(event.subject()).wait().unwrap().unwrap();
    assert_eq!((row.control.as_str(), row.status.as_str(), row.revision), ("pause", "new", 0));
    mended.store(true, Ordering::SeqCst);
    store.retry(dead[0].seq).wait().unwrap();
    assert!(matches!(store.retry(dead[0].seq).wait(), Err(StoreError::State { found: "waiting", .. })));
    let worker = Worker::builder(&store).serve(broken_sums(&mended)).build().unwrap();
    assert_eq!(type_of(&run_until_answered(&store, &worker, &[receipt])[0]), "arvo.orc.sum.done");
    let row = store.workflow(event.subject()).wait().unwrap().unwrap();
    assert_eq!((row.control.as_str(), row.status.as_str(), row.revision), ("run", "done", 1));
}

#[test]
fn a_dropped_dead_letter_lets_its_workflow_go_on_without_it() {
    let (store, mended) = (store(), Arc::new(AtomicBool::new(false)));
    let event = init(1);
    let receipt = store.publish(&event).wait().unwrap();
    let worker = Worker::builder(&store).serve(broken_sums(&mended)).build().unwrap();
    let _ = run_until_answered(&store, &worker, &[receipt]);
    store.drop_dead(receipt.seq).wait().unwrap();
    assert_eq!(store.answered(receipt.seq).wait().unwrap(), Answered::Dropped);
    assert_eq!(store.workflow(event.subject()).wait().unwrap().unwrap().control, "run");
    assert!(store.dead(10).wait().unwrap().is_empty());
}

#[test]
fn a_timer_is_handled_when_it_is_due_and_not_before() {
    let store = store();
    let now = store.environment().now();
    let late = store.publish_at(&built(call("plain/late")), Some(now + 150)).wait().unwrap();
    let soon = store.publish(&built(call("plain/soon"))).wait().unwrap();
    let worker = Worker::builder(&store).serve(adder(&Arc::default())).build().unwrap();
    let answers = run_until_answered(&store, &worker, &[soon, late]);
    assert!(answers.iter().all(|answer| type_of(answer) == "evt.calc.add.success"));
    let row = &store.history("plain/late").wait().unwrap()[0];
    assert!(row.done.unwrap() >= now + 150 && row.due == now + 150, "{row:?}");
}

#[test]
fn an_event_with_a_domain_waits_until_it_is_answered_admitted_or_the_domain_is_local() {
    let store = store();
    let of = |name: &str| built(call(&format!("plain/{name}")).domain("human.desk"));
    let receipts: Vec<_> =
        ["answered", "admitted", "local"].map(|name| store.publish(&of(name)).wait().unwrap()).into();
    let waiting = store.take("human.desk", 10).wait().unwrap();
    assert_eq!(waiting.len(), 3);
    assert_eq!(store.counts().wait().unwrap().domains, [("human.desk".to_owned(), 3)]);

    let answer = EventDraft::new("com.human.desk", "evt.desk.done").to("com.test.client").subject("plain/answered");
    store.answer(receipts[0].seq, &[built(answer.data(json!({})))]).wait().unwrap();
    assert_eq!(type_of(&store.answered(receipts[0].seq).wait().unwrap()), "evt.desk.done");
    assert!(matches!(store.answer(receipts[0].seq, &[]).wait(), Err(StoreError::State { found: "done", .. })));

    store.admit(receipts[1].seq).wait().unwrap();
    assert!(matches!(store.admit(receipts[1].seq).wait(), Err(StoreError::State { .. })));
    assert_eq!(store.add_domain("human.desk").wait().unwrap(), 1, "what waits is let in");
    let worker = Worker::builder(&store).serve(adder(&Arc::default())).build().unwrap();
    let answers = run_until_answered(&store, &worker, &receipts[1..]);
    assert!(answers.iter().all(|answer| type_of(answer) == "evt.calc.add.success"));

    store.remove_domain("human.desk").wait().unwrap();
    let _ = store.publish(&of("again")).wait().unwrap();
    assert_eq!(store.take("human.desk", 10).wait().unwrap().len(), 1, "and now it waits again");
}

#[test]
fn a_cancel_takes_in_the_children_and_tells_whoever_began_it() {
    let store = store();
    let parent = init(1);
    let receipt = store.publish(&parent).wait().unwrap();
    let own = Subject::parse(parent.subject(), &arvo::Limits::default()).unwrap();
    let subject = own.child("arvo.orc.sum").version("1.0.0").build(&Environment::system()).unwrap().encode();
    let child = EventDraft::new("arvo.orc.sum", "arvo.orc.sum").to("arvo.orc.sum").subject(subject.as_str());
    let child = built(child.data(json!({"parentSubject$$": parent.subject(), "n": 2})));
    let born = store.publish(&child).wait().unwrap();
    let tree = store.tree(parent.subject()).wait().unwrap();
    assert_eq!(tree.len(), 2);

    let cancelled = store.cancel(parent.subject()).wait().unwrap();
    assert_eq!(cancelled.iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
    let tree = store.tree(parent.subject()).wait().unwrap();
    assert!(tree.iter().all(|row| row.control == "cancel" && row.revision == 0));
    let Answered::By(told) = store.answered(receipt.seq).wait().unwrap() else { panic!("nobody was told") };
    assert!(told.contains("WorkflowCancelled") && told.contains("sys.arvo.orc.sum.error"), "{told}");
    assert_eq!(store.answered(born.seq).wait().unwrap(), Answered::Dropped);
    assert!(matches!(store.cancel(parent.subject()).wait(), Err(StoreError::Ended { status: "cancelled", .. })));

    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let plain = store.publish(&built(call("plain/1"))).wait().unwrap();
    let _ = run_until_answered(&store, &worker, &[plain]);
    assert_eq!(worker.tally().handled, 1, "nothing of the cancelled runs");
}

#[test]
fn purge_removes_what_ended_before_a_time_and_nothing_else() {
    let store = store();
    let (ended, open) = (init(1), init(2));
    let receipt = store.publish(&ended).wait().unwrap();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let _ = run_until_answered(&store, &worker, &[receipt]);
    let _ = store.publish(&open).wait().unwrap();
    let later = store.environment().now() + 1_000;
    assert_eq!(store.purge(0, 100).wait().unwrap(), 0, "nothing is that old");
    assert_eq!(store.purge(later, 100).wait().unwrap(), 1);
    assert!(store.workflow(ended.subject()).wait().unwrap().is_none());
    assert!(store.workflow(open.subject()).wait().unwrap().is_some());
    assert!(matches!(store.answered(receipt.seq).wait(), Err(StoreError::UnknownDelivery { .. })));
    assert!(store.publish(&ended).wait().unwrap().fresh, "beyond that time a duplicate is a new event");
}

#[test]
fn purge_removes_the_subjects_of_plain_handlers_once_their_events_are_answered() {
    let store = store();
    let request = || {
        let draft = EventDraft::from_source("com.test.client").data(json!({"a": 1, "b": 2}));
        service().latest().factory().accepts(draft).unwrap() // with a subject of its own, as a workflow has
    };
    let (answered, open) = (request(), request());
    let receipt = store.publish(&answered).wait().unwrap();
    let worker = Worker::builder(&store).serve(adder(&Arc::default())).build().unwrap();
    let _ = run_until_answered(&store, &worker, &[receipt]);
    let _ = store.publish(&open).wait().unwrap();
    assert_eq!(store.workflows(arvo::Which::default()).wait().unwrap(), [], "neither is a workflow");
    let later = store.environment().now() + 1_000;
    assert_eq!(store.purge(later, 100).wait().unwrap(), 1);
    assert_eq!(store.history(answered.subject()).wait().unwrap(), []);
    assert_eq!(store.history(open.subject()).wait().unwrap().len(), 1, "nobody has handled it");
}

#[test]
fn a_subject_that_can_not_be_read_fails_its_event_alone() {
    let store = store();
    let broken =
        EventDraft::new("com.test.client", "evt.from.nowhere").to("arvo.orc.sum").subject("no-subject").data(json!({}));
    let broken = store.publish(&built(broken)).wait().unwrap();
    let whole = store.publish(&init(1)).wait().unwrap();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let answers = run_until_answered(&store, &worker, &[broken, whole]);
    assert!(matches!(answers[0], Answered::Dead(_)), "{answers:?}");
    assert_eq!(type_of(&answers[1]), "arvo.orc.sum.done");
    assert!(matches!(store.cancel("no-subject").wait(), Err(StoreError::UnknownSubject { .. })));
}

#[test]
fn an_open_store_keeps_4_mb_of_its_file_in_memory_and_no_more() {
    let cache = store().query("PRAGMA cache_size").wait().unwrap();
    assert_eq!(cache.rows, [[json!(-4000)]], "kilobytes, as SQLite tells them");
}

#[test]
fn a_query_asks_for_rows_and_changes_nothing_of_the_stores_own_connection() {
    let store = store();
    for sql in [
        "PRAGMA query_only = 1",
        "pragma synchronous(0)",
        "/* quietly */ -- really\n PRAGMA locking_mode=exclusive",
        "BEGIN",
        "SAVEPOINT a",
        "ATTACH 'other.db' AS other",
        "DELETE FROM delivery",
        "WITH old AS (SELECT 1) DELETE FROM delivery",
        "/* no end",
    ] {
        let refused = store.query(sql).wait().unwrap_err();
        assert!(matches!(refused, StoreError::NotReading { .. } | StoreError::Sql { .. }), "{sql}: {refused}");
    }
    assert_eq!(store.query("PRAGMA table_info(worker)").wait().unwrap().columns[1], "name");
    for sql in ["-- a comment\nSELECT 1", "  with one AS (SELECT 1) SELECT * FROM one", "VALUES (1)"] {
        assert_eq!(store.query(sql).wait().unwrap().rows, [[json!(1)]], "{sql}");
    }
    assert_eq!(store.query("PRAGMA synchronous").wait().unwrap().rows, [[json!(2)]], "FULL still");
    assert!(store.publish(&init(1)).wait().unwrap().fresh);
}

#[test]
fn what_is_no_name_of_a_domain_or_file_is_refused() {
    let store = store();
    for name in ["", "a b", "Human.desk"] {
        assert!(matches!(store.add_domain(name).wait(), Err(StoreError::Domain(_))), "{name:?}");
    }
    assert!(store.domains().wait().unwrap().is_empty());
    assert!(matches!(store.backup("").wait(), Err(StoreError::Sql { why }) if why.contains("name of a file")));
}

/// Some seconds of work.
const SLOW: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000000) \
                    SELECT count(*) FROM n";

#[test]
fn a_query_that_takes_long_keeps_nobody_waiting() {
    let file = File::new();
    let store = file.open();
    let receipt = store.publish(&init(1)).wait().unwrap();
    let asked = store.query(SLOW);
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    assert_eq!(type_of(&run_until_answered(&store, &worker, &[receipt])[0]), "arvo.orc.sum.done");
    let seen = store.query("SELECT count(*) FROM delivery").wait().unwrap();
    assert_eq!(seen.rows, [[json!(6)]], "what was stored before");
    store.backup(file.0.join("copy.db").to_str().unwrap()).wait().unwrap();
    assert!(asked.wait_for(Duration::ZERO).is_none(), "the others were first");
    assert_eq!(asked.wait().unwrap().rows, [[json!(20_000_000)]]);
}
