//! A small business on a store: a workflow of two calls, its service, and stores in files of their own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arvo::{
    Answered, Contract, Event, EventDraft, Handler, Input, Output, Receipt, Resumable, ResumableInput, Resumed, Store,
    Worker,
};
use serde_json::{Value, json};

/// A file for a store, gone with the value.
pub(super) struct File(pub(super) PathBuf);

impl File {
    pub(super) fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        // This file is a module of several, each with its own `LAST`.
        let module = module_path!().replace("::", "-");
        let name = format!("arvo-{module}-{}-{}", std::process::id(), LAST.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn url(&self) -> String {
        format!("sqlite:{}", self.0.join("store.db").display())
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.url()).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn numbers(required: &[&str]) -> Value {
    let properties: serde_json::Map<String, Value> =
        required.iter().map(|name| ((*name).to_owned(), json!({"type": "number"}))).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

pub(super) fn service() -> Contract {
    Contract::simple("#/services/add", "calc.add")
        .version("1.0.0", numbers(&["a", "b"]), numbers(&["sum"]))
        .build()
        .unwrap()
}

pub(super) fn flow() -> Contract {
    Contract::orchestrator("#/flows/sum", "sum").version("1.0.0", numbers(&["n"]), numbers(&["total"])).build().unwrap()
}

/// The workflow's first event; `n` tells workflows apart.
pub(super) fn init(n: u32) -> Event {
    let draft = EventDraft::from_source("com.test.client").data(json!({"parentSubject$$": null, "n": n}));
    flow().latest().factory().init(draft).unwrap()
}

fn call() -> Resumed {
    Resumed::default().service(Output::new("com.calc.add", json!({"a": 1, "b": 2})))
}

/// Calls the service twice, then ends.
pub(super) fn sums() -> Resumable {
    Resumable::builder(&flow())
        .service("add", &service().latest())
        .version("1.0.0", |input: ResumableInput| async move {
            Ok(match (input.service().is_some(), input.context::<Value>()?) {
                (false, _) => call().context(json!({"calls": 1})),
                (true, Some(state)) if state["calls"] == 1 => call().context(json!({"calls": 2})),
                _ => Resumed::default().output(json!({"total": 3})),
            })
        })
        .build()
        .unwrap()
}

/// Adds, and counts how often it was called.
pub(super) fn adder(calls: &Arc<AtomicU32>) -> Handler {
    let calls = Arc::clone(calls);
    Handler::builder(&service())
        .version("1.0.0", move |_: Input| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Ok(Output::new("evt.calc.add.success", json!({"sum": 3}))) }
        })
        .build()
        .unwrap()
}

/// Runs a worker until all these are answered; gives the answers.
pub(super) fn run_until_answered(store: &Store, worker: &Worker, receipts: &[Receipt]) -> Vec<Answered> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let answers = async {
            let mut answers = Vec::new();
            for receipt in receipts {
                answers.push(store.wait(receipt.seq, Some(30_000)).await.unwrap());
            }
            worker.stop();
            answers
        };
        let (answers, ended) = tokio::join!(answers, worker.run());
        ended.unwrap();
        answers
    })
}

pub(super) fn type_of(answer: &Answered) -> String {
    match answer {
        Answered::By(text) => serde_json::from_str::<Value>(text).unwrap()["type"].as_str().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}
