//! The one thread of an open store: it owns the connection and runs statements, nothing else. Requests that come while
//! it commits share the next commit.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::environment::Environment;

use super::backend::{Backend, Reopen};
use super::error::StoreError;
use super::reply::{Reply, pair};
use super::sqlite::Sqlite;
use super::waiting::{Waiter, Waiting};

/// An open store. Cloning copies a pointer; it closes with its last clone.
///
/// ```
/// let store = arvo::Store::open("sqlite::memory:")?;
/// let event = arvo::EventDraft::new("com.shop.web", "com.greet.user").subject("greeting/1").to("com.greet.user")
///     .data(serde_json::json!({})).build(&arvo::Environment::system())?;
/// let receipt = store.publish(&event).wait()?;
/// assert!(receipt.fresh);
/// assert!(!store.publish(&event).wait()?.fresh, "it is there already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    sender: Mutex<Sender<Message>>,
    watchers: Arc<Mutex<Vec<Weak<dyn Watcher>>>>,
    environment: Arc<Environment>,
    process: u32,
}

/// Somebody who must know when rows came.
pub(super) trait Watcher: Send + std::marker::Sync {
    /// Rows came in the transaction that is under way: what is asked now shares its commit.
    fn coming(self: Arc<Self>);
    /// Rows came, from this process or another.
    fn changed(self: Arc<Self>);
    /// Time went by.
    fn tick(self: Arc<Self>);
}

enum Message {
    Request(Box<dyn Request>),
    Wait(Waiter),
}

/// Something to run on the connection, and somebody to tell of its outcome once that is real.
trait Request: Send {
    fn writes(&self) -> bool;
    /// Whether it went well.
    fn run(&mut self, backend: &mut dyn Backend) -> bool;
    /// Whether others must look.
    fn stirs(&self) -> bool;
    /// Tells the outcome, or that the transaction which held it failed.
    fn end(self: Box<Self>, committed: Result<(), StoreError>);
}

/// Something to read, on its way.
enum Reading<T> {
    /// Read.
    Done(T),
    /// To be read by this, on what that opens.
    Apart(Reopen, Work<T>),
}

type Work<T> = Box<dyn FnOnce(&mut dyn Backend) -> Result<T, StoreError> + Send>;

struct Asked<T, W, S, D> {
    writes: bool,
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    stirs: S,
    done: D,
}

impl<T, W, S, D> Request for Asked<T, W, S, D>
where
    T: Send,
    W: FnOnce(&mut dyn Backend) -> Result<T, StoreError> + Send,
    S: Fn(&T) -> bool + Send,
    D: FnOnce(Result<T, StoreError>) + Send,
{
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, backend: &mut dyn Backend) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = work(backend);
        let well = result.is_ok();
        self.result = Some(result);
        well
    }

    fn stirs(&self) -> bool {
        matches!(&self.result, Some(Ok(value)) if (self.stirs)(value))
    }

    fn end(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) | (Err(_), Some(result @ Err(_))) => result,
            (Ok(()), None) => Err(StoreError::Lost),
            (Err(error), _) => Err(error),
        };
        (self.done)(result);
    }
}

