//! The connections that the daemon knows, by the ids that it gave them.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    time::Duration,
};

use estatsd_ebpf::Event;
use foldhash::{HashMap, HashSet};

use crate::{kernel::Last, known::Known, origin::Place, slots::Slots};

/// The first id that is not given; the old kernel's ids wrapped around there.
const CID_WRAP: u32 = estats_spec::wire::CID_WRAP.cast_unsigned();

/// Connections by id and by socket cookie.
#[derive(Default)]
pub struct Table {
    known: Slots<Known>,
    /// The slot of each.
    by_cid: BTreeMap<u32, u32>,
    /// The id of each open one.
    by_cookie: HashMap<u64, u32>,
    /// Closed ones and when they closed, nanoseconds of `CLOCK_MONOTONIC`, in the order in which it was heard.
    closed: VecDeque<(u64, u32)>,
    last: u32,
    /// Where they come from.
    places: HashSet<Rc<Place>>,
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
        self.by_cookie.insert(event.cookie, cid);
        let known = Known::new(event, cid, self.place(event), start_us);
        let slot = self.known.insert(known);
        self.by_cid.insert(cid, slot);
        self.known.get(slot)
    }

    /// The one copy of where a connection comes from.
    fn place(&mut self, event: &Event) -> Rc<Place> {
        let place = Place::of(event);
        if let Some(place) = self.places.get(&place) {
            return Rc::clone(place);
        }
        let place = Rc::new(place);
        self.places.insert(Rc::clone(&place));
        place
    }

    /// Forgets what is kept of a connection.
    fn forget(&mut self, cid: u32) {
        let Some(known) = self.by_cid.remove(&cid).and_then(|slot| self.known.remove(slot)) else {
            return;
        };
        // The last one from there: itself and the set hold the place.
        if Rc::strong_count(known.place()) == 2 {
            self.places.remove(known.place());
        }
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
            self.forget(cid);
        }
    }

    /// Notes the final state of a connection, and keeps it until [`Table::expire`]. `None`: it is not known.
    pub fn finish(&mut self, last: Last) -> Option<&Known> {
        let cid = self.by_cookie.remove(&last.event().cookie)?;
        self.closed.push_back((last.end_ns(), cid));
        let known = self.known.get_mut(*self.by_cid.get(&cid)?)?;
        known.finish(last);
        Some(known)
    }

    /// Forgets connections that have been closed for so long at `now_ns`, which is asked for only if there are any closed ones.
    pub fn expire(&mut self, now_ns: impl FnOnce() -> u64, latency: Duration) {
        if self.closed.is_empty() {
            return;
        }
        let now_ns = now_ns();
        let latency = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        while let Some((at, cid)) = self.closed.front().copied()
            && now_ns.saturating_sub(at) >= latency
        {
            self.forget(cid);
            self.closed.pop_front();
        }
    }

    /// The cookies of open connections, and their network namespaces.
    pub fn open_ones(&self) -> impl Iterator<Item = (u64, u32)> {
        let open = self.known.values().filter(|known| known.last().is_none());
        open.map(|known| (known.handle.cookie, known.place().netns))
    }

    /// A connection by its id.
    pub fn get_mut(&mut self, cid: u32) -> Option<&mut Known> {
        self.known.get_mut(*self.by_cid.get(&cid)?)
    }

    /// The counters of all connections begin anew.
    pub fn begin_anew(&mut self) {
        self.known.values_mut().for_each(Known::begin_anew);
    }

    /// Connections from an id on, in the order of their ids.
    pub fn range(&self, from: u32) -> impl Iterator<Item = &Known> {
        self.by_cid.range(from..).filter_map(|(_, slot)| self.known.get(*slot))
    }

    /// Connections that existed before the daemon followed them.
    pub fn adopted(&self) -> impl Iterator<Item = &Known> {
        self.known.values().filter(|known| known.place().adopted)
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

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
        table.range(0).map(|known| known.tuple().cid).collect()
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
        let at = |seconds| seconds * 1_000_000_000;
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        for cookie in 1..=2 {
            let known = table.finish(Last::unread(event(cookie), at(cookie)));
            assert!(known.is_some_and(|known| known.origin().closed));
        }
        assert!(table.finish(Last::unread(event(2), at(2))).is_none(), "closed twice");
        table.expire(|| at(5), Duration::from_secs(5));
        assert_eq!(cids(&table), [1, 2, 3]);
        // Shorter than before: the first one has had its time, the second one just.
        table.expire(|| at(6), Duration::from_secs(5));
        assert_eq!(cids(&table), [2, 3]);
        table.expire(|| at(6), Duration::ZERO);
        assert_eq!(cids(&table), [3]);
    }

    #[test]
    fn closed_ones_are_not_among_the_open_ones() {
        let mut table = Table::default();
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        table.finish(Last::unread(event(1), 0));
        assert_eq!(table.open_ones().collect::<Vec<_>>(), [(2, 0), (3, 0)]);
        table.close(2);
        assert_eq!(cids(&table), [1, 3]);
        assert!(table.open(&event(2), 0).is_some(), "it is not known any more");
    }

    #[test]
    fn where_nothing_comes_from_any_more_is_forgotten() {
        let mut table = Table::default();
        for cookie in 1..=3 {
            table.open(&event(cookie), 0);
        }
        let elsewhere = Event { netns: 4, ..event(4) };
        table.open(&elsewhere, 0);
        assert_eq!(table.places.len(), 2);
        table.close(4);
        table.finish(Last::unread(event(3), 0));
        table.close(1);
        assert_eq!(table.places.len(), 1);
        table.close(2);
        table.expire(|| 0, Duration::ZERO);
        assert!(table.is_empty() && table.places.is_empty());
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
        assert_eq!(known.tuple().local.0, IpAddr::from([192, 0, 2, 1]));
        assert_eq!(known.tuple().remote.0, IpAddr::from([192, 0, 2, 2]));
    }
}
