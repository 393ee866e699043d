//! A server with the known connections, and a client on each of the two ways in.

use std::cell::RefCell;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use estats_spec::endpoint::Profile;
use estats_tests::daemon::Directory;
use estatsd::server::{Limits, NetlinkServer, Service, UnixServer};
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, UnixAddr, bind, connect, getsockname, recv,
    send, setsockopt, socket,
};
use nix::sys::time::{TimeVal, TimeValLike as _};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::connections::Known;
use estats_tests::octets::{attribute, message, nest};

/// How a client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Unix,
    Netlink,
}

pub(crate) const WAYS: [Way; 2] = [Way::Unix, Way::Netlink];

/// A client, and the server that it is the only client of.
pub(crate) struct Client {
    way: Way,
    socket: OwnedFd,
    /// What acknowledgements are addressed to.
    port: u32,
    /// What goes ahead of each request.
    ahead: Vec<u8>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

impl Client {
    /// A client that has said nothing about itself.
    pub(crate) fn new(way: Way) -> Self {
        let (started, ready) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let server = thread::spawn(move || {
            let directory = Directory::new().expect("a directory");
            let path = directory.socket();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            LocalSet::new().block_on(&runtime, async {
                let unix = UnixServer::bind(&path).expect("a Unix socket");
                let netlink = NetlinkServer::bind(&path).expect("a netlink port");
                started.send((path.clone(), netlink.port())).expect("the test waits");
                let known = Rc::new(RefCell::new(Known));
                let service = Service::new(known, Profile::DEFAULT, Limits::default());
                tokio::select! {
                    () = unix.serve(service.clone()) => {}
                    () = netlink.serve(service) => {}
                    _ = stopped => {}
                }
            });
        });
        let (path, port) = ready.recv_timeout(Duration::from_secs(60)).expect("the server starts");
        let (socket, port) = match way {
            Way::Unix => (over_unix(&path), 0),
            Way::Netlink => over_netlink(port),
        };
        setsockopt(&socket, ReceiveTimeout, &TimeVal::seconds(60)).expect("a limit");
        Self {
            way,
            socket,
            port,
            ahead: Vec::new(),
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// A client that introduces itself as one that speaks so, with a library that has these variables: name, width, anything else.
    pub(crate) fn introduced(way: Way, wire: &str, variables: &str) -> Self {
        let mut client = Self::new(way);
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        let known: Vec<Vec<u8>> = columns(variables)
            .map(|(name, width)| {
                let member = match width {
                    "u64" => 1,
                    "u32" => 2,
                    "s32" => 3,
                    "u8" => 5,
                    _ => panic!("{width}"),
                };
                attribute(member, &text(name))
            })
            .collect();
        let said = [attribute(71, &text(wire)), nest(72, &known)].concat();
        match way {
            Way::Unix => {
                // Its port it can say, too.
                let said = [said, attribute(73, &4711_u32.to_le_bytes())].concat();
                let introduction = message(5, 73, 0, &said);
                client.port = 4711;
                let answers = client.exchange(&introduction);
                assert_eq!(answers, Vec::<Vec<u8>>::new());
            }
            // It holds for one datagram only, and need not be acknowledged.
            Way::Netlink => client.ahead = message(1, 73, 0, &said),
        }
        client
    }

    /// Sends a request, and returns the data of the answer, datagram by datagram. It ends with an acknowledgement, which is
    /// looked at here.
    pub(crate) fn exchange(&self, request: &[u8]) -> Vec<Vec<u8>> {
        let mut answers = self.answers(request);
        let end = answers.pop().expect("an acknowledgement");
        let acknowledged = [
            &36_u32.to_le_bytes(),
            &[2, 0, 0, 0][..],
            &request[8..12],
            &self.port.to_le_bytes(),
            &[0; 4],
            &request[..16],
        ];
        assert_eq!(end, acknowledged.concat(), "{:?}, {request:02x?}", self.way);
        answers
    }

    /// Sends a request that is refused with this error, and repeated in the refusal.
    pub(crate) fn refused(&self, request: &[u8], errno: i32) {
        let length = u32::try_from(20 + request.len()).expect("a short request");
        let refusal = [
            &length.to_le_bytes(),
            &[2, 0, 0, 0][..],
            &request[8..12],
            &self.port.to_le_bytes(),
            &(-errno).to_le_bytes(),
            request,
        ];
        assert_eq!(
            self.answers(request),
            [refusal.concat()],
            "{:?}, {request:02x?}",
            self.way
        );
    }

    /// Everything that comes for a request up to its end.
    fn answers(&self, request: &[u8]) -> Vec<Vec<u8>> {
        let fd = self.socket.as_raw_fd();
        let datagram = [&self.ahead, request].concat();
        assert_eq!(send(fd, &datagram, MsgFlags::empty()), Ok(datagram.len()));
        let mut answers = Vec::new();
        loop {
            // What the originals had room for.
            let mut buffer = vec![0; 4096];
            let length = recv(fd, &mut buffer, MsgFlags::MSG_TRUNC).expect("an answer");
            assert!((16..=3776).contains(&length), "{length} octets");
            buffer.truncate(length);
            let ended = buffer[4..6] == [2, 0];
            answers.push(buffer);
            if ended {
                return answers;
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop.take();
        let ended = self.server.take().map(thread::JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the server ends well");
        }
    }
}

/// Name and width of each line.
pub(crate) fn columns(variables: &str) -> impl Iterator<Item = (&str, &str)> {
    variables.lines().map(|line| {
        let mut columns = line.split(' ');
        (columns.next().expect("a name"), columns.next().expect("a width"))
    })
}

fn over_unix(path: &Path) -> OwnedFd {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    let address = UnixAddr::new(path).expect("a short path");
    connect(socket.as_raw_fd(), &address).expect("the server listens");
    socket
}

/// The socket, and its port.
fn over_netlink(port: u32) -> (OwnedFd, u32) {
    let protocol = SockProtocol::NetlinkUserSock;
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol).expect("a socket");
    let fd = socket.as_raw_fd();
    bind(fd, &NetlinkAddr::new(0, 0)).expect("a port");
    connect(fd, &NetlinkAddr::new(port, 0)).expect("the server's port");
    let own = getsockname::<NetlinkAddr>(fd).expect("a name").pid();
    (socket, own)
}
