//! Reading and setting the calling thread's `errno`.

use libc::{FILE, c_char, c_int, ssize_t};

/// What C functions return with `errno` set.
pub(crate) trait Failed {
    /// The value that stands for a failure.
    const FAILED: Self;
}

impl Failed for c_int {
    const FAILED: Self = -1;
}

impl Failed for ssize_t {
    const FAILED: Self = -1;
}

impl Failed for *mut FILE {
    const FAILED: Self = std::ptr::null_mut();
}

impl Failed for *mut c_char {
    const FAILED: Self = std::ptr::null_mut();
}

/// The error of the last failed call in this thread.
pub(crate) fn last() -> c_int {
    // SAFETY: the C library returns a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() }
}

/// Sets `errno` and returns what goes with it.
pub(crate) fn fail<T: Failed>(errno: c_int) -> T {
    // SAFETY: the C library returns a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() = errno };
    T::FAILED
}
