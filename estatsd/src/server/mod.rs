//! Serving the `tcp_estats` protocol: what the kernel module did, over sockets of user space.
//!
//! * [`connections`] - what has to be known about connections, a trait;
//! * [`caller`] - who asks, and what that allows;
//! * [`exchange`] - one datagram of a client and the answers to it, without any socket;
//! * `dialect` - what a client understands;
//! * `hub` - notices, and who gets them;
//! * [`unix`] and [`netlink`] - the two ways in.
//!
//! Everything runs on one thread. A client that does not take its answers waits by itself: nothing is made for it meanwhile,
//! nobody else waits for it, and after [`Limits::patience`] it is given up. One user cannot take all places (`places`). After a request
//! the thread stays awake for a moment (`vigil`).

pub mod caller;
pub mod connections;
mod descriptors;
mod dialect;
pub mod exchange;
mod extension;
mod hub;
pub mod netlink;
mod outgoing;
mod pages;
mod places;
mod portid_file;
mod request;
pub mod service;
mod session;
pub mod socket_file;
mod subscription;
pub mod unix;
mod vigil;

pub use caller::Caller;
pub use connections::{Connections, Instruments, ListenerReading, Notice, Owner, Page, Reading, Wanted, WriteError};
pub use netlink::NetlinkServer;
pub use service::{Limits, Service};
pub use subscription::Room;
pub use unix::UnixServer;

#[cfg(test)]
mod tests;
