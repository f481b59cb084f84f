//! The durable store and the workers on it.

mod waiting;
mod worker;
mod world;
