//! Workers: the store's jobs, run by the functions of the face.
//!
//! Jobs are told as `J` number, which, and the event in a line of its own, with a zero byte between them; `+` alone says
//! that there is more; `M` what is to be recorded, as JSON in a line of its own, if somebody measures; `O` that the worker
//! is over, with the failure in a line of its own if there is one. An execution takes its event and its record from here
//! and leaves its record and answers here: calls of user functions alone cross.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use arvo::{
    Answer, Desk, Event, Host, Job, Outcome, Plan, ShiftSpec, Station, Step, Taken, Tally, Task, Ticket, WorkerError,
    WorkerSettings,
};
use foldhash::HashMap;
use napi::Either;
use napi::bindgen_prelude::{ClassInstance, Function};
use napi_derive::napi;
use serde_json::json;

use crate::environment;
use crate::error::Failure;
use crate::execution::DESK;
use crate::numbers::Number;
use crate::plan::NodePlan;
use crate::post::Bell;
use crate::resumable::forget;
use crate::source::{SOURCES, Source};
use crate::store::NodeStore;
use crate::text::Text;
use crate::workflow::NodeWorkflow;

/// How many jobs are told at once at most.
const TOLD: usize = 64;

/// A worker at a store.
#[napi]
pub struct NodeWorker {
    jobs: Rc<Jobs>,
    number: Number<Source>,
    /// What it had done when it ended.
    tally: Cell<Tally>,
}

/// The jobs of a worker.
pub struct Jobs {
    /// Which of this thread's workers.
    worker: u32,
    open: RefCell<Option<Open>>,
    /// Told, and not begun yet.
    told: RefCell<HashMap<u64, Job>>,
}

/// What ends with the worker: its hold on the store, and that on the face.
#[derive(Clone)]
struct Open {
    station: Station,
    bell: Arc<Bell>,
}

/// What a worker is made of, besides what it serves; times are milliseconds.
#[napi(object, object_to_js = false)]
pub struct WorkerParam {
    pub name: Option<String>,
    pub capacity: Option<f64>,
    pub lease: Option<f64>,
    pub tries: Option<f64>,
    pub first: Option<f64>,
    pub longest: Option<f64>,
}

/// A handler or a workflow.
type Serves<'a> = Either<ClassInstance<'a, NodePlan>, ClassInstance<'a, NodeWorkflow>>;

/// Begins a worker; `bell` is called when there may be something to take.
#[napi(catch_unwind)]
pub fn open_worker(
    store: &NodeStore,
    serves: Vec<Serves<'_>>,
    param: WorkerParam,
    is_measured: bool,
    bell: Function<'_, (), ()>,
) -> napi::Result<Either<NodeWorker, Text>> {
    let bell = Arc::new(Bell::new(&bell)?);
    Ok(match open(store, &serves, param, is_measured, bell) {
        Ok(worker) => Either::A(worker),
        Err(failure) => Either::B(failure.into()),
    })
}

