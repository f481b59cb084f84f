//! A recorded workflow, event by event, with the record after each: what resumables and orchestrators have in common.

use arvo::{Event, Failure, HandlerError, Limits, Orchestrator, Resumable};
use serde_json::{Map, Value, json};

use crate::case::{Problems, group};
use crate::input;
use crate::matcher::{Labels, compare, differences};
use crate::memory::RecordedMemory;
use crate::outcome;
use crate::template::evaluate;

/// A workflow of either kind.
pub(crate) enum Workflow {
    Resumable(Resumable),
    Orchestrator(Orchestrator),
}

impl Workflow {
    fn locking(&self) -> bool {
        match self {
            Self::Resumable(resumable) => resumable.locking(),
            Self::Orchestrator(orchestrator) => orchestrator.locking(),
        }
    }

    pub(crate) async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        match self {
            Self::Resumable(resumable) => resumable.execute(event).await,
            Self::Orchestrator(orchestrator) => orchestrator.execute(event).await,
        }
    }
}

/// Runs all steps of a case; labels hold for all of them. Then again with the reference's records: what it began must
/// go on here.
pub(crate) fn steps(case: &Value, make: impl Fn(RecordedMemory) -> Result<Workflow, HandlerError>) -> Problems {
    if let Some(expect) = case.pointer("/oursExpect/construction") {
        let found = make(RecordedMemory::default()).err().map(|error| outcome::of_handler(&error));
        return differences(expect, &found.unwrap_or_default());
    }
    let (mut problems, mut labels) = (Vec::new(), Labels::default());
    let (wiring, found) = execute(case, &make, |_, _, _| ());
    for (index, (step, found)) in group(case, "steps").zip(&found).enumerate() {
        judge(case, step, found, &mut labels, index, &mut problems);
    }
    let (mut resumed, mut labels) = (Vec::new(), Labels::default());
    execute(case, &make, |index, found, memory| {
        let step = &case["steps"][index];
        judge(case, step, found, &mut labels, index, &mut resumed);
        let theirs = &step["expect"]["record"];
        if theirs.is_object() && case.get("ours").is_none() {
            memory.put(&labels.filled(theirs, &found["record"]));
        }
    });
    problems.extend(resumed.into_iter().map(|problem| format!("from the reference's record: {problem}")));
    problems.extend(wiring);
    problems
}

fn judge(case: &Value, step: &Value, found: &Value, labels: &mut Labels, index: usize, problems: &mut Problems) {
    let ours = case.pointer(&format!("/oursExpect/{index}"));
    match (ours, case.get("ours"), case.get("oursExpect")) {
        (Some(expect), ..) => check(expect, found, labels, index, problems),
        (None, Some(_), None) => {} // executed; what comes of it is left open
        _ => check(&step["expect"], found, labels, index, problems),
    }
}

/// Runs all steps of a case: what is wrong with the workflow itself, and what came of each step. `after` may look at
/// that, and into the memory, before the next one.
pub(crate) fn execute(
    case: &Value,
    make: impl FnOnce(RecordedMemory) -> Result<Workflow, HandlerError>,
    mut after: impl FnMut(usize, &Value, &RecordedMemory),
) -> (Problems, Vec<Value>) {
    let memory = RecordedMemory::default();
    let workflow = make(memory.clone()).unwrap_or_else(|error| panic!("{error}"));
    let mut problems = Vec::new();
    if workflow.locking() != case["locking"].as_bool().unwrap_or_default() {
        problems.push(format!("locking: found {}", workflow.locking()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap_or_else(|error| panic!("{error}"));
    let (mut done, mut all) = (Vec::new(), Vec::new());
    for (index, step) in group(case, "steps").enumerate() {
        let given = evaluate(&step["event"], &json!({"steps": done})).unwrap_or_else(|error| panic!("{error}"));
        let given = given.unwrap_or_else(|| panic!("step {index} has no event"));
        let event = Event::parse(&input::json(&given), &Limits::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
        let subject = event.subject().to_owned();
        memory.prepare(&step["faults"], step["held"].as_bool().unwrap_or_default().then_some(&*subject));
        let mut found = match runtime.block_on(workflow.execute(event)) {
            Ok(events) => outcome::events(&events),
            Err(failure) => outcome::failure(&failure),
        };
        done.push(json!({"event": given, "events": found.get("events").cloned().unwrap_or_else(|| json!([]))}));
        (found["record"], found["memory"]) = memory.look(&subject);
        after(index, &found, &memory);
        all.push(found);
    }
    (problems, all)
}

/// A failure record of ours may say more than the reference's.
fn check(expect: &Value, found: &Value, labels: &mut Labels, index: usize, problems: &mut Problems) {
    let mut expect = expect.clone();
    // The consumed event is joined to a violation where it leaves; in Rust the caller has it already.
    if expect.pointer("/violation/metadata/initiatingEvent").is_some() {
        expect["violation"]["metadata"] = Value::Null;
    }
    let mut found = found.clone();
    if found["record"]["executionStatus"] == "failure" {
        let wanted: Vec<String> = expect["record"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
        if let Some(record) = found["record"].as_object_mut() {
            record.retain(|key, _| wanted.contains(key));
        }
    }
    compare(&expect, &found, labels, &format!("/{index}"), problems);
}
