//! A blocking client for the daemon's Unix socket.
//!
//! One request at a time, on the calling thread, without any state outside the [`Client`]. A client may move between threads;
//! threads that share one take turns by a lock of their own.

mod error;
mod extension;
mod link;
mod mib;
mod notices;

use std::{
    env,
    ffi::OsString,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    time::Duration,
};

use estats_spec::{
    endpoint::{DEFAULT_SOCKET, SOCKET_ENV},
    sets::{V124B, VarSet},
    wire::CID_MIN,
};

pub use error::Error;
pub use mib::{Mib, MibVariable};
pub use notices::Notices;

use crate::{
    control::{self, Family},
    datagram::{self, RawMessage},
    extension::Notice,
    masks::Masks,
    message::EstatsMessage,
    reading::Reading,
    tuple::Tuple,
};
use link::{BUFFER, Link};
use notices::Waiting;

/// How long a client waits for an answer unless told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the daemon listens: the path in the environment variable `ESTATS_SOCKET`, or the default if that is unset or empty.
#[must_use]
pub fn socket_path() -> PathBuf {
    chosen(env::var_os(SOCKET_ENV))
}

fn chosen(configured: Option<OsString>) -> PathBuf {
    configured
        .filter(|path| !path.is_empty())
        .map_or_else(|| PathBuf::from(DEFAULT_SOCKET), PathBuf::from)
}

/// A connection to the daemon.
#[derive(Debug)]
pub struct Client {
    link: Link,
    family: u16,
    sequence: u32,
    set: &'static VarSet,
    /// Notices that came while an answer was waited for.
    waiting: Waiting,
}

