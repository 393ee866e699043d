//! Reading an error from C. NULL is no error, so it reads as success.

use std::ffi::{c_char, c_int};
use std::ptr;

use super::{EstatsError, Number};

/// Reads one field; `of_null` is the answer for NULL, which everywhere in this library means that nothing failed.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
unsafe fn field<T: Copy>(error: *const EstatsError, of_null: T, read: impl FnOnce(&EstatsError) -> T) -> T {
    // SAFETY: this function's contract.
    unsafe { error.as_ref() }.map_or(of_null, read)
}

/// The `ESTATS_ERROR` number; 0 for NULL.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_number"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_number(error: *const EstatsError) -> c_int {
    // SAFETY: this function's contract.
    unsafe { field(error, Number::Success as c_int, |error| error.num) }
}

/// The message, owned by the error; "Success" for NULL.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_message"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_message(error: *const EstatsError) -> *const c_char {
    // SAFETY: this function's contract.
    unsafe { field(error, Number::Success.message().as_ptr(), |error| error.msg) }
}

/// The text before the message, owned by the error, or NULL.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_extra"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_extra(error: *const EstatsError) -> *const c_char {
    // SAFETY: this function's contract.
    unsafe { field(error, ptr::null(), |error| error.xtra.cast_const()) }
}

/// The source file given at creation, or NULL.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_file"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_file(error: *const EstatsError) -> *const c_char {
    // SAFETY: this function's contract.
    unsafe { field(error, ptr::null(), |error| error.file) }
}

/// The line given at creation, or -1.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_line"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_line(error: *const EstatsError) -> c_int {
    // SAFETY: this function's contract.
    unsafe { field(error, -1, |error| error.line) }
}

/// The function name given at creation, or NULL.
///
/// # Safety
/// `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_get_function"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_get_function(error: *const EstatsError) -> *const c_char {
    // SAFETY: this function's contract.
    unsafe { field(error, ptr::null(), |error| error.function) }
}
