//! What the core asks of the host language while it works: synchronous, borrowed for one call, never stored.

use crate::contract::SchemaHost;

/// Every host function that one `start` or `answer` may call.
pub trait Host: SchemaHost {}

impl<T: SchemaHost + ?Sized> Host for T {}
