//! Tuples compared, and copied.

use std::ffi::c_int;

use super::Tuple;
use crate::boundary::{answer, given, place};
use crate::error::EstatsError;

/// Sets `*differs` to 0 when both tuples name the same connection, whatever their cid, else to 1.
///
/// The original compared addresses as C strings, for which 10.0.0.1 and 10.0.0.2 are equal; here all bytes count.
///
/// # Safety
/// Every argument is NULL or valid; `differs` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_tuple_compare(
    differs: *mut c_int,
    a: *const Tuple,
    b: *const Tuple,
) -> *mut EstatsError {
    answer(|| {
        let differs = place(differs)?;
        // SAFETY: this function's contract.
        let (a, b) = unsafe { (given(a)?, given(b)?) };
        let same = (a.local(), a.remote()) == (b.local(), b.remote());
        // SAFETY: valid for writes.
        unsafe { differs.write(c_int::from(!same)) };
        Ok(())
    })
}

/// Copies `*from` to `*to`.
///
/// # Safety
/// Both are NULL or valid; `to` may be uninitialised.
#[cfg(layout = "l1")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_tuple_copy(to: *mut Tuple, from: *const Tuple) -> *mut EstatsError {
    answer(|| {
        let to = place(to)?;
        // SAFETY: this function's contract.
        unsafe { to.write(*given(from)?) };
        Ok(())
    })
}
