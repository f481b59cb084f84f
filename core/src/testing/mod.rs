//! A simulation of workers on the durable store, for the tests of this repository and for whoever writes a backend:
//! seeded, without threads, clocks or files, and with every statement real.

mod check;
mod clients;
mod depth;
mod ending;
mod faulty;
mod model;
mod planted;
mod seen;
mod simulation;
mod users;
mod world;

pub use faulty::{Faulty, Moment};
pub use planted::Planted;
pub use seen::{Seen, Tallies};
pub use simulation::{Broken, Simulation};
