//! The connections that the daemon knows, by the ids that it gave them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
    time::{Duration, Instant},
};

use estats_protocol::{Origin, Tuple};
use estatsd_ebpf::Event;

use crate::{
    kernel::{Handle, Last},
    origin,
    server::Owner,
    told::Told,
};

/// The first id that is not given; the old kernel's ids wrapped around there.
const CID_WRAP: u32 = estats_spec::wire::CID_WRAP.cast_unsigned();

/// A connection that the daemon knows.
pub struct Known {
    /// Its id and ends.
    pub tuple: Tuple,
    /// What finds it in the kernel.
    pub handle: Handle,
    /// When its record was made, microseconds since 1970. Events count from then on.
    pub start_us: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// Owner, as last seen.
    pub owner: Option<Owner>,
    /// Its final state, once it is closed.
    pub closed: Option<Rc<Last>>,
    /// What a reader was told last while it was open.
    pub told: Told,
}

/// Connections by id and by socket cookie.
#[derive(Default)]
pub struct Table {
    by_cid: BTreeMap<u32, Known>,
    /// Open ones only.
    by_cookie: HashMap<u64, u32>,
    /// Closed ones, in the order of their closing.
    closed: VecDeque<(Instant, u32)>,
    last: u32,
}

impl Table {
    /// Takes a connection in, under the next free id, and returns it. One that is known already stays as it is.
    pub fn open(&mut self, event: &Event, start_us: u64) -> Option<&Known> {
        if self.by_cookie.contains_key(&event.cookie) {
            return None;
        }
        let Some(cid) = self.next_cid() else {
            tracing::error!("all {CID_WRAP} connection ids are in use: a connection is not listed");
            return None;
        };
        self.last = cid;
        let (local, remote) = addresses(event);
        self.by_cookie.insert(event.cookie, cid);
        let known = Known {
            tuple: Tuple::new(cid, (local, event.local_port), (remote, event.remote_port)),
            handle: Handle {
                sk: event.sk,
                record: event.record,
                cookie: event.cookie,
            },
            start_us,
            origin: origin::of(event),
            owner: None,
            closed: None,
            told: Told::default(),
        };
        Some(self.by_cid.entry(cid).or_insert(known))
    }

    /// The next free id after the last one given, as the old kernel gave them: they wrap around at [`CID_WRAP`].
    fn next_cid(&self) -> Option<u32> {
        let after = (self.last + 1..CID_WRAP).chain(1..=self.last);
        if self.by_cid.len() >= CID_WRAP as usize - 1 {
            return None;
        }
        after.into_iter().find(|cid| !self.by_cid.contains_key(cid))
    }

    /// Forgets a connection by its cookie.
    pub fn close(&mut self, cookie: u64) {
        if let Some(cid) = self.by_cookie.remove(&cookie) {
            self.by_cid.remove(&cid);
        }
    }

    /// Notes the final state of a connection, and keeps it until [`Table::expire`]. `None`: it is not known.
    pub fn finish(&mut self, last: Rc<Last>, now: Instant) -> Option<&Known> {
        let cid = self.by_cookie.remove(&last.event().cookie)?;
        let known = self.by_cid.get_mut(&cid)?;
        known.origin.closed = true;
        known.closed = Some(last);
        self.closed.push_back((now, cid));
        Some(known)
    }

    /// Forgets connections that have been closed for so long.
    pub fn expire(&mut self, now: Instant, latency: Duration) {
        while let Some((at, cid)) = self.closed.front()
            && now.duration_since(*at) >= latency
        {
            self.by_cid.remove(cid);
            self.closed.pop_front();
        }
    }

    /// Forgets open connections that `exists` denies.
    pub fn retain_open(&mut self, exists: impl Fn(&Origin) -> bool) {
        let by_cid = &mut self.by_cid;
        self.by_cookie.retain(|_, cid| {
            let stays = by_cid.get(cid).is_some_and(|known| exists(&known.origin));
            if !stays {
                by_cid.remove(cid);
            }
            stays
        });
    }

    /// A connection by its id.
    pub fn get_mut(&mut self, cid: u32) -> Option<&mut Known> {
        self.by_cid.get_mut(&cid)
    }

