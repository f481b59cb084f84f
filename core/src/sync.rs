//! What threads share is shared by these: the standard library's, in one place, so that a test can put others there
//! and try every order in which threads may take turns (`tests/threads`).

pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
