//! The statechart interpreter: every recorded case, random charts, bounds, refusals, pictures.

mod bounds;
mod expressions;
mod language;
mod mini;
mod pictures;
mod properties;
mod refusals;
mod vectors;
