//! `arvo_text`: text that the library made and the caller frees.

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::handle::{Handle, borrow, free, kind};

/// The content of an `arvo_text`.
pub struct Text(pub(crate) String);

kind!(Text, "arvo_text", b"text\0\0\0\0");

/// # Safety
/// As `arvo.h` says of texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_text_new(
    bytes: Str,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Texts", "Results".
        let (text, out) = unsafe { (bytes.read("bytes")?, slot(out, "out")?) };
        out.give(Text(text.to_owned()));
        Ok(())
    })
}

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
