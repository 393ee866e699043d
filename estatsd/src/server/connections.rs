//! What the servers need to know about connections, and nothing of where it comes from.

use std::time::Duration;

pub use estats_protocol::{Events as Wanted, Instruments, ListenerReading};
use estats_protocol::{Origin, Scalar, Scalars, Time, Tuple};
use estats_spec::Id;

/// The connections of this machine, as the servers see them.
///
/// Every call is quick: the servers are single-threaded, so whoever waits here delays every client.
pub trait Connections {
    /// At most `limit` connections whose ids are at least `from`, in ascending order of their ids; if `since` is given, only
    /// those that sent or received a segment at or after that moment (see [`Connections::token`]). What takes long to find ends a page
    /// early, maybe without any.
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Page;

    /// Who owns the socket of a connection; `None` if the connection is unknown or going away.
    fn owner(&mut self, cid: u32) -> Option<Owner>;

    /// Everything that is measured of a connection, now; `None` if the connection is unknown or going away.
    fn read(&mut self, cid: u32) -> Option<Reading>;

    /// Sets a variable that [`estats_spec::Instrument::writable`] allows to set, in its unit.
    ///
    /// # Errors
    ///
    /// The connection is unknown or going away, or the kernel refuses.
    fn write(&mut self, cid: u32, id: Id, value: u32) -> Result<(), WriteError>;

    /// The token that stands for the moment `age` ago, which may lie before the start of the daemon or of the system. Only this
    /// daemon has to understand it.
    fn token(&mut self, age: Duration) -> u64;

    /// Where a connection comes from; `None` if it is unknown. With process and name, whoever asks: the servers decide who may
    /// know them.
    fn origin(&mut self, cid: u32) -> Option<Origin>;

    /// At most `limit` listening sockets whose ids are at least `from`, in ascending order of their ids, with everything that is
    /// measured of them now. Empty only if there is none.
    fn listeners(&mut self, from: u32, limit: usize) -> Vec<ListenerReading>;

    /// The scalars, as they are now.
    fn scalars(&mut self) -> Scalars;

    /// Sets a scalar.
    ///
    /// # Errors
    ///
    /// The positive error number to refuse it with.
    fn set_scalar(&mut self, scalar: Scalar) -> Result<(), i32>;

    /// From here on, collect [`Notice`]s of these kinds and of no others; none is wanted at first.
    fn notify(&mut self, wanted: Wanted);

    /// Takes at most `limit` of the notices collected since they were last taken, in the order of what happened.
    fn take_notices(&mut self, limit: usize) -> Vec<Notice>;
}

/// A part of the list of connections.
#[derive(Debug, Default)]
pub struct Page {
    /// Some connections, in ascending order of their ids.
    pub tuples: Vec<Tuple>,
    /// The id from which to go on; `None` at the end.
    pub next: Option<u32>,
}

impl Page {
    /// The first `limit` of these.
    pub fn of(connections: impl Iterator<Item = Tuple>, limit: usize) -> Page {
        let mut connections = connections.peekable();
        let tuples = connections.by_ref().take(limit).collect();
        Page {
            tuples,
            next: connections.peek().map(|next| next.cid),
        }
    }
}

/// What happened to a connection.
#[derive(Debug, Clone)]
pub enum Notice {
    /// It was established.
    Established {
        /// Its id and ends.
        tuple: Tuple,
        /// Where it comes from.
        origin: Origin,
    },
    /// It was closed.
    Closed {
        /// Its id and ends.
        tuple: Tuple,
        /// Where it came from; with [`Origin::closed`] set.
        origin: Origin,
        /// Its final values.
        reading: Reading,
    },
}

/// Owner of a socket: user and group of its inode; root if it has none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// What one read of one connection brought.
#[derive(Debug, Clone)]
pub struct Reading {
    /// When it was read.
    pub time: Time,
    /// Its two ends.
    pub tuple: Tuple,
    /// What was measured.
    pub instruments: Instruments,
}

/// Why a variable was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The connection is unknown or going away.
    #[error("there is no such connection")]
    NoConnection,
    /// The kernel refused, for the reason that this (positive) error number gives.
    #[error("the kernel refused with error {0}")]
    Refused(i32),
}
