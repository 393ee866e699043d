//! Opening the switch: a file in memory.

use super::{is_missing_switch, opened};
use crate::{errno, real};
use libc::{FILE, c_char, c_int, c_uint};
use std::ffi::CStr;

/// Declares `open` under its names. Its last argument is there only when a file is made; the C functions are variadic, which makes no
/// difference to where a number of arguments as small as this is passed.
macro_rules! open {
    ($($name:ident($($before:ident: $before_type:ty)?; path, flags $(, $after:ident: $after_type:ty)?);)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`; the switch is a file in memory.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(
                $($before: $before_type,)?
                path: *const c_char,
                flags: c_int,
                $($after: $after_type)?
            ) -> c_int {
                // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
                unsafe { opened(path, flags, real::$name($($before,)? path, flags $(, $after)?)) }
            }
        )*
    };
}

open! {
    open(; path, flags, mode: c_uint);
    open64(; path, flags, mode: c_uint);
    openat(directory: c_int; path, flags, mode: c_uint);
    openat64(directory: c_int; path, flags, mode: c_uint);
}

/// As programs call them that were compiled with `_FORTIFY_SOURCE`: no file is made.
#[cfg(target_env = "gnu")]
mod fortified {
    use super::{c_char, c_int, opened, real};

    open! {
        __open_2(; path, flags);
        __open64_2(; path, flags);
        __openat_2(directory: c_int; path, flags);
        __openat64_2(directory: c_int; path, flags);
    }
}

/// What `fopen` is to return that had this result.
///
/// # Safety
/// The C function took both strings.
unsafe fn streamed(path: *const c_char, mode: *const c_char, result: *mut FILE) -> *mut FILE {
    // SAFETY: this function's contract.
    if !result.is_null() || !unsafe { is_missing_switch(path) } {
        return result;
    }
    // SAFETY: the C function has read the mode.
    let letters = unsafe { CStr::from_ptr(mode) }.to_bytes();
    if !letters.starts_with(b"r") || letters.contains(&b'+') {
        return errno::fail(libc::EACCES);
    }
    let close = if letters.contains(&b'e') { libc::O_CLOEXEC } else { 0 };
    // SAFETY: the look-up took the path; the descriptor is nobody else's.
    unsafe {
        let fd = opened(path, libc::O_RDONLY | close, -1);
        let stream = if fd < 0 {
            std::ptr::null_mut()
        } else {
            libc::fdopen(fd, c"r".as_ptr())
        };
        if fd >= 0 && stream.is_null() {
            real::close_quietly(fd);
        }
        stream
    }
}

/// Declares `fopen` under its names.
macro_rules! fopen {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`; the switch is a file in memory.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(path: *const c_char, mode: *const c_char) -> *mut FILE {
                // SAFETY: the caller keeps the contract of the C function, which takes both strings first.
                unsafe { streamed(path, mode, real::$name(path, mode)) }
            }
        )*
    };
}

fopen!(fopen, fopen64);
