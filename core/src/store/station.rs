//! Where a shift meets its store: requests go to the store's thread, replies come back from it, and whoever runs the
//! user's functions takes jobs here. The same for every language.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::environment::Environment;
use crate::execution::Plan;
use crate::telemetry::Measure;

use super::duty::{Ask, Duty, Job, Replied, ShiftSpec, Tally};
use super::error::StoreError;
use super::retry::Verdict;
use super::shift::Shift;
use super::task::{Ended, Task};
use super::thread::{Store, Watcher};

/// A worker's place at a store. Cloning copies a pointer.
#[derive(Clone)]
pub struct Station(Arc<Inner>);

struct Inner {
    store: Store,
    environment: Arc<Environment>,
    state: Mutex<State>,
    changed: Condvar,
    /// Set by a signal, seen at the next tick.
    signalled: Arc<AtomicBool>,
    /// Set by [`Station::stop_soon`], likewise.
    asked_to_stop: AtomicBool,
}

struct State {
    shift: Shift,
    /// Told whenever there may be something to take.
    listener: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// What a worker does next.
#[derive(Debug)]
pub enum Taken {
    /// Run it, on this thread or another, and give its end to [`Station::settle`].
    Job(Job),
    /// Tell whoever measures: it is how many events wait. Given after [`Station::measure`] only.
    Measure(Measure),
    /// Nothing for so long at most, `None`: for as long as it takes. [`Station::wait`] waits; the listener is told.
    Wait(Option<Duration>),
    /// It is over, after [`Station::stop`] or for this reason.
    Over(Result<(), StoreError>),
}

impl Station {
    /// Begins a shift at a store.
    pub fn open(store: &Store, spec: ShiftSpec, environment: &Arc<Environment>) -> Self {
        let state = State { shift: Shift::new(spec, environment), listener: None };
        let inner = Arc::new(Inner {
            store: store.clone(),
            environment: Arc::clone(environment),
            state: Mutex::new(state),
            changed: Condvar::new(),
            signalled: Arc::default(),
            asked_to_stop: AtomicBool::new(false),
        });
        let watcher: Weak<dyn Watcher> = Arc::downgrade(&inner) as Weak<dyn Watcher>;
        store.watch(watcher);
        Self(inner)
    }

    /// What to do next; never waits.
    pub fn take(&self) -> Taken {
        self.0.heed();
        self.0.pump();
        match self.0.state().shift.next() {
            Duty::Run(job) => Taken::Job(job),
            Duty::Measure(depth) => Taken::Measure(depth.measure()),
            Duty::Over(reason) => Taken::Over(reason),
            Duty::Wait(until) => {
                let left = until.map(|until| until.saturating_sub(self.0.environment.now()).max(1));
                Taken::Wait(left.map(|left| Duration::from_millis(left.unsigned_abs())))
            }
        }
    }

    /// Waits on this thread until there is something to take, at most so long. Several threads may wait: who comes too
    /// late for what there was waits again.
    pub fn wait(&self, limit: Duration) {
        let state = self.0.state();
        drop(self.0.changed.wait_timeout_while(state, limit, |state| !state.shift.is_ready()));
    }

    /// Says whether somebody measures now: only then is what waits counted, as [`Shift::measure`] tells, and given to
    /// whoever takes.
    pub fn measure(&self, is_on: bool) {
        self.0.state().shift.measure(is_on);
    }

    /// Has somebody told whenever there may be something to take: from the store's thread, who must not wait there.
    pub fn listen(&self, listener: Option<Arc<dyn Fn() + Send + Sync>>) {
        self.0.state().listener = listener;
    }

    /// Ends a job.
    pub fn settle(&self, number: u64, ended: Ended) {
        {
            let mut state = self.0.state();
            match ended {
                Ended::Done { record, emitted } => state.shift.done(number, record, emitted),
                Ended::Failed { verdict, name, message } => {
                    state.shift.failed(number, verdict, &name, &message, self.0.environment.now());
                }
            }
        }
        self.0.pump();
    }

