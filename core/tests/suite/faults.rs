//! A fault at any step, then a second try: the end is as if nothing had happened (ARCHITECTURE §1).
//!
//! The world keeps what has been committed, by the consumed event's id, as a store would: a second commit of the same
//! event is answered with the events of the first.

use std::collections::BTreeMap;
use std::sync::Arc;

use arvo::{Answer, Committed, Event, Execution, NoHost, Outcome, Output, Raised, Step, Turn};
use serde_json::{Value, json};

use crate::support::{boom, events, plan, request, start, violation};

/// What the user's function does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Behaviour {
    Succeeds,
    Fails,
    Violates,
}

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The step is not done, and says so.
    Fails,
    /// The step is not done, and nobody answers.
    Dropped,
    /// The step is done, but the answer is lost.
    AnswerLost,
    /// The step is not done before somebody else has handled the event.
    Late,
}

const BEHAVIOURS: [Behaviour; 3] = [Behaviour::Succeeds, Behaviour::Fails, Behaviour::Violates];
const FAULTS: [Fault; 4] = [Fault::Fails, Fault::Dropped, Fault::AnswerLost, Fault::Late];

struct World {
    behaviour: Behaviour,
    committed: BTreeMap<String, Arc<[Event]>>,
    calls: usize,
    commits: usize,
}

impl World {
    fn new(behaviour: Behaviour) -> Self {
        Self { behaviour, committed: BTreeMap::new(), calls: 0, commits: 0 }
    }

    /// Handles the event; at step `at` (from 0) the fault happens. `None`: nobody knows how it ended.
    fn run(&mut self, event: &Event, at: usize, fault: Option<Fault>) -> (usize, Option<Outcome>) {
        let mut turn = start(&plan(), event.clone());
        let mut steps = 0;
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => return (steps, Some(outcome)),
                Turn::Step(execution, step, _) => (execution, step),
            };
            let now = fault.filter(|_| steps == at);
            steps += 1;
            turn = match now {
                None => answered(execution, self.perform(&step)),
                Some(Fault::Fails) => answered(execution, failing(&step)),
                Some(Fault::Dropped) => return (steps, None),
                Some(Fault::AnswerLost) => {
                    self.perform(&step);
                    return (steps, None);
                }
                Some(Fault::Late) => {
                    self.run(event, usize::MAX, None);
                    answered(execution, self.perform(&step))
                }
            };
        }
    }

    fn perform(&mut self, step: &Step) -> Answer {
        match step {
            Step::Call(_) => {
                self.calls += 1;
                match self.behaviour {
                    Behaviour::Succeeds => Answer::Returned(vec![Output::new("evt.order.placed", json!({"total": 1}))]),
                    Behaviour::Fails => Answer::Raised(boom()),
                    Behaviour::Violates => Answer::Raised(violation()),
                }
            }
            Step::Commit(commit) => {
                if let Some(events) = self.committed.get(commit.consumed.id()) {
                    return Answer::Committed(Ok(Committed::Answered(events.clone())));
                }
                self.commits += 1;
                let events = commit.emitted.iter().map(|emitted| emitted.event().unwrap()).collect();
                self.committed.insert(commit.consumed.id().to_owned(), events);
                Answer::Committed(Ok(Committed::Done))
            }
            Step::Lock { .. } | Step::Read { .. } | Step::Unlock { .. } => panic!("a handler keeps nothing: {step:?}"),
        }
    }

    /// Nothing is emitted that is not written, and nothing is written of what ended in a violation.
    fn assert_consistent(&self, event: &Event, outcome: Option<&Outcome>) {
        assert!(self.commits <= 1, "its effects take place once");
        match (outcome, self.committed.get(event.id())) {
            (Some(Ok(emitted)), Some(written)) => {
                assert_eq!(
                    emitted.iter().map(|emitted| emitted.event().unwrap()).collect::<Vec<_>>(),
                    written.to_vec()
                );
            }
            (Some(Ok(emitted)), None) => panic!("{emitted:?} was emitted, but is written nowhere"),
            (Some(Err(_)), written) => assert!(written.is_none(), "a violation leaves no trace"),
            (None, _) => {}
        }
    }
}

fn answered(execution: Execution, answer: Answer) -> Turn {
    execution.answer(answer, &NoHost).unwrap()
}

/// The answer of a step that could not be done. A function that can't be reached is told by a violation: an ordinary
/// error would be an answer of its own.
fn failing(step: &Step) -> Answer {
    match step {
        Step::Call(_) => Answer::Raised(Raised { message: "unreachable".into(), ..violation() }),
        Step::Commit(_) => Answer::Committed(Err(boom())),
        Step::Lock { .. } | Step::Read { .. } | Step::Unlock { .. } => panic!("a handler keeps nothing: {step:?}"),
    }
}

/// Types and data of the events, or the violation's text: what must be the same.
fn told(outcome: Outcome) -> Result<Vec<(String, Value)>, String> {
    match outcome {
        Err(violation) => Err(violation.to_string()),
        outcome => Ok(events(outcome).iter().map(|e| (e.type_().to_owned(), e.data().unwrap().clone())).collect()),
    }
}

#[test]
fn a_fault_at_any_step_leaves_no_half_done_work() {
    let event = request(json!({"id": "1"}));
    for behaviour in BEHAVIOURS {
        let (steps, outcome) = World::new(behaviour).run(&event, usize::MAX, None);
        let wanted = told(outcome.unwrap());
        assert_eq!(steps, if behaviour == Behaviour::Violates { 1 } else { 2 });
        for fault in FAULTS {
            for at in 0..steps {
                let mut world = World::new(behaviour);
                let (_, outcome) = world.run(&event, at, Some(fault));
                world.assert_consistent(&event, outcome.as_ref());
                let (_, outcome) = world.run(&event, usize::MAX, None);
                world.assert_consistent(&event, outcome.as_ref());
                assert_eq!(told(outcome.unwrap()), wanted, "{behaviour:?}, {fault:?} at step {at}");
                assert_eq!(world.commits, usize::from(behaviour != Behaviour::Violates));
                assert!(world.calls <= 3, "user code runs again only for a new try");
            }
        }
    }
}

#[test]
fn two_faults_in_a_row_change_nothing_either() {
    let event = request(json!({"id": "1"}));
    for behaviour in BEHAVIOURS {
        let (steps, outcome) = World::new(behaviour).run(&event, usize::MAX, None);
        let wanted = told(outcome.unwrap());
        for (first, second) in FAULTS.into_iter().flat_map(|first| FAULTS.map(|second| (first, second))) {
            for (one, other) in (0..steps).flat_map(|one| (0..steps).map(move |other| (one, other))) {
                let mut world = World::new(behaviour);
                for (at, fault) in [(one, first), (other, second)] {
                    let (_, outcome) = world.run(&event, at, Some(fault));
                    // Not a trace of a violation of this try; an earlier try may have been written.
                    if world.committed.is_empty() {
                        world.assert_consistent(&event, outcome.as_ref());
                    }
                }
                let (_, outcome) = world.run(&event, usize::MAX, None);
                world.assert_consistent(&event, outcome.as_ref());
                assert_eq!(told(outcome.unwrap()), wanted, "{behaviour:?}: {first:?} at {one}, {second:?} at {other}");
            }
        }
    }
}
