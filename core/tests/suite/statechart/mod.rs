//! The statechart interpreter: random charts, bounds, histories, refusals, pictures.

mod bounds;
mod expressions;
mod histories;
mod language;
mod pictures;
mod properties;
mod reference;
mod refusals;
