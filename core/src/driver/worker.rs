//! Drives a worker: takes jobs from a store and runs them side by side, in whatever runtime awaits it.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::stream::FuturesUnordered;
use futures_util::task::AtomicWaker;
use futures_util::{FutureExt, Stream};

use crate::contract::NoHost;
use crate::environment::Environment;
use crate::event::{Event, Headers};
use crate::execution::{Plan, SchemasOnly};
use crate::handler::{Failure, Handler};
use crate::orchestrator::Orchestrator;
use crate::resumable::Resumable;
use crate::store::{Ended, Job, Retry, SettingError, ShiftSpec, Station, Store, StoreError, Taken, Tally};

use super::drive::{Keeper, Kept};
use super::orchestrator::no_call;
use super::traced::{is_measured, measure};

/// What a worker serves: a handler or a workflow. A workflow's own memory is not used: its records are in the store.
#[derive(Clone, Debug)]
pub enum Serves {
    /// A handler.
    Handler(Handler),
    /// A workflow as functions.
    Resumable(Resumable),
    /// A workflow as machines.
    Orchestrator(Orchestrator),
}

impl From<Handler> for Serves {
    fn from(handler: Handler) -> Self {
        Self::Handler(handler)
    }
}

impl From<Resumable> for Serves {
    fn from(resumable: Resumable) -> Self {
        Self::Resumable(resumable)
    }
}

impl From<Orchestrator> for Serves {
    fn from(orchestrator: Orchestrator) -> Self {
        Self::Orchestrator(orchestrator)
    }
}

impl Serves {
    fn plan(&self) -> &Arc<Plan> {
        match self {
            Self::Handler(handler) => &handler.0.plan,
            Self::Resumable(resumable) => &resumable.0.plan,
            Self::Orchestrator(orchestrator) => &orchestrator.0.plan,
        }
    }
}

/// Handlers and workflows at work on a store: claims their events, runs them, commits what came of it.
///
/// User code runs at least once for an event; its record, its answers and the acknowledgement take effect exactly once.
///
/// ```
/// use arvo::{Answered, Contract, EventDraft, Handler, Output, Store, Worker};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let object = || json!({"type": "object"});
/// let contract = Contract::simple("#/services/greet", "greet.user").version("1.0.0", object(), object()).build()?;
/// let handler = Handler::builder(&contract)
///     .version("1.0.0", |_| async { Ok(Output::new("evt.greet.user.success", json!({"text": "hello"}))) })
///     .build()?;
/// let store = Store::open("sqlite::memory:")?;
/// let worker = Worker::builder(&store).serve(handler).build()?;
///
/// let event = contract.latest().factory().accepts(EventDraft::from_source("com.shop.web").subject("greeting/1").data(json!({})))?;
/// let receipt = store.publish(&event).await?;
/// let stopper = worker.clone();
/// let (answer, ended) = tokio::join!(
///     async { let answer = store.wait(receipt.seq, Some(10_000)).await; stopper.stop(); answer },
///     worker.run(),
/// );
/// assert!(matches!(answer?, Answered::By(text) if text.contains("evt.greet.user.success")));
/// ended?;
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Worker(Arc<Inner>);

struct Inner {
    station: Station,
    serves: Vec<Serves>,
    on_error: Option<OnError>,
    runs: AtomicBool,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("station", &self.station).field("serves", &self.serves).finish_non_exhaustive()
    }
}

/// What a worker is made of.
#[must_use]
pub struct WorkerBuilder {
    store: Store,
    environment: Arc<Environment>,
    serves: Vec<Serves>,
    spec: ShiftSpec,
    on_error: Option<OnError>,
    on_signals: bool,
}

type OnError = Box<dyn Fn(&WorkerFailure) + Send + Sync>;

/// An execution that failed. The store keeps the event, and says in its causes what becomes of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct WorkerFailure {
    /// What went wrong.
    pub problem: Failure,
    /// With which event.
    pub event: Event,
}

impl WorkerBuilder {
    /// Adds a handler or workflow.
    pub fn serve(mut self, serves: impl Into<Serves>) -> Self {
        self.serves.push(serves.into());
        self
    }

    /// Its name, which must be its own among the workers of the store: one that starts under the name of another takes
    /// over what that one held. Otherwise a fresh one.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.spec.name = name.into();
        self
    }

    /// How many events it holds at once, 1 to 100,000; otherwise 100.
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.spec.capacity = capacity;
        self
    }

    /// How long its claims outlive it, 30 ms to a day, in milliseconds; otherwise 30,000.
    pub fn lease(mut self, lease: i64) -> Self {
        self.spec.lease = lease;
        self
    }

    /// What becomes of failures.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.spec.retry = retry;
        self
    }

    /// Told of every execution that failed, once it is settled; for logs.
    pub fn on_error(mut self, callback: impl Fn(&WorkerFailure) + Send + Sync + 'static) -> Self {
        self.on_error = Some(Box::new(callback));
        self
    }

    /// Drains on SIGTERM and SIGINT; a second one ends the process at once.
    pub fn drain_on_signals(mut self) -> Self {
        self.on_signals = true;
        self
    }

    /// The worker; it begins to claim at once, and runs what it claimed with [`Worker::run`].
    ///
    /// # Errors
    /// [`WorkerError`].
    pub fn build(mut self) -> Result<Worker, WorkerError> {
        self.spec.plans = self.serves.iter().map(|serves| Arc::clone(serves.plan())).collect();
        WorkerError::check(&self.spec)?;
        self.spec.is_measured = is_measured();
        let station = Station::open(&self.store, self.spec, &self.environment);
        if self.on_signals {
            station.drain_on_signals().map_err(|error| WorkerError::Signals { why: error.to_string() })?;
        }
        let Self { serves, on_error, .. } = self;
        Ok(Worker(Arc::new(Inner { station, serves, on_error, runs: AtomicBool::new(false) })))
    }
}

