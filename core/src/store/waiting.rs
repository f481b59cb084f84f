//! Who waits for the answer to a published event: told as soon as a row that may be it comes.

use std::collections::HashSet;

use super::backend::{Backend, Place};
use super::error::StoreError;
use super::look::Answered;
use super::reply::Promise;

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Waiter {
    /// For the answer to this delivery.
    pub(super) seq: i64,
    /// At most until then, milliseconds since 1970.
    pub(super) until: Option<i64>,
    pub(super) promise: Promise<Answered>,
}

impl Waiter {
    pub(super) fn end(self, value: Result<Answered, StoreError>) {
        self.promise.give(value);
    }
}

/// All who wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    waiters: Vec<(Waiter, Place)>,
    /// Deliveries up to this one have been looked at.
    seen: i64,
    next_look: i64,
}

/// How often those are looked at whose answer comes in another place, or who end by a dead letter or by time.
const LOOK: i64 = 100;
/// How many of them each time, in turn: however many wait, the work goes on.
const MANY: usize = 50;

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub(super) fn add(&mut self, waiter: Waiter, backend: &mut dyn Backend, now: i64) {
        // From here on, so that nothing falls between this look and the next.
        if self.waiters.is_empty() {
            match backend.newest() {
                Ok(newest) => self.seen = newest,
                Err(error) => return waiter.end(Err(error)),
            }
        }
        match backend.answered(waiter.seq, now) {
            Ok(Answered::Not) => match backend.place(waiter.seq) {
                Ok(place) => self.waiters.push((waiter, place)),
                Err(error) => waiter.end(Err(error)),
            },
            other => waiter.end(other),
        }
    }

    /// Rows came.
    pub(super) fn stirred(&mut self, backend: &mut dyn Backend, now: i64) {
        if self.waiters.is_empty() {
            return;
        }
        let Ok(arrived) = backend.arrived(self.seen) else { return }; // asked again at the next change
        let Some(newest) = arrived.iter().map(|(seq, _)| *seq).max() else { return };
        self.seen = newest;
        let places: HashSet<(i64, &str)> =
            arrived.iter().map(|(_, place)| (place.workflow, place.consumer.as_str())).collect();
        self.look(backend, now, |_, place| places.contains(&(place.workflow, place.consumer.as_str())));
    }

    /// Time went by.
    pub(super) fn look_again(&mut self, backend: &mut dyn Backend, now: i64) {
        if self.waiters.is_empty() || now < self.next_look {
            return;
        }
        self.next_look = now + LOOK;
        self.waiters.retain(|(waiter, _)| waiter.promise.is_wanted());
        let many = MANY.min(self.waiters.len());
        self.waiters.rotate_left(many); // who is looked at now comes last the next time
        let mut others = self.waiters.len() - many;
        self.look(backend, now, |waiter, _| {
            let is_in_turn = others == 0;
            others = others.saturating_sub(1);
            is_in_turn || waiter.until.is_some_and(|until| until <= now)
        });
        for at in (0..self.waiters.len()).rev() {
            if self.waiters[at].0.until.is_some_and(|until| until <= now) {
                self.waiters.swap_remove(at).0.end(Ok(Answered::Not));
            }
        }
    }

    fn look(&mut self, backend: &mut dyn Backend, now: i64, mut at: impl FnMut(&Waiter, &Place) -> bool) {
        let mut left = Vec::with_capacity(self.waiters.len());
        let reading = backend.begin_reading().is_ok(); // without it each look locks and unlocks the file
        for (waiter, place) in std::mem::take(&mut self.waiters) {
            let answered = if at(&waiter, &place) { backend.answered(waiter.seq, now) } else { Ok(Answered::Not) };
            match answered {
                Ok(Answered::Not) => left.push((waiter, place)),
                other => waiter.end(other),
            }
        }
        self.waiters = left;
        if reading && backend.commit().is_err() {
            backend.rollback();
        }
    }
}
