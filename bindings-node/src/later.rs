//! A reply of the store's, taken on the store's thread as soon as it is there: nobody waits.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use arvo::{Reply, StoreError};

/// Calls `then` with the reply: now where it is there already, else on the thread that gives it.
pub fn later<T, F>(reply: Reply<T>, then: F)
where
    T: Send + 'static,
    F: FnOnce(Result<T, StoreError>) + Send + 'static,
{
    Arc::new(Later(Mutex::new(Some((reply, then))))).look();
}

/// Waker and holder of its own reply. That ends with the reply: a promise of the store's gives in any case.
struct Later<T, F>(Mutex<Option<(Reply<T>, F)>>);

impl<T, F> Later<T, F>
where
    T: Send + 'static,
    F: FnOnce(Result<T, StoreError>) + Send + 'static,
{
    fn look(self: Arc<Self>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((mut reply, then)) = held.take() else { return };
        let waker = Waker::from(Arc::clone(&self));
        match Pin::new(&mut reply).poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => *held = Some((reply, then)),
            Poll::Ready(value) => {
                drop(held);
                then(value);
            }
        }
    }
}

impl<T, F> Wake for Later<T, F>
where
    T: Send + 'static,
    F: FnOnce(Result<T, StoreError>) + Send + 'static,
{
    fn wake(self: Arc<Self>) {
        self.look();
    }
}
