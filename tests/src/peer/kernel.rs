//! The kernel's end of a scripted connection: an ordinary socket, and what the daemon says of it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::os::fd::AsRawFd as _;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use estats_protocol::client::Client;
use estats_protocol::{Instruments, Masks, Origin, Reading};
use estats_spec::Id;
use nix::errno::Errno;
use nix::sys::socket::sockopt::Linger;
use nix::sys::socket::{SockaddrStorage, connect, setsockopt};

use super::moment::Moment;
use super::witness;
use crate::daemon::Daemon;
use crate::netns::Namespace;
use crate::observer::signed;
use crate::tcp_info::TcpInfo;
use crate::traffic::Options;

/// A system call of a script never has to wait; one that does fails after this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The kernel's end.
#[derive(Debug)]
pub struct Kernel {
    /// Where it is.
    pub namespace: Namespace,
    client: Client,
    options: Options,
    own: SocketAddr,
    other: SocketAddr,
    listener: Option<TcpListener>,
    connecting: Option<JoinHandle<Result<TcpStream>>>,
    socket: Option<TcpStream>,
    /// The daemon's id of the connection, if it listed it when it was established.
    cid: Option<u32>,
}

impl Kernel {
    pub(super) fn new(namespace: Namespace, options: Options, own: SocketAddr, other: SocketAddr) -> Result<Self> {
        Ok(Self {
            namespace,
            client: witness::client()?,
            options,
            own,
            other,
            listener: None,
            connecting: None,
            socket: None,
            cid: None,
        })
    }

    /// Listens on the address that the peer connects to.
    ///
    /// # Panics
    ///
    /// When the kernel refuses.
    pub fn listen(&mut self) {
        let listener = self.namespace.run(|| self.options.listen(self.own));
        self.listener = Some(listener.expect("a listener"));
    }

