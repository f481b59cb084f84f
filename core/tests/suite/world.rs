//! A small world in which whole workflows run step by step, so that each single answer can be failed, dropped or
//! delayed: executions over one in-process memory and a queue, driven by hand. What runs in it is a [`Play`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use arvo::{
    Answer, Call, Contract, Environment, Event, EventDraft, Execution, HandlerSpec, Headers, Host, InMemory, Outcome,
    Plan, Raised, Step, Token, TransactionCause, Turn, Violation, ViolationKind,
};
use serde_json::{Value, json};

/// What is done to the answer of one step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The step fails: its answer is an error, or a violation where user code is called.
    Fail,
    /// The answer never comes: whoever drove the execution is gone.
    Drop,
    /// The answer comes after the same event was handled again from the start.
    Delay,
}

/// The handlers and workflows of a world, and the user code behind them.
pub(crate) trait Play {
    /// Everything that gets events.
    fn plans(&self) -> &[Arc<Plan>];
    /// The event that begins it all.
    fn init(&self) -> Event;
    /// The user's function of a handler or resumable.
    fn answer(&mut self, event: &Event, call: &Call) -> Answer;
    /// The functions of machines.
    fn host(&self) -> &dyn Host;
}

pub(crate) struct World<P> {
    environment: Arc<Environment>,
    pub(crate) memory: InMemory,
    pub(crate) play: P,
    plans: BTreeMap<String, Arc<Plan>>,
    /// Steps so far, over all executions.
    steps: usize,
    fault: Option<(usize, Fault)>,
    /// Whether the fault has happened.
    pub(crate) hit: bool,
    /// Whether each event comes twice, the second time after the first was handled.
    redelivers: bool,
    /// Whether somebody else holds a workflow's lock when an event comes first.
    contends: bool,
    /// Events that came back to the client, in order.
    pub(crate) returned: Vec<Event>,
    /// Failures told to whoever delivers.
    pub(crate) failures: Vec<Violation>,
}

impl<P: Play> World<P> {
    pub(crate) fn new(play: P, fault: Option<(usize, Fault)>) -> Self {
        let plans = play.plans().iter().map(|plan| (plan.contract().type_().to_owned(), Arc::clone(plan))).collect();
        Self {
            environment: Arc::new(Environment::system()),
            memory: InMemory::new(),
            play,
            plans,
            steps: 0,
            fault,
            hit: false,
            redelivers: false,
            contends: false,
            returned: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// A world whose queue gives each event twice.
    pub(crate) fn redelivering(play: P) -> Self {
        Self { redelivers: true, ..Self::new(play, None) }
    }

    /// A world in which somebody else holds each lock at first.
    pub(crate) fn contended(play: P) -> Self {
        Self { contends: true, ..Self::new(play, None) }
    }

    /// Runs the play to its end; a failed delivery is tried again, as whoever called `execute` would.
    pub(crate) fn run(&mut self) {
        let mut queue = VecDeque::from([(self.play.init(), self.redelivers)]);
        let mut tries = 0;
        while let Some((event, again)) = queue.pop_front() {
            tries += 1;
            assert!(tries < 200, "it never ends: {:?}", self.failures);
            if !self.plans.contains_key(event.to().unwrap()) {
                self.returned.push(event);
                continue;
            }
            if self.contends {
                self.contend(&event);
            }
            match self.deliver(&event) {
                Some(Ok(emitted)) => {
                    let redelivers = self.redelivers;
                    queue.extend(emitted.iter().map(|emitted| (emitted.event().unwrap(), redelivers)));
                    if again {
                        queue.push_back((event, false));
                    }
                }
                Some(Err(violation)) => {
                    self.failures.push(violation);
                    queue.push_front((event, again));
                }
                None => queue.push_front((event, again)), // nobody is left to tell; the queue gives it again
            }
        }
    }

    /// Somebody else works on the workflow: it must be left alone.
    fn contend(&mut self, event: &Event) {
        let before = self.kept(event.subject());
        let lock = self.memory.lock(event.subject(), self.environment.now()).unwrap().unwrap();
        if let Some(Err(violation)) = self.plans[event.to().unwrap()].locking().then(|| self.deliver(event)).flatten() {
            let denied = TransactionCause::LockUnacquired;
            assert!(matches!(&violation, Violation::Transaction { cause, .. } if *cause == denied), "{violation}");
            assert_eq!(self.kept(event.subject()), before, "nothing was written");
            self.failures.push(violation);
        }
        drop(lock);
    }

    /// The record of a workflow as JSON; null when there is none.
    pub(crate) fn kept(&self, subject: &str) -> Value {
        let stored = self.memory.read(subject).unwrap();
        stored.map_or(Value::Null, |stored| serde_json::from_str(stored.record.text()).unwrap())
    }

    /// One delivery; `None` when whoever drove it is gone.
    fn deliver(&mut self, event: &Event) -> Option<Outcome> {
        let plan = self.plans[event.to().unwrap()].clone();
        let mut turn = Execution::start(&plan, &self.environment, event.clone(), Headers::default(), self.play.host());
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => return Some(outcome),
                Turn::Step(execution, step, _) => (execution, step),
            };
            let at = self.steps;
            self.steps += 1;
            let fault = self.fault.filter(|(planned, _)| *planned == at && !self.hit).map(|(_, fault)| fault);
            self.hit |= fault.is_some();
            let answer = match fault {
                // After the commit nobody gives up without the outcome: giving up then hands it over.
                Some(Fault::Drop) if matches!(step, Step::Unlock { .. }) => {
                    turn = execution.cancel();
                    continue;
                }
                Some(Fault::Drop) => return None,
                Some(Fault::Fail) => failing(&step),
                Some(Fault::Delay) => {
                    // Time passes until the lock of the late one is over; then the event is handled from the start.
                    self.memory.unlock(event.subject()).unwrap();
                    let early = self.deliver(event);
                    let late = self.answer(event, step);
                    let late = self.finish(event, execution, late);
                    check_loser(&late);
                    return both(early, late);
                }
                None => self.answer(event, step),
            };
            turn = execution.answer(answer, self.play.host()).unwrap();
        }
    }

