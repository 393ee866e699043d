//! Segmentation offloads of a device, through the ethtool ioctl.

use std::ffi::CString;
use std::os::fd::AsRawFd as _;

use anyhow::{Context as _, Result, ensure};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// `ETHTOOL_STSO`, `ETHTOOL_SGSO`, `ETHTOOL_SGRO` of `linux/ethtool.h`.
const OFFLOADS: [(u32, &str); 3] = [(0x1f, "tso"), (0x24, "gso"), (0x2c, "gro")];

/// `struct ethtool_value`.
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

/// Turns segmentation and receive aggregation of the device `name` off, in the calling thread's network namespace: the stack
/// then cuts its large buffers into segments before the device, so a capture there sees segments.
///
/// # Errors
///
/// When there is no such device or the caller lacks `CAP_NET_ADMIN`.
pub fn disable(name: &str) -> Result<()> {
    let control = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let name = CString::new(name)?;
    let bytes = name.as_bytes_with_nul();
    ensure!(bytes.len() <= libc::IFNAMSIZ, "device name {name:?} is too long");
    for (command, offload) in OFFLOADS {
        let mut value = Value { command, data: 0 };
        // SAFETY: an ifreq of zero bytes is a valid (empty) one: it consists of integers, bytes and pointers.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        for (to, from) in request.ifr_name.iter_mut().zip(bytes) {
            *to = libc::c_char::from_ne_bytes([*from]);
        }
        request.ifr_ifru.ifru_data = (&raw mut value).cast();
        // SAFETY: SIOCETHTOOL reads an ifreq whose data points to the 8-byte ethtool_value of these commands; both live here.
        let result = unsafe { libc::ioctl(control.as_raw_fd(), libc::SIOCETHTOOL, &raw mut request) };
        Errno::result(result).with_context(|| format!("turning {offload} of {name:?} off"))?;
    }
    Ok(())
}
