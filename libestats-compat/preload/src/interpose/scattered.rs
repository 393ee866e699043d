//! `writev` and `readv`, which on a netlink socket are `sendmsg` and `recvmsg` without address and flags.

use super::receive::recvmsg;
use super::send::sendmsg;
use crate::descriptor::{State, state};
use crate::real;
use libc::{c_int, iovec, msghdr, ssize_t};

/// The message that consists of these parts; `None` where their number is none.
fn message(parts: *const iovec, count: c_int) -> Option<msghdr> {
    // SAFETY: all zeros is a valid msghdr.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = parts.cast_mut();
    message.msg_iovlen = usize::try_from(count).ok()?;
    Some(message)
}

/// `writev`; fails like [`sendmsg`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    match (state(fd), message(parts, count)) {
        // SAFETY: the caller keeps the contract of the C function.
        (State::Netlink | State::Joined(_), Some(message)) => unsafe { sendmsg(fd, &raw const message, 0) },
        // SAFETY: likewise.
        _ => unsafe { real::writev(fd, parts, count) },
    }
}

/// `readv`; fails like [`recvmsg`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn readv(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    match (state(fd), message(parts, count)) {
        // SAFETY: the caller keeps the contract of the C function.
        (State::Joined(_), Some(mut message)) => unsafe { recvmsg(fd, &raw mut message, 0) },
        // SAFETY: likewise.
        _ => unsafe { real::readv(fd, parts, count) },
    }
}
