//! Every call of the store fails once, before and after it took effect: whole workflows still end exactly once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arvo::testing::{Faulty, Moment};
use arvo::{Answered, Environment, Plan, ResumableSpec, ShiftSpec, Station, Store, StoreError, Taken, Worker};

use super::world::{File, adder, flow, init, run_until_answered, sums, type_of};

/// What writes, or leads to a claim.
const CALLS: [&str; 8] = ["register", "outlook", "exchange", "leave", "begin", "mark", "unmark", "commit"];

/// Runs one workflow; the `at`-th of the calls fails. Gives how many there were.
fn run_with_fault(at: usize, when: Moment) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let armed = Arc::new(AtomicUsize::new(0));
    let (counted, set) = (Arc::clone(&count), Arc::clone(&armed));
    let faulty = Faulty::open("sqlite::memory:", move |call, moment| {
        if set.load(Ordering::SeqCst) == 1
            && moment == when
            && CALLS.contains(&call)
            && counted.fetch_add(1, Ordering::SeqCst) == at
        {
            return Err(StoreError::Busy { seconds: 20 });
        }
        Ok(())
    });
    let store = Store::on(Box::new(faulty.unwrap()), &Environment::shared()).unwrap();
    let event = init(1);
    let receipt = store.publish(&event).wait().unwrap();
    armed.store(1, Ordering::SeqCst);
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    let fault = format!("call {at} failed {when:?}");
    assert_eq!(type_of(&answers[0]), "arvo.orc.sum.done", "{fault}");
    armed.store(0, Ordering::SeqCst);
    let row = store.workflow(event.subject()).wait().unwrap().unwrap();
    assert_eq!((row.status.as_str(), row.revision, row.worker), ("done", 3, None), "{fault}");
    let history = store.history(event.subject()).wait().unwrap();
    let states: Vec<_> = history.iter().map(|row| row.state).collect();
    assert_eq!(states, ["done", "done", "done", "done", "done", "waiting"], "{fault}");
    assert!(history.iter().all(|row| row.tries <= 1), "{fault}: a fault of the store is no try: {history:?}");
    count.load(Ordering::SeqCst)
}

#[test]
fn any_call_may_fail_once() {
    for when in [Moment::Before, Moment::After] {
        let mut at = 0;
        while at < run_with_fault(at, when) {
            at += 1;
        }
        assert!(at > 10, "only {at} calls were seen");
    }
}

#[test]
fn a_publish_whose_reply_was_lost_is_handled_and_known_when_it_comes_again() {
    let faults = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&faults);
    let faulty = Faulty::open("sqlite::memory:", move |call, moment| {
        if call == "commit" && moment == Moment::After && left.load(Ordering::SeqCst) == 1 {
            left.store(0, Ordering::SeqCst);
            return Err(StoreError::Busy { seconds: 20 });
        }
        Ok(())
    });
    let store = Store::on(Box::new(faulty.unwrap()), &Environment::shared()).unwrap();
    faults.store(1, Ordering::SeqCst);
    let event = init(1);
    assert!(store.publish(&event).wait().is_err());
    let receipt = store.publish(&event).wait().unwrap();
    assert!(!receipt.fresh, "it was stored, although nobody heard so");
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    assert_eq!(type_of(&run_until_answered(&store, &worker, &[receipt])[0]), "arvo.orc.sum.done");
}

/// A store whose thread waits in its first call of `domains` until it is let go, so that what is asked meanwhile is
/// one batch.
fn held_store() -> (Store, std::sync::mpsc::Sender<()>) {
    let (let_go, held) = channel::<()>();
    let held = Mutex::new(Some(held));
    let faulty = Faulty::open("sqlite::memory:", move |call, moment| {
        if call == "domains" && moment == Moment::Before {
            let waits = held.lock().unwrap().take();
            waits.map(|held| held.recv_timeout(Duration::from_secs(10)));
        }
        Ok(())
    });
    (Store::on(Box::new(faulty.unwrap()), &Environment::shared()).unwrap(), let_go)
}

