//! What both ways in have in common.

use std::{cell::RefCell, rc::Rc, time::Duration};

use estats_spec::sets::VarSet;
use tokio::task::yield_now;

use super::{
    caller::Caller,
    connections::Connections,
    exchange::{Exchange, Turn},
};

/// Longest request that is taken, in bytes. Clients send less than 120.
pub(super) const REQUEST_MAX: usize = estats_spec::wire::CLIENT_BUFFER;

/// How much clients may take up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Clients served at the same time on each of the two ways in.
    pub clients: usize,
    /// How long a client may leave an answer unread before it is given up.
    pub patience: Duration,
}

impl Default for Limits {
    /// 4096 clients, half a minute.
    fn default() -> Self {
        Self {
            clients: 4096,
            patience: Duration::from_secs(30),
        }
    }
}

/// The connections, and how they are served.
#[derive(Debug)]
pub struct Service<C> {
    connections: Rc<RefCell<C>>,
    set: &'static VarSet,
    limits: Limits,
}

impl<C> Clone for Service<C> {
    fn clone(&self) -> Self {
        Self {
            connections: Rc::clone(&self.connections),
            ..*self
        }
    }
}

impl<C: Connections> Service<C> {
    /// Serves `connections` to clients that know the variable set `set`.
    ///
    /// The cell is borrowed for the time of one call only, never across a wait.
    #[must_use]
    pub fn new(connections: Rc<RefCell<C>>, set: &'static VarSet, limits: Limits) -> Self {
        Self {
            connections,
            set,
            limits,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Answers one datagram; `send` gets the answers one by one.
    pub(super) async fn answer<E>(
        &self,
        datagram: Vec<u8>,
        truncated: bool,
        caller: Caller,
        mut send: impl AsyncFnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut exchange = Exchange::new(datagram, truncated, caller, self.set);
        loop {
            let turn = exchange.next(&mut *self.connections.borrow_mut());
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
