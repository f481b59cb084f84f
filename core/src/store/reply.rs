//! A value that comes later: awaited by whoever has a runtime, waited for by whoever has a thread.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::error::StoreError;

/// What a store was asked for. A future, and for callers without a runtime something to wait for.
///
/// ```
/// let store = arvo::Store::open("sqlite::memory:")?;
/// assert_eq!(store.domains().wait()?, Vec::<String>::new());
/// # Ok::<(), arvo::StoreError>(())
/// ```
#[derive(Debug)]
#[must_use = "the request is made, but its outcome is not known"]
pub struct Reply<T>(Arc<Slot<T>>);

/// The other end: gives the value once; dropped without one, the reply is [`StoreError::Lost`].
#[derive(Debug)]
pub(super) struct Promise<T>(Arc<Slot<T>>);

#[derive(Debug)]
struct Slot<T> {
    state: Mutex<State<T>>,
    came: Condvar,
}

#[derive(Debug)]
struct State<T> {
    value: Option<Result<T, StoreError>>,
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, value: Result<T, StoreError>) {
        let mut state = self.state();
        if state.value.is_none() {
            state.value = Some(value);
        }
        let waker = state.waker.take();
        drop(state);
        self.came.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub(super) fn pair<T>() -> (Promise<T>, Reply<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State { value: None, waker: None }), came: Condvar::new() });
    (Promise(Arc::clone(&slot)), Reply(slot))
}

impl<T> Promise<T> {
    pub(super) fn give(self, value: Result<T, StoreError>) {
        self.0.give(value);
    }

    /// Whether somebody still has the reply.
    pub(super) fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.0.give(Err(StoreError::Lost)); // changes nothing where the value was given
    }
}

impl<T> Reply<T> {
    pub(super) fn now(value: Result<T, StoreError>) -> Self {
        let (promise, reply) = pair();
        promise.give(value);
        reply
    }

    /// Waits for it on this thread.
    ///
    /// # Errors
    /// What the store refused it with.
    pub fn wait(self) -> Result<T, StoreError> {
        let mut state = self.0.state();
        loop {
            match state.value.take() {
                Some(value) => return value,
                None => state = self.0.came.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Waits for it on this thread, at most so long; afterwards it can be waited for again.
    pub fn wait_for(&self, limit: Duration) -> Option<Result<T, StoreError>> {
        let state = self.0.state();
        let waited = self.0.came.wait_timeout_while(state, limit, |state| state.value.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.value.take()
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
