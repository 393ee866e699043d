//! The Unix socket: one packet is one netlink datagram.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    path::Path,
    rc::Rc,
    time::Duration,
};

use estats_protocol::{acknowledgement::refuse, datagram::Messages};
use estats_spec::wire::errno::ENOBUFS;
use nix::{
    errno::Errno,
    sys::socket::{MsgFlags, SockFlag, accept4, getsockopt, recv, send, sockopt::PeerCredentials},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use super::{
    caller::Caller,
    connections::Connections,
    descriptors,
    service::{REQUEST_MAX, Service},
    socket_file::{BindError, SocketFile},
};

/// How long not to accept clients when the system has no room for them.
const RESPITE: Duration = Duration::from_millis(100);

/// Clients that are told at the same time that there is no place; more are disconnected without a word.
const REFUSALS: usize = 64;

/// What helps when there are too few descriptors.
const MORE_FILES: &str = "raise the limit of open files (LimitNOFILE= of the service)";

/// Listens on a Unix socket of type `SOCK_SEQPACKET`.
#[derive(Debug)]
pub struct UnixServer {
    // Goes first: while the listener is there, no other socket can have its inode.
    file: SocketFile,
    listener: AsyncFd<OwnedFd>,
}

impl UnixServer {
    /// Listens on `path`, inside a tokio runtime.
    ///
    /// A missing directory is made. A socket that a killed daemon left there is replaced. Everybody may connect.
    ///
    /// # Errors
    ///
    /// Another daemon answers there, the path is taken by something else, or a system call failed.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        let (listener, file) = SocketFile::bind(path)?;
        let listener = watch(listener).map_err(|source| BindError::Failed {
            doing: "wait for",
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { file, listener })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Serves clients, inside a [`tokio::task::LocalSet`], until dropped. Then all its clients are disconnected.
    pub async fn serve<C: Connections + 'static>(self, service: Service<C>) {
        let mut clients = JoinSet::new();
        let mut refused = JoinSet::new();
        // What there are no files for is told once, not for every client that tries.
        let (mut exhausted, mut scarce) = (false, false);
        loop {
            let accepted = self.accept().await;
            while clients.try_join_next().is_some() {}
            while refused.try_join_next().is_some() {}
            let socket = match accepted {
                Ok(socket) => socket,
                Err(Errno::EINTR | Errno::ECONNABORTED) => continue,
                Err(errno) => {
                    if !exhausted {
                        warn!(%errno, "cannot accept clients, who wait; {MORE_FILES}");
                    }
                    exhausted = true;
                    sleep(RESPITE).await;
                    continue;
                }
            };
            exhausted = false;
            // A limit that cannot be read is none.
            if descriptors::are_scarce(&socket).unwrap_or(false) {
                if !scarce {
                    warn!(
                        clients = clients.len(),
                        "no open files for more clients, who are turned away; {MORE_FILES}"
                    );
                }
                scarce = true;
                continue;
            }
            scarce = false;
            // The ids of the process at the time when it connected; unlike netlink, this knows the effective ones only.
            let Ok(peer) = getsockopt(&socket, PeerCredentials) else {
                continue;
            };
            // The client may believe to have any port, so acknowledgements name none.
            let caller = Caller::new(peer.uid(), peer.gid(), 0);
            let Ok(place) = service.place(caller) else {
                if refused.len() < REFUSALS {
                    refused.spawn_local(refuse_one(socket, service.limits().patience));
                }
                continue;
            };
            let service = service.clone();
            clients.spawn_local(async move {
                let _place = place;
                match attend(socket, caller, service).await {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                        info!("a client left its answer unread; disconnected it");
                    }
                    Err(error) => debug!(%error, "lost a client"),
                }
            });
        }
    }

    async fn accept(&self) -> Result<OwnedFd, Errno> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let accepted = self.listener.async_io(Interest::READABLE, |listener| {
            // SAFETY: accept4 has just opened this descriptor, and nobody else knows it.
            let owned = |fd| unsafe { OwnedFd::from_raw_fd(fd) };
            accept4(listener.as_raw_fd(), flags).map(owned).map_err(io::Error::from)
        });
        accepted
            .await
            .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO)))
    }
}

/// Serves one client until it goes away.
async fn attend<C: Connections>(socket: OwnedFd, caller: Caller, service: Service<C>) -> io::Result<()> {
    let socket = watch(socket)?;
    let subscription = service.subscription(caller);
    let dialect = service.dialect();
    let send = async |datagram: Vec<u8>| {
        let sent = socket.async_io(Interest::WRITABLE, |socket| {
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
            Ok(send(socket.as_raw_fd(), &datagram, flags)?)
        });
        timeout(service.limits().patience, sent).await??;
        Ok::<_, io::Error>(())
    };
    loop {
        // Notices come between answers, never within one.
        let request = tokio::select! {
            request = receive(&socket) => request?,
            notices = subscription.next() => {
                send(notices).await?;
                continue;
            }
        };
        let Some((request, truncated)) = request else {
            return Ok(());
        };
        let session = service.session(caller, Rc::clone(&dialect), Some(&subscription));
        service.answer(request, truncated, session, &send).await?;
    }
}

/// Tells a client for whom there is no place so, in answer to its first request, and disconnects it.
async fn refuse_one(socket: OwnedFd, patience: Duration) -> io::Result<()> {
    let socket = watch(socket)?;
    if let Some((request, _)) = timeout(patience, receive(&socket)).await??
        && let Some(message) = Messages::new(&request).next()
    {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        send(socket.as_raw_fd(), &refuse(&message, 0, ENOBUFS), flags)?;
    }
    Ok(())
}

/// The next request, and whether it was longer than what is there of it; `None` when the client has gone.
async fn receive(socket: &AsyncFd<OwnedFd>) -> io::Result<Option<(Vec<u8>, bool)>> {
    loop {
        // Clients idle for hours, so what they may send is given its room only when it comes.
        let mut ready = socket.readable().await?;
        ready.retain_ready();
        let gone = ready.ready().is_read_closed();
        let mut buffer = vec![0; REQUEST_MAX];
        let received = socket.async_io(Interest::READABLE, |socket| {
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
            Ok(recv(socket.as_raw_fd(), &mut buffer, flags)?)
        });
        match received.await? {
            0 if gone => return Ok(None),
            // Either a packet without content, or the client has just gone, as the next round will tell.
            0 => {}
            length => {
                let truncated = length > buffer.len();
                buffer.truncate(length);
                return Ok(Some((buffer, truncated)));
            }
        }
    }
}

fn watch(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is the same open descriptor from its making to its drop.
    Ok(unsafe { AsyncFd::register(socket) }?)
}
