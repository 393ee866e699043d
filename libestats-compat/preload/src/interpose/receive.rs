//! Receiving: from both peers where the descriptor is joined.

use crate::descriptor::{State, state};
use crate::{exchange, real};
use libc::{c_int, c_void, iovec, msghdr, size_t, sockaddr, socklen_t, ssize_t};

/// `recvmsg`; fails with `ECONNRESET` when the daemon has gone away, with `EAGAIN` when it is silent.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C-unwind" fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe {
        match (state(fd), message.as_mut()) {
            (State::Joined(peers), Some(message)) => exchange::receive(fd, peers, message, flags),
            _ => real::recvmsg(fd, message, flags),
        }
    }
}

/// `recvfrom`; fails like [`recvmsg`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn recvfrom(
    fd: c_int,
    buffer: *mut c_void,
    length: size_t,
    flags: c_int,
    from: *mut sockaddr,
    from_length: *mut socklen_t,
) -> ssize_t {
    let State::Joined(peers) = state(fd) else {
        // SAFETY: the caller keeps the contract of the C function.
        return unsafe { real::recvfrom(fd, buffer, length, flags, from, from_length) };
    };
    let mut part = iovec {
        iov_base: buffer,
        iov_len: length,
    };
    // SAFETY: all zeros is a valid msghdr.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    // SAFETY: the caller keeps the contract of the C function: the pointers are null or valid, and the length is that of the
    // room at `from`.
    unsafe {
        if let (false, Some(room)) = (from.is_null(), from_length.as_ref()) {
            message.msg_name = from.cast();
            message.msg_namelen = *room;
        }
        let received = exchange::receive(fd, peers, &mut message, flags);
        if let (true, false, Some(used)) = (received >= 0, from.is_null(), from_length.as_mut()) {
            *used = message.msg_namelen;
        }
        received
    }
}

/// `recv`; fails like [`recvmsg`].
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn recv(fd: c_int, buffer: *mut c_void, length: size_t, flags: c_int) -> ssize_t {
    let null = std::ptr::null_mut();
    match state(fd) {
        // SAFETY: the caller keeps the contract of the C function.
        State::Joined(_) => unsafe { recvfrom(fd, buffer, length, flags, null, std::ptr::null_mut()) },
        // SAFETY: likewise.
        _ => unsafe { real::recv(fd, buffer, length, flags) },
    }
}

/// `read`, which on a netlink socket is `recv` without flags.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn read(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
    match state(fd) {
        // SAFETY: the caller keeps the contract of the C function.
        State::Joined(_) => unsafe { recv(fd, buffer, length, 0) },
        // SAFETY: likewise.
        _ => unsafe { real::read(fd, buffer, length) },
    }
}

/// What [`read`], [`recv`] and [`recvfrom`] are called by a program compiled with `_FORTIFY_SOURCE`: as they are, with the size of the
/// buffer, which must not be smaller than the length.
#[cfg(target_env = "gnu")]
mod fortified {
    use super::{c_int, c_void, read, recv, recvfrom, size_t, sockaddr, socklen_t, ssize_t};

    unsafe extern "C" {
        /// Reports the overflow and ends the program.
        fn __chk_fail() -> !;
    }

    fn check(length: size_t, room: size_t) {
        if length > room {
            // SAFETY: no precondition.
            unsafe { __chk_fail() }
        }
    }

    /// Checked [`recv`].
    ///
    /// # Safety
    /// The contract of the C function.
    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn __recv_chk(
        fd: c_int,
        buffer: *mut c_void,
        length: size_t,
        room: size_t,
        flags: c_int,
    ) -> ssize_t {
        check(length, room);
        // SAFETY: the caller keeps the contract of the C function.
        unsafe { recv(fd, buffer, length, flags) }
    }

    /// Checked [`recvfrom`].
    ///
    /// # Safety
    /// The contract of the C function.
    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn __recvfrom_chk(
        fd: c_int,
        buffer: *mut c_void,
        length: size_t,
        room: size_t,
        flags: c_int,
        from: *mut sockaddr,
        from_length: *mut socklen_t,
    ) -> ssize_t {
        check(length, room);
        // SAFETY: the caller keeps the contract of the C function.
        unsafe { recvfrom(fd, buffer, length, flags, from, from_length) }
    }

    /// Checked [`read`].
    ///
    /// # Safety
    /// The contract of the C function.
    #[unsafe(no_mangle)]
    unsafe extern "C-unwind" fn __read_chk(fd: c_int, buffer: *mut c_void, length: size_t, room: size_t) -> ssize_t {
        check(length, room);
        // SAFETY: the caller keeps the contract of the C function.
        unsafe { read(fd, buffer, length) }
    }
}
