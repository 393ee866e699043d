//! What is said of one listening socket.

use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Client, ListenerReading, Value};
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::peer::witness;
use estats_tests::sockopt;

/// How soon a packet that was sent is processed, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(10);

/// One that follows the listening sockets of this host.
pub(crate) struct Watch {
    client: Mutex<Client>,
    /// Kept for the client.
    _daemon: Option<Daemon>,
}

impl Watch {
    /// A daemon that starts now.
    pub(crate) fn start(namespace: &Namespace) -> Result<Self> {
        let daemon = Daemon::start(namespace)?;
        Ok(Self {
            client: Mutex::new(daemon.client()?),
            _daemon: Some(daemon),
        })
    }

    fn client(&self) -> MutexGuard<'_, Client> {
        // Each exchange is whole; what another test made of its answer does not matter.
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All listening sockets.
    pub(crate) fn all(&self) -> Result<Vec<ListenerReading>> {
        Ok(self.client().listeners()?)
    }

    /// When the table last changed.
    pub(crate) fn last_change(&self) -> Result<u32> {
        Ok(self.client().scalars()?.listener_table_last_change)
    }

    /// One that is listed, found by its cookie.
    pub(crate) fn find(&self, listener: &impl AsFd) -> Result<Option<ListenerReading>> {
        let cookie = cookie(listener)?;
        let mut of_cookie: Vec<_> = self
            .all()?
            .into_iter()
            .filter(|reading| reading.origin.cookie == cookie)
            .collect();
        ensure!(of_cookie.len() < 2, "a socket is listed twice");
        Ok(of_cookie.pop())
    }

    pub(crate) fn read(&self, listener: &impl AsFd) -> Result<ListenerReading> {
        self.find(listener)?.context("the socket is not listed")
    }

    pub(crate) fn rows(&self, listener: &impl AsFd) -> Result<Rows> {
        Rows::of(&self.read(listener)?)
    }

    /// The rows have to become these, as soon as all packets have been processed.
    pub(crate) fn expect(&self, listener: &impl AsFd, expected: &Rows) -> Result<()> {
        let began = Instant::now();
        loop {
            let rows = self.rows(listener)?;
            if rows == *expected {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "{rows:?}\nexpected {expected:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The watch of all tests of this program.
pub(crate) fn watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    WATCH.get_or_init(|| Watch {
        client: Mutex::new(witness::client().unwrap_or_else(|error| panic!("{error:#}"))),
        _daemon: None,
    })
}

/// A namespace to listen in, while the watch runs already: nothing in it is adopted.
pub(crate) fn namespace() -> Result<Namespace> {
    watch();
    Namespace::new()
}

/// The number that no other socket of this host has.
pub(crate) fn cookie(socket: &impl AsFd) -> Result<u64> {
    let mut cookie = [0; 8];
    sockopt::get_bytes(socket, libc::SOL_SOCKET, libc::SO_COOKIE, &mut cookie)?;
    Ok(u64::from_ne_bytes(cookie))
}

/// The rows of a listening socket that traffic moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) syns: u64,
    pub(crate) initial: u64,
    pub(crate) established: u64,
    pub(crate) accepted: u64,
    pub(crate) exceeded: u64,
    /// `None`: not measured.
    pub(crate) connections: Option<u64>,
    pub(crate) backlog: u64,
    pub(crate) waiting: u64,
}

impl Rows {
    /// A socket that nobody has connected to.
    pub(crate) const NONE: Self = Self {
        syns: 0,
        initial: 0,
        established: 0,
        accepted: 0,
        exceeded: 0,
        connections: Some(0),
        backlog: 0,
        waiting: 0,
    };

    fn of(reading: &ListenerReading) -> Result<Self> {
        let twins = |low: Id, high: Id| -> Result<u64> {
            let (low, high) = (number(reading, low)?, number(reading, high)?);
            ensure!(low == high & 0xffff_ffff, "{low} is not the low half of {high}");
            Ok(high)
        };
        Ok(Self {
            syns: twins(Id::ListenerSynRcvd, Id::ListenerHCSynRcvd)?,
            initial: twins(Id::ListenerInitial, Id::ListenerHCInitial)?,
            established: twins(Id::ListenerEstablished, Id::ListenerHCEstablished)?,
            accepted: twins(Id::ListenerAccepted, Id::ListenerHCAccepted)?,
            exceeded: twins(Id::ListenerExceedBacklog, Id::ListenerHCExceedBacklog)?,
            connections: number(reading, Id::ListenerCurConns).ok(),
            backlog: number(reading, Id::ListenerCurBacklog)?,
            waiting: number(reading, Id::ListenerCurEstabBacklog)?,
        })
    }
}

/// The value of one row.
pub(crate) fn number(reading: &ListenerReading, id: Id) -> Result<u64> {
    match reading.instruments[id] {
        Some(Value::U32(value)) => Ok(value.into()),
        Some(Value::U64(value)) => Ok(value),
        other => Err(anyhow::anyhow!("{} is {other:?}", id.name())),
    }
}
