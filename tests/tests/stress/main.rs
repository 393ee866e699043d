//! Many clients at once, and clients that misbehave, while connections come and go.

mod churn;
mod overrun;
mod storm;

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use churn::{Churn, Ends};
use estats_protocol::{Client, EstatsMessage, Masks, datagram};
use estats_spec::Id;
use estats_spec::wire::FAMILY_ID;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::number;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket};

/// Clients that read at the same time.
const CLIENTS: usize = 64;
/// Connections at a time while they come and go.
const CONNECTIONS: usize = 500;
/// Lists that each client takes, and connections that it reads of each list.
const ROUNDS: (usize, usize) = (3, 20);

/// What a client saw: the ends behind each id that it was told of, and how many readings it got.
#[derive(Default)]
struct Seen {
    ends: BTreeMap<u32, Ends>,
    readings: usize,
}

/// Lists and reads as long as it takes.
fn watch(mut client: Client, churn: &Churn, start: usize) -> Result<Seen> {
    let mut seen = Seen::default();
    for round in 0..ROUNDS.0 {
        let list: Vec<_> = client.list()?.into_iter().filter(|tuple| churn.owns(tuple)).collect();
        for tuple in &list {
            seen.ends.insert(tuple.cid, (tuple.local, tuple.remote));
        }
        // No two clients take the same ones in the same order.
        let choice = list
            .iter()
            .cycle()
            .skip((start + round) * 17)
            .step_by(list.len() / ROUNDS.1 + 1);
        for tuple in choice.take(ROUNDS.1) {
            churn.asked();
            let reading = match client.read_vars(tuple.cid, &Masks::ALL) {
                Ok(reading) => reading,
                Err(error) if error.refusal() == Some(Errno::EINVAL) => continue,
                Err(error) => return Err(error).with_context(|| format!("reading {tuple:?}")),
            };
            ensure!(reading.tuple == *tuple, "{tuple:?} reads as {:?}", reading.tuple);
            let octets = [Id::HCDataOctetsOut, Id::HCDataOctetsIn].map(|id| number(&reading, id));
            ensure!(
                churn.may_have(tuple, octets),
                "{tuple:?} has {octets:?} octets out and in"
            );
            seen.readings += 1;
        }
    }
    Ok(seen)
}

#[test]
fn what_many_clients_read_belongs_to_the_connections_they_asked_for() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let churn = Churn::new(&namespace, CONNECTIONS)?;
    let clients: Vec<_> = (0..CLIENTS).map(|_| daemon.client()).collect::<Result<_>>()?;
    let all = thread::scope(|scope| -> Result<Vec<Seen>> {
        let churning = scope.spawn(|| churn.run());
        let watching: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(index, client)| {
                let churn = &churn;
                scope.spawn(move || watch(client, churn, index))
            })
            .collect();
        let seen = watching
            .into_iter()
            .map(|watching| watching.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        churn.stop();
        let opened = churning.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        ensure!(opened > CONNECTIONS + 100, "only {opened} connections were opened");
        seen
    })?;
    let mut ends = BTreeMap::new();
    for (cid, own) in all.iter().flat_map(|seen| &seen.ends) {
        let others = ends.entry(cid).or_insert(own);
        ensure!(*others == own, "{cid} was both {others:?} and {own:?}");
    }
    let (readings, asked) = (
        all.iter().map(|seen| seen.readings).sum(),
        CLIENTS * ROUNDS.0 * ROUNDS.1,
    );
    // While a client reads what it listed, the others ask for about as much, and two rounds of all replace 320 of 500.
    ensure!(
        (asked / 4..=asked).contains(&readings),
        "{readings} readings of {asked} asked for"
    );
    Ok(())
}

/// A client that asks for everything, again and again, and does not take the answers. Returns when the daemon takes no more
/// requests.
fn stalled(path: &Path) -> Result<OwnedFd> {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    let started = Instant::now();
    let (mut sequence, mut refusals) = (0, 0);
    while refusals < 5 {
        let request = datagram::request(FAMILY_ID, sequence, EstatsMessage::read_all(0, None));
        match send(
            socket.as_raw_fd(),
            &request,
            MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
        ) {
            Ok(_) => (sequence, refusals) = (sequence + 1, 0),
            Err(Errno::EAGAIN) => {
                refusals += 1;
                sleep(Duration::from_millis(20));
            }
            Err(errno) => return Err(errno).context("asking without listening"),
        }
        ensure!(
            started.elapsed() < Duration::from_secs(10),
            "the daemon took {sequence} requests"
        );
    }
    Ok(socket)
}

#[test]
fn clients_that_stop_reading_do_not_delay_another() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let churn = Churn::new(&namespace, CONNECTIONS)?;
    let _connections = churn.fill()?;
    let mut client = daemon.client()?;
    let list: Vec<_> = client.list()?.into_iter().filter(|tuple| churn.owns(tuple)).collect();
    ensure!(list.len() == 2 * CONNECTIONS, "{} ends are listed", list.len());
    let before = resident_mib(&daemon)?;
    let silent: Vec<_> = (0..20).map(|_| stalled(&daemon.socket())).collect::<Result<_>>()?;

    let mut times = Vec::new();
    for tuple in list.iter().take(300) {
        let started = Instant::now();
        let reading = client.read_vars(tuple.cid, &Masks::ALL)?;
        times.push(started.elapsed());
        ensure!(reading.tuple == *tuple, "{tuple:?} reads as {:?}", reading.tuple);
    }
    times.sort_unstable();
    ensure!(
        times[times.len() / 2] < Duration::from_millis(10),
        "half of the answers took {:?} or more",
        times[times.len() / 2]
    );
    // Answers to all that was asked would be some hundred requests times 20 clients times 1000 ends times 2 KiB: many gigabytes.
    let after = resident_mib(&daemon)?;
    ensure!(after < before + 64, "the daemon grew from {before} to {after} MiB");
    // They were waited for, and may go on.
    for socket in &silent {
        let length = recv(socket.as_raw_fd(), &mut [0; 16384], MsgFlags::MSG_DONTWAIT)?;
        ensure!(length > 0, "a client that did not read was disconnected");
    }
    Ok(())
}

/// The resident memory of the daemon.
fn resident_mib(daemon: &Daemon) -> Result<u64> {
    let statistics = fs::read_to_string(format!("/proc/{}/statm", daemon.pid()))?;
    let pages: u64 = statistics
        .split_whitespace()
        .nth(1)
        .context("no resident pages")?
        .parse()?;
    Ok((pages * 4096) >> 20)
}
