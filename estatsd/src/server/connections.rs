//! What the servers need to know about connections, and nothing of where it comes from.

use std::{ops::Index, time::Duration};

use estats_protocol::{Time, Tuple, Value};
use estats_spec::Id;

/// The connections of this machine, as the servers see them.
///
/// Every call is quick: the servers are single-threaded, so whoever waits here delays every client.
pub trait Connections {
    /// At most `limit` connections whose ids are at least `from`, in ascending order of their ids; if `since` is given, only
    /// those that sent or received a segment at or after that moment (see [`Connections::token`]). Empty only if there is
    /// none.
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Vec<Tuple>;

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

/// A value for each instrument that is measured on a connection; none for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruments(Box<[Option<Value>; Id::ALL.len()]>);

impl Instruments {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Box::new([None; Id::ALL.len()]))
    }

    /// Notes a measured value, in the unit of the instrument.
    pub fn set(&mut self, id: Id, value: Value) {
        self.0[id as usize] = Some(value);
    }
}

impl Default for Instruments {
    fn default() -> Self {
        Self::new()
    }
}

impl Index<Id> for Instruments {
    type Output = Option<Value>;

    fn index(&self, id: Id) -> &Self::Output {
        &self.0[id as usize]
    }
}
