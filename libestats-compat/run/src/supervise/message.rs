//! What calls say to send or to receive, whichever of the calls it is.

use nix::errno::Errno;

use super::listener::Call;
use super::target::Target;

/// A piece of the process's memory.
#[derive(Clone, Copy)]
struct Part {
    address: u64,
    length: usize,
}

/// Data in the process's memory, and where the process wants to read what became of it.
pub(super) struct Message {
    parts: Vec<Part>,
    /// `MSG_*`.
    pub(super) flags: i32,
    /// Room for the sender's address.
    name: Option<Part>,
    /// Where the length of that address is put.
    name_length: u64,
    /// The `struct msghdr`, if there is one.
    header: Option<u64>,
    /// Whether the call is for several messages, and wants to be told the length of each and how many there were.
    pub(super) many: bool,
}

/// Offsets in `struct msghdr`, and in `struct mmsghdr`, which has the length of the message behind it.
mod header {
    pub(super) const NAME: usize = 0;
    pub(super) const NAME_LENGTH: usize = 8;
    pub(super) const PARTS: usize = 16;
    pub(super) const PART_COUNT: usize = 24;
    pub(super) const CONTROL_LENGTH: u64 = 40;
    pub(super) const FLAGS: u64 = 48;
    pub(super) const LENGTH: usize = 56;
}

/// `UIO_MAXIOV`.
const MOST_PARTS: usize = 1024;
const PART: usize = 16;

/// The kernel's `struct sockaddr_nl`: port and groups are 0.
fn kernel() -> [u8; 12] {
    let mut address = [0; 12];
    let family = libc::sa_family_t::try_from(libc::AF_NETLINK).unwrap_or_default();
    address[..2].copy_from_slice(&family.to_ne_bytes());
    address
}

impl Message {
    /// What the call is about.
    pub(super) fn of(call: &Call, target: &Target) -> nix::Result<Self> {
        let [_, first, second, third, fourth, fifth] = call.arguments;
        let mut message = Self {
            parts: Vec::new(),
            flags: 0,
            name: None,
            name_length: 0,
            header: None,
            many: false,
        };
        match call.number {
            libc::SYS_write | libc::SYS_read => message.parts = vec![part(first, second)?],
            libc::SYS_writev | libc::SYS_readv => message.parts = parts(target, first, second)?,
            libc::SYS_sendto => {
                message.parts = vec![part(first, second)?];
                message.flags = flags(third);
            }
            libc::SYS_recvfrom => {
                message.parts = vec![part(first, second)?];
                message.flags = flags(third);
                if fourth != 0 {
                    let room = u32_in(&target.read(fifth, 4)?, 0);
                    message.name = Some(part(fourth, room.into())?);
                    message.name_length = fifth;
                }
            }
            libc::SYS_sendmsg | libc::SYS_recvmsg => message.read_header(target, first, flags(second))?,
            libc::SYS_sendmmsg | libc::SYS_recvmmsg if second > 0 => {
                message.many = true;
                message.read_header(target, first, flags(third))?;
            }
            _ => return Err(Errno::ENOSYS),
        }
        Ok(message)
    }

    fn read_header(&mut self, target: &Target, address: u64, flags: i32) -> nix::Result<()> {
        let octets = target.read(address, header::LENGTH)?;
        let name = u64_in(&octets, header::NAME);
        if name != 0 {
            self.name = Some(part(name, u32_in(&octets, header::NAME_LENGTH).into())?);
            self.name_length = address + header::NAME_LENGTH as u64;
        }
        self.parts = parts(
            target,
            u64_in(&octets, header::PARTS),
            u64_in(&octets, header::PART_COUNT),
        )?;
        self.header = Some(address);
        self.flags = flags;
        Ok(())
    }

    /// Length of all parts, in octets.
    pub(super) fn length(&self) -> usize {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.length))
    }

    /// The first octets of what is to be sent.
    pub(super) fn gather(&self, target: &Target, most: usize) -> nix::Result<Vec<u8>> {
        let mut gathered = Vec::new();
        for part in &self.parts {
            let length = part.length.min(most - gathered.len());
            if length > 0 {
                gathered.extend(target.read(part.address, length)?);
            }
        }
        Ok(gathered)
    }

    /// Hands over a datagram as if it came from the kernel, and returns the result of the call.
    pub(super) fn deliver(&self, target: &Target, datagram: &[u8]) -> nix::Result<i64> {
        let mut rest = datagram;
        for part in &self.parts {
            let (now, later) = rest.split_at(part.length.min(rest.len()));
            target.write(part.address, now)?;
            rest = later;
        }
        if let Some(name) = self.name {
            let kernel = kernel();
            target.write(name.address, &kernel[..name.length.min(kernel.len())])?;
            let length = libc::socklen_t::try_from(kernel.len()).unwrap_or_default();
            target.write(self.name_length, &length.to_ne_bytes())?;
        }
        let wants_length = self.flags & libc::MSG_TRUNC != 0;
        let length = if wants_length {
            datagram.len()
        } else {
            datagram.len() - rest.len()
        };
        if let Some(address) = self.header {
            let truncated = if rest.is_empty() { 0 } else { libc::MSG_TRUNC };
            target.write(address + header::FLAGS, &truncated.to_ne_bytes())?;
            target.write(address + header::CONTROL_LENGTH, &0_u64.to_ne_bytes())?;
        }
        self.result(target, length)
    }

    /// The result of a call that has sent or received so many octets.
    pub(super) fn result(&self, target: &Target, length: usize) -> nix::Result<i64> {
        match self.header {
            Some(address) if self.many => {
                let length = u32::try_from(length).map_err(|_| Errno::EMSGSIZE)?;
                target.write(address + header::LENGTH as u64, &length.to_ne_bytes())?;
                Ok(1)
            }
            _ => i64::try_from(length).map_err(|_| Errno::EMSGSIZE),
        }
    }
}

fn part(address: u64, length: u64) -> nix::Result<Part> {
    let length = usize::try_from(length).map_err(|_| Errno::EINVAL)?;
    Ok(Part { address, length })
}

fn parts(target: &Target, address: u64, count: u64) -> nix::Result<Vec<Part>> {
    let count = usize::try_from(count).ok().filter(|count| *count <= MOST_PARTS);
    let count = count.ok_or(Errno::EMSGSIZE)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let octets = target.read(address, count * PART)?;
    octets
        .chunks_exact(PART)
        .map(|octets| part(u64_in(octets, 0), u64_in(octets, 8)))
        .collect()
}

/// An `int`, which is the lower half.
fn flags(argument: u64) -> i32 {
    let [a, b, c, d, ..] = argument.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

fn u32_in(octets: &[u8], offset: usize) -> u32 {
    let octets = octets.get(offset..).and_then(|rest| rest.first_chunk());
    octets.copied().map_or(0, u32::from_ne_bytes)
}

fn u64_in(octets: &[u8], offset: usize) -> u64 {
    let octets = octets.get(offset..).and_then(|rest| rest.first_chunk());
    octets.copied().map_or(0, u64::from_ne_bytes)
}
