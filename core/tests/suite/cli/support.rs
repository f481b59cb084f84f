//! Commands on a store in a file of its own, and the workflows in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use arvo::cli::{Console, run};
use arvo::{
    Clock, Contract, Environment, Event, EventDraft, Handler, IdSource, Input, Limits, Output, Receipt, Resumable,
    ResumableInput, Resumed, Retry, Store, Subject, UserViolation, Worker,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{File, adder, flow, init, run_until_answered, service, sums};

/// Noon of a day, but for what a test adds.
pub(super) const NOON: i64 = 1_767_182_400_000; // 2025-12-31T12:00:00Z

/// A clock that goes on from noon, and that tests set forward.
#[derive(Clone)]
struct Time {
    began: i64,
    added: Arc<AtomicI64>,
}

impl Clock for Time {
    fn now(&self) -> i64 {
        NOON + self.added.load(Ordering::SeqCst) + Environment::shared().now() - self.began
    }
}

/// Random: two stores of one test must not share ids.
struct Ids;

impl IdSource for Ids {
    fn uuid(&self) -> Uuid {
        Environment::shared().uuid()
    }
}

/// A store's file, and the time in it.
pub(super) struct Cli {
    pub(super) file: File,
    pub(super) environment: Arc<Environment>,
    time: Time,
}

/// What a command gave.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) exit: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    /// Its output, when it went well.
    pub(super) fn out(self) -> String {
        assert_eq!((self.exit, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// Its output as one JSON value.
    pub(super) fn json(self) -> Value {
        serde_json::from_str(&self.out()).unwrap()
    }

    /// Its exit code, when it says this on the error stream and nothing on the other.
    #[track_caller]
    pub(super) fn refused(self, says: &str) -> i32 {
        assert!(self.err.contains(says), "{}", self.err);
        assert_eq!(self.out, "");
        self.exit
    }
}

impl Cli {
    pub(super) fn new() -> Self {
        let time = Time { began: Environment::shared().now(), added: Arc::default() };
        let environment = Arc::new(Environment::new(time.clone(), Ids).with_limits(Limits::default()));
        let cli = Self { file: File::new(), environment, time };
        drop(cli.store());
        cli
    }

    pub(super) fn store(&self) -> Store {
        Store::open_with(&self.file.url(), &self.environment).unwrap()
    }

    pub(super) fn pass(&self, millis: i64) {
        self.time.added.fetch_add(millis, Ordering::SeqCst);
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub(super) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut console = Console::new(input.as_bytes(), &mut output, &mut errors);
        console.store = Some(self.file.url());
        console.environment = Arc::clone(&self.environment);
        let exit = run(arguments, &mut console);
        drop(console);
        // How many seconds after noon depends on the machine.
        let seconds = regex::Regex::new(r"\b12:00:\d\d\b").unwrap();
        let text = |bytes| seconds.replace_all(&String::from_utf8(bytes).unwrap(), "12:00:00").into_owned();
        Ran { exit, out: text(output), err: text(errors) }
    }

    /// Publishes and runs what there is until all is answered.
    pub(super) fn work(&self, events: &[Event]) -> Vec<Receipt> {
        let store = self.store();
        let worker = Worker::builder(&store).serve(sums()).serve(adder(&Arc::default())).name("anna").build().unwrap();
        let receipts = store.publish_all(events).wait().unwrap();
        run_until_answered(&store, &worker, &receipts);
        receipts
    }

    /// A dead letter of the service, with two causes.
    pub(super) fn dead_letter(&self, id: &str) -> i64 {
        let store = self.store();
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let failing = Handler::builder(&service())
            .version("1.0.0", move |_: Input| {
                counted.fetch_add(1, Ordering::SeqCst);
                async { Err::<Output, _>(UserViolation::new("RateLimited", "slow\u{1b}[31m down").into()) }
            })
            .build()
            .unwrap();
        let retry = Retry { tries: 2, first: 0, longest: 0 };
        let worker = Worker::builder(&store).serve(failing).retry(retry).build().unwrap();
        let receipt = store.publish(&call(id)).wait().unwrap();
        run_until_answered(&store, &worker, &[receipt]);
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        receipt.seq
    }

    /// A workflow that a dead letter paused: its subject, and the letter's number.
    pub(super) fn paused(&self, n: u32) -> (String, i64) {
        let store = self.store();
        let broken = Resumable::builder(&flow())
            .version("1.0.0", |_: ResumableInput| async {
                Err::<Resumed, _>(UserViolation::new("RateLimited", "slow down").into())
            })
            .build()
            .unwrap();
        let worker =
            Worker::builder(&store).serve(broken).retry(Retry { tries: 1, ..Retry::default() }).build().unwrap();
        let event = init(n);
        let receipt = store.publish(&event).wait().unwrap();
        run_until_answered(&store, &worker, &[receipt]);
        (event.subject().to_owned(), receipt.seq)
    }
}

/// A call of the service by a client.
pub(super) fn call(id: &str) -> Event {
    let draft =
        EventDraft::from_source("com.test.client").subject("calls/1").id(id.into()).data(json!({"a": 1, "b": 2}));
    service().latest().factory().accepts(draft).unwrap()
}

/// A question to people, who sit in a domain.
pub(super) fn question(id: &str) -> Event {
    let draft = EventDraft::from_source("com.test.client").subject("calls/1").id(id.into()).domain("human.review");
    service().latest().factory().accepts(draft.data(json!({"a": 1, "b": 2}))).unwrap()
}

/// The first workflow of a contract, by a parent if one is given.
pub(super) fn begin(type_: &str, parent: Option<&Event>) -> Event {
    let object = || json!({"type": "object"});
    let contract =
        Contract::orchestrator(format!("#/flows/{type_}"), type_).version("1.0.0", object(), object()).build().unwrap();
    let source = parent.map_or("com.test.client", |parent| parent.type_());
    let draft = EventDraft::from_source(source).data(json!({"parentSubject$$": parent.map(Event::subject)}));
    contract.latest().factory().init(draft).unwrap()
}

pub(super) fn execution(event: &Event) -> String {
    Subject::parse(event.subject(), &Limits::default()).unwrap().execution().to_owned()
}

/// JSON lines.
pub(super) fn lines(events: &[Event]) -> String {
    events.iter().map(|event| event.to_json() + "\n").collect()
}
