//! The listening sockets of this host, read when a client asks.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::SystemTime,
};

use estats_protocol::{ListenerTuple, Origin, Time};
use estats_spec::Id;
use estatsd_ebpf::{Event, Field, Listener, Record, snapshot::NO_OWNER};

use crate::{
    instruments::{ListenerView, Taken},
    kernel::{Kernel, Listening, Socket, Uptime},
    origin,
    server::{Instruments, ListenerReading},
};

/// What has to be remembered of listening sockets between two reads.
pub struct Listeners {
    uptime: Uptime,
    /// What had left the queues at the last read, by id.
    taken: HashMap<u32, Taken>,
    /// Sockets that are known to be missing.
    refused: u64,
}

impl Listeners {
    /// Times count from now on.
    #[must_use]
    pub fn start() -> Listeners {
        Listeners {
            uptime: Uptime::start(),
            taken: HashMap::new(),
            refused: 0,
        }
    }

    /// At most `limit` listening sockets whose ids are at least `from`, in ascending order of their ids.
    pub fn page(&mut self, kernel: &mut Kernel, from: u32, limit: usize) -> Vec<ListenerReading> {
        let refused = kernel.listener_registry().refused;
        if refused != self.refused {
            tracing::warn!(
                "there is no room for {} listening sockets: they are not listed",
                refused - self.refused
            );
            self.refused = refused;
        }
        let ids = kernel.listeners();
        self.taken.retain(|id, _| ids.binary_search(id).is_ok());
        let first = ids.partition_point(|id| *id < from);
        let readings = ids[first..].iter().filter_map(|id| self.read(kernel, *id));
        readings.take(limit).collect()
    }

    /// Reads one. `None`: it is gone.
    fn read(&mut self, kernel: &mut Kernel, id: u32) -> Option<ListenerReading> {
        let time = Time::from(SystemTime::now());
        let listening = match kernel.read_listener(id) {
            Ok(listening) => listening?,
            Err(error) => {
                tracing::error!("listening socket {id} cannot be read: {error:#}");
                return None;
            }
        };
        let known = self.taken.entry(id).or_default();
        let view = ListenerView::new(&listening, self.uptime, *known);
        *known = view.taken();
        let mut instruments = Instruments::new();
        for instrument in Id::ALL {
            if let Some(value) = view.value(instrument) {
                instruments.set(instrument, value);
            }
        }
        Some(ListenerReading {
            tuple: ListenerTuple {
                id,
                local: local(&listening.socket)?,
            },
            origin: origin_of(&listening),
            time,
            instruments,
        })
    }

    /// When a socket last began to listen or ceased to, in hundredths of a second since the daemon started; 0 if none has.
    pub fn last_change(&self, kernel: &mut Kernel) -> u32 {
        match kernel.listener_registry().last_change_ns {
            0 => 0,
            at => self.uptime.ticks_at(at),
        }
    }
}

fn origin_of(listening: &Listening<'_>) -> Origin {
    let counted = &listening.counted;
    let layout = listening.socket.layout();
    origin::of(&Event {
        cookie: counted.cookie,
        netns: counted.netns,
        flags: if counted.flags & Listener::ADOPTED == 0 {
            0
        } else {
            u32::from(Record::ADOPTED)
        },
        cgroup: listening.cgroup,
        uid: listening.socket.u32(layout.sk_uid).unwrap_or(NO_OWNER),
        gid: listening.gid,
        pid: counted.opener.pid,
        comm: counted.opener.comm,
        ..Event::default()
    })
}

/// Where it listens.
fn local(socket: &Socket<'_>) -> Option<(IpAddr, u16)> {
    let layout = socket.layout();
    let address = if socket.u64(layout.skc_family)? == u64::from(libc::AF_INET.cast_unsigned()) {
        IpAddr::V4(Ipv4Addr::from(octets(socket, layout.skc_rcv_saddr)?))
    } else {
        IpAddr::V6(Ipv6Addr::from(octets::<16>(socket, layout.skc_v6_rcv_saddr)?))
    };
    Some((address, u16::try_from(socket.u64(layout.skc_num)?).ok()?))
}

fn octets<const N: usize>(socket: &Socket<'_>, field: Field) -> Option<[u8; N]> {
    socket.octets(field)?.try_into().ok()
}
