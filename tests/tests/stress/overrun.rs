//! More events than the ring from the kernel holds, while the daemon does not run: what is missing is counted, to the last one.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::extension::Event;
use estats_protocol::{Client, Events};
use estats_tests::daemon::Daemon;
use nix::sys::signal::Signal;

use crate::storm::{BEHIND, CLOSINGS, Storm, THREADS, reset};

/// Connections of each thread, 9,000 in all. An opening takes over 100 octets and a closing over 1000, for each end; the ring has room
/// for 16 MiB.
const CONNECTIONS: usize = 3000;
/// What a daemon that runs hears of may wait so long for the next.
const BRIEFLY: Duration = Duration::from_secs(1);
/// Connections that are tried at most until the daemon hears of one.
const ATTEMPTS: usize = 60;

/// Openings and closings that a daemon has told of the connections of one namespace.
struct Told {
    own: usize,
    /// Of other namespaces: the daemon follows the whole host, and so its counter counts for all.
    others: usize,
}

impl Told {
    /// Takes notices until one of a closed connection to `port`, or until none comes for some time. Says which it was.
    fn hear(&mut self, client: &mut Client, netns: u32, port: u16) -> Result<bool> {
        while let Some(notice) = client.next_notice(BRIEFLY)? {
            ensure!(notice.missed == 0, "{} notices were missed", notice.missed);
            let (tuple, origin, closed) = match notice.event {
                Event::Established(details) => (details.tuple, details.origin, false),
                Event::Closed(row) => (row.tuple, row.origin, true),
            };
            if origin.netns == netns {
                self.own += 1;
            } else {
                self.others += 1;
            }
            // The end that was accepted closes last: the other one resets it.
            if origin.netns == netns && closed && tuple.local.1 == port {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Makes connections that are reset at once, until the daemon tells of one to its end. Returns how many it took.
fn wait_for(storm: &Storm, told: &mut Told, client: &mut Client) -> Result<usize> {
    let listener = storm.namespace.run(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let port = listener.local_addr()?.port();
    for made in 1..=ATTEMPTS {
        storm.namespace.run(|| reset(&listener))?;
        if told.hear(client, storm.netns, port)? {
            return Ok(made);
        }
    }
    anyhow::bail!("none of {ATTEMPTS} connections is told of")
}

#[test]
fn what_a_stopped_daemon_misses_is_counted() -> Result<()> {
    let storm = Storm::new(BEHIND)?;
    // One that runs: it paces the storm, and it hears of connections that others make meanwhile.
    let witness = Daemon::start(&storm.namespace)?;
    let mut witnessing = witness.client()?;
    let daemon = Daemon::start(&storm.namespace)?;
    let mut client = daemon.client()?;
    witnessing.subscribe(Events::ALL)?;
    client.subscribe(Events::ALL)?;

    daemon.signal(Signal::SIGSTOP)?;
    let heard = storm.blow_and_hear(&mut witnessing, CONNECTIONS);
    daemon.signal(Signal::SIGCONT)?;
    let heard = heard.with_context(|| witness.log())?;
    let ends = 2 * THREADS * CONNECTIONS;

    let mut told = Told { own: 0, others: 0 };
    let more = wait_for(&storm, &mut told, &mut client).with_context(|| daemon.log())?;
    let lost = usize::try_from(daemon.client()?.scalars()?.events_lost)?;
    let missing = 2 * (ends + 2 * more) - told.own;
    ensure!(missing > 0, "there was room for {} events", told.own);
    // A program that was interrupted by what it was to run for did not run, and had nothing to tell: see `Daemon::skipped`.
    let unseen = usize::try_from(daemon.skipped()?)?;

    // Whatever the witness was to hear until here, it has heard with one more connection; or has counted.
    let mut witnessed = Told {
        own: 0,
        others: heard.others,
    };
    wait_for(&storm, &mut witnessed, &mut witnessing).with_context(|| witness.log())?;
    let unheard = usize::try_from(witness.client()?.scalars()?.events_lost)?;
    let of_others = witnessed.others + unheard;
    ensure!(
        (missing.saturating_sub(2 * unseen)..=missing + of_others).contains(&lost),
        "{missing} events are missing, and at most {of_others} of other namespaces; {lost} are counted, {unseen} were not seen"
    );
    println!(
        "{missing} events of {} are missing, {lost} counted, at most {of_others} of others",
        2 * ends
    );
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
