//! Staying awake for a moment after a request: who reads a connection often has one after the other.

use std::{
    cell::{Cell, RefCell},
    time::Instant,
};

use estats_protocol::wakefulness::Wakefulness;
use tokio::{sync::Notify, task::yield_now};

/// The time until which the daemon stays awake.
#[derive(Debug)]
pub(super) struct Vigil {
    until: Cell<Instant>,
    prolonged: Notify,
    wakefulness: RefCell<Wakefulness>,
}

impl Vigil {
    pub(super) fn new() -> Self {
        Self {
            until: Cell::new(Instant::now()),
            prolonged: Notify::new(),
            wakefulness: RefCell::default(),
        }
    }

    /// Something has been answered.
    pub(super) fn prolong(&self) {
        self.until.set(self.wakefulness.borrow().awake_until());
        self.prolonged.notify_one();
    }

    /// Stays awake when it is wanted; others have their turn all the same. Never ends.
    pub(super) async fn keep(&self) {
        loop {
            self.prolonged.notified().await;
            // Clients that share the processor with the daemon would else wait for the end of its turn, while those on other processors
            // have one answer after the other.
            while Instant::now() < self.until.get() && self.wakefulness.borrow_mut().give_way() {
                yield_now().await;
            }
        }
    }
}
