//! Connections that close by the thousands while a subscriber is told of each.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::extension::Event;
use estats_protocol::{Client, Events, Value};
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::nstat::Counters;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;

/// Threads that open and close connections.
pub(crate) const THREADS: usize = 3;
/// Connections of each.
const CONNECTIONS: usize = 4000;
/// Ends that may have closed and not been told: fewer than the ring from the kernel holds, so that nothing is lost however late the
/// daemon gets a processor.
pub(crate) const BEHIND: usize = 3000;
/// How long the threads wait when there are as many.
const PAUSE: Duration = Duration::from_millis(1);
/// Longer than the daemon can take for what is on its way.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Makes closing the socket a reset, so that both ends are closed at once and nobody lingers in TIME-WAIT.
const RESET: libc::linger = libc::linger {
    l_onoff: 1,
    l_linger: 0,
};

pub(crate) const CLOSINGS: Events = Events {
    established: false,
    closed: true,
};

/// A storm of connections over loopback, each reset by its client and so closed at both ends at once.
pub(crate) struct Storm {
    pub(crate) namespace: Namespace,
    /// Inode of the namespace.
    pub(crate) netns: u32,
    /// How far it may be ahead of the subscriber, ends.
    behind: usize,
    closed: AtomicUsize,
    told: AtomicUsize,
    given_up: AtomicBool,
}

/// What a subscriber was told.
#[derive(Default)]
pub(crate) struct Heard {
    /// Of the storm: the cookies of the sockets that were closed.
    pub(crate) cookies: BTreeSet<u64>,
    /// How much of other namespaces, where others have connections, too.
    pub(crate) others: usize,
}

/// Opens a connection to `listener` and resets it.
pub(crate) fn reset(listener: &TcpListener) -> Result<()> {
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (_server, _) = listener.accept()?;
    setsockopt(&client, Linger, &RESET)?;
    // Before the other end, which would say goodbye first.
    drop(client);
    Ok(())
}

impl Storm {
    /// One that is at most `behind` ends ahead of the subscriber.
    pub(crate) fn new(behind: usize) -> Result<Self> {
        let namespace = Namespace::new()?;
        let netns = namespace
            .run(|| std::fs::metadata("/proc/thread-self/ns/net"))?
            .ino()
            .try_into()?;
        Ok(Self {
            namespace,
            netns,
            behind,
            closed: AtomicUsize::new(0),
            told: AtomicUsize::new(0),
            given_up: AtomicBool::new(false),
        })
    }

    /// Opens and closes connections, one after the other.
    pub(crate) fn blow(&self, connections: usize) -> Result<()> {
        self.namespace.run(|| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            for _ in 0..connections {
                while self.closed.load(Ordering::Relaxed)
                    >= self.told.load(Ordering::Relaxed).saturating_add(self.behind)
                {
                    ensure!(!self.given_up.load(Ordering::Relaxed), "nobody is told any more");
                    sleep(PAUSE);
                }
                reset(&listener)?;
                self.closed.fetch_add(2, Ordering::Relaxed);
            }
            Ok(())
        })
    }

    /// Takes the notices of `ends` closings.
    pub(crate) fn hear(&self, client: &mut Client, ends: usize) -> Result<Heard> {
        let mut heard = Heard::default();
        while heard.cookies.len() < ends {
            let told = heard.cookies.len();
            let notice = client.next_notice(PATIENCE)?;
            let notice = notice.with_context(|| format!("only {told} of {ends} closings are told"))?;
            ensure!(notice.missed == 0, "{} notices were missed", notice.missed);
            match notice.event {
                Event::Closed(row) if row.origin.netns == self.netns => {
                    ensure!(heard.cookies.insert(row.origin.cookie), "told twice: {row:?}");
                    let state = row.instruments[Id::State].map(Value::as_u64);
                    ensure!(state == Some(1), "told to be closed, with State {state:?}");
                    self.told.fetch_add(1, Ordering::Relaxed);
                }
                Event::Established(details) if details.origin.netns == self.netns => {}
                _ => heard.others += 1,
            }
        }
        Ok(heard)
    }

    /// Lets [`THREADS`] threads make so many connections each, while `client` hears of them.
    pub(crate) fn blow_and_hear(&self, client: &mut Client, connections: usize) -> Result<Heard> {
        let (blown, heard) = thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| scope.spawn(|| self.blow(connections)));
            let heard = self.hear(client, 2 * THREADS * connections);
            self.given_up.store(true, Ordering::Relaxed);
            let blown: Result<()> = threads
                .into_iter()
                .try_for_each(|thread| thread.join().expect("the storm does not panic"));
            (blown, heard)
        });
        let heard = heard?;
        blown?;
        Ok(heard)
    }
}

/// How many ends a namespace's connections had.
fn ends(counters: &Counters) -> Result<usize> {
    Ok(usize::try_from(
        counters.get("TcpActiveOpens")? + counters.get("TcpPassiveOpens")?,
    )?)
}

/// A storm that is at most `behind` ends ahead of the subscriber, who is told of every one.
fn storm(behind: usize, connections: usize) -> Result<()> {
    let storm = Storm::new(behind)?;
    let daemon = Daemon::start(&storm.namespace)?;
    let mut client = daemon.client()?;
    client.subscribe(CLOSINGS)?;
    let started = Instant::now();
    let heard = storm.blow_and_hear(&mut client, connections);
    let (skipped, scalars) = (daemon.skipped()?, daemon.client()?.scalars()?);
    let told = storm.told.load(Ordering::Relaxed);
    let heard = heard.with_context(|| {
        format!(
            "{told} told, {} events lost, {skipped} changes unseen: {}",
            scalars.events_lost,
            daemon.log()
        )
    })?;
    let heard = heard.cookies;
    let counted = ends(&Counters::read(&storm.namespace)?)?;
    ensure!(
        heard.len() == counted,
        "{} closings of {counted} ends are told",
        heard.len()
    );
    ensure!(scalars.events_lost == 0, "{} events were lost", scalars.events_lost);
    // All of them have been told: nothing is on its way any more.
    let more = client.next_notice(Duration::ZERO)?;
    ensure!(
        !more.is_some_and(|notice| matches!(notice.event, Event::Closed(row) if heard.contains(&row.origin.cookie))),
        "an end is told to close twice"
    );
    println!("{counted} closings in {:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_subscriber_is_told_of_every_end_of_a_storm_once() -> Result<()> {
    storm(BEHIND, CONNECTIONS)
}
