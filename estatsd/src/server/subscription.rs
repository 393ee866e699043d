//! The notices that wait for one subscriber.

use std::{cell::RefCell, rc::Rc};

use estats_protocol::Events;
use estats_spec::wire::DATAGRAM_MAX;
use tokio::sync::Notify;

use super::{caller::Caller, outgoing::Outgoing};
use crate::backlog::Backlog;

/// How much may wait for one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Notices.
    pub notices: usize,
    /// Octets of them.
    pub octets: usize,
}

/// One subscriber: what it wants to hear, and what waits for it.
///
/// What there is no room for is counted; the count goes out with the next notice that there is room for, so the subscriber
/// learns where in their order something is missing.
#[derive(Debug)]
pub(super) struct Subscription {
    caller: Caller,
    room: Room,
    state: RefCell<State>,
    /// Rings when something waits.
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    events: Events,
    /// The longest datagram that the subscriber takes.
    datagram: usize,
    waiting: Backlog<Rc<[u8]>>,
    octets: usize,
    missed: u64,
}

impl Subscription {
    /// A subscriber that wants nothing yet.
    pub(super) fn new(caller: Caller, room: Room) -> Self {
        Self {
            caller,
            room,
            state: RefCell::new(State {
                datagram: DATAGRAM_MAX,
                ..State::default()
            }),
            filled: Notify::new(),
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What it wants to hear.
    pub(super) fn events(&self) -> Events {
        self.state.borrow().events
    }

    /// Changes what it wants to hear, and how long its datagrams may be. What waits stays, unless it wants nothing any more.
    pub(super) fn want(&self, events: Events, datagram: usize) {
        let mut state = self.state.borrow_mut();
        if events == Events::NONE {
            *state = State::default();
        }
        state.events = events;
        state.datagram = datagram;
    }

    /// Offers a notice: it is queued, counted as missed, or none of this subscriber's business.
    pub(super) fn offer(&self, notice: &Outgoing<'_>) {
        let mut state = self.state.borrow_mut();
        let Some(view) = notice.view(state.events, &self.caller) else {
            return;
        };
        // Only its length counts here if something is missing before it: it is as good as the same with the count.
        let bytes = notice.bytes(view);
        if state.waiting.len() >= self.room.notices || state.octets + bytes.len() > self.room.octets {
            state.missed += 1;
            return;
        }
        let bytes = match std::mem::take(&mut state.missed) {
            0 => bytes,
            missed => notice.bytes_after_missing(view, missed),
        };
        state.octets += bytes.len();
        state.waiting.push(bytes);
        self.filled.notify_one();
    }

    /// The next datagram for the subscriber, when there is one. Nothing is lost if this is given up before it ends.
    pub(super) async fn next(&self) -> Vec<u8> {
        loop {
            if let Some(datagram) = self.take() {
                return datagram;
            }
            self.filled.notified().await;
        }
    }

    /// As many whole notices as a datagram holds; at least one.
    fn take(&self) -> Option<Vec<u8>> {
        let mut state = self.state.borrow_mut();
        let mut datagram = Vec::new();
        while let Some(notice) = state.waiting.front() {
            if !datagram.is_empty() && datagram.len() + notice.len() > state.datagram {
                break;
            }
            datagram.extend_from_slice(notice);
            state.octets -= notice.len();
            state.waiting.take();
        }
        (!datagram.is_empty()).then_some(datagram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{
        connections::Notice,
        tests::{ROOT, notices},
    };
    use estats_protocol::{datagram::Messages, extension};

    const ROOM: Room = Room {
        notices: 3,
        octets: usize::MAX,
    };

    fn subscription(room: Room) -> Subscription {
        let subscription = Subscription::new(ROOT, room);
        subscription.want(Events::ALL, DATAGRAM_MAX);
        subscription
    }

    fn offer(subscription: &Subscription, cids: impl IntoIterator<Item = u32>) {
        for cid in cids {
            subscription.offer(&Outgoing::new(&notices::established(cid)));
        }
    }

    /// Ids, and how many were missed before each.
    fn taken(subscription: &Subscription) -> Vec<(u32, u64)> {
        let decode = |datagram: Vec<u8>| -> Vec<(u32, u64)> {
            Messages::new(&datagram)
                .map(|message| message.estats().unwrap())
                .map(|message| (message.cid().unwrap(), message.missed().unwrap_or(0)))
                .collect()
        };
        std::iter::from_fn(|| subscription.take()).flat_map(decode).collect()
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_told_with_the_next() {
        let subscription = subscription(ROOM);
        offer(&subscription, 1..=5);
        assert_eq!(taken(&subscription), [(1, 0), (2, 0), (3, 0)]);
        offer(&subscription, [6, 7]);
        assert_eq!(taken(&subscription), [(6, 2), (7, 0)]);
    }

    #[test]
    fn octets_count_as_well() {
        let length = Outgoing::new(&notices::established(1))
            .bytes(super::super::outgoing::View::Whole)
            .len();
        let subscription = subscription(Room {
            notices: 100,
            octets: 2 * length + length / 2,
        });
        offer(&subscription, 1..=4);
        assert_eq!(taken(&subscription), [(1, 0), (2, 0)]);
        offer(&subscription, 5..=7);
        // With the count it is longer, so the one behind it still has room and the third has not.
        assert_eq!(taken(&subscription), [(5, 2), (6, 0)]);
    }

    #[test]
    fn datagrams_hold_whole_notices_and_are_no_longer_than_wanted() {
        let subscription = subscription(Room {
            notices: 1000,
            octets: usize::MAX,
        });
        let closed: Vec<Notice> = (1..=100).map(notices::closed).collect();
        for notice in &closed {
            subscription.offer(&Outgoing::new(notice));
        }
        let length = Outgoing::new(&closed[0])
            .bytes(super::super::outgoing::View::Whole)
            .len();
        assert!(length <= DATAGRAM_MAX);
        assert_eq!(
            subscription.take().unwrap().len(),
            DATAGRAM_MAX / length * length,
            "as many as fit"
        );
        subscription.want(Events::ALL, 10 * length + 1);
        assert_eq!(subscription.take().unwrap().len(), 10 * length);
    }

    #[test]
    fn who_wants_nothing_any_more_gets_nothing_that_waited() {
        let subscription = subscription(ROOM);
        offer(&subscription, 1..=5);
        subscription.want(Events::NONE, DATAGRAM_MAX);
        offer(&subscription, [6]);
        assert_eq!(taken(&subscription), []);
        subscription.want(Events::ALL, DATAGRAM_MAX);
        offer(&subscription, [7]);
        assert_eq!(taken(&subscription), [(7, 0)]);
    }

    #[test]
    fn only_what_is_wanted_is_queued() {
        let subscription = Subscription::new(ROOT, ROOM);
        offer(&subscription, [1]);
        subscription.want(
            Events {
                established: false,
                closed: true,
            },
            DATAGRAM_MAX,
        );
        offer(&subscription, [2]);
        subscription.offer(&Outgoing::new(&notices::closed(3)));
        assert_eq!(taken(&subscription), [(3, 0)]);
    }

    #[test]
    fn strangers_hear_of_openings_without_process_and_of_no_closings() {
        let stranger = Subscription::new(Caller::new(5, 5, 0), ROOM);
        stranger.want(Events::ALL, DATAGRAM_MAX);
        offer(&stranger, [1]);
        stranger.offer(&Outgoing::new(&notices::closed(2)));
        let datagram = stranger.take().unwrap();
        let mut messages = Messages::new(&datagram);
        let message = messages.next().unwrap().estats().unwrap();
        let extension::Event::Established(details) = extension::Notice::decode(&message).unwrap().event else {
            panic!("it is about an established connection");
        };
        assert_eq!(details.origin, notices::origin(1).public());
        assert_eq!((messages.next(), stranger.take()), (None, None));
    }
}
