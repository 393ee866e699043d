//! Connecting to the daemon's Unix socket.

use crate::{descriptor, errno, introduction, real};
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use libc::{c_char, c_int, sockaddr_un, socklen_t, timeval};
use std::ffi::CStr;

/// How long connecting or sending may wait for a daemon that does not take what it is given.
static SEND_LIMIT: timeval = timeval { tv_sec: 5, tv_usec: 0 };

/// [`SOCKET_ENV`] with a NUL behind it.
const SOCKET_ENV_Z: [u8; SOCKET_ENV.len() + 1] = {
    let mut name = [0; SOCKET_ENV.len() + 1];
    name.split_at_mut(SOCKET_ENV.len())
        .0
        .copy_from_slice(SOCKET_ENV.as_bytes());
    name
};

/// A new connection as a hidden descriptor, on which the program is introduced as the one with this netlink port. `None` when the
/// daemon cannot be reached, or does not know the program's variables.
pub(crate) fn connect(port: u32) -> Option<c_int> {
    let address = address()?;
    // SAFETY: takes integers.
    let fd = unsafe { real::socket(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return None;
    }
    let introduced = connect_to(fd, &address) && introduction::introduce(fd, port);
    let hidden = introduced.then(|| descriptor::hide(fd)).flatten();
    real::close_quietly(fd);
    hidden
}

fn connect_to(fd: c_int, address: &sockaddr_un) -> bool {
    // SAFETY: the option's value is a timeval of the length given, the address a sockaddr_un likewise.
    unsafe {
        let limit = (&raw const SEND_LIMIT).cast();
        real::setsockopt(fd, libc::SOL_SOCKET, libc::SO_SNDTIMEO, limit, length_of::<timeval>());
        while real::connect(fd, (&raw const *address).cast(), length_of::<sockaddr_un>()) != 0 {
            match errno::last() {
                libc::EINTR => {}
                libc::EISCONN => break,
                _ => return false,
            }
        }
    }
    true
}

/// The address named by the environment, or the default one. `None` when the path is too long for a Unix socket.
fn address() -> Option<sockaddr_un> {
    // The environment is read through the C library: Rust's own access takes a lock that a fork could leave held.
    // SAFETY: the name is NUL-terminated, and so is the result if there is one.
    let chosen = unsafe {
        let value: *const c_char = libc::getenv(SOCKET_ENV_Z.as_ptr().cast());
        (!value.is_null()).then(|| CStr::from_ptr(value).to_bytes())
    };
    let path = chosen
        .filter(|path| !path.is_empty())
        .unwrap_or(DEFAULT_SOCKET.as_bytes());

    // SAFETY: all zeros is a valid sockaddr_un.
    let mut address: sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::sa_family_t::try_from(libc::AF_UNIX).ok()?;
    if path.len() >= address.sun_path.len() {
        return None;
    }
    for (to, from) in address.sun_path.iter_mut().zip(path) {
        *to = c_char::from_ne_bytes([*from]);
    }
    Some(address)
}

/// The size of a C structure as system calls take it.
pub(crate) fn length_of<T>() -> socklen_t {
    socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}
