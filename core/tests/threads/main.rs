//! What threads share, under every turn they may take: the sources of the in-process memory and of the broker are
//! compiled here once more, with locks of [shuttle](https://docs.rs/shuttle), which decides at each lock who goes on.
//! It finds updates that get lost, sleepers that nobody wakes, and threads that wait for each other.
//!
//! A failure prints the schedule that led to it; `shuttle::replay` runs that one again.

#![allow(clippy::unwrap_used)] // helpers of tests may stop too

use shuttle::Runner;
use shuttle::scheduler::{PctScheduler, RandomScheduler};

mod broker_under_threads;
mod memory_under_threads;

/// Stands where the core's `sync` does.
mod sync {
    pub(crate) use shuttle::sync::{Arc, Mutex, MutexGuard, Weak};
    pub(crate) use std::sync::{PoisonError, TryLockError};
}

// The rest of the core is the library's own: none of it is shared while a thread may lose its turn.

mod event {
    pub(crate) use arvo::Event;
}

mod handler {
    pub(crate) use arvo::{BoxError, Failure, Handler};
}

mod orchestrator {
    pub(crate) use arvo::Orchestrator;
}

mod resumable {
    pub(crate) use arvo::Resumable;
}

#[allow(dead_code, unreachable_pub)] // not everything is asked for here
#[path = "../../src/memory"]
mod memory {
    mod record {
        pub(super) use arvo::Record;
    }
    mod in_memory;

    pub(crate) use in_memory::{InMemory, LockGuard};
}

#[allow(clippy::module_inception, dead_code, unreachable_pub)]
#[path = "../../src/broker"]
mod broker {
    mod broker;
    mod builder;
    mod dispatcher {
        pub(super) use arvo::{BrokerError, Delivery, Dispatcher, Errand};
    }

    pub(crate) use arvo::{BrokerError, Errand, Work};
    pub(crate) use broker::{Broker, BrokerFailure, Done, Inner, Problem, Pump, Receiver, State};
}

#[allow(unreachable_pub)]
#[path = "../../src/driver"]
mod driver {
    mod broker;

    /// No telemetry here.
    mod traced {
        pub(super) fn queue_depth(_: impl FnOnce() -> usize) {}
    }
}

/// Tries so many schedules, half of them by chance, half with few changes of turn at chosen places: the latter finds
/// what needs one thread to stand still for long.
fn in_every_turn(schedules: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut config = shuttle::Config::new();
    config.stack_size = 1 << 20; // schemas are compiled and contracts judged on these
    let run = std::sync::Arc::new(run);
    let by_chance = std::sync::Arc::clone(&run);
    Runner::new(RandomScheduler::new(schedules / 2), config.clone()).run(move || by_chance());
    Runner::new(PctScheduler::new(3, schedules / 2), config).run(move || run());
}
