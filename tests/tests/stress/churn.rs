//! Connections that come and go, each with a number of octets that tells it from the others.

use std::collections::VecDeque;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use estats_protocol::Tuple;
use estats_tests::netns::Namespace;
use estats_tests::observer::Endpoint;

/// The two ends of a listed connection.
pub(super) type Ends = (Endpoint, Endpoint);

/// Readings asked for between two connections. So the connections change as fast as the clients read, on any machine.
const PACE: usize = 8;
/// How long to wait for more to be asked for.
const PAUSE: Duration = Duration::from_millis(1);

/// A source of connections at an address that no other test has.
pub(super) struct Churn<'a> {
    namespace: &'a Namespace,
    listener: TcpListener,
    end: Endpoint,
    at_once: usize,
    asked: AtomicUsize,
    done: AtomicBool,
}

impl<'a> Churn<'a> {
    /// Prepares to have `at_once` connections at a time.
    pub(super) fn new(namespace: &'a Namespace, at_once: usize) -> Result<Self> {
        let [low, high, ..] = std::process::id().to_le_bytes();
        let address = IpAddr::from(Ipv4Addr::new(127, 110, high, low));
        let listener = namespace.run(|| TcpListener::bind((address, 0)))?;
        let end = (address, listener.local_addr()?.port());
        Ok(Self {
            namespace,
            listener,
            end,
            at_once,
            asked: AtomicUsize::new(0),
            done: AtomicBool::new(false),
        })
    }

    /// Opens connections until [`Churn::stop`], and closes the oldest where there would be too many. Returns how many it opened.
    pub(super) fn run(&self) -> Result<usize> {
        let mut open: VecDeque<_> = self.fill()?.into();
        let mut count = open.len();
        self.namespace.run(|| {
            while !self.done.load(Ordering::Relaxed) {
                if count < self.at_once + self.asked.load(Ordering::Relaxed) / PACE {
                    open.pop_front();
                    open.push_back(self.open()?);
                    count += 1;
                } else {
                    sleep(PAUSE);
                }
            }
            Ok(count)
        })
    }

    /// Notes that a reading is asked for.
    pub(super) fn asked(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends [`Churn::run`].
    pub(super) fn stop(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    /// Opens as many as there may be at a time.
    pub(super) fn fill(&self) -> Result<Vec<[TcpStream; 2]>> {
        self.namespace.run(|| (0..self.at_once).map(|_| self.open()).collect())
    }

    /// Opens one. What the client sends is not read, so that closing resets the connection and its port is free at once.
    fn open(&self) -> Result<[TcpStream; 2]> {
        let mut client = TcpStream::connect(self.end)?;
        let (server, _) = self.listener.accept()?;
        let octets = octets_of(client.local_addr()?.port());
        client.write_all(&vec![0; usize::from(octets)])?;
        Ok([client, server])
    }

    /// Whether it is one of these.
    pub(super) fn owns(&self, tuple: &Tuple) -> bool {
        [tuple.local, tuple.remote].contains(&self.end)
    }

    /// Whether the end `tuple` may have sent and received so many octets.
    pub(super) fn may_have(&self, tuple: &Tuple, octets: [Option<i64>; 2]) -> bool {
        let (index, port) = if tuple.remote == self.end {
            (0, tuple.local.1)
        } else {
            (1, tuple.remote.1)
        };
        // One segment, which has passed or has not.
        let some = [0, i64::from(octets_of(port))];
        octets[index].is_some_and(|octets| some.contains(&octets)) && octets[1 - index] == Some(0)
    }
}

/// How much the client with this port sends: less than a segment of loopback.
fn octets_of(port: u16) -> u16 {
    1 + port % 16_000
}
