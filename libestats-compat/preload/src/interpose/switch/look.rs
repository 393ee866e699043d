//! Looking whether the switch is there: a file of root's that everybody may read and nobody write.

use super::{DIRECTORY, is_missing_switch};
use crate::{errno, real};
use libc::{c_char, c_int, c_uint, c_void, size_t, ssize_t, stat as Status, statx as ExtendedStatus};

/// Type and permissions.
const MODE: libc::mode_t = libc::S_IFREG | 0o444;

/// What a question for permissions is to return that had this result.
///
/// # Safety
/// The system call took `path`, and did not fail with `EFAULT`.
unsafe fn permitted(path: *const c_char, mode: c_int, result: c_int) -> c_int {
    // SAFETY: this function's contract.
    let missing = result != 0 && unsafe { is_missing_switch(path) };
    match mode {
        _ if !missing => result,
        mode if mode & !libc::R_OK == 0 => 0,
        _ => errno::fail(libc::EACCES),
    }
}

/// Declares the questions for permissions.
macro_rules! ask {
    ($($name:ident($($before:ident: $before_type:ty)?; path, mode $(, $after:ident: $after_type:ty)?);)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`; the switch can be read and not written.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(
                $($before: $before_type,)?
                path: *const c_char,
                mode: c_int,
                $($after: $after_type)?
            ) -> c_int {
                // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
                unsafe { permitted(path, mode, real::$name($($before,)? path, mode $(, $after)?)) }
            }
        )*
    };
}

ask! {
    access(; path, mode);
    eaccess(; path, mode);
    euidaccess(; path, mode);
    faccessat(directory: c_int; path, mode, flags: c_int);
}

/// What a call for the status of `path` is to return that had this result. `look` makes the same call for another path: owner, times and
/// file system of the switch are those of its directory.
///
/// # Safety
/// The system call took `path` and `status`, and did not fail with `EFAULT`.
unsafe fn looked(
    path: *const c_char,
    status: *mut Status,
    result: c_int,
    look: impl FnOnce(*const c_char) -> c_int,
) -> c_int {
    // SAFETY: this function's contract.
    if result == 0 || !unsafe { is_missing_switch(path) } || look(DIRECTORY.as_ptr()) != 0 {
        return result;
    }
    // SAFETY: the call has just written to it.
    if let Some(status) = unsafe { status.as_mut() } {
        status.st_mode = MODE;
        status.st_nlink = 1;
        status.st_size = 0;
    }
    0
}

/// Declares the calls for a status. Programs from before glibc 2.33 call those with a version.
macro_rules! look {
    ($($name:ident($($before:ident: $before_type:ty),*; path, status $(, $after:ident: $after_type:ty)?);)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`; the switch is a file without a length, as others in its directory.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(
                $($before: $before_type,)*
                path: *const c_char,
                status: *mut Status,
                $($after: $after_type)?
            ) -> c_int {
                // SAFETY: the caller keeps the contract of the C function.
                let call = |path| unsafe { real::$name($($before,)* path, status $(, $after)?) };
                // SAFETY: likewise; the look-up has taken the path.
                unsafe { looked(path, status, call(path), call) }
            }
        )*
    };
}

look! {
    stat(; path, status);
    lstat(; path, status);
    fstatat(directory: c_int; path, status, flags: c_int);
}

/// The same under the names for 64-bit file offsets, and with a version; they differ on 32-bit systems.
#[cfg(all(target_env = "gnu", target_pointer_width = "64"))]
mod versioned {
    use super::{Status, c_char, c_int, looked, real};

    look! {
        stat64(; path, status);
        lstat64(; path, status);
        fstatat64(directory: c_int; path, status, flags: c_int);
        __xstat(version: c_int; path, status);
        __xstat64(version: c_int; path, status);
        __lxstat(version: c_int; path, status);
        __lxstat64(version: c_int; path, status);
        __fxstatat(version: c_int, directory: c_int; path, status, flags: c_int);
        __fxstatat64(version: c_int, directory: c_int; path, status, flags: c_int);
    }
}

/// `statx`; as [`stat()`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn statx(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mask: c_uint,
    status: *mut ExtendedStatus,
) -> c_int {
    // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
    unsafe {
        let result = real::statx(directory, path, flags, mask, status);
        if result == 0
            || !is_missing_switch(path)
            || real::statx(directory, DIRECTORY.as_ptr(), flags, mask, status) != 0
        {
            return result;
        }
        if let Some(status) = status.as_mut() {
            status.stx_mode = u16::try_from(MODE).unwrap_or(0);
            status.stx_nlink = 1;
            status.stx_size = 0;
        }
    }
    0
}

/// Declares the questions for an attribute, such as the label that `ls -l` looks for: the switch has none.
macro_rules! attribute {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(
                path: *const c_char,
                attribute: *const c_char,
                value: *mut c_void,
                size: size_t,
            ) -> ssize_t {
                // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
                unsafe {
                    let result = real::$name(path, attribute, value, size);
                    if result < 0 && is_missing_switch(path) {
                        return errno::fail(libc::ENODATA);
                    }
                    result
                }
            }
        )*
    };
}

attribute! { getxattr lgetxattr }

/// What `realpath` is to return that had this result: the name of the switch has no links in it.
///
/// # Safety
/// The C function took `path`, and has found `resolved` null or to have room for the longest path.
unsafe fn resolved(path: *const c_char, resolved: *mut c_char, result: *mut c_char) -> *mut c_char {
    // SAFETY: this function's contract.
    unsafe {
        if !result.is_null() || !is_missing_switch(path) {
            result
        } else if resolved.is_null() {
            libc::strdup(path)
        } else {
            libc::strcpy(resolved, path)
        }
    }
}

/// `realpath`.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn realpath(path: *const c_char, room: *mut c_char) -> *mut c_char {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { resolved(path, room, real::realpath(path, room)) }
}

/// `realpath` as programs call it that were compiled with `_FORTIFY_SOURCE`; the C library ends those with less room than it takes.
///
/// # Safety
/// The contract of the C function.
#[cfg(target_env = "gnu")]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn __realpath_chk(path: *const c_char, room: *mut c_char, size: size_t) -> *mut c_char {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { resolved(path, room, real::__realpath_chk(path, room, size)) }
}
