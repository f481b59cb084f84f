//! `arvo_text`: text that the library made and the caller frees.

use crate::boundary::{Str, read};
use crate::handle::{Handle, borrow, free, kind};

/// The content of an `arvo_text`.
pub struct Text(pub(crate) String);

kind!(Text, "arvo_text", b"text\0\0\0\0");

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_text_view(text: *const Handle<Text>) -> Str {
    // SAFETY: arvo.h, "Handles": `text` is NULL or a live handle.
    read(Str::NONE, || Ok(Str::of(&unsafe { borrow(text, "text")? }.0)))
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_text_free(text: *mut Handle<Text>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(text) }
}
