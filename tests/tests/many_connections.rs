//! Thousands of connections that come and go: the list stays right, and nothing is left of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::{Client, Masks};
use estats_tests::descriptors;
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Endpoint, Observer, ends};
use nix::errno::Errno;

/// How many connections there are at once; two sockets each.
const CONNECTIONS: usize = 2000;
/// How soon after the last change the list has to be right.
const PATIENCE: Duration = Duration::from_secs(10);

/// The two ends of a listed connection.
type Ends = (Endpoint, Endpoint);

/// A daemon, and connections that no other test has.
struct Scene {
    namespace: Namespace,
    observer: Observer,
    listener: TcpListener,
}

impl Scene {
    /// Starts a daemon, and listens at an address of this test alone, as the daemon lists the connections of the whole host.
    fn new(test: u8) -> Result<Self> {
        let [low, high, ..] = std::process::id().to_le_bytes();
        let address = SocketAddr::new(Ipv4Addr::new(127, 100 + test, high, low).into(), 0);
        let namespace = Namespace::new()?;
        let observer = Observer::start(&namespace)?;
        let listener = namespace.run(|| TcpListener::bind(address))?;
        Ok(Self {
            namespace,
            observer,
            listener,
        })
    }

    /// The address of the listener.
    fn address(&self) -> Result<IpAddr> {
        Ok(self.listener.local_addr()?.ip())
    }

    /// Opens `count` connections and gives both ends of each to `keep`.
    fn open<T: Send>(&self, count: usize, keep: fn([TcpStream; 2]) -> T) -> Result<Vec<T>> {
        self.namespace.run(|| {
            let open = |_| -> Result<T> {
                let client = TcpStream::connect(self.listener.local_addr()?)?;
                let (server, _) = self.listener.accept()?;
                Ok(keep([client, server]))
            };
            (0..count).map(open).collect()
        })
    }

    /// Waits until exactly `expected` of ours is listed, and returns their ids.
    fn wait_for(&mut self, expected: &BTreeSet<Ends>) -> Result<BTreeMap<Ends, u32>> {
        let started = Instant::now();
        let address = self.address()?;
        loop {
            let now = listed(&mut self.observer.client, address)?;
            if now.keys().eq(expected) {
                return Ok(now);
            }
            let missing = expected.iter().filter(|ends| !now.contains_key(ends)).count();
            let wrong = now.keys().filter(|ends| !expected.contains(ends)).count();
            let late = started.elapsed();
            ensure!(
                late < PATIENCE,
                "after {late:?}: {missing} not listed, {wrong} wrongly listed; {} runs of programs were skipped",
                self.observer.daemon.skipped()?
            );
        }
    }
}

/// Of the connections that the daemon lists, those with `address`, with their ids. No id and no connection comes twice.
fn listed(client: &mut Client, address: IpAddr) -> Result<BTreeMap<Ends, u32>> {
    let list = client.list()?;
    ensure!(
        list.is_sorted_by(|a, b| a.cid < b.cid),
        "the ids of a list do not ascend strictly"
    );
    let ours: Vec<_> = list
        .iter()
        .filter(|tuple| [tuple.local.0, tuple.remote.0].contains(&address))
        .collect();
    let map: BTreeMap<_, _> = ours
        .iter()
        .map(|tuple| ((tuple.local, tuple.remote), tuple.cid))
        .collect();
    ensure!(map.len() == ours.len(), "a connection is listed twice");
    Ok(map)
}

/// Lists again and again until `done`.
fn list_until(mut client: Client, address: IpAddr, done: &AtomicBool) -> Result<Vec<BTreeMap<Ends, u32>>> {
    let mut lists = Vec::new();
    while !done.load(Ordering::Relaxed) {
        lists.push(listed(&mut client, address)?);
    }
    Ok(lists)
}

#[test]
fn the_list_is_right_while_two_thousand_open_and_after_they_closed() -> Result<()> {
    descriptors::room_for(3 * CONNECTIONS)?;
    let mut scene = Scene::new(1)?;
    let (other, address) = (scene.observer.daemon.client()?, scene.address()?);
    let done = AtomicBool::new(false);
    let (sockets, lists, took) = thread::scope(|scope| -> Result<_> {
        let lists = scope.spawn(|| list_until(other, address, &done));
        let started = Instant::now();
        let sockets = scene.open(CONNECTIONS, |ends| ends);
        let took = started.elapsed();
        done.store(true, Ordering::Relaxed);
        let lists = lists.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok((sockets?.into_iter().flatten().collect::<Vec<_>>(), lists, took))
    })?;
    ensure!(took < Duration::from_secs(1), "opening took {took:?}");
    let expected: BTreeSet<_> = sockets.iter().map(ends).collect::<Result<_>>()?;
    assert_eq!(expected.len(), 2 * CONNECTIONS);
    let ids = scene.wait_for(&expected)?;

    ensure!(!lists.is_empty(), "nobody listed meanwhile");
    for (connection, cid) in lists.into_iter().flatten() {
        let is = ids.get(&connection);
        ensure!(is == Some(&cid), "{connection:?} was listed as {cid}, is {is:?}");
    }
    let started = Instant::now();
    drop(sockets);
    ensure!(
        started.elapsed() < Duration::from_secs(1),
        "closing took {:?}",
        started.elapsed()
    );
    scene.wait_for(&BTreeSet::new())?;
    for cid in ids.values().step_by(40) {
        let result = scene.observer.client.read_vars(*cid, &Masks::ALL).map(|_| ());
        ensure!(
            result
                .as_ref()
                .is_err_and(|error| error.refusal() == Some(Errno::EINVAL)),
            "{cid}: {result:?}"
        );
    }
    Ok(())
}

#[test]
fn nothing_is_left_of_connections_that_closed() -> Result<()> {
    let mut scene = Scene::new(2)?;
    let mut sizes = Vec::new();
    for _ in 0..8 {
        scene.open(CONNECTIONS, drop)?;
        scene.wait_for(&BTreeSet::new())?;
        sizes.push(resident(scene.observer.daemon.pid())? >> 10);
    }
    // The smallest thing to forget of a connection is its tuple and its place in two tables, about 100 octets: 6 rounds of
    // 4000 ends would leave more than 2 MiB.
    ensure!(sizes[7] < sizes[1] + 2048, "the daemon grew: {sizes:?} KiB");
    Ok(())
}

#[test]
fn ids_ascend_and_are_not_given_twice() -> Result<()> {
    let mut scene = Scene::new(3)?;
    let mut last = 0;
    for [client, server] in scene.open(20, |ends| ends)? {
        let ids = [scene.observer.cid(&client)?, scene.observer.cid(&server)?];
        ensure!(
            ids[0] != ids[1] && ids.iter().all(|id| *id > last),
            "{ids:?} after {last}"
        );
        last = ids[0].max(ids[1]);
    }
    Ok(())
}
