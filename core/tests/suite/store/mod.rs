//! The durable store and the workers on it.

mod care;
#[cfg(feature = "testing")]
mod damage;
mod depth;
#[cfg(feature = "testing")]
mod dying;
#[cfg(feature = "testing")]
mod faults;
mod large;
mod sharing;
#[cfg(feature = "testing")]
mod simulation;
mod waiting;
mod worker;
mod world;
