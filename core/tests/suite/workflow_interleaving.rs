//! Two executions of one workflow at the same time, interleaved at every pair of steps: no update is lost, and the
//! loser is told.

use std::sync::Arc;

use arvo::{
    Answer, Data, Environment, Event, EventDraft, Execution, Headers, InMemory, Machine, MachineSpec, NoHost,
    OrchestratorSpec, Outcome, Output, Plan, ResumableSpec, Resumed, Step, TransactionCause, Turn, Violation,
};
use serde_json::{Value, json};

use crate::world::{flow, order_of, service};

/// What kind of workflow it is; both send two calls at the beginning, then note each answer.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Resumable,
    Machine,
}

impl Kind {
    fn plan(self, locking: bool) -> Arc<Plan> {
        match self {
            Self::Resumable => Plan::resumable(ResumableSpec {
                services: vec![("one".to_owned(), service("one").latest())],
                locking: Some(locking),
                ..ResumableSpec::new(&flow("both"), ["1.0.0"])
            }),
            Self::Machine => {
                Plan::orchestrator(OrchestratorSpec { locking: Some(locking), ..OrchestratorSpec::new([machine()]) })
            }
        }
        .unwrap()
    }
}

fn machine() -> Machine {
    let region = |number: u32| {
        let note = json!({"assign": {"seen": {"$": "context.seen + [event.data.number]"}}});
        let guard = json!({"$": format!("event.data.number == {number}")});
        json!({
            "initial": "asking",
            "states": {
                "asking": {
                    "entry": {"emit": {"type": "com.one.run", "data": {}}},
                    "on": {"evt.one.run.success": {"guard": guard, "actions": note, "target": "over"}},
                },
                "over": {"type": "final"},
            },
        })
    };
    let definition = json!({
        "id": "both", "context": {"seen": []}, "type": "parallel", "output": {"$": "context"},
        "states": {"zero": region(0), "one": region(1)},
    });
    let spec = MachineSpec::new(&flow("both").latest(), definition).service("one", &service("one").latest());
    Machine::compile(spec).unwrap()
}

struct Scene {
    kind: Kind,
    plan: Arc<Plan>,
    environment: Arc<Environment>,
    memory: InMemory,
    /// The answers of the two calls that the workflow waits for.
    answers: [Event; 2],
}

impl Scene {
    fn new(kind: Kind, locking: bool) -> Self {
        let plan = kind.plan(locking);
        let environment = Arc::new(Environment::system());
        let memory = InMemory::new();
        let mut begun = Running::begin(&plan, &environment, &order_of(&flow("both")));
        while begun.step(&memory, &environment) {}
        let calls = begun.outcome().unwrap();
        let answer = |number: usize| {
            let call = calls[number].event().unwrap();
            let draft = EventDraft::new("com.one.run", "evt.one.run.success")
                .subject(call.subject())
                .to("arvo.orc.both")
                .parentid(call.id())
                .data(json!({"number": number}));
            service("one").latest().factory().emits(draft).unwrap()
        };
        Self { kind, plan, answers: [answer(0), answer(1)], environment, memory }
    }

    fn begin(&self, number: usize) -> Running {
        Running::begin(&self.plan, &self.environment, &self.answers[number])
    }

    /// Which answers the workflow's own state has seen.
    fn seen(&self) -> Vec<u64> {
        let record = self.memory.read(self.answers[0].subject()).unwrap().unwrap().record;
        let record: Value = serde_json::from_str(record.text()).unwrap();
        let context = match self.kind {
            Kind::Resumable => &record["state$$"],
            Kind::Machine => &record["state"]["context"],
        };
        let mut seen: Vec<u64> = serde_json::from_value(context["seen"].clone()).unwrap();
        seen.sort_unstable();
        if let Kind::Resumable = self.kind {
            assert_eq!(collected(&record), seen, "state and responses tell the same");
        }
        seen
    }
}

/// Which answers the record of a resumable has collected.
fn collected(record: &Value) -> Vec<u64> {
    let responses = record["events"]["expected"].as_object().unwrap().values();
    let responses = responses.flat_map(|list| list.as_array().unwrap());
    responses.map(|event| event["data"]["number"].as_u64().unwrap()).collect()
}

/// An execution that goes on one step at a time.
struct Running(Option<Turn>);

impl Running {
    fn begin(plan: &Arc<Plan>, environment: &Arc<Environment>, event: &Event) -> Self {
        Self(Some(Execution::start(plan, environment, event.clone(), Headers::default(), &NoHost)))
    }

