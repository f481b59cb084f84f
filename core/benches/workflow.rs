//! A workflow's steps in memory: the beginning, a service's answer, the end; and a whole workflow of six events.

#![allow(clippy::unwrap_used)] // a bench may stop

mod sums;

use std::sync::Arc;

use arvo::{
    Answer, Broker, Environment, Event, EventDraft, Execution, Handler, Headers, InMemory, Input, NoHost, Output, Plan,
    Resumable, ResumableInput, ResumableSpec, Resumed, Step, Turn, VersionedContract,
};
use divan::Bencher;
use serde_json::{Value, json};

use sums::{flow, service};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

struct Scene {
    plan: Arc<Plan>,
    environment: Arc<Environment>,
    memory: InMemory,
}

impl Scene {
    fn new() -> Self {
        let spec = ResumableSpec {
            services: vec![("add".to_owned(), service().latest())],
            ..ResumableSpec::new(&flow(), ["1.0.0"])
        };
        Self {
            plan: Plan::resumable(spec).unwrap(),
            environment: Arc::new(Environment::system()),
            memory: InMemory::new(),
        }
    }

    fn run(&self, event: Event, resumed: impl Fn() -> Resumed) -> Vec<Event> {
        let mut turn = Execution::start(&self.plan, &self.environment, event, Headers::default(), &NoHost);
        loop {
            let (execution, step) = match turn {
                Turn::Done(outcome, _) => {
                    return outcome.unwrap().iter().map(|emitted| emitted.event().unwrap()).collect();
                }
                Turn::Step(execution, step, _) => (execution, step),
            };
            let answer = match &step {
                Step::Call(_) => Answer::Resumed(resumed()),
                step => step.answer_in_process(Some(&self.memory), &self.environment).unwrap(),
            };
            turn = execution.answer(answer, &NoHost).unwrap();
        }
    }

    fn begin(&self) -> Vec<Event> {
        self.run(init(&flow().latest()), call)
    }
}

fn call() -> Resumed {
    Resumed::default().context(json!({"tries": 1})).service(Output::new("com.calc.add", json!({"a": 1, "b": 2})))
}

fn init(flow: &VersionedContract) -> Event {
    let draft = EventDraft::from_source("com.bench.client").data(json!({"parentSubject$$": null, "n": 1}));
    flow.factory().init(draft).unwrap()
}

fn reply(call: &Event) -> Event {
    let draft = EventDraft::new("com.calc.add", "evt.calc.add.success")
        .subject(call.subject())
        .to("arvo.orc.sum")
        .parentid(call.id())
        .data(json!({"sum": 3}));
    service().latest().factory().emits(draft).unwrap()
}

#[divan::bench(sample_size = 100)]
fn begin(bencher: Bencher<'_, '_>) {
    let scene = Scene::new();
    let flow = flow().latest();
    bencher.with_inputs(|| init(&flow)).bench_values(|event| scene.run(event, call));
}

#[divan::bench(sample_size = 100)]
fn go_on(bencher: Bencher<'_, '_>) {
    let scene = Scene::new();
    let flow = flow().latest();
    bencher.with_inputs(|| reply(&scene.run(init(&flow), call)[0])).bench_values(|event| scene.run(event, call));
}

#[divan::bench(sample_size = 100)]
fn end(bencher: Bencher<'_, '_>) {
    let scene = Scene::new();
    bencher
        .with_inputs(|| reply(&scene.begin()[0]))
        .bench_values(|event| scene.run(event, || Resumed::default().output(json!({"total": 3}))));
}

/// Six events: the beginning, two calls with their answers, the end; through the broker, one after the other.
#[divan::bench(sample_size = 100)]
fn whole_workflow_of_six_events(bencher: Bencher<'_, '_>) {
    let add = Handler::builder(&service())
        .version("1.0.0", |_: Input| async { Ok(Output::new("evt.calc.add.success", json!({"sum": 3}))) })
        .build()
        .unwrap();
    let sum = Resumable::builder(&flow())
        .service("add", &service().latest())
        .version("1.0.0", |input: ResumableInput| async move {
            Ok(match (input.service().is_some(), input.context::<Value>()?) {
                (false, _) => call(),
                (true, Some(state)) if state["tries"] == 1 => call().context(json!({"tries": 2})),
                _ => Resumed::default().output(json!({"total": 3})),
            })
        })
        .build()
        .unwrap();
    let broker = Broker::builder().handler(&add).resumable(&sum).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let flow = flow().latest();
    bencher.with_inputs(|| init(&flow)).bench_local_values(|event| {
        let answer = runtime.block_on(broker.resolve(event)).unwrap();
        broker.clear_history();
        answer.unwrap()
    });
}
