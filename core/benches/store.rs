//! Durable workflows on SQLite: a resumable of two calls and its service, five executions each, in one worker. Items
//! per second are workflows.

#![allow(clippy::unwrap_used)] // a bench may stop

mod sums;

use std::io::Write;
use std::path::PathBuf;

use arvo::{Event, EventDraft, Handler, Input, Output, Resumable, ResumableInput, Resumed, Store, Worker};
use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use sums::{flow, service};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn call() -> Resumed {
    Resumed::default().service(Output::new("com.calc.add", json!({"a": 1, "b": 2})))
}

fn init() -> Event {
    let draft = EventDraft::from_source("com.bench.client").data(json!({"parentSubject$$": null, "n": 1}));
    flow().latest().factory().init(draft).unwrap()
}

/// A store in a file, with a worker that runs until it is dropped.
struct Shop {
    store: Store,
    worker: Worker,
    folder: PathBuf,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Shop {
    fn open(synchronous: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("arvo-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite:{}?synchronous={synchronous}", folder.join("store.db").display());
        let store = Store::open(&url).unwrap();
        let add = Handler::builder(&service())
            .version("1.0.0", |_: Input| async { Ok(Output::new("evt.calc.add.success", json!({"sum": 3}))) })
            .build()
            .unwrap();
        let sum = Resumable::builder(&flow())
            .service("add", &service().latest())
            .version("1.0.0", |input: ResumableInput| async move {
                Ok(match (input.service().is_some(), input.context::<Value>()?) {
                    (false, _) => call().context(json!({"calls": 1})),
                    (true, Some(state)) if state["calls"] == 1 => call().context(json!({"calls": 2})),
                    _ => Resumed::default().output(json!({"total": 3})),
                })
            })
            .build()
            .unwrap();
        let worker = Worker::builder(&store).capacity(256).serve(sum).serve(add).build().unwrap();
        let runner = worker.clone();
        #[allow(clippy::disallowed_methods)] // the bench's own thread
        let thread = std::thread::spawn(move || futures_executor::block_on(runner.run()).unwrap());
        Self { store, worker, folder, thread: Some(thread) }
    }

    /// Runs so many workflows, so many of them at a time.
    fn run(&self, events: Vec<Event>, at_once: usize) {
        let one = |event: Event| async move {
            let receipt = self.store.publish(&event).await.unwrap();
            self.store.wait(receipt.seq, None).await.unwrap()
        };
        futures_executor::block_on(stream::iter(events).map(one).buffer_unordered(at_once).for_each(|_| async {}));
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.worker.stop();
        self.thread.take().unwrap().join().unwrap();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn bench(bencher: Bencher<'_, '_>, synchronous: &str, workflows: usize, at_once: usize) {
    let shop = Shop::open(synchronous);
    let events = || (0..workflows).map(|_| init()).collect();
    shop.run(events(), at_once);
    bencher
        .counter(ItemsCount::new(workflows))
        .with_inputs(events)
        .bench_local_values(|events| shop.run(events, at_once));
}

/// What the disk takes for one commit, without anything of ours: a workflow alone waits for six of them.
#[divan::bench(sample_count = 100, sample_size = 1)]
fn disk_alone(bencher: Bencher<'_, '_>) {
    let path = std::env::temp_dir().join(format!("arvo-bench-disk-{}", std::process::id()));
    let mut file = std::fs::File::create(&path).unwrap();
    bencher.bench_local(|| {
        file.write_all(&[0; 16384]).unwrap();
        file.sync_data().unwrap();
    });
    std::fs::remove_file(path).unwrap();
}

/// The time of one workflow, from its publishing to its completion.
#[divan::bench(sample_count = 300, sample_size = 1)]
fn one_at_a_time_full(bencher: Bencher<'_, '_>) {
    bench(bencher, "full", 1, 1);
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn hundred_in_flight_full(bencher: Bencher<'_, '_>) {
    bench(bencher, "full", 2000, 100);
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn hundred_in_flight_normal(bencher: Bencher<'_, '_>) {
    bench(bencher, "normal", 2000, 100);
}
