//! Acting as another user.

use std::panic::resume_unwind;
use std::thread;

use anyhow::{Context as _, Result};
use nix::errno::Errno;

/// Runs `work` on a thread with these real, effective and saved ids, without supplementary groups or capabilities. The other
/// threads keep theirs: the system calls change one thread, only the C library's functions change all.
///
/// # Errors
///
/// Those of `work`, and when the caller may not change its ids.
///
/// # Panics
///
/// With the panic of `work`.
pub fn as_user<T: Send>(uid: u32, gid: u32, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            // SAFETY: these system calls take integers, and a null pointer where no groups are given; nothing in this
            // process relies on all threads having the same ids.
            let results = unsafe {
                [
                    libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()),
                    libc::syscall(libc::SYS_setresgid, gid, gid, gid),
                    libc::syscall(libc::SYS_setresuid, uid, uid, uid),
                ]
            };
            for result in results {
                Errno::result(result).with_context(|| format!("becoming user {uid} of group {gid}"))?;
            }
            work()
        });
        other.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
