//! Drives a broker: whoever waits for it lets everything run, whosever it is, so that many can wait at once and
//! none leaves another's work behind.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::broker::{Broker, BrokerError, BrokerFailure, Done, Errand, Inner, Problem, Pump, Receiver, State, Work};
use crate::event::Event;
use crate::handler::Failure;
use crate::sync::{MutexGuard, TryLockError};

use super::traced::queue_depth;

impl Broker {
    /// Publishes an event, lets the broker run until nothing is left of that conversation, and gives the last event
    /// that came back to the event's source, or none. May be called many times at once, for one source too.
    ///
    /// There is no time limit here: use the runtime's own. Dropping the future gives up the answer; what was begun
    /// goes on with the next call of this or of [`Broker::run`].
    ///
    /// # Errors
    /// [`BrokerError::SourceTaken`], [`BrokerError::NoAddress`], [`BrokerError::Full`].
    pub async fn resolve(&self, event: Event) -> Result<Option<Event>, BrokerError> {
        let errand = {
            let mut state = self.0.state();
            let errand = state.dispatcher.resolve(event)?;
            state.wake();
            errand
        };
        let _waiting = Waiting { broker: &self.0, errand: Some(errand) };
        let answer = poll_fn(|context| self.0.poll(context, |state| state.resolved.remove(&errand.0))).await;
        Ok(answer)
    }

    /// Lets the broker run until nothing is queued and nothing runs.
    pub async fn run(&self) {
        let _waiting = Waiting { broker: &self.0, errand: None };
        poll_fn(|context| self.0.poll(context, |state| state.dispatcher.is_quiet().then_some(()))).await;
    }
}

/// Someone who waits, perhaps for the end of a conversation, and lets everything run meanwhile.
struct Waiting<'a> {
    broker: &'a Inner,
    errand: Option<Errand>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.broker.state();
        if let Some(errand) = self.errand {
            state.dispatcher.forget(errand);
            state.resolved.remove(&errand.0);
        }
        state.wake(); // somebody else must look after what runs
    }
}

impl Inner {
    /// Lets run what can, until `over` says so.
    fn poll<T>(&self, context: &mut Context<'_>, over: impl Fn(&mut State) -> Option<T>) -> Poll<T> {
        let mut pump = match self.try_pump() {
            Some(pump) => pump,
            None => {
                // Somebody else lets it run, perhaps the very future that waits here: it wakes us.
                let mut state = self.state();
                if let Some(result) = over(&mut state) {
                    return Poll::Ready(result);
                }
                state.waiters.push(context.waker().clone());
                drop(state);
                // Unless it has left since, and had nobody to wake then.
                let Some(pump) = self.try_pump() else { return Poll::Pending };
                pump
            }
        };
        loop {
            self.begin_all(&mut pump);
            if let Some(result) = over(&mut self.state()) {
                return Poll::Ready(result);
            }
            match Pin::new(&mut *pump).poll_next(context) {
                Poll::Ready(Some(done)) => self.finish(done),
                Poll::Ready(None) | Poll::Pending => {
                    let mut state = self.state();
                    state.waiters.push(context.waker().clone());
                    if state.dispatcher.has_work() {
                        continue; // published meanwhile
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// What runs, unless somebody polls it now.
    fn try_pump(&self) -> Option<MutexGuard<'_, Pump>> {
        match self.pump.try_lock() {
            Ok(pump) => Some(pump),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Begins whatever the dispatcher hands out.
    fn begin_all(&self, pump: &mut Pump) {
        queue_depth(|| self.state().dispatcher.queued());
        loop {
            let work = self.state().dispatcher.next();
            match work {
                None => return,
                Some(Work::Deliver { delivery, subscriber, event, .. }) => match self.receivers.get(&subscriber.0) {
                    Some(receiver) => {
                        let receiver = receiver.clone();
                        pump.push(Box::pin(async move {
                            Done { delivery, outcome: receiver.execute(event).await.map_err(Problem::Execution) }
                        }));
                    }
                    None => drop(self.state().dispatcher.fail(delivery)),
                },
                Some(Work::Domained { delivery, event, errand }) => match &self.on_domained {
                    Some(callback) => {
                        let answer = callback(event, errand);
                        pump.push(Box::pin(async move {
                            let outcome = answer.await.map(|()| Vec::new()).map_err(Problem::Callback);
                            Done { delivery, outcome }
                        }));
                    }
                    None => drop(self.state().dispatcher.fail(delivery)),
                },
                Some(Work::Failed { error, event }) => self.tell(Problem::Broker(error), event),
                Some(Work::Resolved { errand, answer }) => {
                    let mut state = self.state();
                    state.resolved.insert(errand.0, answer);
                    state.wake();
                }
            }
        }
    }

    fn finish(&self, done: Done) {
        let Done { delivery, outcome } = done;
        match outcome {
            Ok(events) => self.state().dispatcher.answer(delivery, events),
            Err(problem) => {
                let event = self.state().dispatcher.fail(delivery);
                if let Some(event) = event {
                    self.tell(problem, event);
                }
            }
        }
        self.state().wake();
    }

    fn tell(&self, problem: Problem, event: Event) {
        if let Some(callback) = &self.on_error {
            callback(&BrokerFailure { problem, event });
        }
    }
}

impl Receiver {
    async fn execute(&self, event: Event) -> Result<Vec<Event>, Failure> {
        match self {
            Self::Handler(handler) => handler.execute(event).await,
            Self::Resumable(resumable) => resumable.execute(event).await,
            Self::Orchestrator(orchestrator) => orchestrator.execute(event).await,
        }
    }
}

const _: fn(&Broker, Event) = |broker, event| {
    fn is_send(_: impl Send) {}
    is_send(broker.resolve(event));
    is_send(broker.run());
};
