//! A small world in which whole workflows run step by step, so that each single answer can be failed, dropped or
//! delayed: handlers and resumables over one in-process memory and a queue, driven by hand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arvo::{
    Answer, Contract, Environment, Event, EventDraft, Execution, HandlerSpec, Headers, InMemory, NoHost, Outcome,
    Output, Plan, Raised, ResumableSpec, Resumed, Step, Token, Turn, ViolationKind,
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

/// What the services do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Story {
    /// All goes well.
    Success,
    /// A service fails, and the workflow copes with its system error.
    ServiceError,
    /// The workflow's own function fails.
    WorkflowError,
    /// The workflow's function raises a violation the first time.
    Violation,
}

pub(crate) struct World {
    environment: Arc<Environment>,
    pub(crate) memory: InMemory,
    plans: BTreeMap<String, Arc<Plan>>,
    story: Story,
    /// Steps so far, over all executions.
    pub(crate) steps: usize,
    fault: Option<(usize, Fault)>,
    /// Whether the fault has happened.
    pub(crate) hit: bool,
    violated: bool,
    /// Events that came back to the client, in order.
    pub(crate) returned: Vec<Event>,
    /// Failures told to whoever delivers.
    pub(crate) failures: Vec<String>,
}

fn object() -> Value {
    json!({"type": "object"})
}

fn parent() -> Contract {
    Contract::orchestrator("#/flows/order", "order").version("1.0.0", object(), object()).build().unwrap()
}

fn child() -> Contract {
    Contract::orchestrator("#/flows/ship", "ship").version("1.0.0", object(), object()).build().unwrap()
}

fn service(name: &str) -> Contract {
    Contract::simple(format!("#/services/{name}"), format!("{name}.run"))
        .version("1.0.0", object(), object())
        .build()
        .unwrap()
}

