//! Staying awake for a moment after a request.
//!
//! Who reads a connection often has one request after the other. To wake up for each takes several times as long as to answer it, where
//! a processor that has nothing to do goes to sleep, as virtual ones do most of all.

use std::{
    cell::Cell,
    thread,
    time::{Duration, Instant},
};

use tokio::{sync::Notify, task::yield_now};

/// How long to look for the next request before going to sleep.
const VIGIL: Duration = Duration::from_micros(50);

/// The time until which the daemon stays awake.
#[derive(Debug)]
pub(super) struct Vigil {
    until: Cell<Instant>,
    prolonged: Notify,
}

impl Vigil {
    pub(super) fn new() -> Self {
        Self {
            until: Cell::new(Instant::now()),
            prolonged: Notify::new(),
        }
    }

    /// Something has been answered.
    pub(super) fn prolong(&self) {
        self.until.set(Instant::now() + VIGIL);
        self.prolonged.notify_one();
    }

    /// Stays awake when it is wanted; others have their turn all the same. Never ends.
    pub(super) async fn keep(&self) {
        loop {
            self.prolonged.notified().await;
            let mut seen = None;
            while Instant::now() < self.until.get() {
                // Nothing was answered since the last look, so who asks may wait for this very processor. Among requests that are
                // there already, each look would give it to whatever else the machine has to do.
                if seen.replace(self.until.get()) == Some(self.until.get()) {
                    thread::yield_now();
                }
                yield_now().await;
            }
        }
    }
}