impl Client {
    /// Connects to the daemon that listens on `path`, see [`socket_path`].
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`], [`Error::NotPermitted`], [`Error::Connect`], or as in every exchange: [`Error::Timeout`],
    /// [`Error::ConnectionLost`], [`Error::Malformed`], [`Error::Refused`], [`Error::System`].
    pub fn connect(path: &Path) -> Result<Self, Error> {
        Self::greet(Link::connect(path, DEFAULT_TIMEOUT)?)
    }

    /// Talks to a daemon over a connected `SOCK_SEQPACKET` socket.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn over(socket: OwnedFd) -> Result<Self, Error> {
        Self::greet(Link::over(socket, DEFAULT_TIMEOUT)?)
    }

    fn greet(link: Link) -> Result<Self, Error> {
        let mut client = Self {
            link,
            family: 0,
            sequence: 0,
            set: &V124B,
            waiting: Waiting::default(),
        };
        let sequence = client.next_sequence();
        let mut id = None;
        let request = control::family_request(sequence);
        client.link.exchange(&request, sequence, None, &mut |message| {
            id = Family::parse(message)?.id;
            Ok(())
        })?;
        client.family = id.ok_or_else(|| Error::Malformed("it has no family id".to_owned()))?;
        Ok(client)
    }

    /// Changes how long to wait for an answer; at least a millisecond.
    ///
    /// # Errors
    ///
    /// [`Error::System`] if the system cannot wait that long.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.link.set_timeout(timeout)
    }

    /// Changes the variable set by which values are decoded; it has to be the one that the daemon serves on this socket.
    ///
    /// It is the last one, [`V124B`], unless changed.
    pub fn decode_by(&mut self, set: &'static VarSet) {
        self.set = set;
    }

    /// The variable set by which values are decoded.
    #[must_use]
    pub fn set(&self) -> &'static VarSet {
        self.set
    }

    /// The family id that the daemon gave.
    #[must_use]
    pub fn family_id(&self) -> u16 {
        self.family
    }

    /// Lists all connections in ascending order of their ids.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn list(&mut self) -> Result<Vec<Tuple>, Error> {
        self.list_pages(None)
    }

    /// Lists the connections that sent or received a segment since the moment of `token`, see [`Client::timestamp`].
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn list_since(&mut self, token: u64) -> Result<Vec<Tuple>, Error> {
        self.list_pages(Some(token))
    }

    fn list_pages(&mut self, since: Option<u64>) -> Result<Vec<Tuple>, Error> {
        let mut connections = Vec::new();
        self.pages(
            0,
            |from| EstatsMessage::list(from, since).taking(BUFFER),
            |message| {
                let members = message.tuple().unwrap_or_default();
                let tuple = Tuple::from_attributes(members)?;
                connections.push(tuple);
                Ok(tuple.cid)
            },
        )?;
        Ok(connections)
    }

    /// Reads the variables of the connection `cid` that `masks` selects.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `EINVAL` for an unknown or closed connection, with `EACCES` for one of another user; otherwise
    /// as in every exchange, see [`Client::connect`].
    pub fn read_vars(&mut self, cid: u32, masks: &Masks) -> Result<Reading, Error> {
        let set = self.set;
        let mut reading = None;
        self.exchange_raw(EstatsMessage::read_vars(cid, masks), &mut |message| {
            reading = Some(Reading::decode(message, set)?);
            Ok(())
        })?;
        match reading {
            Some(reading) if reading.tuple.cid == cid => Ok(reading),
            Some(_) => Err(Error::Malformed("it is about another connection".to_owned())),
            None => Err(Error::Malformed("it has no values".to_owned())),
        }
    }

    /// Reads all variables of all connections that the caller may read, in ascending order of their ids.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_all(&mut self) -> Result<Vec<Reading>, Error> {
        self.read_pages(0, None)
    }

    /// As [`Client::read_all`], for the connections whose ids are not below `first`: those opened since that one, ids being given
    /// in ascending order.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_all_from(&mut self, first: u32) -> Result<Vec<Reading>, Error> {
        self.read_pages(first, None)
    }

    /// Reads all variables of the connections that sent or received a segment since the moment of `token`.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn read_all_since(&mut self, token: u64) -> Result<Vec<Reading>, Error> {
        self.read_pages(0, Some(token))
    }

    fn read_pages(&mut self, first: u32, since: Option<u64>) -> Result<Vec<Reading>, Error> {
        let set = self.set;
        let mut readings = Vec::new();
        self.pages_raw(
            first,
            |from| match from {
                // Whoever names no connection to begin with has all pages at once: the daemon makes one while another is taken apart.
                0 => EstatsMessage::read_everything(since).taking(BUFFER),
                _ => EstatsMessage::read_all(from, since).taking(BUFFER),
            },
            |message| {
                let reading = Reading::decode(message, set)?;
                let cid = reading.tuple.cid;
                readings.push(reading);
                Ok(cid)
            },
        )?;
        Ok(readings)
    }

    /// Writes `value`, in the unit of the variable, to the variable `name` of the connection `cid`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `EINVAL` for an unknown connection or variable, `EACCES` for a connection of another user,
    /// `EPERM` for a variable that is not writable; otherwise as in every exchange, see [`Client::connect`].
    pub fn write_var(&mut self, cid: u32, name: &str, value: u32) -> Result<(), Error> {
        self.exchange(EstatsMessage::write_var(cid, name, value), |_| Ok(()))
    }

    /// Asks for the names and types of the variables.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn mib(&mut self) -> Result<Mib, Error> {
        let mut mib = None;
        self.exchange(EstatsMessage::init(), |message| {
            mib = Some(Mib::decode(message)?);
            Ok(())
        })?;
        mib.ok_or_else(|| Error::Malformed("it describes no variables".to_owned()))
    }

    /// Asks for the token of the moment `age` ago, in milliseconds; only this daemon understands it.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`].
    pub fn timestamp(&mut self, age: Duration) -> Result<u64, Error> {
        let milliseconds = u32::try_from(age.as_millis()).unwrap_or(u32::MAX);
        let mut token = None;
        self.exchange(EstatsMessage::timestamp(milliseconds), |message| {
            token = message.since();
            Ok(())
        })?;
        token.ok_or_else(|| Error::Malformed("it has no token".to_owned()))
    }

    /// Asks for pages, from the id `first` on, until one adds nothing. `each` returns the id of the connection it got.
    fn pages(
        &mut self,
        first: u32,
        page: impl Fn(u32) -> EstatsMessage,
        mut each: impl FnMut(&EstatsMessage) -> Result<u32, Error>,
    ) -> Result<(), Error> {
        self.pages_raw(first, page, |message| each(&message.estats()?))
    }

    /// As [`Client::pages`], for who takes messages apart by himself.
    fn pages_raw(
        &mut self,
        first: u32,
        page: impl Fn(u32) -> EstatsMessage,
        mut each: impl FnMut(&RawMessage<'_>) -> Result<u32, Error>,
    ) -> Result<(), Error> {
        let mut next = first;
        // Ids stay below 2^31: the server takes larger ones for negative.
        while i32::try_from(next).is_ok() {
            let from = next;
            self.exchange_raw(page(from), &mut |message| {
                let cid = each(message)?;
                if cid < next.max(CID_MIN.unsigned_abs()) {
                    return Err(Error::Malformed("the ids of a list do not ascend".to_owned()));
                }
                next = cid.saturating_add(1);
                Ok(())
            })?;
            if next == from {
                break;
            }
        }
        Ok(())
    }

    fn exchange(
        &mut self,
        message: EstatsMessage,
        mut each: impl FnMut(&EstatsMessage) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.exchange_raw(message, &mut |message| each(&message.estats()?))
    }

    fn exchange_raw(
        &mut self,
        message: EstatsMessage,
        each: &mut dyn FnMut(&RawMessage<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (sequence, command, family) = (self.next_sequence(), message.command, self.family);
        let request = datagram::request(family, sequence, message);
        let waiting = &mut self.waiting;
        self.link.exchange(&request, sequence, Some(command), &mut |message| {
            let kind = message.genl_header()?.cmd;
            if message.header.message_type == family && Notice::is_one(kind) {
                // Between the answers to what was asked.
                waiting.push(Notice::decode(&message.estats()?)?);
                Ok(())
            } else if message.header.message_type == family && kind == command {
                each(message)
            } else {
                Err(Error::Malformed("it answers another request".to_owned()))
            }
        })
    }

    /// Different for every request, so that the acknowledgement of an earlier one is recognised.
    fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_means_the_default() {
        assert_eq!(chosen(None), Path::new(DEFAULT_SOCKET));
        assert_eq!(chosen(Some(OsString::new())), Path::new(DEFAULT_SOCKET));
        assert_eq!(chosen(Some("/tmp/x".into())), Path::new("/tmp/x"));
    }
}
