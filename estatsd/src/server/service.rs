//! What both ways in have in common.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use estats_spec::endpoint::Profile;
use tokio::{sync::Notify, task::yield_now};

use super::{
    caller::Caller,
    connections::Connections,
    descriptors,
    dialect::Dialect,
    exchange::{Exchange, Turn},
    hub::Hub,
    places::{NoPlace, Place, Places},
    session::Session,
    subscription::{Room, Subscription},
    vigil::Vigil,
};

/// Longest request that is taken, in bytes. Clients send less than 120.
pub(super) const REQUEST_MAX: usize = estats_spec::wire::CLIENT_BUFFER;

/// How much clients may take up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Clients served at the same time, over all ways in. A user other than root may be a quarter of them.
    pub clients: usize,
    /// How long a client may leave an answer unread before it is given up.
    pub patience: Duration,
    /// Subscribers that are not root, at the same time. Root always gets in.
    pub subscribers: usize,
    /// How much may wait for a subscriber.
    pub room: Room,
    /// How much may wait for a subscriber that is root, and for the multicast group.
    pub root_room: Room,
}

impl Default for Limits {
    /// 8192 clients, half a minute; 256 subscribers with a mebibyte each, and more than a second of 50,000 closes per second for
    /// root.
    fn default() -> Self {
        Self {
            clients: 8192,
            patience: Duration::from_secs(30),
            subscribers: 256,
            room: Room {
                notices: 1024,
                octets: 1 << 20,
            },
            root_room: Room {
                notices: 1 << 16,
                octets: 1 << 27,
            },
        }
    }
}

/// The connections, and how they are served.
#[derive(Debug)]
pub struct Service<C> {
    connections: Rc<RefCell<C>>,
    profile: Profile,
    limits: Limits,
    places: Rc<Places>,
    hub: Rc<Hub>,
    /// Notices were left over when a client was answered.
    behind: Rc<Notify>,
    vigil: Rc<Vigil>,
}

impl<C> Clone for Service<C> {
    fn clone(&self) -> Self {
        Self {
            connections: Rc::clone(&self.connections),
            places: Rc::clone(&self.places),
            hub: Rc::clone(&self.hub),
            behind: Rc::clone(&self.behind),
            vigil: Rc::clone(&self.vigil),
            ..*self
        }
    }
}

impl<C: Connections> Service<C> {
    /// Serves `connections` to clients that speak as `profile` says unless they introduce themselves.
    ///
    /// The cell is borrowed for the time of one call only, never across a wait.
    #[must_use]
    pub fn new(connections: Rc<RefCell<C>>, profile: Profile, limits: Limits) -> Self {
        Self {
            connections,
            profile,
            limits,
            // A limit that cannot be read is none.
            places: Places::new(limits.clients, descriptors::allowed().unwrap_or(u64::MAX)),
            hub: Hub::new(limits),
            behind: Rc::default(),
            vigil: Rc::new(Vigil::new()),
        }
    }

    /// The same service for clients that speak otherwise.
    #[must_use]
    pub fn speaking(&self, profile: Profile) -> Self {
        Self {
            profile,
            ..self.clone()
        }
    }

    /// Gives out notices of what has happened, and says whether there may be more. To be called when the connections may have taken in
    /// news by themselves, and again, with their news taken in between, while there is more.
    #[must_use]
    pub fn distribute(&self) -> bool {
        self.hub.distribute(&mut *self.connections.borrow_mut())
    }

    /// Waits until a client's request has left notices over, which [`Service::distribute`] is to give out.
    pub async fn falls_behind(&self) {
        self.behind.notified().await;
    }

    /// Keeps the daemon awake for a moment after each request. Never ends.
    pub async fn stay_awake(&self) {
        self.vigil.keep().await;
    }

    /// A subscriber that wants nothing yet.
    pub(super) fn subscription(&self, caller: Caller) -> Rc<Subscription> {
        self.hub.subscription(caller)
    }

    /// What a client understands that has not introduced itself yet.
    pub(super) fn dialect(&self) -> Rc<Cell<Dialect>> {
        Rc::new(Cell::new(self.profile.into()))
    }

    /// What requests of this caller, who understands `dialect`, may use; a subscription, if it can have one of its own.
    pub(super) fn session(
        &self,
        caller: Caller,
        dialect: Rc<Cell<Dialect>>,
        subscription: Option<&Rc<Subscription>>,
    ) -> Session {
        Session {
            caller,
            dialect,
            hub: Rc::clone(&self.hub),
            subscription: subscription.cloned(),
        }
    }

    /// What goes to the multicast group, from here on if the scalar says so already.
    pub(super) fn group(&self) -> Rc<Subscription> {
        self.hub.announce(&mut *self.connections.borrow_mut());
        Rc::clone(self.hub.group())
    }

    /// A place for one more client of this caller, until it is dropped.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn place(&self, caller: Caller) -> Result<Place, NoPlace> {
        self.places.take(caller)
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Answers one datagram; `send` gets the answers one by one.
    pub(super) async fn answer<E>(
        &self,
        datagram: Vec<u8>,
        truncated: bool,
        session: Session,
        mut send: impl AsyncFnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut exchange = Exchange::new(datagram, truncated, session);
        loop {
            let turn = exchange.next(&mut *self.connections.borrow_mut());
            // To answer, the connections may have taken in news.
            if self.distribute() {
                self.behind.notify_one();
            }
            self.vigil.prolong();
            match turn {
                Turn::Send(datagram) => send(datagram).await?,
                Turn::Pause => {}
                Turn::Over => return Ok(()),
            }
            // However long a list is and however fast its reader, others have their turn in between.
            yield_now().await;
        }
    }
}