    /// The counters of all connections begin anew.
    pub fn begin_anew(&mut self) {
        for known in self.by_cid.values_mut() {
            known.told.forget();
        }
    }

    /// Connections from an id on, in the order of their ids.
    pub fn range(&self, from: u32) -> impl Iterator<Item = &Known> {
        self.by_cid.range(from..).map(|(_, known)| known)
    }

    /// Connections that existed before the daemon followed them.
    pub fn adopted(&self) -> impl Iterator<Item = &Known> {
        self.by_cid.values().filter(|known| known.origin.adopted)
    }

    /// Number of connections, closed ones that linger included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_cid.len()
    }

    /// Nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_cid.is_empty()
    }
}

fn addresses(event: &Event) -> (IpAddr, IpAddr) {
    let address = |octets: [u8; 16]| {
        if i32::from(event.family) == libc::AF_INET {
            IpAddr::V4(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]))
        } else {
            IpAddr::V6(Ipv6Addr::from(octets))
        }
    };
    (address(event.local), address(event.remote))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(cookie: u64) -> Event {
        let mut local = [0; 16];
        local[..4].copy_from_slice(&[10, 0, 0, 1]);
        Event {
            cookie,
            local,
            family: u16::try_from(libc::AF_INET).unwrap(),
            ..Event::default()
        }
    }

    fn cids(table: &Table) -> Vec<u32> {
        table.range(0).map(|known| known.tuple.cid).collect()
    }

    #[test]
    fn ids_go_upwards_and_are_not_given_again_at_once() {
        let mut table = Table::default();
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        table.open(&event(2), 0);
        assert_eq!(cids(&table), [1, 2, 3]);
        table.close(3);
        table.close(1);
        table.open(&event(9), 0);
        assert_eq!(cids(&table), [2, 4]);
    }

    #[test]
    fn ids_wrap_around_past_those_in_use() {
        let mut table = Table {
            last: CID_WRAP - 2,
            ..Table::default()
        };
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        assert_eq!(cids(&table), [1, 2, CID_WRAP - 1]);
        table.last = CID_WRAP - 2;
        table.open(&event(4), 0);
        assert_eq!(cids(&table), [1, 2, 3, CID_WRAP - 1]);
    }

    #[test]
    fn closed_connections_stay_for_as_long_as_is_wanted_when_they_expire() {
        let mut table = Table::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        for cookie in 1..=2 {
            let known = table.finish(Rc::new(Last::unread(event(cookie))), at(cookie));
            assert!(known.is_some_and(|known| known.origin.closed));
        }
        assert!(
            table.finish(Rc::new(Last::unread(event(2))), at(2)).is_none(),
            "closed twice"
        );
        table.expire(at(5), Duration::from_secs(5));
        assert_eq!(cids(&table), [1, 2, 3]);
        // Shorter than before: the first one has had its time, the second one just.
        table.expire(at(6), Duration::from_secs(5));
        assert_eq!(cids(&table), [2, 3]);
        table.expire(at(6), Duration::ZERO);
        assert_eq!(cids(&table), [3]);
    }

    #[test]
    fn what_exists_no_more_is_forgotten_but_for_closed_ones() {
        let mut table = Table::default();
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        table.finish(Rc::new(Last::unread(event(1))), Instant::now());
        table.retain_open(|origin| origin.cookie == 3);
        assert_eq!(cids(&table), [1, 3]);
        assert!(table.open(&event(2), 0).is_some(), "it is not known any more");
    }

    #[test]
    fn v4_mapped_ends_are_ipv4() {
        let mut table = Table::default();
        let mut mapped = event(1);
        mapped.family = u16::try_from(libc::AF_INET6).unwrap();
        mapped.local = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().octets();
        mapped.remote = Ipv4Addr::new(192, 0, 2, 2).to_ipv6_mapped().octets();
        table.open(&mapped, 0);
        let known = table.get_mut(1).unwrap();
        assert_eq!(known.tuple.local.0, IpAddr::from([192, 0, 2, 1]));
        assert_eq!(known.tuple.remote.0, IpAddr::from([192, 0, 2, 2]));
    }
}
