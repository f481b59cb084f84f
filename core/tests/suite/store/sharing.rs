//! Many at one store: workers of one process and of several, workers that die, events that kill.

#![allow(clippy::disallowed_methods)] // threads are what it is about

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arvo::{
    Ask, Ended, Environment, Event, EventDraft, HandlerSpec, Job, Kept, Outlook, Plan, Record, Replied, ResumableSpec,
    Retry, Shift, ShiftSpec, Station, Status, Store, StoreError, Taken, Worker, WorkerId,
};
use serde_json::json;

use super::world::{File, adder, flow, init, run_until_answered, service, sums, type_of};

fn plan() -> Arc<Plan> {
    Plan::resumable(ResumableSpec::new(&flow(), ["1.0.0"])).unwrap()
}

/// One more event for a workflow.
fn tell(subject: &str, n: u32) -> Event {
    EventDraft::new("com.test.client", format!("evt.number.n{n}"))
        .subject(subject)
        .to("arvo.orc.sum")
        .data(json!({}))
        .build(&Environment::system())
        .unwrap()
}

/// The next job of a station, waited for.
fn next(station: &Station) -> Option<Job> {
    for _ in 0..2_000 {
        match station.take() {
            Taken::Job(job) => return Some(job),
            Taken::Wait(limit) => {
                station.wait(limit.unwrap_or(Duration::from_millis(10)).min(Duration::from_millis(10)))
            }
            Taken::Measure(_) => panic!("nobody asked"),
            Taken::Over(_) => return None,
        }
    }
    None
}

fn done(record: Option<String>) -> Ended {
    let kept = |text: String| Kept { record: Record::from_text(text), status: Status::Active };
    Ended::Done { record: record.map(kept), emitted: Arc::new([]) }
}

