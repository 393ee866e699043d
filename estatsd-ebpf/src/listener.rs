//! What is counted for a listening socket.
//!
//! Half of its table are fields of the socket. What connections do is counted here, from several processors at once and without
//! the socket's lock; what the application does shows in what is left in the socket's queue.

use crate::origin::Opener;

/// What estatsd has counted for a listening socket since it began to listen.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listener {
    /// Cookie of the socket.
    pub cookie: u64,
    /// Address of the `tcp_sock`, for the read.
    pub sk: u64,
    /// When it began to listen, or was found listening: nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// SYN segments received.
    pub syns: u64,
    /// Connections for which state was set up: requests put into the SYN queue, and connections made without a request.
    pub initial: u64,
    /// Connections whose handshake was completed.
    pub established: u64,
    /// Its connections that are in ESTABLISHED, accepted or not.
    pub present: u64,
    /// Connections that were in a queue already when the socket was adopted.
    pub before: u64,
    /// Connections put into the queue that `accept()` takes from.
    pub queued: u64,
    /// Connections that are being made of a request: the last segment of their handshake is not processed to its end.
    pub making: u64,
    /// Inode of the network namespace.
    pub netns: u32,
    /// [`Listener::ADOPTED`] and its siblings.
    pub flags: u32,
    /// Who called `listen()`; all zero where that was not seen.
    pub opener: Opener,
    /// Its id. Tells a live entry of the map from reused memory.
    pub id: u32,
}

impl Listener {
    /// It listened before estatsd: events count from `start_ns` on.
    pub const ADOPTED: u32 = 1;
    /// Which of the connections older than estatsd are its own cannot be told.
    pub const UNCLEAR: u32 = 2;

    /// Connections that `accept()` has taken, with `backlog` still in the queue.
    ///
    /// A connection that dies in the queue stays there until `accept()` takes it, so nothing else shortens the queue.
    #[must_use]
    pub fn accepted(&self, backlog: u32) -> u64 {
        // A connection that is just being queued is in the socket's count first. So where the queue was looked at after this, too
        // few have been taken, never too many.
        self.queued.saturating_sub(u64::from(backlog))
    }

    /// Connections for which state was set up, and that are neither in a queue any more nor were accepted, with `half_open`
    /// requests in the SYN queue.
    #[must_use]
    pub fn given_up(&self, half_open: u32) -> u64 {
        (self.initial + self.before)
            .saturating_sub(self.queued)
            .saturating_sub(self.making)
            .saturating_sub(u64::from(half_open))
    }

    /// Connections in ESTABLISHED that `accept()` has taken, with `waiting` in that state still in the queue.
    #[must_use]
    pub fn in_use(&self, waiting: u32) -> u64 {
        self.present.saturating_sub(u64::from(waiting))
    }

    /// No connection came or went between the two.
    #[must_use]
    pub fn at_rest_since(&self, earlier: &Listener) -> bool {
        let counts = |listener: &Listener| {
            [
                listener.initial,
                listener.established,
                listener.present,
                listener.queued,
                listener.making,
            ]
        };
        counts(self) == counts(earlier)
    }
}

/// What is known of all listening sockets together.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Registry {
    /// The last id given; the first is 1.
    pub last_id: u64,
    /// When a socket last began to listen or ceased to: nanoseconds of `CLOCK_MONOTONIC`; 0 for never.
    pub last_change_ns: u64,
    /// Sockets for which there was no room.
    pub refused: u64,
    /// How often the set of ids has changed.
    pub changes: u64,
}

/// A port that sockets listened on when estatsd started, to tell whose the connections are that are just as old.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Inode of the network namespace.
    pub netns: u32,
    /// Port, host order; with [`Endpoint::IPV6_ONLY`] beside it.
    pub port: u32,
    /// Address; IPv4 as IPv4-mapped.
    pub address: [u8; 16],
}

impl Endpoint {
    /// Every IPv6 address, and every IPv4 address but for [`Endpoint::IPV6_ONLY`].
    pub const ANY: [u8; 16] = [0; 16];
    /// Every IPv4 address.
    pub const ANY_IPV4: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    /// [`Endpoint::ANY`] does not include IPv4.
    pub const IPV6_ONLY: u32 = 1 << 16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_queue_any_more_was_accepted() {
        let listener = Listener {
            queued: 5,
            ..Listener::default()
        };
        assert_eq!(listener.accepted(0), 5);
        assert_eq!(listener.accepted(5), 0);
        // One more is in the queue already and not yet counted.
        assert_eq!(listener.accepted(6), 0);
    }

    #[test]
    fn given_up_is_what_is_nowhere_else() {
        let listener = Listener {
            initial: 10,
            before: 3,
            queued: 8,
            ..Listener::default()
        };
        assert_eq!(listener.given_up(0), 5);
        assert_eq!(listener.given_up(4), 1);
        // Its request is taken out of the SYN queue before it is put into the other one.
        let making = Listener { making: 1, ..listener };
        assert_eq!(making.given_up(4), 0);
    }

    #[test]
    fn in_use_are_those_that_do_not_wait() {
        let listener = Listener {
            present: 6,
            ..Listener::default()
        };
        assert_eq!(listener.in_use(0), 6);
        assert_eq!(listener.in_use(4), 2);
    }
}
