//! Sending: the first bytes tell whether a datagram goes to the daemon or to the kernel.

use crate::descriptor::{State, state};
use crate::exchange::{has_ended, send_to_daemon};
use crate::route::gather;
use crate::{errno, real};
use estats_spec::wire::routing::{HEAD, has_no_family, is_for_daemon};
use libc::{c_int, c_void, iovec, msghdr, size_t, sockaddr, socklen_t, ssize_t};

/// Where a datagram goes.
enum Way {
    /// To the file behind this descriptor, by the call that the program chose.
    Native(c_int),
    Daemon,
    Nowhere,
}

/// Finds the way of a datagram that is sent on `fd`.
///
/// # Safety
/// `message` describes readable memory, as `sendmsg` demands.
unsafe fn way(fd: c_int, state: State, message: &msghdr) -> Way {
    if matches!(state, State::Other | State::Hidden) {
        return Way::Native(fd);
    }
    let mut head = [0; HEAD];
    // SAFETY: the caller vouches for the message.
    let filled = unsafe { gather(message, &mut head) };
    let head = head.get(..filled).unwrap_or_default();
    match state {
        _ if is_for_daemon(head) => Way::Daemon,
        State::Joined(peers) if has_no_family(head) && has_ended(peers) => Way::Nowhere,
        State::Joined(peers) => Way::Native(peers.kernel),
        _ => Way::Native(fd),
    }
}

/// Sends a datagram its way; `native` sends it by the call that the program chose.
///
/// # Safety
/// `message` describes readable memory, as `sendmsg` demands.
unsafe fn dispatch(fd: c_int, message: &msghdr, flags: c_int, native: impl FnOnce(c_int) -> ssize_t) -> ssize_t {
    let state = state(fd);
    // SAFETY: the caller vouches for the message.
    match unsafe { way(fd, state, message) } {
        Way::Native(socket) => native(socket),
        // SAFETY: likewise.
        Way::Daemon => unsafe { send_to_daemon(fd, state, message, flags) },
        Way::Nowhere => errno::fail(libc::ECONNREFUSED),
    }
}

/// [`dispatch`] of a datagram in one piece.
///
/// # Safety
/// `data` points to `length` readable bytes.
unsafe fn dispatch_piece(
    fd: c_int,
    data: *const c_void,
    length: size_t,
    flags: c_int,
    native: impl FnOnce(c_int) -> ssize_t,
) -> ssize_t {
    if state(fd) == State::Other {
        return native(fd);
    }
    let mut part = iovec {
        iov_base: data.cast_mut(),
        iov_len: length,
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    // SAFETY: the message describes the caller's buffer.
    unsafe { dispatch(fd, &message, flags, native) }
}

/// `write`, which on a netlink socket is `send` without flags.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn write(fd: c_int, data: *const c_void, length: size_t) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { dispatch_piece(fd, data, length, 0, |fd| real::write(fd, data, length)) }
}

/// `send`.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn send(fd: c_int, data: *const c_void, length: size_t, flags: c_int) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { dispatch_piece(fd, data, length, flags, |fd| real::send(fd, data, length, flags)) }
}

/// `sendto`; fails with `ECONNREFUSED` when the request is for a daemon that cannot be reached.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn sendto(
    fd: c_int,
    data: *const c_void,
    length: size_t,
    flags: c_int,
    to: *const sockaddr,
    to_length: socklen_t,
) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe {
        dispatch_piece(fd, data, length, flags, |fd| {
            real::sendto(fd, data, length, flags, to, to_length)
        })
    }
}

/// `sendmsg`; fails like [`sendto`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C-unwind" fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function. The message is looked at only where the descriptor is one of
    // ours, so a bad pointer on any other one remains the kernel's to refuse.
    unsafe {
        match message.as_ref() {
            Some(parts) if state(fd) != State::Other => {
                dispatch(fd, parts, flags, |fd| real::sendmsg(fd, message, flags))
            }
            _ => real::sendmsg(fd, message, flags),
        }
    }
}
