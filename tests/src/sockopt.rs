//! Socket options and queue lengths, straight from the system calls.

use std::ffi::c_int;
use std::io::{self, Error};
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd as _};

/// `setsockopt` with an int.
///
/// # Errors
///
/// Those of setsockopt(2).
pub fn set(socket: &impl AsFd, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
    set_bytes(socket, level, option, &value.to_ne_bytes())
}

/// `setsockopt` with any bytes.
///
/// # Errors
///
/// Those of setsockopt(2).
pub fn set_bytes(socket: &impl AsFd, level: c_int, option: c_int, value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len()).map_err(Error::other)?;
    // SAFETY: the kernel reads `length` bytes from `value`, which is a slice of that length.
    let result = unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, option, value.as_ptr().cast(), length) };
    if result == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error())
    }
}

/// `getsockopt` of an int.
///
/// # Errors
///
/// Those of getsockopt(2).
pub fn get(socket: &impl AsFd, level: c_int, option: c_int) -> io::Result<c_int> {
    let mut value = [0; size_of::<c_int>()];
    get_bytes(socket, level, option, &mut value)?;
    Ok(c_int::from_ne_bytes(value))
}

/// `getsockopt` of any bytes: fills the front of `value` and returns how many bytes the kernel wrote.
///
/// # Errors
///
/// Those of getsockopt(2).
pub fn get_bytes(socket: &impl AsFd, level: c_int, option: c_int, value: &mut [u8]) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(value.len()).map_err(Error::other)?;
    // SAFETY: the kernel writes at most `length` bytes to `value`, which is a slice of that length, and the number of them to
    // `length`.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            option,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result == 0 {
        Ok(length as usize)
    } else {
        Err(Error::last_os_error())
    }
}

/// Octets that wait in a socket's queues.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Queues {
    /// Received in order, not read yet (`SIOCINQ`).
    pub unread: u32,
    /// Written, not acknowledged yet (`SIOCOUTQ`); a queued FIN counts one.
    pub unacknowledged: u32,
    /// Written, not sent yet (`SIOCOUTQNSD`); a queued FIN counts one.
    pub unsent: u32,
}

impl Queues {
    /// Reads the lengths of the queues of `socket`.
    ///
    /// # Errors
    ///
    /// Those of ioctl(2).
    pub fn read(socket: &impl AsFd) -> io::Result<Self> {
        Ok(Self {
            unread: queue(socket, libc::FIONREAD)?,
            unacknowledged: queue(socket, libc::TIOCOUTQ)?,
            unsent: queue(socket, SIOCOUTQNSD)?,
        })
    }
}

/// `linux/sockios.h`.
const SIOCOUTQNSD: libc::Ioctl = 0x894b;

/// The ioctls that write one int.
fn queue(socket: &impl AsFd, request: libc::Ioctl) -> io::Result<u32> {
    let mut length: c_int = 0;
    // SAFETY: each of the three requests used here writes one int to the address given.
    let result = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), request, &raw mut length) };
    if result < 0 {
        return Err(Error::last_os_error());
    }
    u32::try_from(length).map_err(Error::other)
}
