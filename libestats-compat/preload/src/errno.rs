//! Reading and setting the calling thread's `errno`.

use libc::c_int;

/// The error of the last failed call in this thread.
pub(crate) fn last() -> c_int {
    // SAFETY: the C library returns a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() }
}

/// Sets `errno` and returns the -1 that goes with it.
pub(crate) fn fail<T: From<i8>>(errno: c_int) -> T {
    // SAFETY: the C library returns a valid pointer to this thread's errno.
    unsafe { *libc::__errno_location() = errno };
    T::from(-1)
}
