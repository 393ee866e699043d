//! Connections made up for the tests.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use estats_protocol::{Origin, Scalar, Scalars, Time, Tuple, Value};
use estats_spec::Id;

use super::notices::{self, Happenings};
use crate::server::{Connections, Instruments, ListenerReading, Notice, Owner, Page, Reading, Wanted, WriteError};

/// The user and group that own every connection unless said otherwise.
pub(crate) const OWNER: Owner = Owner { uid: 1000, gid: 100 };

/// The token of the present moment.
pub(crate) const NOW: u64 = 1_000_000;

/// A number of connections, what was written to them, and how often a page of them was asked for.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) owners: BTreeMap<u32, Owner>,
    /// When a connection was last active; at [`NOW`] unless said otherwise.
    pub(crate) active: BTreeMap<u32, u64>,
    /// Those that go away between the question for their owner and the read.
    pub(crate) dying: Vec<u32>,
    /// Whether every instrument is measured.
    pub(crate) complete: bool,
    pub(crate) written: Vec<(u32, Id, u32)>,
    pub(crate) pages: usize,
    /// Ids of listening sockets.
    pub(crate) listeners: Vec<u32>,
    pub(crate) scalars: Scalars,
    /// What happens to connections, from outside.
    pub(crate) happenings: Happenings,
}

impl Fake {
    pub(crate) fn new(cids: impl IntoIterator<Item = u32>) -> Self {
        Self {
            owners: cids.into_iter().map(|cid| (cid, OWNER)).collect(),
            ..Self::default()
        }
    }
}

/// The two ends of a connection: its id is in the ports.
pub(crate) fn tuple(cid: u32) -> Tuple {
    let address = Ipv4Addr::LOCALHOST.into();
    let port = u16::try_from(cid % 30_000).unwrap();
    Tuple::new(cid, (address, port), (address, port + 30_000))
}

impl Connections for Fake {
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Page {
        self.pages += 1;
        let active = |cid| *self.active.get(&cid).unwrap_or(&NOW);
        let all = self.owners.range(from..).map(|(cid, _)| *cid);
        let wanted = all.filter(|cid| since.is_none_or(|since| active(*cid) >= since));
        Page::of(wanted.map(tuple), limit)
    }

    fn owner(&mut self, cid: u32) -> Option<Owner> {
        self.owners.get(&cid).copied()
    }

    /// Every instrument has its position as value, except that those of an odd position are not measured.
    fn read(&mut self, cid: u32) -> Option<Reading> {
        if self.dying.contains(&cid) || !self.owners.contains_key(&cid) {
            return None;
        }
        let mut instruments = Instruments::new();
        for id in Id::ALL.into_iter().filter(|id| self.complete || measured(*id)) {
            instruments.set(id, Value::U64(id as u64));
        }
        Some(Reading {
            time: Time { sec: 7, usec: 8 },
            tuple: tuple(cid),
            instruments,
        })
    }

    fn write(&mut self, cid: u32, id: Id, value: u32) -> Result<(), WriteError> {
        if self.dying.contains(&cid) {
            return Err(WriteError::NoConnection);
        }
        if value == u32::MAX {
            return Err(WriteError::Refused(libc::ENOBUFS));
        }
        self.written.push((cid, id, value));
        Ok(())
    }

    fn token(&mut self, age: Duration) -> u64 {
        NOW.saturating_sub(u64::try_from(age.as_millis()).unwrap())
    }

    /// Of the owner, like its number.
    fn origin(&mut self, cid: u32) -> Option<Origin> {
        let owner = self.owner(cid)?;
        Some(Origin {
            uid: Some(owner.uid),
            gid: Some(owner.gid),
            ..notices::origin(cid)
        })
    }

    fn listeners(&mut self, from: u32, limit: usize) -> Vec<ListenerReading> {
        let ids = self.listeners.iter().copied().filter(|id| *id >= from);
        ids.take(limit).map(notices::listener).collect()
    }

    fn scalars(&mut self) -> Scalars {
        self.scalars
    }

    fn set_scalar(&mut self, scalar: Scalar) -> Result<(), i32> {
        match scalar {
            Scalar::ControlPath(on) => self.scalars.control_path = on,
            Scalar::ControlStack(on) => self.scalars.control_stack = on,
            Scalar::ControlApp(on) => self.scalars.control_app = on,
            Scalar::ControlTune(on) => self.scalars.control_tune = on,
            Scalar::ControlNotify(on) => self.scalars.control_notify = on,
            Scalar::ConnTableLatency(u32::MAX) => return Err(libc::ERANGE),
            Scalar::ConnTableLatency(seconds) => self.scalars.conn_table_latency = seconds,
        }
        Ok(())
    }

    fn notify(&mut self, wanted: Wanted) {
        self.happenings.want(wanted);
    }

    fn take_notices(&mut self, limit: usize) -> Vec<Notice> {
        self.happenings.take(limit)
    }
}

/// Whether the connections here have a value for an instrument.
pub(crate) fn measured(id: Id) -> bool {
    (id as usize).is_multiple_of(2)
}
