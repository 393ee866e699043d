//! A client's socket without a client: it says what the test wants.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use estats_protocol::acknowledgement::outcome;
use estats_protocol::datagram::Messages;
use estats_spec::endpoint::PORTID_SUFFIX;
use nix::errno::Errno;
use nix::sys::socket::sockopt::{ReceiveTimeout, SendTimeout};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, UnixAddr, bind, connect, getsockname, recv,
    send, setsockopt, socket,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

/// Longer than any daemon that works lets a client wait.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what has come.
const GLANCE: Duration = Duration::from_micros(100);

/// Longest datagram that is taken whole.
const LONGEST: usize = 1 << 16;

/// How a client reaches a daemon.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Unix,
    Netlink,
}

/// A socket that is connected to a daemon.
pub(crate) struct Raw(OwnedFd);

impl Raw {
    /// One of the clients of the Unix socket at `path`.
    pub(crate) fn unix(path: &Path) -> Result<Self> {
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        Self::patient(socket)
    }

    /// A netlink socket of the calling thread's namespace that hears only the port `server`.
    pub(crate) fn netlink(server: u32) -> Result<Self> {
        let socket = netlink_at(0)?;
        connect(socket.as_raw_fd(), &NetlinkAddr::new(server, 0))?;
        Self::patient(socket)
    }

    fn patient(socket: OwnedFd) -> Result<Self> {
        let patience = TimeVal::seconds(i64::try_from(PATIENCE.as_secs())?);
        setsockopt(&socket, ReceiveTimeout, &patience)?;
        setsockopt(&socket, SendTimeout, &patience)?;
        Ok(Self(socket))
    }

    /// The netlink port that it has.
    pub(crate) fn port(&self) -> Result<u32> {
        Ok(getsockname::<NetlinkAddr>(self.0.as_raw_fd())?.pid())
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    pub(crate) fn send(&self, datagram: &[u8]) -> Result<()> {
        let sent = send(self.0.as_raw_fd(), datagram, MsgFlags::MSG_NOSIGNAL).context("sending to the daemon")?;
        ensure!(sent == datagram.len(), "{sent} octets of {} are sent", datagram.len());
        Ok(())
    }

    /// The next datagram.
    pub(crate) fn receive(&self) -> Result<Vec<u8>> {
        self.receive_with(MsgFlags::empty())
            .context("the daemon does not answer")
    }

    /// What has come already; `None` if nothing has.
    pub(crate) fn received(&self) -> Result<Option<Vec<u8>>> {
        match self.receive_with(MsgFlags::MSG_DONTWAIT) {
            Ok(datagram) => Ok(Some(datagram)),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    fn receive_with(&self, flags: MsgFlags) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; LONGEST];
        let length = recv(self.0.as_raw_fd(), &mut buffer, flags)?;
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Takes what comes until the request `sequence` is acknowledged or refused, and returns the error number of the end, 0 for none.
    pub(crate) fn outcome(&self, sequence: u32) -> Result<i32> {
        let started = Instant::now();
        let mut buffer = vec![0; LONGEST];
        loop {
            match recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => bail!("the daemon has ended the conversation"),
                Ok(length) => {
                    if let Some(errno) = ended(&buffer[..length], sequence) {
                        return Ok(errno);
                    }
                }
                // Who waited in the call would be woken, and the daemon interrupted, for each of many datagrams.
                Err(Errno::EAGAIN) if started.elapsed() < PATIENCE => sleep(GLANCE),
                Err(errno) => return Err(errno).context("the daemon does not answer"),
            }
        }
    }
}

/// The error number if the datagram ends the answer to request `sequence`.
fn ended(datagram: &[u8], sequence: u32) -> Option<i32> {
    let mut messages = Messages::new(datagram).filter(|message| message.header.sequence_number == sequence);
    messages.find_map(|message| outcome(&message).ok().flatten())
}

/// A netlink socket with this port, or with any if it is 0.
pub(crate) fn netlink_at(port: u32) -> Result<OwnedFd, Errno> {
    let protocol = SockProtocol::NetlinkUserSock;
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(port, 0))?;
    Ok(socket)
}

/// The file in which the daemon on `socket` names its netlink port.
pub(crate) fn port_file(socket: &Path) -> PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(PORTID_SUFFIX);
    name.into()
}

/// The netlink port of the daemon on `socket`.
pub(crate) fn daemon_port(socket: &Path) -> Result<u32> {
    Ok(fs::read_to_string(port_file(socket))?.trim().parse()?)
}
