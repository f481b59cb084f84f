//! Random data that fits a JSON Schema, and data that just does not.
//!
//! Everything that is made is judged by the schema's own validator: what is said to fit fits, what is said not to does
//! not. The same seed gives the same data.

mod error;
mod flatten;
mod generator;
mod make;
mod mutate;
mod number;
mod pattern;
mod shrink;
mod text;

pub use error::GenerateError;
pub use generator::Generator;
