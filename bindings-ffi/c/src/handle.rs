//! Handles: what C holds of a Rust value, an address that says of what kind it is.
//!
//! Every handle starts with a tag. A call that is given another kind of handle, or one that was freed, is refused
//! instead of reading memory as what it is not. So that a freed handle can still be asked, the last
//! [`Quarantine::SIZE`] of each thread keep their memory (not their content) a while longer.

use std::alloc::{Layout, dealloc};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::boundary::Failure;

/// A type that crosses as a handle.
pub(crate) trait Kind {
    /// What a message calls it, such as `arvo_event`.
    const NAME: &'static str;
    /// Unlike any other kind's.
    const TAG: u64;
}

/// Declares the kinds: name in C, tag of eight letters.
macro_rules! kind {
    ($type:ty, $name:literal, $tag:literal) => {
        impl $crate::handle::Kind for $type {
            const NAME: &'static str = $name;
            const TAG: u64 = u64::from_le_bytes(*$tag);
        }
    };
}
pub(crate) use kind;

const FREED: u64 = u64::from_le_bytes(*b"a-freed!");

/// What a pointer in `arvo.h` points to.
#[repr(C)]
pub struct Handle<T> {
    tag: AtomicU64,
    content: T,
}

impl<T: Kind> Handle<T> {
    /// Moves `content` to C, which gives it back to [`free`].
    pub(crate) fn give(content: T) -> *mut Self {
        Box::into_raw(Box::new(Self { tag: AtomicU64::new(T::TAG), content }))
    }

    /// The tag of a handle; none if `pointer` can be no handle.
    ///
    /// # Safety
    /// `pointer` is NULL or readable for a tag.
    unsafe fn tag(pointer: *const Self) -> Option<u64> {
        if pointer.is_null() || !pointer.is_aligned() {
            return None;
        }
        // SAFETY: not null, aligned; readable by the caller's promise.
        Some(unsafe { (*pointer).tag.load(Ordering::Relaxed) })
    }

    /// # Safety
    /// As for [`Handle::tag`]; if the tag is right, `pointer` came from [`Handle::give`].
    unsafe fn check(pointer: *const Self, what: &str) -> Result<(), Failure> {
        // SAFETY: promised by the caller.
        let wrong = match unsafe { Self::tag(pointer) } {
            Some(tag) if tag == T::TAG => return Ok(()),
            Some(FREED) => format!("{what} was freed already; pass an {} that is alive", T::NAME),
            Some(_) => format!("{what} is a handle of another kind; pass an {}", T::NAME),
            None if pointer.is_null() => format!("{what} is NULL; pass an {}", T::NAME),
            None => format!("{what} is no handle; pass an {}", T::NAME),
        };
        Err(Failure::argument(wrong))
    }
}

/// Reads the handle that C passed as argument `what`.
///
/// # Safety
/// `pointer` is NULL or a handle of this library, which nobody changes or frees during `'a`.
pub(crate) unsafe fn borrow<'a, T: Kind>(pointer: *const Handle<T>, what: &str) -> Result<&'a T, Failure> {
    // SAFETY: promised by the caller; the tag was checked before the content is touched.
    unsafe {
        Handle::check(pointer, what)?;
        Ok(&(*pointer).content)
    }
}

/// As [`borrow`], where NULL stands for nothing.
///
/// # Safety
/// As for [`borrow`].
pub(crate) unsafe fn borrow_optional<'a, T: Kind>(
    pointer: *const Handle<T>,
    what: &str,
) -> Result<Option<&'a T>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: promised by the caller.
    unsafe { borrow(pointer, what).map(Some) }
}

/// As [`borrow`], without a word on what is wrong: it takes no memory, so that a signal handler may do it.
///
/// # Safety
/// As for [`borrow`].
pub(crate) unsafe fn borrow_quietly<'a, T: Kind>(pointer: *const Handle<T>) -> Option<&'a T> {
    // SAFETY: promised by the caller; the tag was checked before the content is touched.
    unsafe { (Handle::tag(pointer) == Some(T::TAG)).then(|| &(*pointer).content) }
}

/// As [`borrow`], to change the content.
///
/// # Safety
/// As for [`borrow`], and nobody else reads the handle during `'a`.
pub(crate) unsafe fn borrow_mut<'a, T: Kind>(pointer: *mut Handle<T>, what: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: promised by the caller; the tag was checked before the content is touched.
    unsafe {
        Handle::check(pointer, what)?;
        Ok(&mut (*pointer).content)
    }
}

