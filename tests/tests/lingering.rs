//! How long a connection can be read after it closed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::Masks;
use estats_spec::Id;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, number};
use estats_tests::traffic::{Options, Pair, transfer};
use nix::errno::Errno;

const OCTETS: i64 = 54_321;

/// Opens a connection, moves octets, closes both ends; returns the daemon and the ids of client and server.
fn closed_connection(arguments: &[&str]) -> Result<(Namespace, Observer, [u32; 2])> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start_with(&namespace, arguments)?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open(end(), end(), "127.0.0.1".parse()?)?;
    transfer(&pair.client, &pair.server, OCTETS.unsigned_abs())?;
    let ids = [observer.cid(&pair.client)?, observer.cid(&pair.server)?];
    // The client first: its FIN is acknowledged before the server's own.
    let Pair { client, server } = pair;
    drop(client);
    sleep(Duration::from_millis(100));
    drop(server);
    Ok((namespace, observer, ids))
}

/// Waits until `cid` is neither listed nor readable.
fn wait_until_gone(observer: &mut Observer, cid: u32, patience: Duration) -> Result<()> {
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
            started.elapsed() < patience,
            "{cid} is still there: listed {listed}, refused with {refusal:?}"
        );
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_closed_connection_goes_away_at_once() -> Result<()> {
    let (_namespace, mut observer, ids) = closed_connection(&[])?;
    for cid in ids {
        wait_until_gone(&mut observer, cid, Duration::from_millis(200))?;
    }
    Ok(())
}

#[test]
fn a_lingering_connection_keeps_its_final_values_for_that_long() -> Result<()> {
    let (_namespace, mut observer, [client, server]) = closed_connection(&["--linger", "5"])?;
    let closed = Instant::now();
    sleep(Duration::from_millis(200));
    let sender = observer.client.read_vars(client, &Masks::ALL)?;
    let receiver = observer.client.read_vars(server, &Masks::ALL)?;
    // Beside the octets: the sender's SYN and FIN were acknowledged, and the FIN received.
    assert_eq!(number(&sender, Id::HCThruOctetsAcked), Some(OCTETS + 2));
    assert_eq!(number(&receiver, Id::HCThruOctetsReceived), Some(OCTETS + 1));
    assert_eq!(number(&receiver, Id::HCDataOctetsIn), Some(OCTETS));
    assert_eq!(number(&sender, Id::HCDataOctetsOut), Some(OCTETS));
    // 1 is CLOSED; the end that closed first may be told to be in TIME-WAIT (11).
    assert_eq!(number(&receiver, Id::State), Some(1));
    ensure!(
        [Some(1), Some(11)].contains(&number(&sender, Id::State)),
        "{:?}",
        number(&sender, Id::State)
    );
    ensure!(
        observer.client.list()?.iter().any(|tuple| tuple.cid == client),
        "it is not listed"
    );
    let again = observer.client.read_vars(client, &Masks::ALL)?;
    assert_eq!(sender.values.as_slice(), again.values.as_slice());
    sleep(Duration::from_millis(3500).saturating_sub(closed.elapsed()));
    observer.client.read_vars(client, &Masks::ALL)?;
    for cid in [client, server] {
        wait_until_gone(&mut observer, cid, Duration::from_secs(3))?;
    }
    ensure!(
        closed.elapsed() > Duration::from_millis(4900),
        "it was gone after {:?}",
        closed.elapsed()
    );
    Ok(())
}
