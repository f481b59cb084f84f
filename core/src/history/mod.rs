//! What happened: histories of events as a timeline for a terminal and as a sequence diagram.

mod entry;
mod lanes;
mod sequence;
mod text;
mod timeline;

pub use entry::Entry;
pub use sequence::sequence;
#[cfg(feature = "cli")]
pub(crate) use text::{count, cut, grouped, plain, short_name, span};
pub use timeline::timeline;
