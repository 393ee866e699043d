//! Whose a connection is, as `/proc` says: what the C library and the classic tools tell of it.
//!
//! `/proc` shows the caller's network namespace and, for other users' processes, only what the caller may see. The daemon knows more
//! of connections that it saw being opened, see [`Origin`](crate::Origin), and nothing of the processes of older ones.

mod holder;
mod socket;

use std::collections::HashMap;
use std::path::Path;

pub use self::holder::Holder;
pub use self::socket::Socket;
use crate::record_file::End;

/// The sockets of this moment, and who holds them.
#[derive(Debug)]
pub struct Owners {
    sockets: HashMap<(End, End), Socket>,
    holders: HashMap<u64, Holder>,
}

impl Owners {
    /// Reads them. What cannot be read, or is gone meanwhile, is not there.
    #[must_use]
    pub fn read() -> Self {
        let proc = Path::new("/proc");
        Self {
            sockets: socket::read(proc),
            holders: holder::read(proc),
        }
    }

    /// The socket with these ends, and the process that holds it. What lies behind the four bytes of an IPv4 address is zero.
    #[must_use]
    pub fn of(&self, local: End, remote: End) -> (Option<&Socket>, Option<&Holder>) {
        let socket = self.sockets.get(&(local, remote));
        let holder = socket.and_then(|socket| self.holders.get(&socket.inode));
        (socket, holder)
    }
}
