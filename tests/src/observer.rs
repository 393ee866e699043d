//! What the daemon says about a connection that the test has in its hands.

use std::net::TcpStream;

use anyhow::{Context as _, Result};
use estats_protocol::client::Client;
use estats_protocol::{Masks, Reading, Tuple, Value};
use estats_spec::Id;

use crate::daemon::Daemon;
use crate::netns::Namespace;

/// A daemon and a client of it.
#[derive(Debug)]
pub struct Observer {
    /// The daemon; killed when the observer is dropped.
    pub daemon: Daemon,
    /// A client connected to it.
    pub client: Client,
}

impl Observer {
    /// Starts a daemon inside `namespace` and connects to it.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn start(namespace: &Namespace) -> Result<Self> {
        Self::start_with(namespace, &[])
    }

    /// As [`Observer::start`], with more arguments for the daemon.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn start_with(namespace: &Namespace, arguments: &[&str]) -> Result<Self> {
        let daemon = Daemon::start_with(namespace, arguments)?;
        let client = daemon.client()?;
        Ok(Self { daemon, client })
    }

    /// The id under which the daemon lists `socket`.
    ///
    /// # Errors
    ///
    /// When it does not list it, or the daemon cannot be asked.
    pub fn cid(&mut self, socket: &TcpStream) -> Result<u32> {
        let (local, remote) = ends(socket)?;
        let listed = self.client.list()?;
        let own = listed
            .iter()
            .find(|tuple| (tuple.local, tuple.remote) == (local, remote));
        let listed_count = listed.len();
        Ok(own
            .with_context(|| format!("{socket:?} is not among the {listed_count} listed connections"))?
            .cid)
    }

    /// Reads all variables of `socket`.
    ///
    /// # Errors
    ///
    /// As [`Observer::cid`].
    pub fn read(&mut self, socket: &TcpStream) -> Result<Reading> {
        let cid = self.cid(socket)?;
        Ok(self.client.read_vars(cid, &Masks::ALL)?)
    }
}

/// The ends of `socket` as the daemon lists them: a v4-mapped address as the IPv4 address that it is.
///
/// # Errors
///
/// When the socket is not connected.
pub fn ends(socket: &TcpStream) -> Result<(Endpoint, Endpoint)> {
    let (local, remote) = (socket.local_addr()?, socket.peer_addr()?);
    let tuple = Tuple::new(0, (local.ip(), local.port()), (remote.ip(), remote.port()));
    Ok((tuple.local, tuple.remote))
}

/// Address and port.
pub type Endpoint = (std::net::IpAddr, u16);

/// The number that `reading` has for `id`; `None` where the daemon does not deliver it. Signed values keep their sign.
///
/// # Panics
///
/// When it is larger than 2^63, which no instrument reaches in a test.
#[must_use]
pub fn number(reading: &Reading, id: Id) -> Option<i64> {
    reading.values.get(id).map(signed)
}

/// A value as the number that it stands for.
///
/// # Panics
///
/// As [`number`].
#[must_use]
pub fn signed(value: Value) -> i64 {
    match value {
        Value::S32(value) => value.into(),
        other => i64::try_from(other.as_u64()).expect("a value beyond 2^63"),
    }
}
