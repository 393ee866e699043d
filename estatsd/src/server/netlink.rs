//! The netlink socket: protocol `NETLINK_USERSOCK`, which carries datagrams between processes of one network namespace.
//!
//! All clients share the daemon's one socket. A client whose receive buffer is full makes a waiting send sleep, so nothing here
//! waits in a send: each client has its own task, which tries again from time to time.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    io::{self, IoSliceMut},
    os::fd::AsRawFd,
    path::Path,
    rc::Rc,
    time::Duration,
};

use estats_protocol::{acknowledgement::refuse, datagram::Messages};
use estats_spec::wire::{errno::ENOBUFS, extension::MULTICAST_GROUP_ID};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_USERSOCK};
use nix::{
    cmsg_space,
    sys::socket::{
        ControlMessageOwned, MsgFlags, NetlinkAddr, UnixCredentials, recvmsg, setsockopt, sockopt::PassCred,
    },
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::{JoinSet, yield_now},
    time::{Instant, sleep},
};
use tracing::{debug, info, warn};

use super::{
    caller::Caller,
    connections::Connections,
    portid_file::PortidFile,
    service::{REQUEST_MAX, Service},
    subscription::Subscription,
};

/// Requests of one client that may wait for their turn. Clients wait for the answer before they ask again.
const QUEUE: usize = 8;

/// Between two attempts to send to a client that has no room: at first, and at last.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(64));

/// Listens on a netlink port, which a file beside the Unix socket names.
#[derive(Debug)]
pub struct NetlinkServer {
    socket: AsyncFd<Socket>,
    port: u32,
    file: PortidFile,
}

/// One datagram as it came.
#[derive(Debug)]
struct Request {
    caller: Caller,
    datagram: Vec<u8>,
    truncated: bool,
}

/// The clients that are being served, and their requests that wait.
type Queues = Rc<RefCell<HashMap<u32, VecDeque<Request>>>>;

impl NetlinkServer {
    /// Opens a port in the current network namespace, inside a tokio runtime, and publishes it beside the Unix socket
    /// `beside`.
    ///
    /// # Errors
    ///
    /// A system call failed; the message says which.
    pub fn bind(beside: &Path) -> io::Result<Self> {
        let failed = |doing: &str, error: io::Error| io::Error::new(error.kind(), format!("cannot {doing}: {error}"));
        let mut socket = Socket::new(NETLINK_USERSOCK).map_err(|error| failed("open a netlink socket", error))?;
        let port = socket
            .bind_auto()
            .map_err(|error| failed("bind the netlink socket", error))?
            .port_number();
        // The sender's real ids with every datagram, which is what the kernel module checked.
        setsockopt(&socket, PassCred, &true)
            .map_err(|errno| failed("ask for the credentials of senders", errno.into()))?;
        socket
            .set_non_blocking(true)
            .map_err(|error| failed("set up the netlink socket", error))?;
        let file = PortidFile::write(beside, port).map_err(|error| failed("publish the netlink port", error))?;
        // SAFETY: a `Socket` is the same open descriptor from its making to its drop.
        let socket = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }?;
        Ok(Self { socket, port, file })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u32 {
        self.port
    }

    /// The file that names the port.
    #[must_use]
    pub fn portid_path(&self) -> &Path {
        self.file.path()
    }

