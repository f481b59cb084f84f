//! A worker's process that dies at each step of the commit path, one after the other: whoever comes after it finds all
//! of an execution's effects, or none.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use arvo::testing::{Faulty, Moment};
use arvo::{Environment, Receipt, Store, Worker};

use super::world::{File, adder, init, run_until_answered, sums, type_of};

/// In the process that dies: the store, the delivery to wait for, and at which moment to die.
const TOLD: &str = "ARVO_TEST_DIES";
/// What is a step of the commit path; the others only read.
const STEPS: [&str; 7] = ["register", "exchange", "leave", "begin", "mark", "unmark", "commit"];

fn work(store: &Store, seq: i64) -> String {
    let worker = Worker::builder(store).name("one").serve(sums()).serve(adder(&Arc::new(AtomicU32::new(0))));
    let receipt = Receipt { seq, fresh: true };
    type_of(&run_until_answered(store, &worker.build().unwrap(), &[receipt])[0])
}

fn die(told: &str) {
    let mut words = told.splitn(3, ' ');
    let (moment, seq) = (words.next().unwrap().parse::<u32>().unwrap(), words.next().unwrap().parse().unwrap());
    let mut seen = 0;
    let dying = Faulty::open(words.next().unwrap(), move |call, _: Moment| {
        if STEPS.contains(&call) {
            if seen == moment {
                std::process::abort();
            }
            seen += 1;
        }
        Ok(())
    });
    let store = Store::on(Box::new(dying.unwrap()), &Environment::shared()).unwrap();
    assert_eq!(work(&store, seq), "arvo.orc.sum.done");
}

#[test]
fn a_worker_may_die_at_every_step() {
    if let Ok(told) = std::env::var(TOLD) {
        return die(&told);
    }
    for moment in 0.. {
        let file = File::new();
        let store = file.open();
        let event = init(1);
        let seq = store.publish(&event).wait().unwrap().seq;
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::dying::a_worker_may_die_at_every_step"])
            .env(TOLD, format!("{moment} {seq} {}", file.url()))
            .output()
            .unwrap();
        assert_eq!(work(&store, seq), "arvo.orc.sum.done", "moment {moment}");
        let row = store.workflow(event.subject()).wait().unwrap().unwrap();
        assert_eq!((row.status.as_str(), row.revision, row.worker), ("done", 3, None), "moment {moment}");
        let history = store.history(event.subject()).wait().unwrap();
        let states: Vec<_> = history.iter().map(|posting| posting.state).collect();
        assert_eq!(states, ["done", "done", "done", "done", "done", "waiting"], "moment {moment}");
        if child.status.success() {
            assert!(moment > 30, "{moment}: it had to die more often");
            return;
        }
    }
}
