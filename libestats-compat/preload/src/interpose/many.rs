//! Many messages in one call: one after the other.

use super::receive::recvmsg;
use super::send::sendmsg;
use crate::descriptor::{State, state};
use crate::real;
use libc::{c_int, c_uint, mmsghdr, timespec};
use std::time::{Duration, Instant};

/// Calls `each` for one message after the other until one fails or `enough` is said after one. Returns the number of those that did
/// not fail, or -1 if the first one did.
///
/// # Safety
/// `messages` points to `count` messages.
unsafe fn one_by_one(
    messages: *mut mmsghdr,
    count: c_uint,
    mut each: impl FnMut(&mut mmsghdr) -> isize,
    enough: impl Fn() -> bool,
) -> c_int {
    let mut done = 0;
    for index in 0..count {
        // SAFETY: the caller vouches for `count` messages.
        let message = unsafe { &mut *messages.add(index as usize) };
        let Ok(length) = c_uint::try_from(each(message)) else {
            return if done == 0 { -1 } else { done };
        };
        message.msg_len = length;
        done += 1;
        if enough() {
            break;
        }
    }
    done
}

/// `sendmmsg`; fails like [`sendmsg`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn sendmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int {
    if messages.is_null() || !matches!(state(fd), State::Netlink | State::Joined(_)) {
        // SAFETY: the caller keeps the contract of the C function.
        return unsafe { real::sendmmsg(fd, messages, count, flags) };
    }
    // SAFETY: likewise.
    unsafe {
        one_by_one(
            messages,
            count,
            |message| sendmsg(fd, &raw const message.msg_hdr, flags),
            || false,
        )
    }
}

/// `recvmmsg`; fails like [`recvmsg`]. As with the C function, the limit is looked at after each message.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn recvmmsg(
    fd: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
    limit: *mut timespec,
) -> c_int {
    if messages.is_null() || !matches!(state(fd), State::Joined(_)) {
        // SAFETY: the caller keeps the contract of the C function.
        return unsafe { real::recvmmsg(fd, messages, count, flags, limit) };
    }
    let start = Instant::now();
    // SAFETY: the limit is null or valid.
    let limit = unsafe { limit.as_ref() }.and_then(|limit| {
        let nanoseconds = u32::try_from(limit.tv_nsec).ok()?;
        Some(Duration::new(u64::try_from(limit.tv_sec).ok()?, nanoseconds))
    });
    let mut now = flags & !libc::MSG_WAITFORONE;
    // SAFETY: the caller keeps the contract of the C function.
    unsafe {
        one_by_one(
            messages,
            count,
            |message| {
                let received = recvmsg(fd, &raw mut message.msg_hdr, now);
                if flags & libc::MSG_WAITFORONE != 0 {
                    now |= libc::MSG_DONTWAIT;
                }
                received
            },
            || limit.is_some_and(|limit| start.elapsed() >= limit),
        )
    }
}