/// Why there is no worker.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// It serves nothing.
    #[error("the worker serves nothing: give it a handler or a workflow")]
    Nothing,
    /// Two of what it serves take the same events.
    #[error("two handlers of the worker serve {type_name}; one event goes to one of them, so give it only one")]
    Twice {
        /// Their type.
        type_name: String,
    },
    /// It can't work so.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The system refuses signal handlers.
    #[error("SIGTERM can't be handled: {why}")]
    Signals {
        /// Its words.
        why: String,
    },
}

impl WorkerError {
    /// Says why there can't be such a worker, if that is so.
    ///
    /// # Errors
    /// [`WorkerError::Setting`], [`WorkerError::Nothing`] and [`WorkerError::Twice`].
    pub fn check(spec: &ShiftSpec) -> Result<(), Self> {
        let plans = &spec.plans;
        spec.check()?;
        if plans.is_empty() {
            return Err(Self::Nothing);
        }
        for (at, plan) in plans.iter().enumerate() {
            if plans[..at].iter().any(|other| other.source() == plan.source()) {
                return Err(Self::Twice { type_name: plan.source().to_owned() });
            }
        }
        Ok(())
    }
}

impl Worker {
    /// Begins a worker on a store.
    pub fn builder(store: &Store) -> WorkerBuilder {
        let environment = Arc::clone(store.environment());
        let name = format!("worker-{}-{}", std::process::id(), &environment.uuid().simple().to_string()[..8]);
        WorkerBuilder {
            store: store.clone(),
            serves: Vec::new(),
            spec: ShiftSpec::new(name, []),
            on_error: None,
            on_signals: false,
            environment,
        }
    }

    /// Runs what comes, until [`Worker::stop`]. What runs is polled here, side by side. Dropping the future leaves what
    /// runs to its lease.
    ///
    /// # Errors
    /// What ended the store; [`StoreError::Closed`] when the worker runs already, or has run.
    pub async fn run(&self) -> Result<(), StoreError> {
        if self.0.runs.swap(true, Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        let waker = Arc::new(AtomicWaker::new());
        let told = Arc::clone(&waker);
        self.0.station.listen(Some(Arc::new(move || told.wake())));
        let mut running = FuturesUnordered::new();
        let ended = std::future::poll_fn(|context| self.poll(context, &waker, &mut running)).await;
        self.0.station.listen(None);
        ended
    }

    fn poll<'a>(
        &'a self,
        context: &mut Context<'_>,
        waker: &AtomicWaker,
        running: &mut FuturesUnordered<Running<'a>>,
    ) -> Poll<Result<(), StoreError>> {
        waker.register(context.waker());
        self.0.station.measure(is_measured());
        loop {
            let taken = loop {
                match self.0.station.take() {
                    Taken::Job(job) => running.push(Box::pin(self.execute(job))),
                    Taken::Measure(depth) => measure(depth),
                    other => break other,
                }
            };
            if let Taken::Over(reason) = taken {
                return Poll::Ready(reason);
            }
            match Pin::new(&mut *running).poll_next(context) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    async fn execute(&self, job: Job) {
        const PANIC: &str = "the handler panicked; its output tells where";
        let (number, event) = (job.number, job.event.clone());
        let execution = std::panic::AssertUnwindSafe(self.end_of(job)).catch_unwind();
        let problem = match execution.await {
            Ok((ended, problem)) => {
                self.0.station.settle(number, ended);
                problem
            }
            Err(_) => {
                self.0.station.fail(number, "Panic", PANIC);
                Some(Failure::User(PANIC.into()))
            }
        };
        if let (Some(problem), Some(tell)) = (problem, &self.0.on_error) {
            let failure = WorkerFailure { problem, event };
            // Others' jobs run in this same future: a panic, which Rust has told by now, ends with the callback.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tell(&failure)));
        }
    }

    async fn end_of(&self, job: Job) -> (Ended, Option<Failure>) {
        let task = Mutex::new(self.0.station.task(&job));
        let (event, trace, kept) = (job.event, Headers::default(), &Kept::default());
        let keeper = Keeper::Task(&task);
        let outcome = match &self.0.serves[job.plan] {
            Serves::Handler(handler) => {
                let drive = handler.drive(keeper, &SchemasOnly(&NoHost), kept);
                drive.outcome(event, trace, |call, trace| handler.call(call, trace)).await
            }
            Serves::Resumable(resumable) => {
                let drive = resumable.drive(keeper, &SchemasOnly(&NoHost), kept);
                drive.outcome(event, trace, |call, trace| resumable.call(call, trace)).await
            }
            Serves::Orchestrator(orchestrator) => {
                let host = orchestrator.host(&NoHost, kept);
                orchestrator.drive(keeper, &host, kept).outcome(event, trace, no_call).await
            }
        };
        let violation = outcome.err();
        let ended = task.into_inner().unwrap_or_else(PoisonError::into_inner).end(violation.as_ref());
        (ended, violation.map(|violation| kept.failure(violation)))
    }

    /// Claims nothing more, lets end what runs; then [`Worker::run`] ends.
    pub fn stop(&self) {
        self.0.station.stop();
    }

    /// What it did so far.
    pub fn tally(&self) -> Tally {
        self.0.station.tally()
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

const _: fn(&Worker) = |worker| {
    fn is_send(_: impl Send) {}
    is_send(worker.run());
};
