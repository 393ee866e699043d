//! A watched connection: client, router and server, with a daemon, a capture and counters at either end.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use estats_protocol::{Reading, Time};

use crate::analysis::Account;
use crate::capture::Capture;
use crate::nstat::Counters;
use crate::observer::Observer;
use crate::path::{Path, Side};
use crate::segment::Segment;
use crate::sockopt::{self, Queues};
use crate::tcp_info::TcpInfo;
use crate::traffic::{Options, Pair};

/// How long to wait for a moment at which a connection holds still.
const STILL: Duration = Duration::from_secs(10);

/// The addresses that a connection uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// Everything at one end that accounts for the connection, the daemon excepted.
#[derive(Debug)]
pub struct Evidence {
    /// Which end.
    pub side: Side,
    /// What the test asked of the socket.
    pub options: Options,
    /// `TCP_INFO`, the same before and after the daemon was asked.
    pub info: TcpInfo,
    /// The queues at the same time.
    pub queues: Queues,
    /// `TCP_NODELAY`.
    pub nodelay: i32,
    /// `SO_PRIORITY`.
    pub priority: i32,
    /// `TCP_WINDOW_CLAMP`, octets.
    pub window_clamp: i32,
    /// The capture at this end, up to the moment of the reading.
    pub account: Account,
    /// The counters of the namespace when the scene began. They count nothing but this connection.
    pub counters_before: Counters,
    /// The counters of the namespace at the end.
    pub counters: Counters,
    /// Before the connection was asked for, and after it was accepted, since the epoch.
    pub opened: (Duration, Duration),
    /// When the daemon took its reading, since the epoch.
    pub read_at: Duration,
    /// How often the kernel skipped a program of the daemon, see [`Daemon::skipped`](crate::daemon::Daemon::skipped).
    pub skipped: i64,
}

impl Evidence {
    /// How much the counter `name` grew; none where this kernel does not have it.
    #[must_use]
    pub fn counted(&self, name: &str) -> Option<i64> {
        self.counters.since(&self.counters_before, name).ok()
    }
}

/// A connection under watch.
#[derive(Debug)]
pub struct Scene {
    /// Where it runs.
    pub path: Path,
    /// Its two ends.
    pub pair: Pair,
    opened: (Duration, Duration),
    ends: [End; 2],
}

/// What watches one end.
#[derive(Debug)]
struct End {
    side: Side,
    options: Options,
    observer: Option<Observer>,
    capture: Option<Capture>,
    counters: Counters,
}

impl Scene {
    /// Starts daemons and captures at both ends of `path`, then opens a connection.
    ///
    /// # Errors
    ///
    /// When a daemon or a capture does not start, or the connection cannot be opened.
    pub fn open(path: Path, family: Family, client: Options, server: Options) -> Result<Self> {
        let observers = [Side::Client, Side::Server].map(|side| Observer::start(path.host(side)));
        let mut scene = Self::open_unwatched(path, family, client, server)?;
        for (end, observer) in scene.ends.iter_mut().zip(observers) {
            end.observer = Some(observer?);
        }
        Ok(scene)
    }

    /// Starts captures at both ends of `path`, then opens a connection. The daemons are left for [`Scene::watch`].
    ///
    /// # Errors
    ///
    /// When a capture does not start, or the connection cannot be opened.
    pub fn open_unwatched(path: Path, family: Family, client: Options, server: Options) -> Result<Self> {
        let end = |side, options| -> Result<End> {
            let host = path.host(side);
            Ok(End {
                side,
                options,
                observer: None,
                capture: Some(Capture::start(host, side.device())?),
                counters: Counters::read(host)?,
            })
        };
        let ends = [end(Side::Client, client)?, end(Side::Server, server)?];
        let address = match family {
            Family::Ipv4 => Side::Server.ipv4(),
            Family::Ipv6 => Side::Server.ipv6(),
        };
        let start = now()?;
        let pair = Pair::open(
            (path.host(Side::Client), client),
            (path.host(Side::Server), server),
            address,
        )?;
        let opened = (start, now()?);
        Ok(Self {
            path,
            pair,
            opened,
            ends,
        })
    }

    /// Starts the daemons, for a connection that was opened without them.
    ///
    /// # Errors
    ///
    /// When a daemon does not start.
    pub fn watch(&mut self) -> Result<()> {
        for end in &mut self.ends {
            end.observer = Some(Observer::start(self.path.host(end.side))?);
        }
        Ok(())
    }

    /// Asks the daemon at `side`.
    ///
    /// # Errors
    ///
    /// As [`Observer::read`].
    pub fn read(&mut self, side: Side) -> Result<Reading> {
        let socket = self.pair.end(side);
        let end = self
            .ends
            .iter_mut()
            .find(|end| end.side == side)
            .context("a scene has both ends")?;
        end.observer.as_mut().context("the scene is not watched")?.read(socket)
    }

    /// Reads both ends from their daemons and collects the evidence.
    ///
    /// # Errors
    ///
    /// When a daemon does not deliver, a connection does not hold still, or a capture failed.
    pub fn finish(mut self) -> Result<[(Reading, Evidence); 2]> {
        let readings = [self.read_at_rest(Side::Client)?, self.read_at_rest(Side::Server)?];
        let mut results = Vec::new();
        for (end, (reading, info, queues)) in self.ends.iter_mut().zip(readings) {
            let socket = self.pair.end(end.side);
            let capture = end.capture.take().context("the capture is gone")?;
            let read_at = instant(reading.time);
            let segments = until(&capture.finish()?, read_at);
            let observer = end.observer.as_ref().context("the scene is not watched")?;
            let evidence = Evidence {
                side: end.side,
                options: end.options,
                info,
                queues,
                nodelay: sockopt::get(socket, libc::IPPROTO_TCP, libc::TCP_NODELAY)?,
                priority: sockopt::get(socket, libc::SOL_SOCKET, libc::SO_PRIORITY)?,
                window_clamp: sockopt::get(socket, libc::IPPROTO_TCP, libc::TCP_WINDOW_CLAMP)?,
                account: Account::of(&segments, socket.local_addr()?, socket.peer_addr()?),
                counters_before: end.counters.clone(),
                counters: Counters::read(self.path.host(end.side))?,
                opened: self.opened,
                read_at,
                skipped: observer.daemon.skipped()?,
            };
            results.push((reading, evidence));
        }
        results.try_into().ok().context("a connection has two ends")
    }

    /// Asks the daemon at `side` at a moment when nothing changes.
    fn read_at_rest(&mut self, side: Side) -> Result<(Reading, TcpInfo, Queues)> {
        let started = Instant::now();
        while started.elapsed() < STILL {
            let before = self.state(side)?;
            let reading = self.read(side)?;
            if before == self.state(side)? {
                let (info, queues) = before;
                return Ok((reading, info, queues));
            }
        }
        bail!("the connection did not hold still for the time of a reading within {STILL:?}")
    }

    /// What the kernel says of the socket at `side`, without what ages.
    fn state(&self, side: Side) -> Result<(TcpInfo, Queues)> {
        let socket = self.pair.end(side);
        Ok((TcpInfo::read(socket)?.without_ages(), Queues::read(socket)?))
    }
}

/// The time since the epoch.
fn now() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

/// The time of a reading, since the epoch.
fn instant(time: Time) -> Duration {
    Duration::new(time.sec.into(), time.usec * 1000)
}

/// The segments that passed before `time`, which is cut to microseconds.
fn until(segments: &[Segment], time: Duration) -> Vec<Segment> {
    let end = time + Duration::from_micros(1);
    segments.iter().filter(|segment| segment.time < end).cloned().collect()
}