    /// Ends a job that broke outside its execution: the event is tried again later.
    pub fn fail(&self, number: u64, name: &str, message: &str) {
        self.settle(number, Ended::Failed { verdict: Verdict::Later, name: name.into(), message: message.into() });
    }

    /// The task of a job.
    pub fn task(&self, job: &Job) -> Task {
        Task::of(job, &self.0.environment)
    }

    /// The plan of a job.
    pub fn plan(&self, job: &Job) -> Option<Arc<Plan>> {
        self.0.state().shift.plan(job.plan).cloned()
    }

    /// The environment that its executions run in.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.0.environment
    }

    /// Claims nothing more, gives back what does not run yet; [`Taken::Over`] comes once all that runs is settled.
    pub fn stop(&self) {
        self.0.state().shift.drain(self.0.environment.now());
        self.0.pump();
        self.0.announce();
    }

    /// The same, when somebody next takes a job or the store's thread looks, some milliseconds later. It takes no lock and
    /// no memory, so that a signal handler may call it.
    pub fn stop_soon(&self) {
        self.0.asked_to_stop.store(true, Ordering::Relaxed);
    }

    /// Stops on SIGTERM and SIGINT; a second one ends the process at once.
    ///
    /// # Errors
    /// The system's, when it refuses signal handlers.
    pub fn drain_on_signals(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        for signal in [SIGTERM, SIGINT] {
            // In this order: the second signal finds the flag that the first one set.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.0.signalled))?;
            signal_hook::flag::register(signal, Arc::clone(&self.0.signalled))?;
        }
        Ok(())
    }

    /// What it did so far.
    pub fn tally(&self) -> Tally {
        self.0.state().shift.tally()
    }
}

impl fmt::Debug for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Station").field("tally", &self.tally()).finish_non_exhaustive()
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops where a signal, or [`Station::stop_soon`], asked for it.
    fn heed(self: &Arc<Self>) {
        let asked = self.signalled.load(Ordering::Relaxed) || self.asked_to_stop.load(Ordering::Relaxed);
        if asked && !self.state().shift.is_draining() {
            Station(Arc::clone(self)).stop();
        }
    }

    /// Asks the store whatever there is to ask.
    fn pump(self: &Arc<Self>) {
        let mut state = self.state();
        let Some(ask) = state.shift.ask(self.environment.now()) else { return };
        let (spec, served) = (state.shift.spec(), Arc::clone(state.shift.served()));
        let (name, retry, environment) = (spec.name.clone(), spec.retry, Arc::clone(&self.environment));
        drop(state);
        let writes = !matches!(ask, Ask::Outlook);
        let work = move |backend: &mut dyn super::Backend| {
            let now = environment.now();
            match ask {
                Ask::Register(until) => backend.register(&name, until, &retry, now).map(Replied::Registered),
                Ask::Outlook => backend.outlook(&served, now).map(Replied::Outlook),
                Ask::Exchange(exchange) => backend.exchange(&exchange, now).map(Replied::Exchanged),
                Ask::Leave(worker) => backend.leave(worker, &retry, now).map(|()| Replied::Left),
            }
        };
        let stirs = |reply: &Replied| match reply {
            Replied::Exchanged(exchanged) => exchanged.produced,
            Replied::Registered(_) | Replied::Left => true,
            Replied::Outlook(_) => false,
        };
        // The request lasts beyond the station only where its worker ends in mid-work.
        let station = Arc::downgrade(self);
        let done = move |reply| {
            if let Some(station) = station.upgrade() {
                let now = station.environment.now();
                station.state().shift.replied(reply, now);
                station.pump();
                station.announce();
            }
        };
        self.store.submit(writes, work, stirs, done);
    }

    fn announce(&self) {
        let listener = self.state().listener.clone();
        self.changed.notify_all();
        if let Some(listener) = listener {
            listener();
        }
    }
}

impl Watcher for Inner {
    fn coming(self: Arc<Self>) {
        if self.state().shift.claim_if_idle() {
            self.pump();
        }
    }

    fn changed(self: Arc<Self>) {
        self.state().shift.wake();
        self.pump();
    }

    fn tick(self: Arc<Self>) {
        self.heed();
        self.pump();
    }
}
