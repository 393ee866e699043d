//! The switch of the patched kernel, `net.ipv4.tcp_estats`: programs look for its file before they look for the interface.
//!
//! No file can be made in that directory, so it is there for the calls below only, to be read: 127, which is all tables. Writing is
//! refused, since there is nothing to switch: estatsd counts as long as it runs. A kernel that has the file keeps its own.

use crate::{errno, real};
use libc::{c_char, c_int, c_uint};
use std::ffi::CStr;

/// The file.
const PATH: &CStr = c"/proc/sys/net/ipv4/tcp_estats";
/// What is in it: a bit for each table.
const CONTENT: &[u8] = b"127\n";

/// Whether the call that just failed did so because `path` is the switch, and this kernel has none.
///
/// # Safety
/// The system call took `path`, and did not fail with `EFAULT`.
unsafe fn is_missing_switch(path: *const c_char) -> bool {
    // SAFETY: a path that was looked up and not found is a string.
    errno::last() == libc::ENOENT && unsafe { CStr::from_ptr(path) } == PATH
}

/// `access`; the switch can be read and not written.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn access(path: *const c_char, mode: c_int) -> c_int {
    // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
    let (result, missing) = unsafe {
        let result = real::access(path, mode);
        (result, result != 0 && is_missing_switch(path))
    };
    match mode {
        _ if !missing => result,
        mode if mode & !libc::R_OK == 0 => 0,
        _ => errno::fail(libc::EACCES),
    }
}

/// What `open` is to return that had this result.
///
/// # Safety
/// The system call took `path`, and did not fail with `EFAULT`.
unsafe fn opened(path: *const c_char, flags: c_int, result: c_int) -> c_int {
    // SAFETY: this function's contract.
    if result >= 0 || !unsafe { is_missing_switch(path) } {
        return result;
    }
    if flags & (libc::O_ACCMODE | libc::O_TRUNC) != libc::O_RDONLY {
        return errno::fail(libc::EACCES);
    }
    let close = if flags & libc::O_CLOEXEC == 0 {
        0
    } else {
        libc::MFD_CLOEXEC
    };
    // SAFETY: the name is a string and the content readable for its length.
    unsafe {
        let fd = libc::memfd_create(c"tcp_estats".as_ptr(), close | libc::MFD_ALLOW_SEALING);
        if fd >= 0 {
            libc::pwrite(fd, CONTENT.as_ptr().cast(), CONTENT.len(), 0);
            libc::fcntl(
                fd,
                libc::F_ADD_SEALS,
                libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK,
            );
        }
        fd
    }
}

/// Declares `open` under its names. Its third argument is there only when a file is made; the C function is variadic, which makes no
/// difference to where a number of arguments as small as this is passed.
macro_rules! open {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`; the switch is a file in memory.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
                // SAFETY: the caller keeps the contract of the C function; the look-up has taken the path.
                unsafe { opened(path, flags, real::$name(path, flags, mode)) }
            }
        )*
    };
}

open!(open, open64);
