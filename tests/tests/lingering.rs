//! How long a connection can be read after it closed.

use std::io::Read as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::{Masks, Reading};
use estats_spec::Id;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, number};
use estats_tests::traffic::{Options, Pair, transfer};
use nix::errno::Errno;

const OCTETS: i64 = 54_321;
/// `tcpEStatsStackState` of a closed connection.
const CLOSED: Option<i64> = Some(1);
/// How long the daemon that lingers does so.
const LINGER: Duration = Duration::from_secs(4);
/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(15);

/// Opens a connection, moves octets, closes both ends; returns the daemon, the ids of client and server, and when they began to close.
fn closed_connection(arguments: &[&str]) -> Result<(Namespace, Observer, [u32; 2], Instant)> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start_with(&namespace, arguments)?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open(end(), end(), "127.0.0.1".parse()?)?;
    transfer(&pair.client, &pair.server, OCTETS.unsigned_abs())?;
    let ids = [observer.cid(&pair.client)?, observer.cid(&pair.server)?];
    // The client first: its FIN is acknowledged before the server's own.
    let Pair { client, mut server } = pair;
    let closing = Instant::now();
    drop(client);
    ensure!(server.read(&mut [0])? == 0, "there is more data than was written");
    drop(server);
    Ok((namespace, observer, ids, closing))
}

/// Reads `cid` again and again until it is closed.
fn final_reading(observer: &mut Observer, cid: u32) -> Result<Reading> {
    let started = Instant::now();
    loop {
        let reading = observer.client.read_vars(cid, &Masks::ALL)?;
        if number(&reading, Id::State) == CLOSED {
            return Ok(reading);
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{cid} stays in state {:?}",
            number(&reading, Id::State)
        );
        sleep(Duration::from_millis(10));
    }
}

/// Waits until `cid` is neither listed nor readable.
fn wait_until_gone(observer: &mut Observer, cid: u32) -> Result<()> {
    let started = Instant::now();
    loop {
        let listed = observer.client.list()?.iter().any(|tuple| tuple.cid == cid);
        let refusal = observer
            .client
            .read_vars(cid, &Masks::ALL)
            .err()
            .and_then(|error| error.refusal());
        if !listed && refusal == Some(Errno::EINVAL) {
            return Ok(());
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{cid} is still there: listed {listed}, refused with {refusal:?}"
        );
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_closed_connection_goes_away_at_once() -> Result<()> {
    let (_namespace, mut observer, ids, _) = closed_connection(&[])?;
    for cid in ids {
        wait_until_gone(&mut observer, cid)?;
    }
    Ok(())
}

#[test]
fn a_lingering_connection_keeps_its_final_values_for_that_long() -> Result<()> {
    let linger = LINGER.as_secs().to_string();
    let (_namespace, mut observer, [client, server], closing) = closed_connection(&["--linger", &linger])?;
    let sender = final_reading(&mut observer, client)?;
    let receiver = final_reading(&mut observer, server)?;
    // Beside the octets: the sender's SYN and FIN were acknowledged, and the FIN received.
    assert_eq!(number(&sender, Id::HCThruOctetsAcked), Some(OCTETS + 2));
    assert_eq!(number(&receiver, Id::HCThruOctetsReceived), Some(OCTETS + 1));
    assert_eq!(number(&receiver, Id::HCDataOctetsIn), Some(OCTETS));
    assert_eq!(number(&sender, Id::HCDataOctetsOut), Some(OCTETS));
    ensure!(
        observer.client.list()?.iter().any(|tuple| tuple.cid == client),
        "it is not listed"
    );
    let again = observer.client.read_vars(client, &Masks::ALL)?;
    assert_eq!(sender.values.as_slice(), again.values.as_slice());
    for cid in [client, server] {
        wait_until_gone(&mut observer, cid)?;
    }
    ensure!(closing.elapsed() > LINGER, "it was gone after {:?}", closing.elapsed());
    Ok(())
}
