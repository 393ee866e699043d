//! TCP connections with chosen properties, both ends in the test's hands.

use std::ffi::c_int;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, connect, listen, socket};

use crate::netns::Namespace;
use crate::path::Side;
use crate::sockopt;
use crate::tcp_info::TcpInfo;

/// A blocked read or write fails after it. Longer than anything that a test waits for, lost packets included: a server whose SYN-ACK was lost
/// begins with a timeout of 3 seconds, and after 4 losses in a row it has waited 45.
const PATIENCE: Duration = Duration::from_secs(100);
/// Longer than the longest delayed ACK (200 ms), so that a connection that did nothing for so long does nothing any more.
const QUIET: Duration = Duration::from_millis(250);

/// A socket option that is a number: level, option, value.
pub type NumericOption = (c_int, c_int, c_int);

/// What an end of a connection asks of its socket before it connects or listens. `None` leaves the system's default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// `TCP_MAXSEG`, octets.
    pub mss: Option<u16>,
    /// `IP_TTL` or `IPV6_UNICAST_HOPS`.
    pub ttl: Option<u8>,
    /// `IP_TOS` or `IPV6_TCLASS`.
    pub tos: Option<u8>,
    /// `SO_RCVBUF`, octets (the kernel doubles it).
    pub receive_buffer: Option<u32>,
    /// `SO_SNDBUF`, octets (the kernel doubles it).
    pub send_buffer: Option<u32>,
    /// `TCP_WINDOW_CLAMP`, octets.
    pub window_clamp: Option<u32>,
    /// `SO_PRIORITY`.
    pub priority: Option<u8>,
    /// `TCP_NODELAY`.
    pub nodelay: bool,
    /// `TCP_CONGESTION`.
    pub congestion_control: Option<&'static str>,
    /// Further options, set in this order.
    pub more: &'static [NumericOption],
}

impl Options {
    /// Makes a socket of the family of `address` that has these properties.
    fn socket(&self, address: IpAddr) -> Result<std::os::fd::OwnedFd> {
        let (family, level, ttl, tos) = match address {
            IpAddr::V4(_) => (AddressFamily::Inet, libc::IPPROTO_IP, libc::IP_TTL, libc::IP_TOS),
            IpAddr::V6(_) => (
                AddressFamily::Inet6,
                libc::IPPROTO_IPV6,
                libc::IPV6_UNICAST_HOPS,
                libc::IPV6_TCLASS,
            ),
        };
        let socket = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        let numbers = [
            (libc::IPPROTO_TCP, libc::TCP_MAXSEG, self.mss.map(u32::from)),
            (level, ttl, self.ttl.map(u32::from)),
            (level, tos, self.tos.map(u32::from)),
            (libc::SOL_SOCKET, libc::SO_RCVBUF, self.receive_buffer),
            (libc::SOL_SOCKET, libc::SO_SNDBUF, self.send_buffer),
            (libc::IPPROTO_TCP, libc::TCP_WINDOW_CLAMP, self.window_clamp),
            (libc::SOL_SOCKET, libc::SO_PRIORITY, self.priority.map(u32::from)),
            (libc::IPPROTO_TCP, libc::TCP_NODELAY, self.nodelay.then_some(1)),
        ];
        for (level, option, value) in numbers {
            if let Some(value) = value {
                sockopt::set(&socket, level, option, c_int::try_from(value)?)
                    .with_context(|| format!("socket option {option} of level {level}"))?;
            }
        }
        for (level, option, value) in self.more {
            sockopt::set(&socket, *level, *option, *value)
                .with_context(|| format!("socket option {option} of level {level}"))?;
        }
        if let Some(name) = self.congestion_control {
            sockopt::set_bytes(&socket, libc::IPPROTO_TCP, libc::TCP_CONGESTION, name.as_bytes())
                .with_context(|| format!("congestion control {name}"))?;
        }
        Ok(socket)
    }