impl Store {
    /// Opens a store by its URL: `sqlite:PATH`, made if it is not there; `?synchronous=normal` behind it trades the
    /// last commits before a power cut for speed.
    ///
    /// # Errors
    /// [`StoreError::Url`], and whatever is wrong with the file.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, &Environment::shared())
    }

    /// The same, with the caller's own clock.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(url: &str, environment: &Arc<Environment>) -> Result<Self, StoreError> {
        Self::on(Box::new(Sqlite::open(url)?), environment)
    }

    /// As [`Store::open_with`], for a store that is there: a wrong path makes no new one.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Open`] where there is none.
    ///
    /// ```
    /// let missing = arvo::Store::open_existing("sqlite:/nowhere/shop.db", &arvo::Environment::shared());
    /// assert!(matches!(missing, Err(arvo::StoreError::Open { .. })));
    /// ```
    pub fn open_existing(url: &str, environment: &Arc<Environment>) -> Result<Self, StoreError> {
        Self::on(Box::new(Sqlite::open_existing(url)?), environment)
    }

    /// A store on a backend of the caller's own.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the system gives no thread.
    pub fn on(backend: Box<dyn Backend>, environment: &Arc<Environment>) -> Result<Self, StoreError> {
        let (sender, receiver) = channel();
        let watchers = Arc::default();
        let thread = Thread {
            backend,
            receiver,
            watchers: Arc::clone(&watchers),
            waiting: Waiting::default(),
            environment: Arc::clone(environment),
        };
        std::thread::Builder::new()
            .name("arvo-store".to_owned())
            .spawn(move || thread.run())
            .map_err(|error| StoreError::Open { path: "its thread".to_owned(), why: error.to_string() })?;
        let process = std::process::id();
        Ok(Self(Arc::new(Inner {
            sender: Mutex::new(sender),
            watchers,
            environment: Arc::clone(environment),
            process,
        })))
    }

    /// The environment that gives it the time.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.0.environment
    }

    pub(super) fn watch(&self, watcher: Weak<dyn Watcher>) {
        self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
    }

    /// Has the thread run `work` and then, once it is real, `done`. `stirs` says whether others must look.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&mut dyn Backend) -> Result<T, StoreError> + Send + 'static,
        stirs: impl Fn(&T) -> bool + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        if let Err(error) = self.check_process() {
            return done(Err(error));
        }
        self.send(Message::Request(Box::new(Asked { writes, work: Some(work), result: None, stirs, done })));
    }

    /// Asks for something that writes.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Backend, i64) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        let (promise, reply) = pair();
        let environment = Arc::clone(&self.0.environment);
        self.submit(true, move |backend| work(backend, environment.now()), |_| true, move |value| promise.give(value));
        reply
    }

    /// Asks for something that reads.
    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Backend) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        let (promise, reply) = pair();
        self.submit(false, work, |_| false, move |value| promise.give(value));
        reply
    }

    /// Asks for something that reads and may take long: on a thread and a connection of its own, if there can be another.
    /// It sees what was asked for before.
    pub(super) fn read_apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Backend) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        let (promise, reply) = pair();
        let work: Work<T> = Box::new(work);
        let begin = move |backend: &mut dyn Backend| match backend.apart() {
            Some(open) => Ok(Reading::Apart(open, work)),
            None => work(backend).map(Reading::Done),
        };
        let go_on = move |begun: Result<Reading<T>, StoreError>| match begun {
            Ok(Reading::Apart(open, work)) => {
                let read = move || promise.give(open().and_then(|mut backend| work(&mut *backend)));
                // Without a thread the promise is dropped, and whoever waits gets `Lost`.
                let _ = std::thread::Builder::new().name("arvo-reader".to_owned()).spawn(read);
            }
            Ok(Reading::Done(value)) => promise.give(Ok(value)),
            Err(error) => promise.give(Err(error)),
        };
        self.submit(false, begin, |_| false, go_on);
        reply
    }

    pub(super) fn wait_at(&self, waiter: Waiter) {
        match self.check_process() {
            Ok(()) => self.send(Message::Wait(waiter)),
            Err(error) => waiter.end(Err(error)),
        }
    }

    fn send(&self, message: Message) {
        // A thread that is gone drops the message, and with it whoever waits gets `Lost`.
        let _ = self.0.sender.lock().unwrap_or_else(PoisonError::into_inner).send(message);
    }

    fn check_process(&self) -> Result<(), StoreError> {
        if std::process::id() == self.0.process { Ok(()) } else { Err(StoreError::Forked) }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

struct Thread {
    backend: Box<dyn Backend>,
    receiver: Receiver<Message>,
    watchers: Arc<Mutex<Vec<Weak<dyn Watcher>>>>,
    waiting: Waiting,
    environment: Arc<Environment>,
}

/// Requests that share a commit at most.
const BATCH: usize = 512;
/// How often to ask whether another process wrote: as often as this after a change, less often while nothing happens.
const SOON: Duration = Duration::from_millis(2);
const LATE: Duration = Duration::from_millis(20);
/// How long nothing must happen for that.
const CALM: u32 = 100;

impl Thread {
    fn run(mut self) {
        let mut calm = 0_u32;
        loop {
            let message = match self.patience(calm) {
                Some(patience) => self.receiver.recv_timeout(patience),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(message) => {
                    calm = 0;
                    // Both are asked: a thread that is never idle must hear of other processes, too.
                    let came = self.serve(message);
                    if self.backend.changed().unwrap_or(false) || came {
                        self.stirred();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    calm = calm.saturating_add(1);
                    if self.backend.changed().unwrap_or(false) {
                        calm = 0;
                        self.stirred();
                    }
                }
            }
            self.each_watcher(Watcher::tick);
            self.waiting.look_again(&mut *self.backend, self.environment.now());
        }
    }

    /// How long to wait for a request; for ever where nobody must be woken.
    fn patience(&self, calm: u32) -> Option<Duration> {
        let watched = !self.watchers.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        (watched || !self.waiting.is_empty()).then_some(if calm < CALM { SOON } else { LATE })
    }

    /// Runs a request and whatever else has come, in one transaction; says whether rows came.
    fn serve(&mut self, first: Message) -> bool {
        let (mut batch, mut waiters) = (Vec::new(), Vec::new());
        self.collect(Some(first), &mut batch, &mut waiters);
        for waiter in waiters.drain(..) {
            self.waiting.add(waiter, &mut *self.backend, self.environment.now());
        }
        let writing = batch.iter().filter(|request| request.writes()).count();
        let committed = if writing == 0 {
            for request in &mut batch {
                request.run(&mut *self.backend);
            }
            Ok(())
        } else {
            let run = self.transaction(&mut batch, writing > 1, &mut waiters);
            if run.is_err() {
                self.backend.rollback();
            }
            run
        };
        // A commit that failed may have been real all the same: then, too, somebody must look.
        let stirs = committed.is_err() || batch.iter().any(|request| request.stirs());
        for request in batch {
            request.end(committed.clone());
        }
        for waiter in waiters {
            self.waiting.add(waiter, &mut *self.backend, self.environment.now());
        }
        stirs
    }

    /// Takes what has come, up to a batch.
    fn collect(&self, mut next: Option<Message>, batch: &mut Vec<Box<dyn Request>>, waiters: &mut Vec<Waiter>) {
        while let Some(message) = next.take() {
            match message {
                Message::Request(request) => batch.push(request),
                Message::Wait(waiter) => waiters.push(waiter),
            }
            next = if batch.len() < BATCH { self.receiver.try_recv().ok() } else { None };
        }
    }

    /// Runs a batch and commits it, together with what idle workers claim of what it stored. Who began to wait meanwhile
    /// is put off: nothing may be told that is not real yet.
    fn transaction(
        &mut self,
        batch: &mut Vec<Box<dyn Request>>,
        shared: bool,
        waiters: &mut Vec<Waiter>,
    ) -> Result<(), StoreError> {
        self.backend.begin()?;
        let mut is_open = self.run_all(batch, shared)?;
        if is_open && batch.iter().any(|request| request.stirs()) {
            self.each_watcher(Watcher::coming);
            let mut more = Vec::new();
            self.collect(self.receiver.try_recv().ok(), &mut more, waiters);
            is_open = self.run_all(&mut more, true)?;
            batch.append(&mut more);
        }
        if is_open { self.backend.commit() } else { Ok(()) }
    }

    /// Whether the transaction is still open: a single request that failed has closed it.
    fn run_all(&mut self, batch: &mut [Box<dyn Request>], shared: bool) -> Result<bool, StoreError> {
        let backend = &mut *self.backend;
        let mut is_open = true;
        for request in batch {
            if !request.writes() {
                request.run(backend);
            } else if shared {
                backend.mark()?;
                let well = request.run(backend);
                backend.unmark(well)?;
            } else if !request.run(backend) {
                backend.rollback(); // the request knows why; those that read go on
                is_open = false;
            }
        }
        Ok(is_open)
    }

    fn stirred(&mut self) {
        self.each_watcher(Watcher::changed);
        self.waiting.stirred(&mut *self.backend, self.environment.now());
    }

    fn each_watcher(&self, tell: impl Fn(Arc<dyn Watcher>)) {
        let watchers: Vec<_> = {
            let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
            watchers.retain(|watcher| watcher.strong_count() > 0);
            watchers.iter().filter_map(Weak::upgrade).collect()
        };
        watchers.into_iter().for_each(tell);
    }
}
