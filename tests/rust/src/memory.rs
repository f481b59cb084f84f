//! The memory of the recorded workflows: it copies records as JSON, fails where a case says so, and tells its calls.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use arvo::{BoxError, ErrorReport, Memory, Record};
use serde_json::Value;

/// Shared by the workflow and the case that looks at it.
#[derive(Clone, Default)]
pub(crate) struct RecordedMemory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    records: HashMap<String, String>,
    locks: HashSet<String>,
    faults: Value,
    calls: Vec<String>,
}

impl RecordedMemory {
    /// Before a step: what shall fail, whether somebody else holds the lock.
    pub(crate) fn prepare(&self, faults: &Value, held: Option<&str>) {
        let mut state = self.state();
        state.faults = faults.clone();
        state.calls.clear();
        state.locks = held.map(str::to_owned).into_iter().collect();
    }

    /// After a step: the record of a subject and the calls made.
    pub(crate) fn look(&self, subject: &str) -> (Value, Value) {
        let state = self.state();
        let record = state
            .records
            .get(subject)
            .map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")));
        (record, state.calls.clone().into())
    }

    /// Keeps a record under its own subject, whoever wrote it.
    pub(crate) fn put(&self, record: &Value) {
        if let Some(subject) = record["subject"].as_str() {
            self.state().records.insert(subject.to_owned(), record.to_string());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|error| panic!("{error}"))
    }

    fn call(&self, operation: &str, told: &str) -> Result<MutexGuard<'_, State>, BoxError> {
        let mut state = self.state();
        state.calls.push(told.to_owned());
        if state.faults[operation] == "throw" {
            return Err(ErrorReport::new("Error", format!("{operation} fault")).into());
        }
        Ok(state)
    }
}

impl Memory for RecordedMemory {
    async fn read(&self, id: &str) -> Result<Option<Record>, BoxError> {
        Ok(self.call("read", "read")?.records.get(id).map(|text| Record::from_text(text.as_str())))
    }

    async fn write(&self, id: &str, record: Record, previous: Option<Record>) -> Result<(), BoxError> {
        let told = if previous.is_some() { "write(with previous)" } else { "write(no previous)" };
        self.call("write", told)?.records.insert(id.to_owned(), record.text().to_owned());
        Ok(())
    }

    async fn lock(&self, id: &str) -> Result<bool, BoxError> {
        let mut state = self.call("lock", "lock")?;
        Ok(state.faults["lock"] != "deny" && state.locks.insert(id.to_owned()))
    }

    async fn unlock(&self, id: &str) -> Result<bool, BoxError> {
        Ok(self.call("unlock", "unlock")?.locks.remove(id))
    }
}
