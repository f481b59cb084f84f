//! The worker of a C program: handlers and workflows at work on a store, on whatever threads are inside
//! `arvo_worker_run`. No lock is held while code of the program runs.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use arvo_core::{Answer, Event, Job, SchemaHost, ShiftSpec, Station, Store, Taken, Tally, WorkerError};

use crate::boundary::{Caught, Failure, Status};
use crate::broker::{Callback, ErrorFn};
use crate::handle::kind;
use crate::host::RaisedTable;
use crate::run::Shared;
use crate::span::Traced;
use crate::telemetry;

/// The content of an `arvo_worker`.
pub struct WorkerHandle {
    pub(crate) name: Arc<str>,
    store: Store,
    /// Taken when it begins.
    setup: Mutex<Option<Setup>>,
    begun: OnceLock<Begun>,
    stopped: AtomicBool,
}

kind!(WorkerHandle, "arvo_worker", b"worker\0\0");

/// What a worker is made of, until it begins.
pub(crate) struct Setup {
    spec: ShiftSpec,
    serves: Vec<Arc<Shared>>,
    pub(crate) on_error: Option<Arc<Callback<ErrorFn>>>,
    on_signals: bool,
}

/// A worker at its store.
struct Begun {
    station: Station,
    serves: Vec<Arc<Shared>>,
    on_error: Option<Arc<Callback<ErrorFn>>>,
    /// Threads that are inside `arvo_worker_run`.
    inside: Mutex<HashSet<ThreadId>>,
}

impl WorkerHandle {
    pub(crate) fn new(store: &Store, spec: ShiftSpec) -> Self {
        let name = Arc::clone(&spec.name);
        let setup = Setup { spec, serves: Vec::new(), on_error: None, on_signals: false };
        Self {
            name,
            store: store.clone(),
            setup: Mutex::new(Some(setup)),
            begun: OnceLock::new(),
            stopped: AtomicBool::new(false),
        }
    }

    fn setup(&self) -> MutexGuard<'_, Option<Setup>> {
        self.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what the worker is made of.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Setup) -> Result<T, Failure>) -> Result<T, Failure> {
        match self.setup().as_mut() {
            Some(setup) => change(setup),
            None => {
                let message = "the worker has begun; give it everything before its first arvo_worker_run";
                Err(Failure::new(Status::BUSY, "Busy", message))
            }
        }
    }

    pub(crate) fn serve(&self, shared: &Arc<Shared>) -> Result<(), Failure> {
        self.change(|setup| {
            let type_name = shared.plan.source();
            if setup.serves.iter().any(|other| other.plan.source() == type_name) {
                let twice = WorkerError::Twice { type_name: type_name.to_owned() };
                return Err(Failure::new(Status::TOPIC_TAKEN, "TopicTaken", twice.to_string()));
            }
            setup.serves.push(Arc::clone(shared));
            Ok(())
        })
    }

    pub(crate) fn drain_on_signals(&self) -> Result<(), Failure> {
        if let Some(setup) = self.setup().as_mut() {
            setup.on_signals = true;
            return Ok(());
        }
        self.begun.get().map_or(Ok(()), |begun| on_signals(&begun.station))
    }

    /// Only sets flags, so that a signal handler may call it.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        if let Some(begun) = self.begun.get() {
            begun.station.stop_soon();
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        self.begun.get().map_or_else(Tally::default, |begun| begun.station.tally())
    }

    pub(crate) fn run(&self) -> Result<(), Failure> {
        if self.begun.get().is_none() && self.stopped.load(Ordering::SeqCst) {
            return Ok(());
        }
        let begun = self.begin()?;
        if self.stopped.load(Ordering::SeqCst) {
            begun.station.stop_soon(); // stopped while it began
        }
        begun.run()
    }

    /// The first thread opens the station, others find it.
    fn begin(&self) -> Result<&Begun, Failure> {
        let mut setup = self.setup();
        if let Some(begun) = self.begun.get() {
            return Ok(begun);
        }
        if setup.as_ref().is_none_or(|setup| setup.serves.is_empty()) {
            return Err(Failure::argument(WorkerError::Nothing.to_string()));
        }
        let Some(Setup { mut spec, serves, on_error, on_signals: with_signals }) = setup.take() else {
            return Err(Failure::argument(WorkerError::Nothing.to_string()));
        };
        spec.plans = serves.iter().map(|shared| Arc::clone(&shared.plan)).collect();
        spec.is_measured = telemetry::is_measured();
        let station = Station::open(&self.store, spec, self.store.environment());
        let inside = Mutex::default();
        let begun = self.begun.get_or_init(|| Begun { station, serves, on_error, inside });
        if with_signals {
            on_signals(&begun.station)?;
        }
        Ok(begun)
    }
}

fn on_signals(station: &Station) -> Result<(), Failure> {
    station.drain_on_signals().map_err(|error| {
        let error = WorkerError::Signals { why: error.to_string() };
        Failure::new(Status::STORE_FAILED, "Signals", error.to_string())
    })
}

/// How long a thread waits at most before it asks again what there is.
const LONG: Duration = Duration::from_secs(60);

impl Begun {
    fn run(&self) -> Result<(), Failure> {
        let me = thread::current().id();
        if !self.inside().insert(me) {
            let message = "a callback of the worker called arvo_worker_run; the thread that made the call is at work";
            return Err(Failure::new(Status::BUSY, "Busy", message));
        }
        let ended = loop {
            self.station.measure(telemetry::is_measured());
            match self.station.take() {
                Taken::Job(job) => self.execute(job),
                Taken::Measure(measure) => telemetry::measure(&measure),
                Taken::Wait(limit) => self.station.wait(limit.unwrap_or(LONG)),
                Taken::Over(ended) => break ended,
            }
        };
        self.inside().remove(&me);
        Ok(ended?)
    }

    fn inside(&self) -> MutexGuard<'_, HashSet<ThreadId>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn execute(&self, job: Job) {
        let (number, event) = (job.number, job.event.clone());
        let lost = match catch_unwind(AssertUnwindSafe(|| self.handle(job))) {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => failure,
            Err(panic) => Failure::panic(&*panic),
        };
        let (name, message) = (lost.name.clone(), lost.message.clone());
        self.tell(lost.into(), event);
        self.station.fail(number, &name, &message);
    }

    /// Runs one execution; fails where nothing can be said of its end.
    fn handle(&self, job: Job) -> Result<(), Failure> {
        let shared = &self.serves[job.plan];
        let (mut task, table, number) = (self.station.task(&job), RaisedTable::default(), job.number);
        let traced = Traced::begin(&shared.plan, &job.event, &shared.environment, false);
        let outcome = shared.drive(&job.event, &traced, &table, |step, host| {
            task.answer(&step, |token| host.text(token)).unwrap_or(Answer::Unlocked) // a call never comes here
        })?;
        let violation = outcome.err();
        let ended = task.end(violation.as_ref());
        if let Some(violation) = violation {
            self.tell(table.caught(&violation, &job.event), job.event);
        }
        self.station.settle(number, ended);
        Ok(())
    }

    fn tell(&self, caught: Caught, event: Event) {
        if let Some(callback) = &self.on_error {
            callback.tell(caught, event);
        }
    }
}
