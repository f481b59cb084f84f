//! The in-process memory between threads: no update is lost, no lock is held twice, none outlives its time.

use std::sync::atomic::{AtomicBool, Ordering};

use arvo::Record;
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

use crate::in_every_turn;
use crate::memory::{InMemory, LockGuard};

/// Half a minute and more after the beginning, at which every lock has ended.
const LATER: i64 = 30_001;

fn numbered(number: usize) -> Record {
    Record::from_text(number.to_string())
}

fn number_in(memory: &InMemory) -> usize {
    memory.read("s").unwrap().map_or(0, |stored| stored.record.text().parse().unwrap())
}

/// Runs the same on several threads, to their ends.
fn on_threads(count: usize, run: impl Fn(usize) + Send + Sync + 'static) {
    let run = Arc::new(run);
    let threads: Vec<_> = (0..count)
        .map(|number| {
            let run = Arc::clone(&run);
            thread::spawn(move || run(number))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn of_two_that_read_the_same_one_writes_and_the_other_hears_of_it() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        assert!(memory.write("s", numbered(7), None).unwrap());
        let read = memory.read("s").unwrap().unwrap().revision;
        let winners: Arc<Mutex<Vec<usize>>> = Arc::default();
        let (kept, won) = (memory.clone(), Arc::clone(&winners));
        on_threads(3, move |number| {
            if kept.write("s", numbered(number), Some(read)).unwrap() {
                won.lock().unwrap().push(number);
            }
        });
        let winners = winners.lock().unwrap();
        assert_eq!(winners.len(), 1);
        assert_eq!(number_in(&memory), winners[0], "what is kept is the winner's");
    });
}

#[test]
fn one_of_two_that_begin_the_same_workflow_begins_it() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        let begun: Arc<Mutex<usize>> = Arc::default();
        let (kept, counted) = (memory.clone(), Arc::clone(&begun));
        on_threads(3, move |number| {
            if kept.write("s", numbered(number), None).unwrap() {
                *counted.lock().unwrap() += 1;
            }
        });
        assert_eq!((*begun.lock().unwrap(), memory.len()), (1, 1));
    });
}

#[test]
fn who_reads_again_after_losing_adds_to_what_is_there() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        let shared = memory.clone();
        on_threads(3, move |_| {
            for _ in 0..2 {
                loop {
                    let kept = shared.read("s").unwrap();
                    let (number, revision) =
                        kept.map_or((0, None), |kept| (kept.record.text().parse().unwrap(), Some(kept.revision)));
                    if shared.write("s", numbered(number + 1), revision).unwrap() {
                        break;
                    }
                }
            }
        });
        assert_eq!(number_in(&memory), 6, "no update is lost");
    });
}

#[test]
fn a_record_set_beside_the_workflow_makes_it_lose_its_write() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        memory.put("s", numbered(1)).unwrap();
        let read = memory.read("s").unwrap().unwrap().revision;
        let setter = {
            let memory = memory.clone();
            thread::spawn(move || memory.put("s", numbered(2)).unwrap())
        };
        let is_written = memory.write("s", numbered(3), Some(read)).unwrap();
        if !is_written {
            assert_eq!(number_in(&memory), 2, "the write is refused because something was set");
        }
        setter.join().unwrap();
        assert_eq!(number_in(&memory), 2, "what is set stays: a write before it is overwritten, one after it refused");
    });
}

#[test]
fn a_lock_is_held_by_one_at_a_time() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        let is_held = Arc::new(AtomicBool::new(false));
        let (shared, held) = (memory.clone(), Arc::clone(&is_held));
        on_threads(3, move |_| {
            let guard = loop {
                match shared.lock("s", 0).unwrap() {
                    Some(guard) => break guard,
                    None => thread::yield_now(),
                }
            };
            assert!(!held.swap(true, Ordering::SeqCst), "two hold the lock");
            thread::yield_now();
            held.store(false, Ordering::SeqCst);
            drop(guard);
        });
        assert!(memory.lock("s", 0).unwrap().is_some(), "the last has given it back");
    });
}

#[test]
fn who_holds_a_lock_for_too_long_does_not_end_that_of_the_next() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        let late = memory.lock("s", 0).unwrap().unwrap();
        let dropping = thread::spawn(move || drop(late));
        let next = memory.lock("s", LATER).unwrap().expect("its time is over");
        dropping.join().unwrap();
        assert!(memory.lock("s", LATER).unwrap().is_none(), "the next still holds it");
        drop(next);
        assert!(memory.lock("s", LATER).unwrap().is_some());
    });
}

#[test]
fn of_two_that_find_a_lock_expired_one_gets_it() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        memory.lock("s", 0).unwrap().unwrap().keep();
        let guards: Arc<Mutex<Vec<LockGuard>>> = Arc::default();
        let (shared, got) = (memory.clone(), Arc::clone(&guards));
        on_threads(2, move |_| {
            if let Some(guard) = shared.lock("s", LATER).unwrap() {
                got.lock().unwrap().push(guard);
            }
        });
        assert_eq!(guards.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_guard_may_go_while_others_unlock_clear_and_let_the_memory_go() {
    in_every_turn(1000, || {
        let memory = InMemory::new();
        memory.put("s", numbered(1)).unwrap();
        let guard = memory.lock("s", 0).unwrap().unwrap();
        let unlocking = {
            let memory = memory.clone();
            thread::spawn(move || assert!(memory.unlock("s").unwrap()))
        };
        let clearing = {
            let memory = memory.clone();
            thread::spawn(move || memory.clear(Some("s")))
        };
        let dropping = thread::spawn(move || drop(guard));
        drop(memory);
        for thread in [unlocking, clearing, dropping] {
            thread.join().unwrap();
        }
    });
}