/// Ends a handle's life. NULL, a handle of another kind and one that was freed before are left alone.
///
/// # Safety
/// `pointer` is NULL or a handle of this library that no call is using.
pub(crate) unsafe fn free<T: Kind>(pointer: *mut Handle<T>) {
    // SAFETY: `tag` as promised; whoever exchanges the tag is the only one to drop the content.
    unsafe {
        if Handle::tag(pointer) != Some(T::TAG) {
            return;
        }
        let tag = &(*pointer).tag;
        if tag.compare_exchange(T::TAG, FREED, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return;
        }
        std::ptr::drop_in_place(&raw mut (*pointer).content);
        Quarantine::keep(pointer.cast(), Layout::new::<Handle<T>>());
    }
}

/// Takes the content of a handle out, and ends the handle.
///
/// # Safety
/// As for [`free`].
pub(crate) unsafe fn take<T: Kind>(pointer: *mut Handle<T>, what: &str) -> Result<T, Failure> {
    // SAFETY: as in `free`; the content is moved out instead of dropped.
    unsafe {
        Handle::check(pointer, what)?;
        let tag = &(*pointer).tag;
        if tag.compare_exchange(T::TAG, FREED, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return Err(Failure::argument(format!("{what} was freed already; pass an {} that is alive", T::NAME)));
        }
        let content = std::ptr::read(&raw const (*pointer).content);
        Quarantine::keep(pointer.cast(), Layout::new::<Handle<T>>());
        Ok(content)
    }
}

/// Freed handles whose memory is not given back yet, the oldest first to go.
struct Quarantine {
    kept: Vec<(*mut u8, Layout)>,
    next: usize,
}

impl Quarantine {
    const SIZE: usize = 64;

    /// # Safety
    /// `memory` was allocated with `layout`, holds no content any more and starts with the tag [`FREED`].
    unsafe fn keep(memory: *mut u8, layout: Layout) {
        thread_local! {
            static QUARANTINE: RefCell<Quarantine> = const { RefCell::new(Quarantine { kept: Vec::new(), next: 0 }) };
        }
        let evicted = QUARANTINE.try_with(|quarantine| {
            let mut quarantine = quarantine.borrow_mut();
            let at = quarantine.next;
            quarantine.next = (at + 1) % Self::SIZE;
            match quarantine.kept.get_mut(at) {
                Some(slot) => Some(std::mem::replace(slot, (memory, layout))),
                None => {
                    quarantine.kept.push((memory, layout));
                    None
                }
            }
        });
        // A thread that is ending has no quarantine any more.
        if let Some((memory, layout)) = evicted.unwrap_or(Some((memory, layout))) {
            // SAFETY: allocated by `Handle::give` with this layout, and nobody's content any more.
            unsafe { dealloc(memory, layout) };
        }
    }
}

impl Drop for Quarantine {
    fn drop(&mut self) {
        for (memory, layout) in self.kept.drain(..) {
            // SAFETY: as in `keep`.
            unsafe { dealloc(memory, layout) };
        }
    }
}

/// A handle that Rust owns and lends to C, such as the data of a handler's input.
pub(crate) struct Lent<T: Kind>(*mut Handle<T>);

// SAFETY: the handle is this owner's alone, and its content goes where the owner goes.
unsafe impl<T: Kind + Send> Send for Lent<T> {}
// SAFETY: what is shared is the content; the pointer never changes.
unsafe impl<T: Kind + Sync> Sync for Lent<T> {}

impl<T: Kind> Lent<T> {
    pub(crate) fn new(content: T) -> Self {
        Self(Handle::give(content))
    }

    pub(crate) fn pointer(&self) -> *mut Handle<T> {
        self.0
    }

    /// Takes over a handle that C gave to the library.
    ///
    /// # Safety
    /// Nobody else frees `pointer`, which is a live handle.
    pub(crate) unsafe fn adopt(pointer: *mut Handle<T>) -> Self {
        Self(pointer)
    }

    /// Gives the handle to C, which frees it.
    pub(crate) fn release(self) -> *mut Handle<T> {
        let pointer = self.0;
        std::mem::forget(self);
        pointer
    }

    /// The content, unless C freed what it was only lent.
    pub(crate) fn content(&self) -> Result<&T, Failure> {
        // SAFETY: made by `new` or adopted; freed, if at all, to where its tag can still be read.
        unsafe { borrow(self.0, "a lent handle") }
    }
}

impl<T: Kind> Drop for Lent<T> {
    fn drop(&mut self) {
        // SAFETY: made by `new` or adopted; C was told not to free it, and if it did, `free` sees that.
        unsafe { free(self.0) }
    }
}