#[test]
fn eight_workers_handle_the_events_of_one_subject_in_order_and_never_two_at_once() {
    let file = File::new();
    let subject = init(1).subject().to_owned();
    let first = file.open();
    let events: Vec<Event> = (0..120).map(|n| tell(&subject, n)).collect();
    let _ = first.publish_all(&events).wait().unwrap();
    let (busy, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(HashSet::new())));
    let left = Arc::new(AtomicU32::new(120));
    let threads: Vec<_> = (0..8)
        .map(|number| {
            // Two at each of four connections.
            let store = if number % 2 == 0 { file.open() } else { first.clone() };
            let (busy, seen, left) = (Arc::clone(&busy), Arc::clone(&seen), Arc::clone(&left));
            std::thread::spawn(move || {
                let spec = ShiftSpec { capacity: 2, ..ShiftSpec::new(format!("w{number}"), [plan()]) };
                let station = Station::open(&store, spec, &Environment::shared());
                while left.load(Ordering::SeqCst) > 0 {
                    match station.take() {
                        Taken::Job(job) => {
                            assert!(!busy.swap(true, Ordering::SeqCst), "two at once");
                            let before =
                                job.record.as_ref().map_or(String::new(), |(record, _)| record.text().to_owned());
                            let text = format!("{before}{}\n", job.event.type_());
                            seen.lock().unwrap().insert(number);
                            busy.store(false, Ordering::SeqCst);
                            left.fetch_sub(1, Ordering::SeqCst);
                            station.settle(job.number, done(Some(text)));
                        }
                        Taken::Wait(_) => station.wait(Duration::from_millis(2)),
                        other => panic!("{other:?}"),
                    }
                }
                station.stop();
                while !matches!(station.take(), Taken::Over(_)) {
                    station.wait(Duration::from_millis(2));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let row = first.workflow(&subject).wait().unwrap().unwrap();
    let wanted: String = (0..120).map(|n| format!("evt.number.n{n}\n")).collect();
    assert_eq!(row.record.as_deref(), Some(&*wanted));
    assert_eq!((row.revision, row.worker), (120, None));
}

#[test]
fn eight_workers_share_ten_thousand_subjects_each_in_order_and_never_two_at_once() {
    const SUBJECTS: u32 = 10_000;
    let file = File::new();
    let first = Store::open(&format!("{}?synchronous=normal", file.url())).unwrap();
    let subjects: Vec<String> = (0..SUBJECTS).map(|n| init(n).subject().to_owned()).collect();
    let events: Vec<Event> = (0..2).flat_map(|n| subjects.iter().map(move |subject| tell(subject, n))).collect();
    let _ = first.publish_all(&events).wait().unwrap();
    let (busy, left) = (Mutex::new(HashSet::new()), AtomicU32::new(2 * SUBJECTS));
    let took: Vec<u32> = std::thread::scope(|scope| {
        let (busy, left) = (&busy, &left);
        let worker = |number: u32, store: Store| {
            let spec = ShiftSpec { capacity: 64, ..ShiftSpec::new(format!("w{number}"), [plan()]) };
            let station = Station::open(&store, spec, &Environment::shared());
            let mut took = 0;
            while left.load(Ordering::SeqCst) > 0 {
                match station.take() {
                    Taken::Job(job) => {
                        let subject = job.event.subject().to_owned();
                        assert!(busy.lock().unwrap().insert(subject.clone()), "two at once");
                        let before = job.record.as_ref().map_or("", |(record, _)| record.text());
                        let text = format!("{before}{}\n", job.event.type_());
                        busy.lock().unwrap().remove(&subject);
                        left.fetch_sub(1, Ordering::SeqCst);
                        took += 1;
                        station.settle(job.number, done(Some(text)));
                    }
                    Taken::Wait(_) => station.wait(Duration::from_millis(2)),
                    other => panic!("{other:?}"),
                }
            }
            station.stop();
            while !matches!(station.take(), Taken::Over(_)) {
                station.wait(Duration::from_millis(2));
            }
            took
        };
        let store = |number| if number % 2 == 0 { file.open() } else { first.clone() }; // two at each of some
        let workers: Vec<_> = (0..8).map(|number| (number, store(number))).collect();
        let workers: Vec<_> =
            workers.into_iter().map(|(number, store)| scope.spawn(move || worker(number, store))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(took.iter().sum::<u32>(), 2 * SUBJECTS, "each event once: nobody was slow or died");
    let wrong = "SELECT count(*) FROM workflow WHERE revision <> 2 OR busy IS NOT NULL OR record <> 'evt.number.n0\nevt.number.n1\n'";
    let wrong = wrong.replace("\n", "' || char(10) || '");
    assert_eq!(first.query(&wrong).wait().unwrap().rows, [[json!(0)]], "{took:?}");
    assert_eq!(first.query("SELECT count(*) FROM workflow").wait().unwrap().rows, [[json!(SUBJECTS)]]);
}

#[test]
fn workers_of_several_connections_share_many_workflows_and_each_call_is_made_once() {
    let file = File::new();
    let calls = Arc::new(AtomicU32::new(0));
    let store = file.open();
    let events: Vec<Event> = (0..60).map(init).collect();
    let receipts = store.publish_all(&events).wait().unwrap();
    let others: Vec<Worker> = (0..3)
        .map(|at| {
            let own = if at == 0 { store.clone() } else { file.open() };
            Worker::builder(&own).serve(sums()).serve(adder(&calls)).capacity(4).build().unwrap()
        })
        .collect();
    let threads: Vec<_> = others
        .iter()
        .cloned()
        .map(|worker| {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(worker.run()).unwrap();
            })
        })
        .collect();
    let worker = Worker::builder(&store).serve(sums()).serve(adder(&calls)).capacity(4).build().unwrap();
    let answers = run_until_answered(&store, &worker, &receipts);
    others.iter().for_each(Worker::stop);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(answers.iter().all(|answer| type_of(answer) == "arvo.orc.sum.done"));
    let handled: u64 = others.iter().chain([&worker]).map(|worker| worker.tally().handled).sum();
    assert_eq!((handled, calls.load(Ordering::SeqCst)), (300, 120));
    assert_eq!(store.counts().wait().unwrap().workers, Vec::<String>::new(), "all have left");
}

#[test]
fn a_worker_that_starts_under_the_name_of_another_takes_over_at_once() {
    let store = Store::open("sqlite::memory:").unwrap();
    let _ = store.publish(&init(1)).wait().unwrap();
    let spec = || ShiftSpec::new("one", [plan()]);
    let station = Station::open(&store, spec(), &Environment::shared());
    assert_eq!(next(&station).unwrap().tries, 1);
    drop(station); // dies: nothing is settled, nobody leaves
    let station = Station::open(&store, spec(), &Environment::shared());
    let job = next(&station).unwrap();
    assert_eq!(job.tries, 2, "its lease of 30 s is not waited for");
    station.settle(job.number, done(Some("{}".to_owned())));
    station.stop();
    assert!(next(&station).is_none(), "over, once all is settled");
    assert_eq!(store.counts().wait().unwrap().deliveries, [("done".to_owned(), 1)]);
}

#[test]
fn what_a_worker_held_is_freed_also_when_another_of_its_name_has_signed_it_off() {
    let store = Store::open("sqlite::memory:").unwrap();
    let _ = store.publish(&init(1)).wait().unwrap();
    let spec = |name: &str| ShiftSpec { lease: 60, capacity: 1, ..ShiftSpec::new(name, [plan()]) };
    let open = |name| Station::open(&store, spec(name), &Environment::shared());
    let first = open("one");
    let job = next(&first).unwrap();
    let second = open("one");
    let taken = next(&second).unwrap(); // over from the first
    first.settle(job.number, done(None)); // too late
    first.stop();
    assert!(next(&first).is_none(), "it leaves, and with it the row of both");
    second.settle(taken.number, done(None)); // too late as well: leaving freed it
    let held = next(&second).unwrap();
    drop(second); // dies
    assert_eq!(next(&open("other")).unwrap().tries, held.tries + 1);
}

#[test]
fn a_worker_whose_lease_has_ended_is_none_that_lives() {
    let store = Store::open("sqlite::memory:").unwrap();
    let spec = ShiftSpec { lease: 30, ..ShiftSpec::new("short", [plan()]) };
    let station = Station::open(&store, spec, &Environment::shared());
    assert!(matches!(station.take(), Taken::Wait(_)), "nothing is there to do");
    let workers = || store.counts().wait().unwrap().workers;
    while workers().is_empty() {} // it is enlisted by the store's thread
    drop(station); // dies
    while !workers().is_empty() {} // 30 ms
}

#[test]
fn an_event_that_kills_its_workers_ends_in_the_dead_letters_with_the_causes() {
    let store = Store::open("sqlite::memory:").unwrap();
    let handler = Plan::handler(HandlerSpec::new(&service(), ["1.0.0"])).unwrap();
    let draft = EventDraft::from_source("com.test.client").subject("plain/1").data(json!({"a": 1, "b": 2}));
    let event = service().latest().factory().accepts(draft).unwrap();
    let receipt = store.publish(&event).wait().unwrap();
    let retry = Retry { tries: 3, first: 1, longest: 2 };
    for _ in 0..3 {
        let spec = ShiftSpec { retry, ..ShiftSpec::new("doomed", [Arc::clone(&handler)]) };
        let station = Station::open(&store, spec, &Environment::shared());
        assert!(next(&station).is_some());
    }
    let spec = ShiftSpec { retry, ..ShiftSpec::new("doomed", [handler]) };
    let station = Station::open(&store, spec, &Environment::shared());
    let dead = loop {
        station.take();
        station.wait(Duration::from_millis(2));
        let dead = store.dead(10).wait().unwrap();
        if !dead.is_empty() {
            break dead;
        }
    };
    assert_eq!((dead[0].seq, dead[0].tries), (receipt.seq, 3));
    let causes = dead[0].failures.as_array().unwrap();
    assert_eq!(causes.len(), 3);
    assert!(
        causes
            .iter()
            .all(|cause| cause["name"] == "WorkerLost" && cause["message"].as_str().unwrap().contains("doomed"))
    );
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_a_worker() {
    let mut shift = Shift::new(ShiftSpec::new("one", [plan()]), &Environment::shared());
    let (now, hour) = (1_700_000_000_000, 3_600_000);
    assert!(matches!(shift.ask(now), Some(Ask::Register(_))));
    shift.replied(Err(StoreError::Full), now);
    assert!(shift.ask(now).is_none(), "it leaves the store alone for a moment");
    assert!(shift.ask(now - hour).is_none());
    assert!(matches!(shift.ask(now - hour + 5_000), Some(Ask::Register(_))), "a moment, not an hour");
    shift.replied(Ok(Replied::Registered(WorkerId(1))), now);
    let early = now - hour + 5_000;
    assert!(matches!(shift.ask(early), Some(Ask::Outlook)));
    shift.replied(Ok(Replied::Outlook(Outlook { ready: false, next: None })), early);
    assert!(shift.ask(early).is_none());
    let beats = matches!(shift.ask(early + 11_000), Some(Ask::Exchange(exchange)) if exchange.beat.is_some());
    assert!(beats, "a third of the lease later it beats");
}

#[test]
fn a_store_in_a_forked_process_says_so() {
    // What a fork leaves behind is a store whose process has another number; the test can only check the words.
    let text = StoreError::Forked.to_string();
    assert!(text.contains("after the fork") && StoreError::Forked.is_fatal(), "{text}");
}
