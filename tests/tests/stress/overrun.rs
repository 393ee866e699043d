//! More events than the ring from the kernel holds, while the daemon does not run: what is missing is counted.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::extension::Event;
use estats_protocol::{Client, Events};
use estats_tests::daemon::Daemon;
use nix::sys::signal::Signal;

use crate::storm::{BEHIND, CLOSINGS, Storm, reset};

/// An opening takes over 100 octets and a closing over 1000, for each end; the ring has room for 16 MiB.
const CONNECTIONS: usize = 9000;
/// What a daemon that runs hears of may wait so long for the next.
const BRIEFLY: Duration = Duration::from_secs(1);
/// Connections that are tried at most until the daemon hears of one.
const ATTEMPTS: usize = 60;

/// Openings and closings that a daemon has told of the connections of one namespace: cookies, and whether it was the closing.
type Told = BTreeSet<(u64, bool)>;

/// Takes notices until both ends of a connection to `port` of the namespace have closed, or until none comes for some time. Says which
/// it was.
fn hear(told: &mut Told, client: &mut Client, netns: u32, port: u16) -> Result<bool> {
    let mut ends = 0;
    while let Some(notice) = client.next_notice(BRIEFLY)? {
        ensure!(notice.missed == 0, "{} notices were missed", notice.missed);
        let (tuple, origin, closed) = match notice.event {
            Event::Established(details) => (details.tuple, details.origin, false),
            Event::Closed(row) => (row.tuple, row.origin, true),
        };
        if origin.netns == netns {
            told.insert((origin.cookie, closed));
            if closed && [tuple.local.1, tuple.remote.1].contains(&port) {
                ends += 1;
            }
            if ends == 2 {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Makes connections that are reset at once, until the daemon tells of one to its end. Returns how many it took.
fn wait_for(storm: &Storm, told: &mut Told, client: &mut Client) -> Result<usize> {
    let listener = storm.namespace.run(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let port = listener.local_addr()?.port();
    for made in 1..=ATTEMPTS {
        storm.namespace.run(|| reset(&listener))?;
        if hear(told, client, storm.netns, port)? {
            return Ok(made);
        }
    }
    anyhow::bail!("none of {ATTEMPTS} connections is told of")
}

#[test]
fn what_a_stopped_daemon_misses_is_counted() -> Result<()> {
    let storm = Storm::new(usize::MAX)?;
    let daemon = Daemon::start(&storm.namespace)?;
    let mut client = daemon.client()?;
    client.subscribe(Events::ALL)?;
    daemon.signal(Signal::SIGSTOP)?;
    let blown = storm.blow(CONNECTIONS);
    daemon.signal(Signal::SIGCONT)?;
    blown?;

    let mut told = Told::new();
    let more = wait_for(&storm, &mut told, &mut client).with_context(|| daemon.log())?;
    let lost = usize::try_from(daemon.client()?.scalars()?.events_lost)?;
    // Two ends, of which each opens and closes.
    let all = 4 * (CONNECTIONS + more);
    // A program that was interrupted by what it was to run for did not run, and had nothing to tell: see `Daemon::skipped`.
    let unseen = 2 * usize::try_from(daemon.skipped()?)?;
    ensure!(told.len() < all, "there was room for all {all} events");
    // No fewer: the daemon follows the whole host, and so its counter counts for all.
    ensure!(
        told.len() + lost + unseen >= all,
        "of {all} events {} are told, {lost} counted as lost, and at most {unseen} were not seen",
        told.len()
    );
    println!("{} events of {all} are told, {lost} counted as lost", told.len());
    Ok(())
}

#[test]
fn what_a_stopped_daemon_has_room_for_is_told() -> Result<()> {
    let storm = Storm::new(usize::MAX)?;
    let daemon = Daemon::start(&storm.namespace)?;
    let mut client = daemon.client()?;
    client.subscribe(CLOSINGS)?;
    daemon.signal(Signal::SIGSTOP)?;
    // As many as may wait, however fast they come; the rest of the ring is for what others do.
    storm.blow(BEHIND / 2)?;
    daemon.signal(Signal::SIGCONT)?;
    storm.hear(&mut client, BEHIND).with_context(|| daemon.log())?;
    let lost = daemon.client()?.scalars()?.events_lost;
    ensure!(lost == 0, "{lost} events were lost");
    Ok(())
}
