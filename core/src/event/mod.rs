//! Events: grammar, ids, data, reading and making (SPEC §2–§4).

mod attributes;
pub(crate) mod clock_text;
mod data;
mod draft;
mod emitted;
mod error;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod event;
pub(crate) mod grammar;
mod headers;
mod id;
mod read;
mod version;

pub(crate) use attributes::{Attribute, Attributes};
pub(crate) use clock_text::millis as millis_of;
pub use data::Data;
pub(crate) use data::{Raised, Token};
pub use draft::EventDraft;
pub use emitted::Emitted;
pub use error::{AttributeFault, BrokenAttribute, EventError};
pub use event::EVENT_ATTRIBUTES;
pub use event::{ARVO_CONTENT_TYPE, Envelope, Event, Scalar};
pub use headers::Headers;
pub use id::*;
pub use version::*;
