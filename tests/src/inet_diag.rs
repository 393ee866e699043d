//! The kernel's own way to ask for sockets, `NETLINK_SOCK_DIAG`, by as few steps as it takes (`linux/inet_diag.h`).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const INET_DIAG_INFO: u32 = 2;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// Octets of a message's header.
const HEADER: usize = 16;
/// `TCP_ESTABLISHED`.
const ESTABLISHED: u32 = 1;
/// The kernel answers with so many octets at once at most.
const BUFFER: usize = 32 << 10;

/// A socket to ask by. It sees the network namespace in which it was made.
#[derive(Debug)]
pub struct InetDiag {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

impl InetDiag {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// Those of socket(2).
    pub fn new() -> io::Result<Self> {
        let protocol = SockProtocol::NetlinkSockDiag;
        Ok(Self {
            socket: socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?,
            buffer: vec![0; BUFFER],
        })
    }

    /// Looks up the IPv4 connection between two addresses with its `TCP_INFO`, and returns how many octets the answer has.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] when there is none, and those of sending and receiving.
    pub fn lookup(&mut self, local: SocketAddr, remote: SocketAddr) -> io::Result<usize> {
        self.ask(0, u32::MAX, Some((local, remote)))?;
        let (received, messages) = self.receive()?;
        match messages[..] {
            [SOCK_DIAG_BY_FAMILY] => Ok(received),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Asks for all established IPv4 connections with their `TCP_INFO`, and returns how many sockets there are.
    ///
    /// # Errors
    ///
    /// Those of sending and receiving.
    pub fn dump(&mut self) -> io::Result<usize> {
        self.ask(NLM_F_DUMP, 1 << ESTABLISHED, None)?;
        let mut sockets = 0;
        loop {
            let (_, messages) = self.receive()?;
            sockets += messages.iter().filter(|kind| **kind == SOCK_DIAG_BY_FAMILY).count();
            if messages.contains(&NLMSG_ERROR) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            if messages.contains(&NLMSG_DONE) {
                return Ok(sockets);
            }
        }
    }

    /// Sends a `struct inet_diag_req_v2`.
    fn ask(&self, flags: u16, states: u32, ends: Option<(SocketAddr, SocketAddr)>) -> io::Result<()> {
        let mut request = Vec::with_capacity(HEADER + 56);
        request.extend(72u32.to_ne_bytes());
        request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        request.extend((NLM_F_REQUEST | flags).to_ne_bytes());
        request.extend([0; 8]);
        let [family, protocol] = [libc::AF_INET, libc::IPPROTO_TCP].map(|number| number.to_le_bytes()[0]);
        request.extend([family, protocol, 1 << (INET_DIAG_INFO - 1), 0]);
        request.extend(states.to_ne_bytes());
        let ends = ends.map(|(local, remote)| [local, remote]);
        for port in ends.map_or([0; 2], |ends| ends.map(|end| end.port())) {
            request.extend(port.to_be_bytes());
        }
        for address in ends.map_or([[0; 16]; 2], |ends| ends.map(|end| octets(end.ip()))) {
            request.extend(address);
        }
        request.extend(0u32.to_ne_bytes());
        // INET_DIAG_NOCOOKIE.
        request.extend([0xff; 8]);
        let kernel = NetlinkAddr::new(0, 0);
        sendto(self.socket.as_raw_fd(), &request, &kernel, MsgFlags::empty())?;
        Ok(())
    }

    /// Receives once: how many octets, and the types of the messages.
    fn receive(&mut self) -> io::Result<(usize, Vec<u16>)> {
        let received = recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::empty())?;
        let mut rest = &self.buffer[..received];
        let mut messages = Vec::new();
        while let Some((header, _)) = rest.split_at_checked(HEADER) {
            let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
            messages.push(u16::from_ne_bytes([header[4], header[5]]));
            rest = rest.get(length.max(HEADER).next_multiple_of(4)..).unwrap_or_default();
        }
        Ok((received, messages))
    }
}

/// As the request has an address: an IPv4 one in the first four octets.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&address.octets());
            octets
        }
        IpAddr::V6(address) => address.octets(),
    }
}
