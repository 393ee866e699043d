//! Where notices are given out to the subscribers.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use estats_protocol::Events;
use estats_spec::wire::{DATAGRAM_MAX, errno::ENOBUFS};

use super::{
    caller::Caller, connections::Connections, outgoing::Outgoing, service::Limits, subscription::Subscription,
};

/// Notices that are taken at a time.
const STRIDE: usize = 64;

/// The subscribers, and the multicast group among them.
#[derive(Debug)]
pub(super) struct Hub {
    limits: Limits,
    subscribers: RefCell<Vec<Weak<Subscription>>>,
    /// What goes to the multicast group.
    group: Rc<Subscription>,
    /// What the connections were last told to collect.
    collected: Cell<Events>,
}

impl Hub {
    pub(super) fn new(limits: Limits) -> Rc<Self> {
        // Only those may join the group who may know everything.
        let group = Subscription::new(Caller::new(0, 0, 0), limits.root_room);
        Rc::new(Self {
            limits,
            subscribers: RefCell::default(),
            group: Rc::new(group),
            collected: Cell::new(Events::NONE),
        })
    }

    /// A subscriber that wants nothing yet.
    pub(super) fn subscription(&self, caller: Caller) -> Rc<Subscription> {
        let room = if caller.admin {
            self.limits.root_room
        } else {
            self.limits.room
        };
        Rc::new(Subscription::new(caller, room))
    }

    /// What goes to the multicast group.
    pub(super) fn group(&self) -> &Rc<Subscription> {
        &self.group
    }

    /// Changes what a subscriber hears, from here on.
    ///
    /// # Errors
    ///
    /// `ENOBUFS`: there are too many subscribers that are not root.
    pub(super) fn subscribe(
        &self,
        subscription: &Rc<Subscription>,
        events: Events,
        datagram: usize,
        connections: &mut dyn Connections,
    ) -> Result<(), i32> {
        // What happened before is none of its business, and what it has asked for until here it gets.
        while self.distribute(connections) {}
        {
            let mut subscribers = self.subscribers.borrow_mut();
            subscribers.retain(|other| other.upgrade().is_some_and(|other| !Rc::ptr_eq(&other, subscription)));
            if events != Events::NONE {
                let ordinary = |other: &Weak<Subscription>| other.upgrade().is_some_and(|other| !other.caller().admin);
                if !subscription.caller().admin
                    && subscribers.iter().filter(|other| ordinary(other)).count() >= self.limits.subscribers
                {
                    return Err(ENOBUFS);
                }
                subscribers.push(Rc::downgrade(subscription));
            }
        }
        subscription.want(events, datagram);
        self.collect(connections);
        Ok(())
    }

    /// Starts or stops announcing to the multicast group, as the scalar says.
    pub(super) fn announce(&self, connections: &mut dyn Connections) {
        while self.distribute(connections) {}
        let events = if connections.scalars().control_notify {
            Events::ALL
        } else {
            Events::NONE
        };
        self.group.want(events, DATAGRAM_MAX);
        self.collect(connections);
    }

    /// Gives out what has happened, up to a [`STRIDE`] of it. Says whether there may be more: while values are made and encoded, the
    /// kernel's news is not taken in.
    pub(super) fn distribute(&self, connections: &mut dyn Connections) -> bool {
        let notices = connections.take_notices(STRIDE);
        let mut gone = false;
        for notice in &notices {
            let notice = Outgoing::new(notice);
            self.group.offer(&notice);
            for subscriber in self.subscribers.borrow().iter() {
                match subscriber.upgrade() {
                    Some(subscriber) => subscriber.offer(&notice),
                    None => gone = true,
                }
            }
        }
        if gone {
            self.collect(connections);
        }
        notices.len() == STRIDE
    }

    /// Has collected what anybody wants, and nothing else.
    fn collect(&self, connections: &mut dyn Connections) {
        let mut subscribers = self.subscribers.borrow_mut();
        subscribers.retain(|subscriber| subscriber.strong_count() > 0);
        let wanted = subscribers
            .iter()
            .filter_map(Weak::upgrade)
            .fold(self.group.events(), |all, subscriber| all.or(subscriber.events()));
        if self.collected.replace(wanted) != wanted {
            connections.notify(wanted);
        }
    }
}
