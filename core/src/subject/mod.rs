//! Subjects: the identity of one workflow, carried by every event of it (SPEC §6, §18, §19).

mod cache;
mod canonical;
mod content;
mod draft;
mod error;
#[allow(clippy::module_inception)] // the file holds the type of that name
mod subject;

pub use draft::SubjectDraft;
pub use error::{BrokenField, FieldFault, SubjectError, UnreadableSubject};
pub use subject::Subject;