    /// Serves clients, inside a [`tokio::task::LocalSet`], until dropped.
    pub async fn serve<C: Connections + 'static>(self, service: Service<C>) {
        let server = Rc::new(self);
        let queues = Queues::default();
        let mut clients = JoinSet::new();
        let mut group = JoinSet::new();
        group.spawn_local(announce(Rc::clone(&server), service.group()));
        loop {
            let request = match server.receive().await {
                Ok(Some(request)) => request,
                Ok(None) => continue,
                Err(error) => {
                    warn!(%error, "cannot receive from the netlink socket");
                    sleep(RETRY.1).await;
                    continue;
                }
            };
            while clients.try_join_next().is_some() {}
            let port = request.caller.port;
            let mut waiting = queues.borrow_mut();
            match waiting.get_mut(&port) {
                Some(queue) if queue.len() < QUEUE => queue.push_back(request),
                Some(_) => server.turn_away(&request),
                None => match service.place(request.caller) {
                    Ok(place) => {
                        waiting.insert(port, VecDeque::from([request]));
                        let conversation = attend(Rc::clone(&server), service.clone(), Rc::clone(&queues), port);
                        clients.spawn_local(async move {
                            let _place = place;
                            conversation.await;
                        });
                    }
                    Err(_) => server.turn_away(&request),
                },
            }
        }
    }

    /// The next datagram; `None` for one that no client sent.
    async fn receive(&self) -> io::Result<Option<Request>> {
        self.socket
            .async_io(Interest::READABLE, |socket| {
                let mut datagram = vec![0; REQUEST_MAX];
                let mut control = cmsg_space!(UnixCredentials);
                let mut pieces = [IoSliceMut::new(&mut datagram)];
                let message = recvmsg::<NetlinkAddr>(
                    socket.as_raw_fd(),
                    &mut pieces,
                    Some(&mut control),
                    MsgFlags::MSG_DONTWAIT,
                )?;
                let port = message.address.map_or(0, |address| address.pid());
                let credentials = message.cmsgs()?.find_map(|control| match control {
                    ControlMessageOwned::ScmCredentials(credentials) => Some(credentials),
                    _ => None,
                });
                let (length, truncated) = (message.bytes, message.flags.contains(MsgFlags::MSG_TRUNC));
                datagram.truncate(length);
                // Port 0 is the kernel, which asks nothing.
                Ok(credentials.filter(|_| port != 0).map(|credentials| Request {
                    caller: Caller::new(credentials.uid(), credentials.gid(), port),
                    datagram,
                    truncated,
                }))
            })
            .await
    }

    /// Refuses what there is no room for, if the client has room for that.
    fn turn_away(&self, request: &Request) {
        let port = request.caller.port;
        if let Some(message) = Messages::new(&request.datagram).next() {
            let refusal = refuse(&message, port, ENOBUFS);
            if let Err(error) = self.try_send(&refusal, port) {
                debug!(port, %error, "cannot turn a netlink client away");
            }
        }
    }

    fn try_send(&self, datagram: &[u8], port: u32) -> io::Result<()> {
        let address = SocketAddr::new(port, 0);
        self.socket.get_ref().send_to(datagram, &address, libc::MSG_DONTWAIT)?;
        Ok(())
    }

    /// Sends when the client has room, or gives it up. The kernel does not tell when there is room.
    async fn send(&self, datagram: &[u8], port: u32, patience: Duration) -> io::Result<()> {
        let deadline = Instant::now() + patience;
        let mut pause = RETRY.0;
        loop {
            match self.try_send(datagram, port) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if Instant::now() >= deadline {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(RETRY.1);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// Answers the requests of one client until none waits.
async fn attend<C: Connections>(server: Rc<NetlinkServer>, service: Service<C>, queues: Queues, port: u32) {
    while let Some(Request {
        caller,
        datagram,
        truncated,
    }) = next_request(&queues, port)
    {
        // A port may belong to another process the next time, so what a client says of itself holds for one datagram.
        let session = service.session(caller, service.dialect(), None);
        let answered = service.answer(datagram, truncated, session, async |datagram: Vec<u8>| {
            server.send(&datagram, port, service.limits().patience).await
        });
        match answered.await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                info!(port, "a netlink client left its answer unread; gave up its request");
            }
            Err(error) => debug!(port, %error, "lost a netlink client"),
        }
    }
}

/// Sends what goes to the multicast group. Who does not read fast enough is told by the kernel (`ENOBUFS`), and delays nobody.
async fn announce(server: Rc<NetlinkServer>, group: Rc<Subscription>) {
    // Set by its bit: group 1 is bit 0.
    let address = SocketAddr::new(0, 1 << (MULTICAST_GROUP_ID - 1));
    loop {
        let datagram = group.next().await;
        let sent = server.socket.get_ref().send_to(&datagram, &address, libc::MSG_DONTWAIT);
        match sent {
            // Having sent to the group, the kernel goes on to port 0, where nobody is.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(error) => warn!(%error, "cannot announce to the multicast group"),
        }
        yield_now().await;
    }
}

/// Takes the next request of a client; forgets the client if there is none.
fn next_request(queues: &Queues, port: u32) -> Option<Request> {
    let mut queues = queues.borrow_mut();
    let request = queues.get_mut(&port)?.pop_front();
    if request.is_none() {
        queues.remove(&port);
    }
    request
}
