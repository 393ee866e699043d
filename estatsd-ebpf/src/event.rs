//! What the kernel tells the daemon on its own: connections that open and close.

use crate::{Record, snapshot::IMAGE_MAX};

/// [`Event::kind`]: a connection reached ESTABLISHED, or was found existing.
pub const OPEN: u32 = 1;
/// [`Event::kind`]: a connection reached CLOSED; nothing follows.
pub const CLOSE: u32 = 2;
/// [`Event::kind`]: a connection reached CLOSED; a whole [`Final`] follows from the same address.
pub const CLOSE_FINAL: u32 = 3;

/// A connection opened or closed.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Event {
    /// [`OPEN`], [`CLOSE`] or [`CLOSE_FINAL`].
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
    /// Inode of the network namespace.
    pub netns: u32,
    /// `AF_INET` or `AF_INET6`.
    pub family: u16,
    /// Local port, host order.
    pub local_port: u16,
    /// Remote port, host order.
    pub remote_port: u16,
    /// Present only to say that there is no padding.
    pub reserved: [u16; 3],
    /// Local address; IPv4 takes the first four octets.
    pub local: [u8; 16],
    /// Remote address, likewise.
    pub remote: [u8; 16],
}

/// A closed connection with everything that was known of it.
#[repr(C)]
pub struct Final {
    /// Of kind [`CLOSE_FINAL`].
    pub event: Event,
    /// The record, settled.
    pub record: Record,
    /// Octets from `rcv_nxt` to the end of what waited out of order.
    pub reassembly: u32,
    /// Present only to say that there is no padding.
    pub reserved: u32,
    /// The `tcp_sock`.
    pub image: [u8; IMAGE_MAX],
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
