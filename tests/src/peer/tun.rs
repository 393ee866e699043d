//! The device between the kernel's stack and the peer.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Instant;

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::netns::Namespace;

/// The name of the device in its namespace.
pub(super) const NAME: &str = "tun0";
/// More than any packet of a device whose MTU is at most 1500.
const ROOM: usize = 2048;

/// A TUN device; it goes when the value is dropped.
#[derive(Debug)]
pub(super) struct Tun {
    file: File,
}

impl Tun {
    /// Makes the device inside `namespace`. It is not up yet.
    pub(super) fn new(namespace: &Namespace) -> Result<Self> {
        let flags = libc::c_short::try_from(libc::IFF_TUN | libc::IFF_NO_PI)?;
        // The device is made in the namespace in which the file is opened.
        namespace.run(|| {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags(libc::O_NONBLOCK)
                .open("/dev/net/tun")
                .context("opening /dev/net/tun")?;
            // SAFETY: an ifreq of zero bytes is a valid (empty) one: it consists of integers, bytes and pointers.
            let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
            for (to, from) in request.ifr_name.iter_mut().zip(NAME.bytes()) {
                *to = libc::c_char::from_ne_bytes([from]);
            }
            request.ifr_ifru.ifru_flags = flags;
            // SAFETY: TUNSETIFF reads and writes one ifreq, which lives here.
            let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
            Errno::result(result).context("making a TUN device (TUNSETIFF)")?;
            Ok(Self { file })
        })
    }

    /// Gives the stack a packet to receive.
    pub(super) fn write(&self, packet: &[u8]) -> io::Result<()> {
        (&self.file).write_all(packet)
    }

    /// The next packet that the stack sends, if there is one until `end`.
    pub(super) fn read(&self, end: Instant) -> io::Result<Option<Vec<u8>>> {
        let mut packet = vec![0; ROOM];
        loop {
            match (&self.file).read(&mut packet) {
                Ok(length) => {
                    packet.truncate(length);
                    return Ok(Some(packet));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            // Rounded up, so that the last wait is not one of zero milliseconds.
            let milliseconds = u16::try_from(left.as_millis() + 1).unwrap_or(u16::MAX);
            let mut descriptors = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
            match poll(&mut descriptors, PollTimeout::from(milliseconds)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}
