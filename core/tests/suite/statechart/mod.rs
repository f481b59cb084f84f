//! The statechart interpreter: random charts, bounds, refusals, pictures.

mod bounds;
mod expressions;
mod language;
mod pictures;
mod properties;
mod refusals;
