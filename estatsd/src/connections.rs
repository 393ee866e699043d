//! The connections of this host: the table kept in step with the kernel, and what the servers ask of it.

use std::{
    collections::HashSet,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use estats_protocol::{Time, Tuple};
use estats_spec::Id;

use crate::{
    instruments::View,
    kernel::{Clock, Connection, Kernel, News, Socket, monotonic_now_ns},
    server::{Connections, Instruments, Owner, Reading, WriteError},
    table::{Known, Table},
};

/// `TCP_WINDOW_CLAMP` (`linux/tcp.h`).
const TCP_WINDOW_CLAMP: u32 = 10;
/// `TCP_BPF_SNDCWND_CLAMP` (`linux/bpf.h`): only a BPF program can set it.
const TCP_BPF_SNDCWND_CLAMP: u32 = 1002;

/// The largest window that fits the TCP header before scaling.
const MAX_WINDOW: u32 = 65535;

/// All connections of this host.
pub struct Host {
    kernel: Kernel,
    table: Table,
    linger: Duration,
    dropped: u64,
}

impl Host {
    /// Takes in the connections that exist already and follows the others from here on. Closed ones stay readable for `linger`.
    ///
    /// # Errors
    ///
    /// The sockets cannot be walked.
    pub fn new(kernel: Kernel, linger: Duration) -> Result<Host> {
        let mut host = Host {
            kernel,
            table: Table::default(),
            linger,
            dropped: 0,
        };
        host.adopt()?;
        host.refresh();
        for known in host.table.adopted() {
            tracing::debug!(cid = known.tuple.cid, "adopted: its events count from now on");
        }
        Ok(host)
    }

    /// Takes in what the kernel has to tell.
    pub fn refresh(&mut self) {
        let now = Instant::now();
        while let Some(news) = self.kernel.news() {
            match news {
                News::Opened(event) => self.table.open(&event, self.kernel.clock().realtime_us(event.start_ns)),
                News::Closed(cookie) => self.table.close(cookie),
                News::Finished(last) => self.table.finish(last, now),
            }
        }
        if !self.linger.is_zero()
            && let Some(before) = now.checked_sub(self.linger)
        {
            self.table.expire(before);
        }
        let dropped = self.kernel.dropped();
        if dropped != self.dropped {
            tracing::warn!(
                "{} open or close events were lost; looking at all sockets",
                dropped - self.dropped
            );
            self.dropped = dropped;
            if let Err(error) = self.adopt() {
                tracing::error!("the list of connections may be wrong: {error:#}");
            }
        }
    }

    /// Brings the table in step with the sockets that exist.
    fn adopt(&mut self) -> Result<()> {
        let events = self.kernel.adopt()?;
        let existing: HashSet<u64> = events.iter().map(|event| event.cookie).collect();
        self.table.retain_open(|cookie| existing.contains(&cookie));
        for event in &events {
            self.table.open(event, self.kernel.clock().realtime_us(event.start_ns));
        }
        Ok(())
    }

    /// The programs behind it.
    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Number of connections that existed before the daemon followed them.
    #[must_use]
    pub fn adopted(&self) -> usize {
        self.table.adopted().count()
    }

    /// Number of connections that are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// No connection is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Lets `work` look at a connection as it is now, or as it was in the end. `None`: it is unknown, or gone meanwhile.
    fn look<T>(&mut self, cid: u32, work: impl FnOnce(&mut Known, &Connection<'_>, Clock) -> T) -> Option<T> {
        let clock = self.kernel.clock();
        let known = self.table.get_mut(cid)?;
        // Taken out while it is looked at, since `work` may change the rest.
        if let Some((at, last)) = known.closed.take() {
            let socket = Socket::new(&last.image, self.kernel.layout());
            let sample = socket.sample(last.reassembly);
            let connection = Connection {
                record: last.record,
                socket,
                sample,
                closed: true,
                owner: None,
            };
            let result = work(known, &connection, clock);
            known.closed = Some((at, last));
            return Some(result);
        }
        let handle = known.handle;
        match self.kernel.read(handle) {
            Ok(Some(connection)) => Some(work(known, &connection, clock)),
            Ok(None) => {
                // Its close was not heard of; without this it would be listed for ever.
                self.table.close(handle.cookie);
                None
            }
            Err(error) => {
                tracing::error!("connection {cid} cannot be read: {error:#}");
                None
            }
        }
    }
}

/// The owner as far as it is known: of the inode; once the file is gone, what it was when last seen; else root, as the old
/// kernel had it. A closed connection that nobody has looked at belongs to its user still.
fn owner(known: &mut Known, connection: &Connection<'_>) -> Owner {
    if let Some((uid, gid)) = connection.owner {
        known.owner = Some(Owner { uid, gid });
    }
    known.owner.unwrap_or_else(|| {
        let user = || connection.socket.u32(connection.socket.layout().sk_uid);
        Owner {
            uid: if connection.closed { user().unwrap_or(0) } else { 0 },
            gid: 0,
        }
    })
}

impl Connections for Host {
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Vec<Tuple> {
        self.refresh();
        let Some(since) = since else {
            return self.table.range(from).take(limit).map(|known| known.tuple).collect();
        };
        let mut page = Vec::new();
        let mut next = from;
        while page.len() < limit {
            let Some(tuple) = self.table.range(next).map(|known| known.tuple).next() else {
                break;
            };
            next = tuple.cid + 1;
            let last_segment = self.look(tuple.cid, |_, connection, _| connection.record.last_ns / 1000);
            if last_segment.is_some_and(|at| at >= since) {
                page.push(tuple);
            }
        }
        page
    }

    fn owner(&mut self, cid: u32) -> Option<Owner> {
        self.refresh();
        // As the old kernel did: looked up once, when somebody first asks.
        if let Some(known) = self.table.get_mut(cid)?.owner {
            return Some(known);
        }
        self.look(cid, |known, connection, _| owner(known, connection))
    }

    fn read(&mut self, cid: u32) -> Option<Reading> {
        self.refresh();
        self.look(cid, |known, connection, clock| {
            let time = Time::from(SystemTime::now());
            let view = View::new(connection, clock, cid, known.start_us);
            let mut instruments = Instruments::new();
            for id in Id::ALL {
                if let Some(value) = view.value(id) {
                    instruments.set(id, value);
                }
            }
            Reading {
                time,
                tuple: known.tuple,
                instruments,
            }
        })
    }

    fn write(&mut self, cid: u32, id: Id, value: u32) -> Result<(), WriteError> {
        self.refresh();
        let wanted = self.look(cid, |known, connection, _| {
            if connection.closed {
                return None;
            }
            let socket = &connection.socket;
            let (option, value) = match id {
                Id::LimCwnd => {
                    let mss = connection.sample.mss_cache.max(1);
                    // The limit is kept in segments; less than one would stop the connection for good.
                    (TCP_BPF_SNDCWND_CLAMP, (value / mss).clamp(1, MAX_WINDOW))
                }
                Id::LimRwin => {
                    let scale = socket.u32(socket.layout().rcv_wscale).unwrap_or(0);
                    (TCP_WINDOW_CLAMP, value.min(MAX_WINDOW << scale.min(14)))
                }
                _ => return None,
            };
            Some((known.netns, known.handle.cookie, option, value))
        });
        let (netns, cookie, option, value) = wanted.flatten().ok_or(WriteError::NoConnection)?;
        self.kernel
            .tune(netns, cookie, option, value)
            .map_err(|error| WriteError::Refused(error.raw_os_error().unwrap_or(libc::EINVAL)))
    }

    fn token(&mut self, age: Duration) -> u64 {
        let age = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
        (monotonic_now_ns() / 1000).saturating_sub(age)
    }
}