    /// A listener at `address` whose accepted connections have these properties. To be called inside the server's namespace.
    ///
    /// # Errors
    ///
    /// Those of the system calls, with the option that was refused.
    pub fn listen(&self, address: SocketAddr) -> Result<TcpListener> {
        let socket = self.socket(address.ip())?;
        sockopt::set(&socket, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
        bind(socket.as_raw_fd(), &SockaddrStorage::from(address)).with_context(|| format!("bind to {address}"))?;
        listen(&socket, Backlog::MAXALLOWABLE)?;
        Ok(socket.into())
    }

    /// A connection to `address` that has these properties. To be called inside the client's namespace.
    ///
    /// # Errors
    ///
    /// Those of the system calls, with the option that was refused.
    pub fn connect(&self, address: SocketAddr) -> Result<TcpStream> {
        let socket = self.socket(address.ip())?;
        connect(socket.as_raw_fd(), &SockaddrStorage::from(address))
            .with_context(|| format!("connect to {address}"))?;
        Ok(socket.into())
    }
}

/// Both ends of an established connection.
#[derive(Debug)]
pub struct Pair {
    /// The end that connected.
    pub client: TcpStream,
    /// The end that accepted.
    pub server: TcpStream,
}

impl Pair {
    /// Opens a connection from the namespace `from` to `address`, which is of the namespace `to`.
    ///
    /// # Errors
    ///
    /// Those of the system calls.
    pub fn open(
        (from, client): (&Namespace, Options),
        (to, server): (&Namespace, Options),
        address: IpAddr,
    ) -> Result<Self> {
        Self::open_through((from, client), (to, server), address, address)
    }

    /// As [`Pair::open`] for a listener that has a different address than the one connected to (any address, or the other
    /// family).
    ///
    /// # Errors
    ///
    /// Those of the system calls.
    pub fn open_through(
        (from, client): (&Namespace, Options),
        (to, server): (&Namespace, Options),
        listening: IpAddr,
        connecting: IpAddr,
    ) -> Result<Self> {
        let listener = to.run(|| server.listen(SocketAddr::new(listening, 0)))?;
        let address = SocketAddr::new(connecting, listener.local_addr()?.port());
        let client = from.run(|| client.connect(address))?;
        let (server, _) = listener.accept()?;
        for end in [&client, &server] {
            end.set_read_timeout(Some(PATIENCE))?;
            end.set_write_timeout(Some(PATIENCE))?;
        }
        Ok(Self { client, server })
    }

    /// The end at `side`.
    #[must_use]
    pub fn end(&self, side: Side) -> &TcpStream {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Waits until everything written was sent and acknowledged and neither end has anything more to send, delayed ACKs
    /// included: what is read of the connection from now on stays as it is.
    ///
    /// # Errors
    ///
    /// When the connection does not come to rest within 100 seconds.
    pub fn quiesce(&self) -> Result<()> {
        let started = Instant::now();
        let mut last = self.snapshot()?;
        loop {
            thread::sleep(QUIET);
            let now = self.snapshot()?;
            if now == last && now.iter().all(|info| info.unacked == 0 && info.notsent_bytes == 0) {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                bail!("the connection does not come to rest: {now:?}");
            }
            last = now;
        }
    }

    /// `TCP_INFO` of client and server, without what ages.
    fn snapshot(&self) -> io::Result<[TcpInfo; 2]> {
        Ok([
            TcpInfo::read(&self.client)?.without_ages(),
            TcpInfo::read(&self.server)?.without_ages(),
        ])
    }
}

/// Sends `octets` octets from one end to the other and returns when the last one was read.
///
/// # Errors
///
/// Those of reading and writing; a timeout after 100 seconds without progress.
pub fn transfer(from: &TcpStream, to: &TcpStream, octets: u64) -> io::Result<()> {
    thread::scope(|scope| {
        let writer = scope.spawn(|| send(from, octets));
        receive(to, octets)?;
        writer.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Writes `octets` octets.
///
/// # Errors
///
/// Those of writing.
pub fn send(mut from: &TcpStream, octets: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0x5a).take(octets), &mut from)?;
    from.flush()
}

/// Reads exactly `octets` octets.
///
/// # Errors
///
/// Those of reading; [`io::ErrorKind::UnexpectedEof`] when the peer closed before.
pub fn receive(to: &TcpStream, octets: u64) -> io::Result<()> {
    match io::copy(&mut to.take(octets), &mut io::sink())? {
        all if all == octets => Ok(()),
        some => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{some} of {octets} octets came"),
        )),
    }
}

/// Writes until the socket takes no more for a fifth of a second, and returns how much it took: the peer does not read, so its
/// window and the send buffer are full.
///
/// # Errors
///
/// Those of writing, except being blocked.
pub fn fill(mut from: &TcpStream) -> io::Result<u64> {
    from.set_write_timeout(Some(Duration::from_millis(200)))?;
    let mut taken = 0;
    let result = loop {
        match from.write(&[0x5a; 16384]) {
            Ok(octets) => taken += octets as u64,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(taken),
            // Whatever stops the thread for a moment interrupts a write that has a timeout, even where no signal is handled.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    from.set_write_timeout(Some(PATIENCE))?;
    result
}

#[cfg(test)]
mod tests;