    /// Lets a late execution come to its end.
    fn finish(&mut self, event: &Event, execution: Execution, answer: Answer) -> Outcome {
        let mut turn = execution.answer(answer, self.play.host()).unwrap();
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => return outcome,
                Turn::Step(execution, step, _) => (execution, step),
            };
            let answer = self.answer(event, step);
            turn = execution.answer(answer, self.play.host()).unwrap();
        }
    }

    fn answer(&mut self, event: &Event, step: Step) -> Answer {
        match step.answer_in_process(Some(&self.memory), &self.environment) {
            Some(answer) => answer,
            None => match step {
                Step::Call(call) => self.play.answer(event, &call),
                _ => unreachable!("only calls are left to the host"),
            },
        }
    }

    /// What the client sees, whatever ids were drawn: type, address and data of what came back.
    pub(crate) fn end(&self) -> Vec<Value> {
        let told = |event: &Event| json!({"type": event.type_(), "to": event.to(), "data": event.data().unwrap()});
        self.returned.iter().map(told).collect()
    }
}

/// A schema that takes any object.
fn object() -> Value {
    json!({"type": "object"})
}

/// The contract of the service `name.run`.
pub(crate) fn service(name: &str) -> Contract {
    made_once(&format!("{name}.run"), |type_| {
        let contract = Contract::simple(format!("#/services/{name}"), type_);
        contract.version("1.0.0", object(), object()).build().unwrap()
    })
}

/// A workflow's contract.
pub(crate) fn flow(name: &str) -> Contract {
    made_once(name, |name| {
        let contract = Contract::orchestrator(format!("#/flows/{name}"), name);
        contract.version("1.0.0", object(), object()).build().unwrap()
    })
}

/// Thousands of worlds share their contracts: making one compiles its schemas.
fn made_once(name: &str, make: impl FnOnce(&str) -> Contract) -> Contract {
    static MADE: Mutex<BTreeMap<String, Contract>> = Mutex::new(BTreeMap::new());
    MADE.lock().unwrap().entry(name.to_owned()).or_insert_with(|| make(name)).clone()
}

/// A handler for a service.
pub(crate) fn handler(name: &str) -> Arc<Plan> {
    Plan::handler(HandlerSpec::new(&service(name), ["1.0.0"])).unwrap()
}

/// A shop's event that begins the workflow of this contract.
pub(crate) fn order_of(contract: &Contract) -> Event {
    let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null, "n": 1}));
    contract.latest().factory().init(draft).unwrap()
}

/// The late one may only lose, be ignored, or be a handler, which keeps nothing.
fn check_loser(outcome: &Outcome) {
    if let Err(violation) = outcome {
        let text = violation.to_string();
        let lost = text.contains("WRITE_MACHINE_MEMORY_FAILURE")
            || text.contains("LOCK_UNACQUIRED")
            || text.contains("not now");
        assert!(lost, "the late execution failed otherwise: {text}");
    }
}

/// What two deliveries of one event give: the events of both.
fn both(early: Option<Outcome>, late: Outcome) -> Option<Outcome> {
    Some(match (early?, late) {
        (Ok(early), Ok(late)) => Ok(early.iter().chain(late.iter()).cloned().collect()),
        (Ok(won), Err(_)) | (Err(_), Ok(won)) => Ok(won),
        (Err(violation), Err(_)) => Err(violation),
    })
}

fn failing(step: &Step) -> Answer {
    let raised = || Raised::error(Token(0), "Error", "a fault");
    match step {
        Step::Lock { .. } => Answer::Locked(Err(raised())),
        Step::Read { .. } => Answer::Read(Err(raised())),
        Step::Call(_) => Answer::Raised(Raised { violation: Some(ViolationKind::Execution), ..raised() }),
        Step::Commit(_) => Answer::Committed(Err(raised())),
        Step::Unlock { .. } => Answer::Unlocked, // a lock that can't be given back harms nobody
    }
}
