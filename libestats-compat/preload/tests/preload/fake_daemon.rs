//! A daemon that speaks from a script.

use crate::legacy_messages::{acknowledgement, new_family, three_connections};
use crate::temporary::{Temporary, fresh_path};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, accept, bind, listen, recv, send, socket,
};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How a connection is served.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// GETFAMILY gets the family, a command the three connections; each datagram and the acknowledgement by itself.
    Answers,
    /// Likewise, after a quarter of a second.
    AnswersLate,
    /// The connection ends when the first request has arrived.
    HangsUp,
    /// The connection ends when it is accepted.
    EndsAtOnce,
    /// Requests are read and not answered.
    Silent,
}

/// A listening daemon. It is left to the end of the test process, its socket file is not.
pub(crate) struct FakeDaemon {
    socket: Temporary,
}

impl FakeDaemon {
    /// Serves each connection in the manner of its turn, those beyond the list like the last.
    pub(crate) fn start(manners: &'static [Manner]) -> Self {
        let path = fresh_path("sock");
        let listener = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("socket");
        bind(listener.as_raw_fd(), &UnixAddr::new(&path).expect("short path")).expect("bind");
        listen(&listener, Backlog::new(64).expect("backlog")).expect("listen");
        thread::spawn(move || {
            for turn in 0.. {
                let client = accept(listener.as_raw_fd()).expect("accept");
                // SAFETY: accept returned a descriptor that nobody else owns.
                let client = unsafe { OwnedFd::from_raw_fd(client) };
                let manner = manners[turn.min(manners.len() - 1)];
                thread::spawn(move || serve(&client, manner));
            }
        });
        Self {
            socket: Temporary(path),
        }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket.0
    }
}

fn serve(client: &OwnedFd, manner: Manner) {
    if matches!(manner, Manner::EndsAtOnce) {
        return;
    }
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = recv(client.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
        let request = &buffer[..length];
        if is_introduction(request) {
            if send(client.as_raw_fd(), &acknowledgement(request), MsgFlags::MSG_NOSIGNAL).is_err() {
                return;
            }
            continue;
        }
        match manner {
            Manner::HangsUp | Manner::EndsAtOnce => return,
            Manner::Silent => continue,
            Manner::Answers => {}
            Manner::AnswersLate => thread::sleep(Duration::from_millis(250)),
        }
        let data = match request[4..6] {
            [16, 0] => new_family(request),
            _ => three_connections(),
        };
        for datagram in [data, acknowledgement(request)] {
            if send(client.as_raw_fd(), &datagram, MsgFlags::MSG_NOSIGNAL).is_err() {
                return;
            }
        }
    }
}

/// Whether it is what the library says about the program, ahead of what the program says itself.
fn is_introduction(request: &[u8]) -> bool {
    request[4..6] == 1024_u16.to_ne_bytes() && request[16] == 73
}