fn open(
    store: &NodeStore,
    serves: &[Serves<'_>],
    param: WorkerParam,
    is_measured: bool,
    bell: Arc<Bell>,
) -> Result<NodeWorker, Failure> {
    let plans: Vec<Arc<Plan>> = serves
        .iter()
        .map(|serves| match serves {
            Either::A(handler) => Arc::clone(&handler.plan),
            Either::B(workflow) => Arc::clone(&workflow.flow.plan),
        })
        .collect();
    let environment = environment::current();
    let fresh = || format!("worker-{}-{}", std::process::id(), &environment.uuid().simple().to_string()[..8]);
    let mut spec = ShiftSpec::new(param.name.unwrap_or_else(fresh), plans);
    let WorkerParam { capacity, lease, tries, first, longest, .. } = param;
    let settings = WorkerSettings { capacity, lease, tries, first, longest };
    let checked = spec.set(settings).map_err(WorkerError::from).and_then(|()| WorkerError::check(&spec));
    checked.map_err(|error| Failure::new("worker", error))?;
    spec.is_measured = is_measured;
    let station = Station::open(&store.store()?, spec, &environment);
    let told = Arc::clone(&bell);
    station.listen(Some(Arc::new(move || told.ring())));
    let worker = LAST.replace(LAST.get() + 1);
    let open = RefCell::new(Some(Open { station, bell }));
    let jobs = Rc::new(Jobs { worker, open, told: RefCell::default() });
    let number = Number::of(Source::Worker(Rc::clone(&jobs)), &SOURCES);
    Ok(NodeWorker { jobs, number, tally: Cell::default() })
}

#[napi]
impl NodeWorker {
    /// Its number as a source.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number.get()
    }

    /// What to do next; nothing: to be called again.
    #[napi(catch_unwind)]
    pub fn take(&self, is_measured: bool) -> Text {
        let Some(Open { station, bell }) = self.jobs.open() else { return "O".into() };
        station.measure(is_measured);
        bell.heard();
        let mut told = String::new();
        for at in 0..=TOLD {
            if at > 0 {
                told.push('\0');
            }
            if at == TOLD {
                told.push('+');
                break;
            }
            match station.take() {
                Taken::Job(job) => {
                    told.push_str(&format!("J{},{}\n", job.number, job.plan));
                    told.push_str(&job.event.to_json());
                    self.jobs.told.borrow_mut().insert(job.number, job);
                }
                Taken::Measure(measure) => {
                    told.push_str("M\n");
                    told.push_str(&json!(measure).to_string());
                }
                Taken::Wait(_) => {
                    told.truncate(told.len() - usize::from(at > 0));
                    break;
                }
                Taken::Over(reason) => {
                    told.push('O');
                    if let Err(error) = reason {
                        told.push('\n');
                        told.push_str(&Failure::from(error).to_text());
                    }
                    break;
                }
            }
        }
        told.into()
    }

    /// A job broke outside its execution, which is given up; one that was settled already stays as it is.
    #[napi(catch_unwind)]
    pub fn fail(&self, job: f64, name: String, message: String) {
        let number = job as u64;
        self.jobs.told.borrow_mut().remove(&number);
        if let Some(ticket) = AtWork::ticket_of(self.jobs.worker, number) {
            forget(ticket);
            AtWork::of(ticket);
            DESK.with_borrow_mut(|desk| desk.close(ticket));
        }
        if let Some(Open { station, .. }) = self.jobs.open() {
            station.fail(number, &name, &message);
        }
    }

    /// Claims nothing more.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        if let Some(Open { station, .. }) = self.jobs.open() {
            station.stop();
        }
    }

    /// It is over: lets go of the store.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        if let Some(Open { station, .. }) = self.jobs.open.borrow_mut().take() {
            station.listen(None);
            self.tally.set(station.tally());
        }
    }

    /// What it did so far, as JSON.
    #[napi(catch_unwind)]
    pub fn tally(&self) -> Text {
        let tally = self.jobs.open().map_or_else(|| self.tally.get(), |open| open.station.tally());
        json!({
            "claimed": tally.claimed,
            "repeated": tally.repeated,
            "handled": tally.handled,
            "failed": tally.failed,
            "lost": tally.lost,
        })
        .into()
    }
}

impl Jobs {
    /// A copy: the host may come back in while it is used.
    fn open(&self) -> Option<Open> {
        self.open.borrow().clone()
    }

    /// The event of a job, and a ticket for its execution.
    pub fn begun(&self, job: u64) -> Result<(Event, Ticket), Failure> {
        let job = self.told.borrow_mut().remove(&job);
        let (Some(job), Some(Open { station, .. })) = (job, self.open()) else {
            return Err(Failure::new("driver", "the job was begun already"));
        };
        let ticket = DESK.with_borrow_mut(Desk::open);
        let at_work = AtWork { worker: self.worker, task: station.task(&job), station };
        at_work.put(ticket);
        Ok((job.event, ticket))
    }
}

thread_local! {
    /// The jobs whose executions are under way, by ticket.
    static AT_WORK: RefCell<HashMap<u64, AtWork>> = RefCell::default();
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// A job whose execution is under way.
pub struct AtWork {
    worker: u32,
    station: Station,
    task: Task,
}

impl AtWork {
    /// That of an execution, if a worker began it.
    pub fn of(ticket: Ticket) -> Option<Self> {
        AT_WORK.with_borrow_mut(|at_work| at_work.remove(&ticket.number()))
    }

    /// The execution of a worker's job.
    fn ticket_of(worker: u32, job: u64) -> Option<Ticket> {
        AT_WORK.with_borrow(|at_work| {
            let mut entries = at_work.iter();
            let found = entries.find(|(_, at_work)| at_work.worker == worker && at_work.task.number() == job);
            found.map(|(ticket, _)| Ticket::of(*ticket))
        })
    }

    fn put(self, ticket: Ticket) {
        AT_WORK.with_borrow_mut(|at_work| at_work.insert(ticket.number(), self));
    }

    /// The answer to a step, unless the host must give it, or no worker began the execution.
    pub fn answer(ticket: Ticket, step: &Step, host: &dyn Host) -> Option<Answer> {
        let mut at_work = Self::of(ticket)?; // taken out: the host may come back in
        let answer = at_work.task.answer(step, |token| host.text(token));
        at_work.put(ticket);
        answer
    }

    /// The execution is over: the store makes real what it came to.
    pub fn end(self, outcome: Outcome) -> String {
        let number = self.task.number();
        self.station.settle(number, self.task.end(outcome.as_ref().err()));
        outcome.map_or_else(|violation| Failure::from(violation).to_text(), |_| "P".to_owned())
    }
}
