//! A generic netlink socket of a supervised process, which stays the kernel's.
//!
//! What comes from the daemon cannot be put into its queue: nobody but the kernel can send there as the kernel. So the kernel is made
//! to send something, the acknowledgement of an empty message, a *token*. It makes the socket readable, for `poll`, `epoll` and
//! whatever else looks, and has the kernel's address. Whoever receives it gets the daemon's datagram in its place.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, getsockname, getsockopt, recv,
    sendto, socket, sockopt,
};

/// A descriptor of our own for it.
pub(super) struct Socket(OwnedFd);

/// What is at the head of the queue.
pub(super) enum Head {
    Nothing,
    Token,
    /// Something that the kernel has sent for its own reasons.
    Other,
}

/// The message that is acknowledged: of a type that netlink keeps to itself and has no use for.
const EMPTY: u32 = 16;
const TYPE: u16 = 0xe;
/// `NLM_F_REQUEST` and `NLM_F_ACK`.
const FLAGS: u16 = 0x5;
const SEQUENCE: u32 = 0x5443_5045;

/// The acknowledgement: its own header, an error number, the header of the message.
const TOKEN: usize = 36;
/// Where its sequence number, its error number and the header of the message are.
const PARTS: [std::ops::Range<usize>; 2] = [8..12, 16..36];

impl Socket {
    /// Opens one of this type. Without a port it is bound when the process says so, and gets the process's.
    pub(super) fn open(kind: i32) -> nix::Result<Self> {
        let flags = SockFlag::from_bits_truncate(kind & libc::SOCK_NONBLOCK) | SockFlag::SOCK_CLOEXEC;
        let kind = match kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC) {
            libc::SOCK_RAW => SockType::Raw,
            libc::SOCK_DGRAM => SockType::Datagram,
            _ => return Err(Errno::ESOCKTNOSUPPORT),
        };
        socket(AddressFamily::Netlink, kind, flags, SockProtocol::NetlinkGeneric).map(Self)
    }

    /// `None` if the descriptor is for anything else.
    pub(super) fn from(descriptor: OwnedFd) -> Option<Self> {
        let is = |name, value| option::<libc::c_int>(&descriptor, name) == Some(value);
        let is_one = is(libc::SO_DOMAIN, libc::AF_NETLINK) && is(libc::SO_PROTOCOL, libc::NETLINK_GENERIC);
        is_one.then_some(Self(descriptor))
    }

    /// Its number, which no other socket ever has.
    pub(super) fn cookie(&self) -> nix::Result<u64> {
        option(&self.0, libc::SO_COOKIE).ok_or(Errno::ENOPROTOOPT)
    }

    /// Its port. One that has none gets the process's, or one of the kernel's choice, as sending gives it.
    pub(super) fn port(&self, process: u32) -> nix::Result<u32> {
        let own = || getsockname::<NetlinkAddr>(self.0.as_raw_fd()).map(|address| address.pid());
        for wanted in [process, 0] {
            match own()? {
                0 => {
                    // The port may be taken.
                    let _ = bind(self.0.as_raw_fd(), &NetlinkAddr::new(wanted, 0));
                }
                port => return Ok(port),
            }
        }
        own()
    }

    /// Puts a token behind what is there.
    pub(super) fn put_token(&self) -> nix::Result<()> {
        sendto(
            self.0.as_raw_fd(),
            &message(),
            &NetlinkAddr::new(0, 0),
            MsgFlags::MSG_DONTWAIT,
        )
        .map(drop)
    }

    /// Takes the token off the head.
    pub(super) fn take_token(&self) -> nix::Result<()> {
        recv(self.0.as_raw_fd(), &mut [0; TOKEN], MsgFlags::MSG_DONTWAIT).map(drop)
    }

    /// Looks at the head.
    ///
    /// # Errors
    /// Those of the socket, which are told once: of messages that were lost.
    pub(super) fn head(&self) -> nix::Result<Head> {
        let mut octets = [0; TOKEN];
        let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
        match recv(self.0.as_raw_fd(), &mut octets, flags) {
            Ok(TOKEN) if is_token(&octets) => Ok(Head::Token),
            Ok(_) => Ok(Head::Other),
            Err(Errno::EAGAIN) => Ok(Head::Nothing),
            Err(errno) => Err(errno),
        }
    }

    /// Whether the process does not want to wait on it.
    pub(super) fn is_nonblocking(&self) -> bool {
        fcntl(&self.0, FcntlArg::F_GETFL).is_ok_and(|flags| OFlag::from_bits_retain(flags).contains(OFlag::O_NONBLOCK))
    }

    /// How long the process wants to wait; `None` for ever.
    pub(super) fn receive_timeout(&self) -> Option<Duration> {
        let time = getsockopt(&self.0, sockopt::ReceiveTimeout).ok()?;
        let seconds = u64::try_from(time.tv_sec()).ok()?;
        let time = Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec()).ok()?);
        (!time.is_zero()).then_some(time)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn message() -> [u8; EMPTY as usize] {
    let mut message = [0; EMPTY as usize];
    message[..4].copy_from_slice(&EMPTY.to_ne_bytes());
    message[4..6].copy_from_slice(&TYPE.to_ne_bytes());
    message[6..8].copy_from_slice(&FLAGS.to_ne_bytes());
    message[8..12].copy_from_slice(&SEQUENCE.to_ne_bytes());
    message
}

fn is_token(octets: &[u8; TOKEN]) -> bool {
    let [sequence, rest] = PARTS;
    let (error, acknowledged) = octets[rest].split_at(4);
    octets[sequence] == SEQUENCE.to_ne_bytes() && error == [0; 4] && acknowledged == message()
}

/// An option of a socket that is a number.
fn option<T: Default>(socket: &OwnedFd, name: libc::c_int) -> Option<T> {
    let mut value = T::default();
    let mut length = libc::socklen_t::try_from(size_of::<T>()).ok()?;
    // SAFETY: the value has the length given, and any octets are a number.
    let failed = unsafe {
        let value: *mut libc::c_void = (&raw mut value).cast();
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, name, value, &raw mut length)
    };
    (failed == 0).then_some(value)
}
