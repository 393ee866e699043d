//! Sending: the first bytes tell whether a datagram goes to the daemon or to the kernel.

use crate::descriptor::{State, state};
use crate::exchange::send_to_daemon;
use crate::{real, route};
use libc::{c_int, c_void, iovec, msghdr, size_t, sockaddr, socklen_t, ssize_t};

/// Descriptor for the kernel's share of the traffic, or `None` for the daemon's.
///
/// # Safety
/// `message` describes readable memory, as `sendmsg` demands.
unsafe fn kernels(fd: c_int, state: State, message: &msghdr) -> Option<c_int> {
    let socket = match state {
        State::Other | State::Hidden => return Some(fd),
        State::Netlink => fd,
        State::Joined(peers) => peers.kernel,
    };
    let mut head = [0; route::HEAD];
    // SAFETY: the caller vouches for the message.
    let filled = unsafe { route::gather(message, &mut head) };
    (!route::is_for_daemon(head.get(..filled).unwrap_or_default())).then_some(socket)
}

/// Sends one buffer to the daemon if it is for the daemon; otherwise hands the descriptor to send it on to `native`.
///
/// # Safety
/// `data` points to `length` readable bytes.
unsafe fn dispatch(
    fd: c_int,
    data: *const c_void,
    length: size_t,
    flags: c_int,
    native: impl FnOnce(c_int) -> ssize_t,
) -> ssize_t {
    let state = state(fd);
    if state == State::Other {
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
    match unsafe { kernels(fd, state, &message) } {
        Some(socket) => native(socket),
        // SAFETY: as above.
        None => unsafe { send_to_daemon(fd, state, &message, flags) },
    }
}

/// `write`, which on a netlink socket is `send` without flags.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn write(fd: c_int, data: *const c_void, length: size_t) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { dispatch(fd, data, length, 0, |fd| real::write(fd, data, length)) }
}

/// `send`.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn send(fd: c_int, data: *const c_void, length: size_t, flags: c_int) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { dispatch(fd, data, length, flags, |fd| real::send(fd, data, length, flags)) }
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
        dispatch(fd, data, length, flags, |fd| {
            real::sendto(fd, data, length, flags, to, to_length)
        })
    }
}

/// `sendmsg`; fails like [`sendto`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    let state = state(fd);
    // SAFETY: the caller keeps the contract of the C function. The message is looked at only where the descriptor is one of
    // ours, so a bad pointer on any other one remains the kernel's to refuse.
    unsafe {
        match message.as_ref() {
            Some(parts) if state != State::Other => match kernels(fd, state, parts) {
                Some(socket) => real::sendmsg(socket, message, flags),
                None => send_to_daemon(fd, state, parts, flags),
            },
            _ => real::sendmsg(fd, message, flags),
        }
    }
}
