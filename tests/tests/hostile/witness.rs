//! Somebody else's client, whose answers have to be right and to come, whatever others do to the daemon.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Client, Masks, Tuple};
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::{ends, number};
use estats_tests::traffic::{Options, Pair, transfer};

use crate::state::Schedule;

/// Octets that the connection has carried.
const OCTETS: u64 = 12_345;

/// Between two readings: who reads without a pause is itself what others wait for.
const PAUSE: Duration = Duration::from_millis(1);

/// A connection that is quiet, and a client that knows what there is to read of it.
pub(crate) struct Witness {
    client: Client,
    daemon: u32,
    tuple: Tuple,
    _pair: Pair,
}

/// How long answers took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delays {
    pub(crate) readings: u64,
    /// The longest of all.
    pub(crate) worst: Duration,
    /// The longest, without the time in which the daemon or its client could have run and had no processor: what others do on this
    /// machine, and what a busy machine does to everybody, is not the daemon's delay.
    pub(crate) owed: Duration,
}

impl Witness {
    pub(crate) fn new(namespace: &Namespace, daemon: &Daemon) -> Result<Self> {
        let end = || (namespace, Options::default());
        let pair = Pair::open(end(), end(), "127.0.0.1".parse()?)?;
        transfer(&pair.client, &pair.server, OCTETS)?;
        pair.quiesce()?;
        let mut client = daemon.client()?;
        let own = ends(&pair.client)?;
        let listed = client
            .list()?
            .into_iter()
            .find(|tuple| (tuple.local, tuple.remote) == own);
        Ok(Self {
            client,
            daemon: daemon.pid(),
            tuple: listed.context("the connection of the witness is not listed")?,
            _pair: pair,
        })
    }

    /// The id of its connection, which is root's.
    pub(crate) fn cid(&self) -> u32 {
        self.tuple.cid
    }

    /// Reads the connection once. That the answer comes at all is the client's own condition: it waits ten seconds.
    pub(crate) fn look(&mut self) -> Result<Duration> {
        let started = Instant::now();
        let reading = self.client.read_vars(self.tuple.cid, &Masks::ALL)?;
        let delay = started.elapsed();
        ensure!(
            reading.tuple == self.tuple,
            "{:?} reads as {:?}",
            self.tuple,
            reading.tuple
        );
        let octets = number(&reading, Id::HCDataOctetsOut).and_then(|octets| u64::try_from(octets).ok());
        ensure!(octets == Some(OCTETS), "{octets:?} octets of {OCTETS} are told");
        Ok(delay)
    }

    /// How long the daemon and the calling thread have waited for a processor.
    fn waited(&self) -> Result<Duration> {
        let daemon = Schedule::read(&format!("/proc/{}/schedstat", self.daemon))?;
        Ok(daemon.waited + Schedule::read("/proc/thread-self/schedstat")?.waited)
    }

    /// Reads all the time until `work` has ended.
    pub(crate) fn during<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<(T, Delays)> {
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            let watching = scope.spawn(|| -> Result<Delays> {
                let mut delays = Delays::default();
                while !ended.load(Ordering::Relaxed) || delays.readings == 0 {
                    let waited = self.waited()?;
                    let delay = self.look()?;
                    let waited = self.waited()?.saturating_sub(waited);
                    delays.readings += 1;
                    delays.worst = delays.worst.max(delay);
                    delays.owed = delays.owed.max(delay.saturating_sub(waited));
                    thread::sleep(PAUSE);
                }
                Ok(delays)
            });
            let done = {
                let _end = End(&ended);
                work()
            };
            let delays = watching.join().unwrap_or_else(|panic| resume_unwind(panic));
            Ok((done?, delays?))
        })
    }
}

/// Tells the end when it is dropped, even by a panic.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
