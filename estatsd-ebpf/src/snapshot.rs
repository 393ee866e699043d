//! The read of one connection.

use crate::{Listener, Record};

/// Room for a `struct tcp_sock`, octets: 2,368 on 6.18; more on kernels built with lock debugging.
pub const IMAGE_MAX: usize = 4096;

/// The owner is not known: the socket has no file.
pub const NO_OWNER: u32 = u32::MAX;

/// One connection, copied by the `read` program.
///
/// The socket runs on while it is copied, and its lock is not taken. So it is copied twice: where both copies agree, they are of
/// one moment; the daemon compares, and reads again where they do not.
#[repr(C)]
pub struct Snapshot {
    /// The record.
    pub record: Record,
    /// User that owns the socket's inode, or [`NO_OWNER`].
    pub uid: u32,
    /// Group that owns the socket's inode, or [`NO_OWNER`].
    pub gid: u32,
    /// Sequence number after the last segment of the out-of-order queue; holds when the queue is not empty.
    pub ooo_end_seq: u32,
    /// Present only to say that there is no padding.
    pub reserved: u32,
    /// The `tcp_sock`, copied before the record.
    pub before: [u8; IMAGE_MAX],
    /// The `tcp_sock`, copied after the record.
    pub after: [u8; IMAGE_MAX],
}

/// Requests that one run of the `read_backlog` program counts: the verifier has to see an end.
pub const REQUESTS_PER_RUN: u32 = 512;

/// One listening socket, copied by the `listener` program.
#[repr(C)]
pub struct ListenerSnapshot {
    /// What was counted, copied before the socket.
    pub before: Listener,
    /// The same, copied after the socket.
    pub after: Listener,
    /// The first of the requests that wait for `accept()` and have not been counted; 0 at the end of the queue.
    pub next: u64,
    /// Id of the socket's cgroup; 0 when it is not known.
    pub cgroup: u64,
    /// Of the connections counted in the queue, those in ESTABLISHED.
    pub waiting: u32,
    /// Group that owns the socket's inode, or [`NO_OWNER`].
    pub gid: u32,
    /// The `tcp_sock`.
    pub image: [u8; IMAGE_MAX],
}
