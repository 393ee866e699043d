//! What the daemon keeps of a connection. There may be a million of them, so it is little.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddrV4},
    rc::Rc,
};

use estats_protocol::{Origin, Tuple};
use estatsd_ebpf::Event;

use crate::{
    kernel::{Handle, Last},
    origin::Place,
    server::Owner,
    told::Told,
};

/// A connection that the daemon knows.
pub struct Known {
    /// What finds it in the kernel.
    pub handle: Handle,
    /// When its record was made, microseconds since 1970. Events count from then on.
    pub start_us: u64,
    /// Owner, as last seen.
    pub owner: Option<Owner>,
    cid: u32,
    ends: Ends,
    place: Rc<Place>,
    past: Option<Box<Past>>,
}

/// What most connections do not have.
#[derive(Default)]
struct Past {
    /// The final state, once it is closed.
    last: Option<Last>,
    /// What a reader was told last while it was open.
    told: Told,
}

/// The two ends: the local one, and the remote one.
enum Ends {
    V4(SocketAddrV4, SocketAddrV4),
    V6(Box<[(Ipv6Addr, u16); 2]>),
}

impl Known {
    /// A connection of this id, from where its event says.
    #[must_use]
    pub fn new(event: &Event, cid: u32, place: Rc<Place>, start_us: u64) -> Known {
        Known {
            handle: Handle {
                sk: event.sk,
                record: event.record,
                cookie: event.cookie,
            },
            start_us,
            owner: None,
            cid,
            ends: Ends::of(event),
            place,
            past: None,
        }
    }

    /// Its id and ends.
    #[must_use]
    pub fn tuple(&self) -> Tuple {
        let (local, remote) = match &self.ends {
            Ends::V4(local, remote) => (
                (IpAddr::V4(*local.ip()), local.port()),
                (IpAddr::V4(*remote.ip()), remote.port()),
            ),
            Ends::V6(ends) => {
                let [local, remote] = **ends;
                ((IpAddr::V6(local.0), local.1), (IpAddr::V6(remote.0), remote.1))
            }
        };
        Tuple::new(self.cid, local, remote)
    }

    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            closed: self.last().is_some(),
            ..self.place.origin(self.handle.cookie)
        }
    }

    /// What it has in common with others.
    #[must_use]
    pub fn place(&self) -> &Rc<Place> {
        &self.place
    }

    /// Its final state, once it is closed.
    #[must_use]
    pub fn last(&self) -> Option<&Last> {
        self.past.as_ref()?.last.as_ref()
    }

    /// It is closed, and this is its final state.
    pub fn finish(&mut self, last: Last) {
        self.past.get_or_insert_default().last = Some(last);
    }

    /// What a reader was told last while it was open.
    pub fn told(&mut self) -> &mut Told {
        &mut self.past.get_or_insert_default().told
    }

    /// What was told holds no more: counters begin anew.
    pub fn begin_anew(&mut self) {
        if let Some(past) = &mut self.past {
            past.told.forget();
        }
    }
}

impl Ends {
    fn of(event: &Event) -> Ends {
        let ports = (event.local_port, event.remote_port);
        if i32::from(event.family) == libc::AF_INET {
            let end = |[a, b, c, d, ..]: [u8; 16], port| SocketAddrV4::new([a, b, c, d].into(), port);
            Ends::V4(end(event.local, ports.0), end(event.remote, ports.1))
        } else {
            Ends::V6(Box::new([
                (event.local.into(), ports.0),
                (event.remote.into(), ports.1),
            ]))
        }
    }
}

// What a connection takes, beside its places in the maps that find it.
const _: () = assert!(size_of::<Option<Known>>() <= 80);
