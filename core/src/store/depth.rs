//! How many events wait for a worker: when a shift has them counted, and what came of it. Nothing is counted unless
//! somebody measures, and then along with what is asked of the store anyway.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::telemetry::{Measure, Metric};

/// How long a count is good, in milliseconds: none is made sooner after the last one.
const GOOD: i64 = 5_000;

/// How many events wait for a consumer: they are due, and no worker is at them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Depth {
    /// The consumer's type.
    pub consumer: Arc<str>,
    /// How many there are; [`Depth::MOST`] may be more.
    pub waiting: usize,
}

impl Depth {
    /// What is counted to: so many events of handlers take the store's thread about a millisecond, those of as many
    /// workflows about twenty, however many more there are.
    pub const MOST: usize = 10_000;

    /// As it is told to whoever measures.
    #[allow(clippy::cast_precision_loss)] // no more than MOST
    pub(super) fn measure(self) -> Measure {
        let of = ("messaging.destination.name".into(), self.consumer.into());
        Measure::new(Metric::QueueDepth, self.waiting as f64, vec![of])
    }
}

/// Whether a shift has the store count, and what of the last count was not told yet.
#[derive(Debug, Default)]
pub(super) struct Counting {
    is_on: bool,
    next: i64,
    untold: VecDeque<Depth>,
}

impl Counting {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, ..Self::default() }
    }

    pub(super) fn switch(&mut self, is_on: bool) {
        if self.is_on != is_on {
            *self = Self::new(is_on);
        }
    }

    pub(super) fn is_due(&mut self, now: i64) -> bool {
        self.next = self.next.min(now.saturating_add(GOOD)); // the clock may have been set back
        self.is_on && now >= self.next
    }

    pub(super) fn took(&mut self, depths: Vec<Depth>, now: i64) {
        if self.is_on && !depths.is_empty() {
            (self.next, self.untold) = (now.saturating_add(GOOD), depths.into());
        }
    }

    pub(super) fn tell(&mut self) -> Option<Depth> {
        self.untold.pop_front()
    }

    pub(super) fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }
}
