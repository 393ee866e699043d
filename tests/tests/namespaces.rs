//! Hundreds of network namespaces, from before the daemon's start and from after it.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Masks, Tuple};
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::descriptors;
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Endpoint, Observer, ends, number};

/// Namespaces of each kind.
const BEFORE: usize = 250;
const AFTER: usize = 250;
/// How soon the daemon has heard of what was opened last.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than the daemon keeps of an end and of where it is, and less than a stack or a buffer for each namespace.
const GROWTH: u64 = 1024;

/// A namespace with a connection in it, at the same addresses as in all others.
struct Household {
    netns: u32,
    client: TcpStream,
    server: TcpStream,
    _namespace: Namespace,
}

impl Household {
    fn new() -> Result<Self> {
        let namespace = Namespace::new()?;
        let netns = u32::try_from(fs::metadata(namespace.path())?.ino())?;
        let [client, server] = namespace.run(|| -> Result<_> {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let client = TcpStream::connect(listener.local_addr()?)?;
            Ok([client, listener.accept()?.0])
        })?;
        Ok(Self {
            netns,
            client,
            server,
            _namespace: namespace,
        })
    }

    /// Sends so many octets from the client to the server.
    fn carry(&mut self, octets: usize) -> Result<()> {
        let mut octets = vec![7; octets];
        self.client.write_all(&octets)?;
        Ok(self.server.read_exact(&mut octets)?)
    }

    /// Where its client and its server are listed.
    fn places(&self) -> Result<[Place; 2]> {
        Ok([(self.netns, ends(&self.client)?), (self.netns, ends(&self.server)?)])
    }
}

/// A namespace, and the ends of a connection in it.
type Place = (u32, (Endpoint, Endpoint));

/// The ids of all ends of these households, as soon as all are listed.
fn ids(observer: &mut Observer, households: &[Household]) -> Result<HashMap<Place, u32>> {
    let started = Instant::now();
    loop {
        let place = |netns, tuple: &Tuple| (netns, (tuple.local, tuple.remote));
        let listed: Vec<_> = observer.client.details()?;
        let ids: HashMap<Place, u32> = listed
            .iter()
            .map(|details| (place(details.origin.netns, &details.tuple), details.tuple.cid))
            .collect();
        let mut missing = 0;
        for household in households {
            let listed = household.places()?.iter().all(|place| ids.contains_key(place));
            missing += usize::from(!listed);
        }
        if missing == 0 {
            return Ok(ids);
        }
        let count = households.len();
        ensure!(
            started.elapsed() < PATIENCE,
            "{missing} of {count} namespaces are not listed"
        );
    }
}

fn threads(daemon: &Daemon) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{}/task", daemon.pid()))?.count())
}

#[test]
fn five_hundred_namespaces_are_followed_by_one_thread() -> Result<()> {
    descriptors::room_for(4 * (BEFORE + AFTER) + 100)?;
    let mut households = (0..BEFORE).map(|_| Household::new()).collect::<Result<Vec<_>>>()?;
    let own = Namespace::new()?;
    let mut observer = Observer::start(&own)?;
    ids(&mut observer, &households)?;
    let took = (threads(&observer.daemon)?, descriptors::of(observer.daemon.pid())?);
    let octets = resident(observer.daemon.pid())?;
    for _ in 0..AFTER {
        households.push(Household::new()?);
    }
    let ids = ids(&mut observer, &households)?;
    assert_eq!(
        (threads(&observer.daemon)?, descriptors::of(observer.daemon.pid())?),
        took
    );
    assert_eq!(took.0, 1);
    let grown = resident(observer.daemon.pid())?.saturating_sub(octets);
    ensure!(grown < 2 * AFTER as u64 * GROWTH, "it grew by {grown} octets");

    for (index, household) in households.iter_mut().enumerate() {
        household.carry(index + 1)?;
    }
    for (index, household) in households.iter().enumerate() {
        for (place, id) in household
            .places()?
            .iter()
            .zip([Id::HCDataOctetsOut, Id::HCDataOctetsIn])
        {
            let cid = *ids.get(place).context("it was listed")?;
            let reading = observer.client.read_vars(cid, &Masks::ALL)?;
            let octets = number(&reading, id);
            ensure!(
                octets == Some(i64::try_from(index + 1)?),
                "{id} of namespace {index}: {octets:?}"
            );
        }
    }
    Ok(())
}
