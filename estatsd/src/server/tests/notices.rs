//! Origins, listening sockets and notices made up for the tests.

use std::{
    collections::VecDeque,
    net::Ipv6Addr,
    sync::{Arc, Mutex, PoisonError},
};

use estats_protocol::{Events, ListenerReading, ListenerTuple, Origin, Time, Value};
use estats_spec::Id;

use super::fake::{OWNER, tuple};
use crate::server::{Instruments, Notice, Reading};

/// Where the connection or the listening socket of this number comes from: everything is known.
pub(crate) fn origin(number: u32) -> Origin {
    Origin {
        cookie: 1000 + u64::from(number),
        netns: 7,
        cgroup: Some(8),
        uid: Some(OWNER.uid),
        gid: Some(OWNER.gid),
        pid: Some(10_000 + number),
        comm: Some("sixteen-less-one".chars().take(15).collect()),
        adopted: true,
        closed: false,
    }
}

/// A listening socket with every instrument that listening sockets have.
pub(crate) fn listener(id: u32) -> ListenerReading {
    let mut instruments = Instruments::new();
    for of_listeners in Id::ALL.into_iter().take_while(|id| *id < Id::ConnectIndex) {
        instruments.set(of_listeners, Value::U64(id.into()));
    }
    ListenerReading {
        tuple: ListenerTuple {
            id,
            local: (Ipv6Addr::UNSPECIFIED.into(), 80),
        },
        origin: origin(id),
        time: Time { sec: 7, usec: 8 },
        instruments,
    }
}

/// The notice of an opened connection.
pub(crate) fn established(cid: u32) -> Notice {
    Notice::Established {
        tuple: tuple(cid),
        origin: origin(cid),
    }
}

/// The notice of a closed connection in which everything was measured.
pub(crate) fn closed(cid: u32) -> Notice {
    let mut instruments = Instruments::new();
    for id in Id::ALL {
        instruments.set(id, Value::U64(u64::from(cid) + id as u64));
    }
    Notice::Closed {
        tuple: tuple(cid),
        origin: Origin {
            closed: true,
            ..origin(cid)
        },
        reading: Reading {
            time: Time { sec: 7, usec: 8 },
            tuple: tuple(cid),
            instruments,
        },
    }
}

/// What happens to the connections of a server, said from another thread.
#[derive(Debug, Default, Clone)]
pub(crate) struct Happenings(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    wanted: Events,
    notices: VecDeque<Notice>,
}

impl Happenings {
    /// Lets something happen; it is noticed as far as it is wanted.
    pub(crate) fn happen(&self, notice: Notice) {
        let mut state = self.lock();
        let wanted = match notice {
            Notice::Established { .. } => state.wanted.established,
            Notice::Closed { .. } => state.wanted.closed,
        };
        if wanted {
            state.notices.push_back(notice);
        }
    }

    /// What is wanted now.
    pub(crate) fn wanted(&self) -> Events {
        self.lock().wanted
    }

    pub(super) fn want(&self, wanted: Events) {
        self.lock().wanted = wanted;
    }

    pub(super) fn take(&self, limit: usize) -> Vec<Notice> {
        let mut state = self.lock();
        let count = limit.min(state.notices.len());
        state.notices.drain(..count).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
