//! What a C program hangs on things of the library: a pointer, and the function that frees what it points to.

use std::ffi::c_void;

/// `arvo_destroy_fn`
pub(crate) type DestroyFn = unsafe extern "C" fn(*mut c_void);

/// A user's pointer; freed once, when its owner goes.
pub(crate) struct UserData {
    pointer: *mut c_void,
    destroy: Option<DestroyFn>,
}

// SAFETY: arvo.h, "Threads": handles that hold a callback and its user data may be used from any thread, several at
// once; the program's callbacks are written for that.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void, destroy: Option<DestroyFn>) -> Self {
        Self { pointer, destroy }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: arvo.h, `arvo_destroy_fn`: called once, with the pointer given beside it.
            unsafe { destroy(self.pointer) }
        }
    }
}
