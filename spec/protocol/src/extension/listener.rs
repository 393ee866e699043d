//! Which listening socket.

use std::net::IpAddr;

/// A listening socket: its id and what it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenerTuple {
    /// Number of the listening socket, from 1 upwards.
    pub id: u32,
    /// Address and port; the unspecified address for every address.
    pub local: (IpAddr, u16),
}