    /// Answers the next step; `false` when it is over.
    fn step(&mut self, memory: &InMemory, environment: &Environment) -> bool {
        match self.0.take().unwrap() {
            done @ Turn::Done(..) => {
                self.0 = Some(done);
                false
            }
            Turn::Step(execution, step, _) => {
                let answer = step.answer_in_process(Some(memory), environment).unwrap_or_else(|| call(&step));
                self.0 = Some(execution.answer(answer, &NoHost).unwrap());
                true
            }
        }
    }

    fn outcome(self) -> Outcome {
        match self.0 {
            Some(Turn::Done(outcome, _)) => outcome,
            _ => panic!("it is not over"),
        }
    }
}

/// Sends two calls at the beginning, then notes each answer in its state.
fn call(step: &Step) -> Answer {
    let Step::Call(call) = step else { panic!("only calls are left to the host") };
    let workflow = call.workflow.as_ref().unwrap();
    if workflow.is_init {
        let one = || Output::new("com.one.run", json!({}));
        return Answer::Resumed(Resumed::default().context(json!({"seen": []})).service(one()).service(one()));
    }
    let mut state: Value = match workflow.context.as_ref().unwrap() {
        Data::Text(text) => serde_json::from_str(text).unwrap(),
        Data::Value(value) => (**value).clone(),
        Data::Host(_) => panic!("no host"),
    };
    let number = call.event.data().unwrap()["number"].clone();
    state["seen"].as_array_mut().unwrap().push(number);
    Answer::Resumed(Resumed::default().context(state))
}

/// All orders of `ones` steps of one execution and `twos` of the other.
fn orders(ones: usize, twos: usize) -> Vec<Vec<usize>> {
    if ones == 0 && twos == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (left, next, rest) in [(ones, 0, (ones.wrapping_sub(1), twos)), (twos, 1, (ones, twos.wrapping_sub(1)))] {
        if left > 0 {
            all.extend(orders(rest.0, rest.1).into_iter().map(|order| [vec![next], order].concat()));
        }
    }
    all
}

fn run(kind: Kind, locking: bool, steps: usize) -> (usize, usize) {
    let (mut lost, mut denied) = (0, 0);
    for order in orders(steps, steps) {
        let scene = Scene::new(kind, locking);
        let mut running = [scene.begin(0), scene.begin(1)];
        for next in &order {
            running[*next].step(&scene.memory, &scene.environment);
        }
        for (number, mut running) in running.into_iter().enumerate() {
            while running.step(&scene.memory, &scene.environment) {}
            if let Err(violation) = running.outcome() {
                match violation {
                    Violation::Transaction { cause: TransactionCause::Write, .. } => lost += 1,
                    Violation::Transaction { cause: TransactionCause::LockUnacquired, .. } => denied += 1,
                    other => panic!("{order:?}: {other}"),
                }
                let mut again = scene.begin(number);
                while again.step(&scene.memory, &scene.environment) {}
                again.outcome().unwrap();
            }
        }
        assert_eq!(scene.seen(), [0, 1], "order {order:?}");
    }
    (lost, denied)
}

#[test]
fn without_a_lock_the_later_writer_loses_and_loses_nothing() {
    // A resumable reads, calls, commits; a machine has no step between.
    for (kind, steps) in [(Kind::Resumable, 3), (Kind::Machine, 2)] {
        let (lost, denied) = run(kind, false, steps);
        assert!(lost > 0 && denied == 0, "{kind:?}: {lost} lost, {denied} denied");
    }
}

#[test]
fn with_a_lock_the_later_one_is_turned_away_at_once() {
    // The same after a lock and before an unlock.
    for (kind, steps) in [(Kind::Resumable, 5), (Kind::Machine, 4)] {
        let (lost, denied) = run(kind, true, steps);
        assert!(lost == 0 && denied > 0, "{kind:?}: {lost} lost, {denied} denied");
    }
}

#[test]
fn a_dropped_execution_gives_its_lock_back() {
    for kind in [Kind::Resumable, Kind::Machine] {
        let scene = Scene::new(kind, true);
        let mut running = scene.begin(0);
        running.step(&scene.memory, &scene.environment); // the lock
        let mut denied = scene.begin(1);
        while denied.step(&scene.memory, &scene.environment) {}
        assert!(denied.outcome().is_err());
        drop(running);
        let mut again = scene.begin(1);
        while again.step(&scene.memory, &scene.environment) {}
        again.outcome().unwrap();
    }
}
