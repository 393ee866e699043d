//! The extension of the protocol, from end to end: the daemon, its client and the tools on real connections.

mod active;
mod notices;
mod programs;
mod rows;
mod sheets;
mod slow;

use std::os::unix::fs::MetadataExt as _;

use anyhow::{Context as _, Result};
use estats_protocol::{Client, Details};
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, ends};
use estats_tests::traffic::{Options, Pair, transfer};

/// Two users without any rights.
const USER: u32 = 65_534;
/// The other one.
const OTHER: u32 = 65_533;

/// A daemon and a namespace of its own; the daemon sees the other ones of this host too.
struct Scene {
    namespace: Namespace,
    /// Inode number of the namespace.
    netns: u32,
    observer: Observer,
}

impl Scene {
    fn new() -> Result<Self> {
        let namespace = Namespace::new()?;
        let observer = Observer::start(&namespace)?;
        let inode = namespace.run(|| std::fs::metadata("/proc/thread-self/ns/net"))?.ino();
        Ok(Self {
            netns: u32::try_from(inode)?,
            namespace,
            observer,
        })
    }

    /// An established connection over loopback.
    fn pair(&self) -> Result<Pair> {
        let end = || (&self.namespace, Options::default());
        Pair::open(end(), end(), "127.0.0.1".parse()?)
    }

    /// A connection of which nothing changes any more.
    fn quiet_pair(&self) -> Result<Pair> {
        let pair = self.pair()?;
        transfer(&pair.client, &pair.server, 99_999)?;
        pair.quiesce()?;
        Ok(pair)
    }

    /// What `client` is told of the connections of this scene.
    fn details(&self, client: &mut Client) -> Result<Vec<Details>> {
        let mut details = client.details()?;
        details.retain(|details| details.origin.netns == self.netns);
        Ok(details)
    }

    /// What `client` is told of one connection.
    fn detail(&self, client: &mut Client, socket: &std::net::TcpStream) -> Result<Details> {
        let (local, remote) = ends(socket)?;
        self.details(client)?
            .into_iter()
            .find(|details| (details.tuple.local, details.tuple.remote) == (local, remote))
            .with_context(|| format!("{socket:?} is not listed"))
    }
}
