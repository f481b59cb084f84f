//! What may be wrong with a file, and what is left of it when the power fails at any moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arvo::testing::{Faulty, Moment};
use arvo::{Environment, Event, Store, StoreError, Worker};

use super::world::{File, adder, init, run_until_answered, sums, type_of};

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let file = File::new();
    fs::write(file.0.join("store.db"), "not a database, but long enough to be read as the head of one ".repeat(100))
        .unwrap();
    assert!(matches!(Store::open(&file.url()), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_store_with_a_torn_page_is_damaged_not_wrong() {
    let file = File::new();
    let events: Vec<Event> = (0..200).map(init).collect();
    let store = file.open();
    let _ = store.publish_all(&events).wait().unwrap();
    store.backup(file.0.join("copy.db").to_str().unwrap()).wait().unwrap();
    drop(store);
    let mut bytes = fs::read(file.0.join("copy.db")).unwrap();
    for byte in &mut bytes[8192..] {
        *byte = 0x5a;
    }
    fs::write(file.0.join("copy.db"), bytes).unwrap();
    let url = format!("sqlite:{}", file.0.join("copy.db").display());
    let found = Store::open(&url).and_then(|store| store.publish(&init(1)).wait().map(drop));
    assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{found:?}");
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let file = File::new();
    let store = file.open();
    let copy = file.0.join("other.db");
    store.backup(copy.to_str().unwrap()).wait().unwrap();
    drop(store);
    // The application's number is at byte 68 of the head, the version of the schema at byte 60.
    let mut bytes = fs::read(&copy).unwrap();
    bytes[68..72].copy_from_slice(&7_u32.to_be_bytes());
    fs::write(&copy, &bytes).unwrap();
    let url = format!("sqlite:{}", copy.display());
    assert!(matches!(Store::open(&url), Err(StoreError::Foreign { .. })));
    assert_eq!(fs::read(&copy).unwrap(), bytes, "not a byte was changed");
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let file = File::new();
    let store = file.open();
    let copy = file.0.join("newer.db");
    store.backup(copy.to_str().unwrap()).wait().unwrap();
    drop(store);
    let mut bytes = fs::read(&copy).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&copy, &bytes).unwrap();
    let found = Store::open(&format!("sqlite:{}", copy.display())).map(drop);
    assert!(matches!(found, Err(StoreError::Newer { found: 99, .. })), "{found:?}");
    assert_eq!(fs::read(&copy).unwrap(), bytes, "not a byte was changed");
}

#[test]
fn urls_that_name_no_store_are_told_so() {
    for url in ["", "shop.db", "sqlite:", "postgres://host/shop", "sqlite:shop.db?synchronous=off", "http://shop"] {
        assert!(matches!(Store::open(url), Err(StoreError::Url { .. })), "{url}");
    }
    let missing = File::new().0.join("no/such/folder/store.db");
    let found = Store::open(&format!("sqlite:{}", missing.display())).map(drop);
    assert!(matches!(found, Err(StoreError::Open { .. })), "{found:?}");
}

/// What holds in every store, at any moment.
fn assert_consistent(store: &Store, what: &str) {
    let count = |sql: &str| store.query(sql).wait().unwrap().rows[0][0].clone();
    assert_eq!(count("PRAGMA integrity_check"), "ok", "{what}");
    for (rule, sql) in [
        ("a cause is done", "SELECT count(*) FROM delivery d JOIN delivery c ON c.seq = d.cause WHERE c.state <> 2"),
        (
            "a revision is a commit",
            "SELECT count(*) FROM workflow w WHERE w.consumer IS NOT NULL AND w.revision <> (SELECT count(*) FROM delivery d WHERE d.workflow = w.id AND d.lane AND d.state = 2)",
        ),
        (
            "a record is there with its revision",
            "SELECT count(*) FROM workflow WHERE (revision > 0) <> (record IS NOT NULL)",
        ),
        (
            "what is handled has its answer",
            "SELECT count(*) FROM delivery d WHERE d.state = 2 AND NOT EXISTS (SELECT 1 FROM delivery a WHERE a.cause = d.seq)",
        ),
    ] {
        assert_eq!(count(sql), 0, "{what}: {rule}");
    }
}

#[test]
fn whatever_the_moment_of_a_power_cut_the_rest_is_consistent_and_goes_on() {
    let file = File::new();
    let folder = file.0.clone();
    let copies: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let taken = Arc::clone(&copies);
    let mut writes = 0_usize;
    let cut = move |call: &'static str, moment| {
        // In mid-transaction, and right before and after a commit.
        let is_here = matches!((call, moment), ("commit", _) | ("exchange", Moment::After));
        writes += usize::from(is_here);
        if is_here && writes % 7 == 3 {
            let mut taken = taken.lock().unwrap();
            let copy = folder.join(format!("cut-{}.db", taken.len()));
            let wal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
            let own = folder.join("store.db");
            fs::copy(&own, &copy).unwrap();
            if let Ok(mut log) = fs::read(wal(&own)) {
                // The last write may be torn anywhere.
                let torn = log.len().saturating_sub((writes * 977) % 5000);
                log.truncate(if writes.is_multiple_of(2) { torn } else { log.len() });
                fs::write(wal(&copy), log).unwrap();
            }
            taken.push(copy);
        }
        Ok(())
    };
    let store = Store::on(Box::new(Faulty::open(&file.url(), cut).unwrap()), &Environment::shared()).unwrap();
    let worker =
        Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).name("one").capacity(3).build().unwrap();
    let events: Vec<Event> = (0..12).map(init).collect();
    let receipts: Vec<_> = events.iter().map(|event| store.publish(event).wait().unwrap()).collect();
    let _ = run_until_answered(&store, &worker, &receipts);
    drop((worker, store));
    let copies = copies.lock().unwrap().clone();
    assert!(copies.len() > 5, "only {} copies were taken", copies.len());
    for copy in &copies {
        let what = copy.display().to_string();
        let store = Store::open(&format!("sqlite:{what}")).unwrap();
        assert_consistent(&store, &what);
        let receipts: Vec<_> = events.iter().map(|event| store.publish(event).wait().unwrap()).collect();
        // Under the name of the one that is gone: what that one held goes on at once.
        let worker = Worker::builder(&store).name("one").serve(sums()).serve(adder(&Arc::default())).build().unwrap();
        let answers = run_until_answered(&store, &worker, &receipts);
        assert!(answers.iter().all(|answer| type_of(answer) == "arvo.orc.sum.done"), "{what}");
        assert_consistent(&store, &what);
    }
}
