//! Segmentation offloads of a device, through the ethtool ioctl.

use std::ffi::CString;
use std::os::fd::AsRawFd as _;

use anyhow::{Context as _, Result, ensure};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// An offload: its name, and the command that switches it (`linux/ethtool.h`).
type Offload = (&'static str, u32);

const TSO: Offload = ("tso", 0x1f);
const GSO: Offload = ("gso", 0x24);
const GRO: Offload = ("gro", 0x2c);

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
    [TSO, GSO, GRO]
        .into_iter()
        .try_for_each(|offload| switch(name, offload, false))
}

/// Turns receive aggregation of the device `name` on.
///
/// # Errors
///
/// As [`disable`].
pub fn enable_receive_aggregation(name: &str) -> Result<()> {
    switch(name, GRO, true)
}

fn switch(name: &str, (offload, command): Offload, on: bool) -> Result<()> {
    let control = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let name = CString::new(name)?;
    let bytes = name.as_bytes_with_nul();
    ensure!(bytes.len() <= libc::IFNAMSIZ, "device name {name:?} is too long");
    let mut value = Value {
        command,
        data: on.into(),
    };
    // SAFETY: an ifreq of zero bytes is a valid (empty) one: it consists of integers, bytes and pointers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(bytes) {
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: SIOCETHTOOL reads an ifreq whose data points to the 8-byte ethtool_value of these commands; both live here.
    let result = unsafe { libc::ioctl(control.as_raw_fd(), libc::SIOCETHTOOL, &raw mut request) };
    Errno::result(result).with_context(|| format!("switching {offload} of {name:?}"))?;
    Ok(())
}