#[test]
fn what_reads_beside_a_refused_request_is_answered() {
    let (store, let_go) = held_store();
    let domains = store.domains();
    let refused = store.cancel("nobody");
    let counts = store.counts();
    let_go.send(()).unwrap();
    assert!(domains.wait().is_ok());
    assert!(matches!(refused.wait(), Err(StoreError::UnknownSubject { .. })));
    assert!(counts.wait().is_ok(), "it shares no fate with what was refused");
}

#[test]
fn one_refused_request_does_not_undo_the_others_of_its_commit() {
    let (store, let_go) = held_store();
    let domains = store.domains();
    let before = store.publish(&init(1));
    let refused = store.retry(99);
    let after = store.publish(&init(2));
    let_go.send(()).unwrap();
    assert!(domains.wait().is_ok());
    assert!(before.wait().unwrap().fresh && after.wait().unwrap().fresh);
    assert_eq!(refused.wait(), Err(StoreError::UnknownDelivery { seq: 99 }));
    assert_eq!(store.counts().wait().unwrap().deliveries, [("waiting".to_owned(), 2)]);
}

#[test]
fn a_full_disk_says_so_and_changes_nothing() {
    let file = File::new();
    drop(file.open());
    let faulty = Faulty::open(&file.url(), |_, _| Ok(())).unwrap().pages(40).unwrap();
    let store = Store::on(Box::new(faulty), &Environment::shared()).unwrap();
    let mut stored = 0;
    let refused = loop {
        match store.publish(&init(stored)).wait() {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10_000, "the disk is never full");
    };
    assert_eq!(refused, StoreError::Full);
    assert!(stored > 0);
    assert_eq!(store.counts().wait().unwrap().deliveries, [("waiting".to_owned(), i64::from(stored))]);
    let check = store.query("PRAGMA integrity_check").wait().unwrap();
    assert_eq!(check.rows[0][0], "ok");
    drop(store);
    let roomy = file.open();
    assert!(roomy.publish(&init(stored)).wait().unwrap().fresh, "with room again it goes on");
}

#[test]
fn a_worker_outlives_a_disk_that_is_full_for_a_while() {
    let refusals = Arc::new(AtomicUsize::new(0));
    let full = Arc::clone(&refusals);
    let faulty = Faulty::open("sqlite::memory:", move |call, moment| {
        let is_full = call == "exchange" && moment == Moment::After && full.fetch_add(1, Ordering::SeqCst) < 5;
        if is_full { Err(StoreError::Full) } else { Ok(()) }
    });
    let store = Store::on(Box::new(faulty.unwrap()), &Environment::shared()).unwrap();
    let receipt = store.publish(&init(1)).wait().unwrap();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).build().unwrap();
    let answers = run_until_answered(&store, &worker, &[receipt]);
    assert!(matches!(answers[0], Answered::By(_)));
    assert!(refusals.load(Ordering::SeqCst) > 5);
}

#[test]
fn what_is_published_is_claimed_in_the_same_commit() {
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let counting = Faulty::open("sqlite::memory:", move |call, moment| {
        counted.fetch_add(usize::from(call == "commit" && moment == Moment::After), Ordering::SeqCst);
        Ok(())
    });
    let store = Store::on(Box::new(counting.unwrap()), &Environment::shared()).unwrap();
    let plan = Plan::resumable(ResumableSpec::new(&flow(), ["1.0.0"])).unwrap();
    let station = Station::open(&store, ShiftSpec::new("one", [plan]), &Environment::shared());
    assert!(matches!(station.take(), Taken::Wait(_)));
    station.wait(Duration::from_millis(200)); // enlisted, and idle
    let before = commits.load(Ordering::SeqCst);
    let receipt = store.publish(&init(1)).wait().unwrap();
    let job = loop {
        match station.take() {
            Taken::Job(job) => break job,
            _ => station.wait(Duration::from_millis(10)),
        }
    };
    assert_eq!((job.tries, receipt.fresh), (1, true));
    assert_eq!(commits.load(Ordering::SeqCst) - before, 1);
}
