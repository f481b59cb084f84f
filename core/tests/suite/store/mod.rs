//! The durable store and the workers on it.

mod worker;
mod world;