    /// The listening socket.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn listener(&self) -> &TcpListener {
        self.listener.as_ref().expect("listen first")
    }

    /// Takes the connection whose handshake is complete.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn accept(&mut self) {
        let listener = self.listener();
        listener.set_nonblocking(true).expect("fcntl");
        let (socket, _) = listener.accept().expect("an established connection to accept");
        self.adopt(socket);
    }

    /// Starts to connect to the peer: the SYN is on its way soon.
    ///
    /// # Panics
    ///
    /// When the namespace cannot be entered.
    pub fn begin_to_connect(&mut self) {
        let (options, address) = (self.options, self.other);
        // A thread begins in the network namespace of the one that starts it.
        let connecting = self.namespace.run(|| thread::spawn(move || options.connect(address)));
        self.connecting = Some(connecting);
    }

    /// Ends what [`Kernel::begin_to_connect`] began.
    ///
    /// # Panics
    ///
    /// When the connection failed.
    pub fn finish_connecting(&mut self) {
        let socket = self.connecting.take().expect("begin to connect first").join();
        self.adopt(socket.expect("a thread that ends").expect("a connection to the peer"));
    }

    /// Why what [`Kernel::begin_to_connect`] began came to nothing.
    ///
    /// # Panics
    ///
    /// When it did not, or when no system call failed.
    pub fn fail_to_connect(&mut self) -> Errno {
        let socket = self.connecting.take().expect("begin to connect first").join();
        let error = socket
            .expect("a thread that ends")
            .expect_err("a connection that fails");
        *error.downcast_ref().expect("an error of a system call")
    }

    /// Dissolves the connection with a reset and keeps the socket: `connect` to no address.
    ///
    /// # Panics
    ///
    /// When the kernel refuses.
    pub fn disconnect(&mut self) {
        // SAFETY: a sockaddr of zero bytes is a valid one: it consists of integers. Its family says that there is no address.
        let nowhere: libc::sockaddr = unsafe { std::mem::zeroed() };
        let length = libc::socklen_t::try_from(size_of_val(&nowhere)).expect("a short structure");
        // SAFETY: the kernel reads so many bytes of the structure, which lives here.
        let result = unsafe { libc::connect(self.socket().as_raw_fd(), &raw const nowhere, length) };
        Errno::result(result).expect("a socket without connection");
    }

    /// As [`Kernel::begin_to_connect`], with the socket that was [disconnected](Kernel::disconnect).
    ///
    /// # Panics
    ///
    /// When there is no socket.
    pub fn begin_to_reconnect(&mut self) {
        let (socket, address) = (self.socket.take().expect("a socket"), self.other);
        self.connecting = Some(thread::spawn(move || {
            connect(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
            Ok(socket)
        }));
    }

    fn adopt(&mut self, socket: TcpStream) {
        socket.set_nonblocking(false).expect("fcntl");
        socket.set_read_timeout(Some(PATIENCE)).expect("setsockopt");
        socket.set_write_timeout(Some(PATIENCE)).expect("setsockopt");
        self.own = socket.local_addr().expect("a connected socket");
        self.socket = Some(socket);
        // Asked before the script goes on: a list of the whole host takes its time, and a closed connection is not in it.
        self.cid = self.listed().last().copied();
    }

    /// The ids under which the daemon lists connections to the peer, in ascending order. No other script has the same peer.
    ///
    /// # Panics
    ///
    /// When the daemon does not answer.
    #[must_use]
    pub fn listed(&mut self) -> Vec<u32> {
        let peer = (self.other.ip(), self.other.port());
        let listed = self.client.list().expect("a list of the daemon's connections");
        let own = listed.iter().filter(|tuple| tuple.remote == peer);
        own.map(|tuple| tuple.cid).collect()
    }

    /// Makes the rows those of the connection listed last, which nobody accepted yet, or which was not established when it was
    /// accepted. Returns its id.
    ///
    /// # Panics
    ///
    /// When none is listed.
    #[track_caller]
    pub fn find(&mut self) -> u32 {
        let cid = *self.listed().last().expect("the daemon lists the connection");
        self.cid = Some(cid);
        cid
    }

    /// Makes the rows those that another daemon delivers, which was started after the connection was opened.
    ///
    /// # Panics
    ///
    /// When it does not answer, or does not list the connection.
    #[track_caller]
    pub fn ask(&mut self, daemon: &Daemon) {
        self.client = daemon.client().expect("a client of the daemon");
        self.find();
    }

    /// The socket.
    ///
    /// # Panics
    ///
    /// When there is none: not yet connected, or closed.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        self.socket.as_ref().expect("a socket that is open")
    }

    /// Writes so many octets, in one system call.
    ///
    /// # Panics
    ///
    /// When the socket does not take them all at once.
    #[track_caller]
    pub fn write(&mut self, octets: usize) -> Moment {
        let payload = vec![0x5a; octets];
        let mut socket = self.socket();
        let (moment, written) = Moment::of(|| socket.write(&payload));
        assert_eq!(written.expect("write"), octets, "octets written");
        moment
    }

    /// Reads so many octets.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    #[track_caller]
    pub fn read(&mut self, octets: usize) {
        let mut payload = vec![0; octets];
        self.socket().read_exact(&mut payload).expect("octets to read");
    }

    /// Sends a FIN.
    ///
    /// # Panics
    ///
    /// When the connection is gone.
    #[track_caller]
    pub fn shut_down(&mut self) -> Moment {
        let (moment, result) = Moment::of(|| self.socket().shutdown(Shutdown::Write));
        result.expect("shutdown");
        moment
    }

    /// Closes the socket.
    pub fn close(&mut self) {
        self.socket = None;
    }

    /// Closes the socket with a reset (`SO_LINGER` of no time).
    ///
    /// # Panics
    ///
    /// When there is no socket.
    pub fn abort(&mut self) {
        linger_not(self.socket()).expect("setsockopt");
        self.close();
    }

    /// Waits until the connection is closed. A socket that was [closed](Kernel::close) may be open for a moment in a process that another
    /// test starts: it has all files until it runs its program.
    ///
    /// # Panics
    ///
    /// When it stays open.
    #[track_caller]
    pub fn wait_until_closed(&mut self) {
        const CLOSED: i64 = 1;
        let began = Instant::now();
        while self.row(Id::State) != CLOSED {
            assert!(began.elapsed() < PATIENCE, "it stays in state {}", self.row(Id::State));
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Closes the listener, and with it the connections that nobody accepted.
    pub fn stop_listening(&mut self) {
        self.listener = None;
    }

    /// The kernel's own account of the connection.
    ///
    /// # Panics
    ///
    /// When it has none.
    #[must_use]
    pub fn info(&self) -> TcpInfo {
        TcpInfo::read(self.socket()).expect("TCP_INFO")
    }

    /// What the daemon says of the connection, open or closed.
    ///
    /// # Panics
    ///
    /// When it says nothing.
    #[track_caller]
    pub fn reading(&mut self) -> Reading {
        let cid = self
            .cid
            .expect("the daemon lists the connection when it is established");
        self.client
            .read_vars(cid, &Masks::ALL)
            .expect("a reading of the connection")
    }

    /// Everything that the daemon measures of the connection, open or closed. Some rows have no place in the old protocol.
    ///
    /// # Panics
    ///
    /// When it says nothing.
    #[track_caller]
    pub fn instruments(&mut self) -> Instruments {
        let cid = self
            .cid
            .expect("the daemon lists the connection when it is established");
        let row = self.client.read_row(cid).expect("the row of the connection");
        row.instruments
    }

    /// Where the connection comes from, as the daemon says it.
    ///
    /// # Panics
    ///
    /// When it does not list the connection.
    #[track_caller]
    pub fn origin(&mut self) -> Origin {
        let details = self.client.details().expect("a list of the daemon's connections");
        let own = details.into_iter().find(|details| Some(details.tuple.cid) == self.cid);
        own.expect("the daemon lists the connection").origin
    }

    /// The value of one row.
    ///
    /// # Panics
    ///
    /// When the daemon does not deliver it.
    #[track_caller]
    pub fn row(&mut self, id: Id) -> i64 {
        self.instruments()[id].map_or_else(|| panic!("{id} is not delivered"), signed)
    }

    /// Each of these rows has to have exactly this value.
    ///
    /// # Panics
    ///
    /// When one has not, with all that have not.
    #[track_caller]
    pub fn expect_rows(&mut self, expected: &[(Id, i64)]) {
        let instruments = self.instruments();
        let wrong: Vec<_> = expected
            .iter()
            .map(|(id, value)| (id.name(), Some(*value), instruments[*id].map(signed)))
            .filter(|(_, expected, value)| expected != value)
            .map(|(name, expected, value)| format!("{name} is {value:?}, expected {expected:?}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// This row has to be within `range`, for a value that is a time.
    ///
    /// # Panics
    ///
    /// When it is not.
    #[track_caller]
    pub fn expect_row(&mut self, id: Id, range: RangeInclusive<i64>) {
        let value = self.row(id);
        assert!(range.contains(&value), "{} is {value}, expected {range:?}", id.name());
    }
}

impl Drop for Kernel {
    /// Aborts the connection: closed in any other way it would live on as long as it waits for a peer that is gone, and its
    /// namespace with it.
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            // It fails only when the connection is gone already.
            let _ = linger_not(socket);
        }
    }
}

/// Makes closing the socket a reset.
fn linger_not(socket: &TcpStream) -> nix::Result<()> {
    let at_once = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    setsockopt(socket, Linger, &at_once)
}
