//! Memory that C owns, or will own: from `malloc`, to be given back with `free`.

use std::ffi::{CStr, c_char};
use std::ptr::NonNull;

use crate::error::{Error, Number};

/// A zeroed block of `size_of::<T>()` + `trailing` bytes, as a `T`.
///
/// # Safety
/// A `T` of zero bytes is valid. `T`'s alignment is at most that of `malloc`.
///
/// # Errors
/// `ESTATS_ERR_NOMEM`.
pub(crate) unsafe fn zeroed<T>(trailing: usize) -> Result<NonNull<T>, Error> {
    const { assert!(align_of::<T>() <= align_of::<libc::max_align_t>()) };
    // SAFETY: calloc has no preconditions.
    let block = unsafe { libc::calloc(1, size_of::<T>() + trailing) };
    NonNull::new(block.cast()).ok_or_else(|| Number::NoMem.into())
}

/// A copy of a string.
///
/// # Errors
/// `ESTATS_ERR_NOMEM`.
pub(crate) fn duplicate(text: &CStr) -> Result<NonNull<c_char>, Error> {
    // SAFETY: `text` is a NUL-terminated string.
    NonNull::new(unsafe { libc::strdup(text.as_ptr()) }).ok_or_else(|| Number::NoMem.into())
}

/// Gives a block back.
///
/// # Safety
/// `block` is NULL or came from `malloc`, and nobody uses it afterwards.
pub(crate) unsafe fn free<T>(block: *mut T) {
    // SAFETY: this function's contract.
    unsafe { libc::free(block.cast()) }
}

/// The common form of a `*_free` export: releases `*slot` and sets it to NULL.
///
/// # Safety
/// `slot` is NULL or valid, and `*slot` is NULL or an object that `release` may release.
pub(crate) unsafe fn release_slot<T>(slot: *mut *mut T, release: impl FnOnce(NonNull<T>)) {
    // SAFETY: this function's contract.
    let Some(slot) = (unsafe { slot.as_mut() }) else { return };
    if let Some(object) = NonNull::new(*slot) {
        release(object);
        *slot = std::ptr::null_mut();
    }
}
