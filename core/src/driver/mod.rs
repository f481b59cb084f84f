//! Drivers: `async fn` over the sans-IO values. They await nothing but the user's own futures, so any runtime does.

mod handler;

pub use handler::Failure;
