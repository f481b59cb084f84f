//! The durable store and the workers on it.

#[cfg(feature = "testing")]
mod simulation;
mod waiting;
mod worker;
mod world;
