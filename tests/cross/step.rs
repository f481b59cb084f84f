//! One step of an order's workflow in Rust: a record and an event in, the record and the events afterwards out.
//!
//! Reads lines of JSON and answers each with one (run.py says more). Time and ids are those of the line, so that the
//! bytes of a record are the same whoever writes it.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs, io};

use arvo::{
    BoxError, Clock, Contract, Environment, Event, IdSource, Limits, Machine, Memory, Orchestrator, Record, UnknownKeys,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Time and ids of the line that is worked on.
#[derive(Clone, Default)]
struct Fixed {
    now: Arc<AtomicI64>,
    next_id: Arc<AtomicU64>,
}

impl Clock for Fixed {
    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

impl IdSource for Fixed {
    fn uuid(&self) -> Uuid {
        let number = u128::from(self.next_id.fetch_add(1, Ordering::Relaxed));
        Uuid::from_u128(number | 0x4000_8000_0000_0000_0000) // version 4, variant 1
    }
}

/// Holds the record of the line.
#[derive(Clone, Default)]
struct One(Arc<Mutex<Option<String>>>);

impl One {
    fn swap(&self, text: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), text)
    }
}

impl Memory for One {
    async fn read(&self, _: &str) -> Result<Option<Record>, BoxError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().map(Record::from_text))
    }

    async fn write(&self, _: &str, record: Record, _: Option<Record>) -> Result<(), BoxError> {
        self.swap(Some(record.text().to_owned()));
        Ok(())
    }

    async fn lock(&self, _: &str) -> Result<bool, BoxError> {
        Ok(true)
    }

    async fn unlock(&self, _: &str) -> Result<bool, BoxError> {
        Ok(true)
    }
}

/// Answers lines until there are no more.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run() -> Result<(), BoxError> {
    let folder = PathBuf::from(env::var_os("ARVO_ORDERS").ok_or("ARVO_ORDERS must name the folder of the orders")?);
    let read = |name: &str| -> Result<Value, BoxError> {
        let text = fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    let (fixed, memory) = (Fixed::default(), One::default());
    let environment = Arc::new(Environment::new(fixed.clone(), fixed.clone()));
    let contracts =
        read("contracts.json")?.as_array().into_iter().flatten().map(contract).collect::<Result<Vec<_>, _>>()?;
    let orchestrator = |file: &str| -> Result<Orchestrator, BoxError> {
        let machine = Machine::from_json(read(file)?, &contracts)?;
        Ok(Orchestrator::builder()
            .machine(machine)
            .own_memory(memory.clone())
            .environment(Arc::clone(&environment))
            .build()?)
    };
    let workflows = [orchestrator("fulfilment.machine.json")?, orchestrator("shipment.machine.json")?];

    for line in io::stdin().lock().lines() {
        let given: Value = serde_json::from_str(&line?)?;
        fixed.now.store(given["clock"].as_i64().unwrap_or_default(), Ordering::Relaxed);
        fixed.next_id.store(given["ids"].as_u64().unwrap_or_default(), Ordering::Relaxed);
        memory.swap(given["record"].as_str().map(str::to_owned));
        let event = Event::parse(&given["event"].to_string(), &Limits::default())?;
        let workflow = workflows.iter().find(|workflow| Some(workflow.source()) == event.to());
        let mut answer = match workflow.ok_or("the event is to neither workflow")?.execute(event).await {
            Ok(events) => json!({"events": events.iter().map(json_of).collect::<Result<Vec<_>, _>>()?}),
            Err(failure) => json!({"violation": failure.to_string()}),
        };
        answer["record"] = memory.swap(None).into();
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn contract(json: &Value) -> Result<Contract, BoxError> {
    Ok(Contract::from_json(json, UnknownKeys::Strip)?)
}

fn json_of(event: &Event) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&event.to_json())
}