impl World {
    pub(crate) fn new(story: Story, fault: Option<(usize, Fault)>) -> Self {
        let mut plans = BTreeMap::new();
        for name in ["stock", "pay", "label"] {
            let contract = service(name);
            plans.insert(contract.type_().to_owned(), Plan::handler(HandlerSpec::new(&contract, ["1.0.0"])).unwrap());
        }
        let services = |list: &[Contract]| {
            list.iter().map(|contract| (contract.uri().to_owned(), contract.latest())).collect::<Vec<_>>()
        };
        let order = ResumableSpec {
            services: services(&[service("stock"), service("pay"), child()]),
            ..ResumableSpec::new(&parent(), ["1.0.0"])
        };
        plans.insert(parent().type_().to_owned(), Plan::resumable(order).unwrap());
        let ship = ResumableSpec {
            services: services(&[service("label")]),
            locking: Some(true),
            ..ResumableSpec::new(&child(), ["1.0.0"])
        };
        plans.insert(child().type_().to_owned(), Plan::resumable(ship).unwrap());
        Self {
            environment: Arc::new(Environment::system()),
            memory: InMemory::new(),
            plans,
            story,
            steps: 0,
            fault,
            hit: false,
            violated: false,
            returned: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Runs an order to its end; a failed delivery is tried again, as whoever called `execute` would.
    pub(crate) fn run(&mut self) {
        let draft = EventDraft::from_source("com.shop.web").data(json!({"parentSubject$$": null, "n": 1}));
        let mut queue = VecDeque::from([parent().latest().factory().init(draft).unwrap()]);
        let mut tries = 0;
        while let Some(event) = queue.pop_front() {
            tries += 1;
            assert!(tries < 200, "the order never ends: {:?}", self.failures);
            let to = event.to().unwrap().to_owned();
            if !self.plans.contains_key(&to) {
                self.returned.push(event);
                continue;
            }
            match self.deliver(&event) {
                Some(Ok(emitted)) => queue.extend(emitted.iter().map(|emitted| emitted.event().unwrap())),
                Some(Err(violation)) => {
                    self.failures.push(violation.to_string());
                    queue.push_front(event);
                }
                None => queue.push_front(event), // nobody is left to tell; the queue gives it again
            }
        }
    }

    /// One delivery; `None` when whoever drove it is gone.
    fn deliver(&mut self, event: &Event) -> Option<Outcome> {
        let plan = self.plans[event.to().unwrap()].clone();
        let mut turn = Execution::start(&plan, &self.environment, event.clone(), Headers::default(), &NoHost);
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
                    let late = self.finish(execution, late);
                    self.check_loser(&late);
                    return both(early, late);
                }
                None => self.answer(event, step),
            };
            turn = execution.answer(answer, &NoHost).unwrap();
        }
    }

    /// Lets a late execution come to its end.
    fn finish(&mut self, execution: Execution, answer: Answer) -> Outcome {
        let event = None::<Event>;
        let mut turn = execution.answer(answer, &NoHost).unwrap();
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => return outcome,
                Turn::Step(execution, step, _) => (execution, step),
            };
            let consumed = match (&step, &event) {
                (Step::Call(call), _) => call.event.clone(),
                (Step::Commit(commit), _) => commit.consumed.clone(),
                (_, Some(event)) => event.clone(),
                (step, None) => {
                    let answer = step.answer_in_process(Some(&self.memory), &self.environment).unwrap();
                    turn = execution.answer(answer, &NoHost).unwrap();
                    continue;
                }
            };
            let answer = self.answer(&consumed, step);
            turn = execution.answer(answer, &NoHost).unwrap();
        }
    }

    /// The late one may only lose, be ignored, or be a handler, which keeps nothing.
    fn check_loser(&self, outcome: &Outcome) {
        if let Err(violation) = outcome {
            let text = violation.to_string();
            let lost = text.contains("WRITE_MACHINE_MEMORY_FAILURE")
                || text.contains("LOCK_UNACQUIRED")
                || text.contains("not now");
            assert!(lost, "the late execution failed otherwise: {text}");
        }
    }

    fn answer(&mut self, event: &Event, step: Step) -> Answer {
        match step.answer_in_process(Some(&self.memory), &self.environment) {
            Some(answer) => answer,
            None => match step {
                Step::Call(call) if call.workflow.is_none() => self.serve(event),
                Step::Call(call) => self.resume(event, &call),
                _ => unreachable!("only calls are left to the host"),
            },
        }
    }

    fn serve(&self, event: &Event) -> Answer {
        if self.story == Story::ServiceError && event.type_() == "com.pay.run" {
            return Answer::Raised(Raised::error(Token(0), "Error", "no money"));
        }
        let answer = event.type_().replacen("com.", "evt.", 1) + ".success";
        Answer::Returned(vec![Output::new(answer, json!({"of": event.type_()}))])
    }

    fn resume(&mut self, event: &Event, call: &arvo::Call) -> Answer {
        // Like any user's code here, it may run twice for one event: it gives the same then.
        let first = match call.workflow.as_ref().and_then(|workflow| workflow.context.as_ref()) {
            Some(arvo::Data::Value(value)) => value["first"].clone(),
            Some(arvo::Data::Text(text)) => serde_json::from_str::<Value>(text).unwrap()["first"].clone(),
            _ => event.type_().into(),
        };
        let next = Resumed::default().context(json!({"first": first}));
        let call_of = |type_: &str| Output::new(type_, json!({}));
        Answer::Resumed(match event.type_() {
            "arvo.orc.order" => next.service(call_of("com.stock.run")),
            "evt.stock.run.success" if self.story == Story::Violation && !self.violated => {
                self.violated = true;
                let raised = Raised::error(Token(0), "ViolationError<Busy>", "ViolationError<Busy> not now");
                return Answer::Raised(Raised { violation: Some(ViolationKind::Custom), ..raised });
            }
            "evt.stock.run.success" => next.service(call_of("com.pay.run")),
            "evt.pay.run.success" => {
                next.service(Output::new("arvo.orc.ship", json!({"parentSubject$$": event.subject()})))
            }
            "sys.com.pay.run.error" => next.output(json!({"paid": false, "first": first})),
            "arvo.orc.ship" if self.story == Story::WorkflowError => {
                return Answer::Raised(Raised::error(Token(0), "Error", "no ship"));
            }
            "arvo.orc.ship" => next.service(call_of("com.label.run")),
            "evt.label.run.success" => next.output(json!({"label": "L", "first": first})),
            "arvo.orc.ship.done" => next.output(json!({"shipped": event.data().unwrap(), "first": first})),
            "sys.arvo.orc.ship.error" => next.output(json!({"shipped": null, "first": first})),
            other => panic!("nobody sends {other} to a workflow"),
        })
    }

    /// What the client sees, whatever ids were drawn: type, address and data of what came back.
    pub(crate) fn end(&self) -> Vec<Value> {
        let told = |event: &Event| json!({"type": event.type_(), "to": event.to(), "data": event.data().unwrap()});
        self.returned.iter().map(told).collect()
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
