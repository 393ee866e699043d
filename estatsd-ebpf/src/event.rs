//! What the kernel tells the daemon on its own: connections that open and close.

use crate::{
    Record,
    origin::{COMM, Opener},
};

/// [`Event::kind`]: a connection reached ESTABLISHED, or was found existing.
pub const OPEN: u32 = 1;
/// [`Closed::kind`]: a connection reached CLOSED.
pub const CLOSE: u32 = 2;
/// [`Event::kind`]: a connection reached CLOSED; the rest of a [`Final`] follows the event.
pub const CLOSE_FINAL: u32 = 3;

/// Octets of the ring that the kernel tells of all this through: room for some 11,000 closed connections that are handed over whole,
/// or 100,000 that open and close. A power of two, as rings have to be.
pub const RING: u32 = 16 << 20;

/// When so much waits in the ring, octets, the daemon is woken even if nobody waits for what it will tell: early enough that the rest
/// is still free while it comes, and little enough to be taken in before a client is answered.
pub const WAKE_AT: u32 = 256 << 10;

/// A connection opened, or closed with everything that was known of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Event {
    /// [`OPEN`] or [`CLOSE_FINAL`].
    pub kind: u32,
    /// Flags of the record.
    pub flags: u32,
    /// Cookie of the socket.
    pub cookie: u64,
    /// Address of the `tcp_sock`, for [`Snapshot`](crate::Snapshot).
    pub sk: u64,
    /// Address of the record, likewise.
    pub record: u64,
    /// When the record was made, nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// Id of the cgroup that the socket belongs to; 0 when it is not known.
    pub cgroup: u64,
    /// Inode of the network namespace.
    pub netns: u32,
    /// User that owns the socket, or [`NO_OWNER`](crate::snapshot::NO_OWNER).
    pub uid: u32,
    /// Group that owns the socket's inode, or [`NO_OWNER`](crate::snapshot::NO_OWNER): it has no file.
    pub gid: u32,
    /// Process that called `connect()`, or `listen()` on the listener; 0 when it is not known.
    pub pid: u32,
    /// Its name, ended by a zero; empty when it is not known.
    pub comm: [u8; COMM],
    /// `AF_INET` or `AF_INET6`.
    pub family: u16,
    /// Local port, host order.
    pub local_port: u16,
    /// Remote port, host order.
    pub remote_port: u16,
    /// Present only to say that there is no padding.
    pub reserved: u16,
    /// Local address; IPv4 takes the first four octets.
    pub local: [u8; 16],
    /// Remote address, likewise.
    pub remote: [u8; 16],
}

impl Event {
    /// Notes who opened the connection.
    #[inline(always)]
    pub fn opened_by(&mut self, opener: &Opener) {
        self.pid = opener.pid;
        self.comm = opener.comm;
    }
}

/// A connection closed, and nobody wants to know more of it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed {
    /// [`CLOSE`].
    pub kind: u32,
    /// Present only to say that there is no padding.
    pub reserved: u32,
    /// Cookie of the socket.
    pub cookie: u64,
}

/// A closed connection with everything that was known of it. The parts of the `tcp_sock` that [`Spans`](crate::Spans) names follow it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Final {
    /// Of kind [`CLOSE_FINAL`].
    pub event: Event,
    /// The record, settled.
    pub record: Record,
    /// When the connection was closed, nanoseconds of `CLOCK_MONOTONIC`.
    pub end_ns: u64,
    /// Octets from `rcv_nxt` to the end of what waited out of order.
    pub reassembly: u32,
    /// Present only to say that there is no padding.
    pub reserved: u32,
}

/// A socket option to set on one connection.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Tune {
    /// Cookie of the socket.
    pub cookie: u64,
    /// Option of level `SOL_TCP`.
    pub option: u32,
    /// Its new value.
    pub value: u32,
    /// 1 once the socket was met.
    pub found: u32,
    /// What the kernel answered: 0 or a negative error number.
    pub result: i32,
}
