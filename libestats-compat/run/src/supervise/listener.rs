//! The kernel's side of a supervised call: being told of it, and saying what becomes of it (`seccomp_unotify(2)`).

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use libc::{c_ulong, seccomp_notif, seccomp_notif_addfd, seccomp_notif_resp};
use nix::errno::Errno;

/// Where the calls that the filter finds are told of.
#[derive(Debug)]
pub(super) struct Listener(OwnedFd);

/// A call that waits for what is said about it.
#[derive(Clone, Copy)]
pub(super) struct Call {
    id: u64,
    /// The thread.
    pub(super) thread: i32,
    pub(super) number: i64,
    pub(super) arguments: [u64; 6],
}

impl Listener {
    pub(super) fn new(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    /// The next call. `None` if it has gone away meanwhile.
    pub(super) fn receive(&self) -> Option<Call> {
        // SAFETY: all zeros is a valid seccomp_notif, and what the kernel wants to be given.
        let mut told: seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the request takes a seccomp_notif.
        unsafe { self.request(libc::SECCOMP_IOCTL_NOTIF_RECV, &mut told) }.ok()?;
        Some(Call {
            id: told.id,
            thread: i32::try_from(told.pid).ok()?,
            number: told.data.nr.into(),
            arguments: told.data.args,
        })
    }

    /// Whether the thread still waits in this call: it may be gone, and its number another's.
    pub(super) fn is_waiting(&self, call: &Call) -> bool {
        let mut id = call.id;
        // SAFETY: the request takes a u64.
        unsafe { self.request(libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &mut id) }.is_ok()
    }

    /// Ends the call with its result. False if a signal has ended it already.
    pub(super) fn answer(&self, call: &Call, result: Result<i64, Errno>) -> bool {
        let (val, error) = match result {
            Ok(value) => (value, 0),
            Err(errno) => (0, -(errno as i32)),
        };
        self.respond(seccomp_notif_resp {
            id: call.id,
            val,
            error,
            flags: 0,
        })
    }

    /// Leaves the call to the kernel. It reads the arguments again: what is behind pointers may have changed since, so that this
    /// keeps nobody from anything. It need not: the kernel may do whatever the program says.
    pub(super) fn leave(&self, call: &Call) {
        // One that has gone away needs nothing.
        self.respond(seccomp_notif_resp {
            id: call.id,
            val: 0,
            error: 0,
            flags: u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).unwrap_or(0),
        });
    }

    /// Ends the call with a descriptor of the number `at` for `file`.
    pub(super) fn answer_with(&self, call: &Call, file: BorrowedFd<'_>, at: u32, closes_on_exec: bool) -> bool {
        let mut added = seccomp_notif_addfd {
            id: call.id,
            flags: u32::try_from(libc::SECCOMP_ADDFD_FLAG_SETFD | libc::SECCOMP_ADDFD_FLAG_SEND).unwrap_or(0),
            srcfd: file.as_raw_fd().cast_unsigned(),
            newfd: at,
            newfd_flags: if closes_on_exec {
                libc::O_CLOEXEC.cast_unsigned()
            } else {
                0
            },
        };
        // SAFETY: the request takes a seccomp_notif_addfd.
        unsafe { self.request(libc::SECCOMP_IOCTL_NOTIF_ADDFD, &mut added) }.is_ok()
    }

    fn respond(&self, mut response: seccomp_notif_resp) -> bool {
        // SAFETY: the request takes a seccomp_notif_resp.
        unsafe { self.request(libc::SECCOMP_IOCTL_NOTIF_SEND, &mut response) }.is_ok()
    }

    /// # Safety
    /// `T` is what the request takes.
    unsafe fn request<T>(&self, request: c_ulong, argument: &mut T) -> nix::Result<i32> {
        // SAFETY: as the caller says.
        Errno::result(unsafe { libc::ioctl(self.0.as_raw_fd(), request as _, &raw mut *argument) })
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
