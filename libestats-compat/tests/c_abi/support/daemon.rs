//! A daemon that answers from a script: a SEQPACKET socket and a function from request to datagrams.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, accept, bind, listen, recv, send, socket,
};
use std::os::fd::FromRawFd;

use super::wire;

/// The datagrams that answer a request; nothing at all closes the connection.
pub(crate) type Script = dyn Fn(&[u8]) -> Vec<Vec<u8>> + Send + Sync;

/// A running daemon. It ends with the process.
pub(crate) struct Daemon {
    socket: PathBuf,
}

impl Daemon {
    /// Listens in `directory`. GETFAMILY is answered, everything else goes to `script` with its command number.
    pub(crate) fn start(directory: &Path, script: impl Fn(u8, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let path = directory.join("estats.sock");
        let listener = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("socket");
        bind(listener.as_raw_fd(), &UnixAddr::new(&path).expect("short path")).expect("bind");
        listen(&listener, Backlog::new(16).expect("small")).expect("listen");
        let script: Arc<Script> = Arc::new(move |request: &[u8]| {
            if request[4..6] == 16_u16.to_ne_bytes() {
                vec![wire::family(), wire::acknowledgement(request, 0)]
            } else {
                assert_eq!(
                    request[4..6],
                    wire::FAMILY.to_ne_bytes(),
                    "the family id that was given"
                );
                script(request[16], request)
            }
        });
        thread::spawn(move || {
            while let Ok(client) = accept(listener.as_raw_fd()) {
                // SAFETY: accept gave this descriptor to us.
                let client = unsafe { OwnedFd::from_raw_fd(client) };
                let script = Arc::clone(&script);
                thread::spawn(move || serve(&client, &*script));
            }
        });
        Daemon { socket: path }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

fn serve(client: &OwnedFd, script: &Script) {
    let mut buffer = [0; 8192];
    while let Ok(length) = recv(client.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
        if length == 0 {
            return;
        }
        let answer = script(&buffer[..length]);
        if answer.is_empty() {
            return;
        }
        for datagram in answer {
            if send(client.as_raw_fd(), &datagram, MsgFlags::MSG_NOSIGNAL).is_err() {
                return;
            }
        }
    }
}
