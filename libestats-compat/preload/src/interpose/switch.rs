//! The switch of the patched kernel, `net.ipv4.tcp_estats`: programs look for its file before they look for the interface.
//!
//! No file can be made in that directory, so it is there for the calls below only, under its absolute name, to be read: 127, which is all
//! tables. Writing is refused, since there is nothing to switch: estatsd counts as long as it runs. A kernel that has the file keeps its own.

mod look;
mod open;

use crate::errno;
use libc::{c_char, c_int};
use std::ffi::CStr;

/// The file.
const PATH: &CStr = c"/proc/sys/net/ipv4/tcp_estats";
/// The directory that it would be in.
const DIRECTORY: &CStr = c"/proc/sys/net/ipv4";
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
