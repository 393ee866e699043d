//! Thousands of connections that come and go: the list stays right, and nothing is left of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Masks, Tuple};
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Endpoint, Observer, ends};
use nix::errno::Errno;

/// How many connections there are at once; two sockets each.
const CONNECTIONS: usize = 2000;
/// How soon after the last change the list has to be right.
const PATIENCE: Duration = Duration::from_secs(1);

/// An address that only these connections use: what is listed with it is ours.
fn own_address() -> IpAddr {
    let [high, low, ..] = std::process::id().to_le_bytes();
    Ipv4Addr::new(127, 99, high, low).into()
}

/// Lets the process have the files that the connections need.
fn raise_file_limit() -> Result<()> {
    let needed = 3 * CONNECTIONS as libc::rlim_t;
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: getrlimit writes one rlimit to the address given, and setrlimit reads one.
    let result = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        limit.rlim_cur = limit.rlim_max.min(needed.max(limit.rlim_cur));
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)
    };
    Errno::result(result)?;
    ensure!(
        limit.rlim_cur >= needed,
        "the hard limit of open files is {}, {needed} are needed",
        limit.rlim_max
    );
    Ok(())
}

/// Both ends of a connection to `listener`, which has no other clients.
fn open(listener: &TcpListener) -> Result<[TcpStream; 2]> {
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    Ok([client, server])
}

/// A listener at the address that is only ours.
fn listener(namespace: &Namespace) -> Result<TcpListener> {
    Ok(namespace.run(|| TcpListener::bind(SocketAddr::new(own_address(), 0)))?)
}

/// Of the connections that the daemon lists, ours, with their ids.
fn listed(observer: &mut Observer) -> Result<BTreeMap<(Endpoint, Endpoint), u32>> {
    ours(&observer.client.list()?)
}

/// Of the connections in `list`, ours. No id and no connection comes twice.
fn ours(list: &[Tuple]) -> Result<BTreeMap<(Endpoint, Endpoint), u32>> {
    ensure!(
        list.is_sorted_by(|a, b| a.cid < b.cid),
        "the ids of a list do not ascend strictly"
    );
    let ours: Vec<_> = list
        .iter()
        .filter(|tuple| [tuple.local.0, tuple.remote.0].contains(&own_address()))
        .collect();
    let map: BTreeMap<_, _> = ours
        .iter()
        .map(|tuple| ((tuple.local, tuple.remote), tuple.cid))
        .collect();
    ensure!(map.len() == ours.len(), "a connection is listed twice");
    Ok(map)
}

/// Waits until exactly `expected` of ours is listed.
fn wait_for(
    observer: &mut Observer,
    expected: &BTreeSet<(Endpoint, Endpoint)>,
) -> Result<BTreeMap<(Endpoint, Endpoint), u32>> {
    let started = Instant::now();
    loop {
        let now = listed(observer)?;
        if now.keys().eq(expected) {
            return Ok(now);
        }
        let missing = expected.iter().filter(|ends| !now.contains_key(ends)).count();
        let wrong = now.keys().filter(|ends| !expected.contains(ends)).count();
        ensure!(
            started.elapsed() < PATIENCE,
            "after {PATIENCE:?}: {missing} not listed, {wrong} wrongly listed"
        );
    }
}

#[test]
fn the_list_is_right_while_two_thousand_open_and_after_they_closed() -> Result<()> {
    raise_file_limit()?;
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let listener = listener(&namespace)?;

    let done = AtomicBool::new(false);
    let (sockets, lists, took) = thread::scope(|scope| -> Result<_> {
        let lists = scope.spawn(|| list_until(&observer.daemon, &done));
        let started = Instant::now();
        let sockets = namespace.run(|| -> Result<Vec<_>> { (0..CONNECTIONS).map(|_| open(&listener)).collect() });
        let took = started.elapsed();
        done.store(true, Ordering::Relaxed);
        let lists = lists.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((sockets?.into_iter().flatten().collect::<Vec<_>>(), lists, took))
    })?;
    ensure!(took < Duration::from_secs(1), "opening took {took:?}");
    let expected: BTreeSet<_> = sockets.iter().map(ends).collect::<Result<_>>()?;
    assert_eq!(expected.len(), 2 * CONNECTIONS);
    let ids = wait_for(&mut observer, &expected)?;

    ensure!(!lists.is_empty(), "nobody listed meanwhile");
    for list in lists {
        for (connection, cid) in list {
            ensure!(
                ids.get(&connection) == Some(&cid),
                "{connection:?} was listed as {cid}, is {:?}",
                ids.get(&connection)
            );
        }
    }
    let started = Instant::now();
    drop(sockets);
    ensure!(
        started.elapsed() < Duration::from_secs(1),
        "closing took {:?}",
        started.elapsed()
    );
    wait_for(&mut observer, &BTreeSet::new())?;
    for cid in ids.values().step_by(40) {
        let refusal = observer.client.read_vars(*cid, &Masks::ALL).map(|_| ());
        ensure!(
            refusal
                .as_ref()
                .is_err_and(|error| error.refusal() == Some(Errno::EINVAL)),
            "{cid}: {refusal:?}"
        );
    }
    Ok(())
}

/// Lists again and again until `done`, as another client.
fn list_until(daemon: &Daemon, done: &AtomicBool) -> Result<Vec<BTreeMap<(Endpoint, Endpoint), u32>>> {
    let mut client = daemon.client()?;
    let mut lists = Vec::new();
    while !done.load(Ordering::Relaxed) {
        lists.push(ours(&client.list()?)?);
    }
    Ok(lists)
}

#[test]
fn nothing_is_left_of_connections_that_closed() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let listener = listener(&namespace)?;
    let mut sizes = Vec::new();
    for _ in 0..8 {
        namespace.run(|| (0..CONNECTIONS).try_for_each(|_| open(&listener).map(drop)))?;
        wait_for(&mut observer, &BTreeSet::new())?;
        sizes.push(resident_kib(observer.daemon.pid())?);
    }
    // The smallest thing to forget of a connection is its tuple and its place in two tables, about 100 octets: 6 rounds of
    // 4000 ends would leave more than 2 MiB.
    ensure!(sizes[7] < sizes[1] + 2048, "the daemon grew: {sizes:?} KiB");
    Ok(())
}

/// The resident memory of a process.
fn resident_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[test]
fn ids_ascend_and_are_not_given_twice() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let listener = listener(&namespace)?;
    let mut last = 0;
    for _ in 0..20 {
        let [client, server] = namespace.run(|| open(&listener))?;
        let ids = [observer.cid(&client)?, observer.cid(&server)?];
        ensure!(
            ids[0] != ids[1] && ids.iter().all(|id| *id > last),
            "{ids:?} after {last}"
        );
        last = ids[0].max(ids[1]);
    }
    Ok(())
}
