//! When many connections had their last segment, asked for at once.

use crate::{Record, arrival::Clocks};

/// Connections of one run of the `glance` program: the verifier has to see an end.
pub const GLANCES: usize = 64;

/// A connection, and what came of a look at it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Glance {
    /// Address of the `tcp_sock`.
    pub sk: u64,
    /// Address of the record.
    pub record: u64,
    /// Cookie of the socket.
    pub cookie: u64,
    /// When the last segment was received or sent, nanoseconds of `CLOCK_MONOTONIC`; 0 if the connection is gone.
    pub last_ns: u64,
}

/// What a record begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Head {
    /// [`Record::cookie`].
    pub cookie: u64,
    /// [`Record::start_ns`].
    pub start_ns: u64,
    /// [`Record::last_ns`].
    pub last_ns: u64,
}

const _: () = {
    assert!(core::mem::offset_of!(Record, cookie) == core::mem::offset_of!(Head, cookie));
    assert!(core::mem::offset_of!(Record, last_ns) == core::mem::offset_of!(Head, last_ns));
};

impl Head {
    /// When the last segment came, which may still be to be [picked up](crate::arrival).
    #[inline(always)]
    #[must_use]
    pub fn last(&self, arrival: crate::arrival::Arrival, clocks: impl FnOnce() -> Clocks) -> u64 {
        let at = arrival.at(clocks);
        if at > self.last_ns { at } else { self.last_ns }
    }
}
