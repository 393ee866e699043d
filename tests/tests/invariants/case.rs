//! One connection of the run with all that is known of it, seen from either end.

use estats_protocol::Reading;
use estats_spec::Id;
use estats_tests::flows::Flow;
use estats_tests::observer::number;
use estats_tests::path::Side;

use crate::conditions::Conditions;
use crate::conduct::Outcome;
use crate::plan::Ending;
use crate::watcher::shown;

/// What is known of one end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) side: Side,
    /// Its final record.
    pub(crate) last: Reading,
    /// What came to the router from it.
    pub(crate) flow: Flow,
}

/// A connection that is over.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) conditions: &'a Conditions,
    pub(crate) outcome: &'a Outcome,
    pub(crate) ends: [End; 2],
    /// Packets of this world that were lost outside of the router's packet filter, where queues were full.
    pub(crate) strays: i64,
    /// Retransmissions of this world that were not made because the segment itself still waited in a queue.
    pub(crate) withheld: i64,
    /// Segments of this world that the hosts, the client's first, merged with others while their socket was in use.
    pub(crate) merged: [i64; 2],
}

impl Case<'_> {
    /// The connection as each of its ends sees it.
    pub(crate) fn views(&self) -> [View<'_>; 2] {
        let [client, server] = &self.ends;
        let view = |me, peer| View { case: self, me, peer };
        [view(client, server), view(server, client)]
    }

    /// Everything, to be read by a human.
    pub(crate) fn shown(&self) -> String {
        let ends = self.ends.each_ref();
        let [client, server] = ends.map(|end| format!("{:?}: {}\n  sent: {:?}", end.side, shown(&end.last), end.flow));
        format!("{:?}\n{:?}\n{client}\n{server}\n", self.conditions, self.outcome)
    }
}

/// A connection from one end's point of view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) case: &'a Case<'a>,
    pub(crate) me: &'a End,
    pub(crate) peer: &'a End,
}

impl View<'_> {
    /// My value of an instrument; none where the daemon does not deliver it.
    pub(crate) fn my(&self, id: Id) -> Option<i64> {
        number(&self.me.last, id)
    }

    /// The peer's value.
    pub(crate) fn peers(&self, id: Id) -> Option<i64> {
        number(&self.peer.last, id)
    }

    /// Octets that I wrote and the peer's application has read.
    pub(crate) fn written(&self) -> i64 {
        i64::try_from(self.case.outcome.plan.octets(self.me.side)).unwrap_or(i64::MAX)
    }

    /// Octets that the peer wrote and my application has read.
    pub(crate) fn read(&self) -> i64 {
        i64::try_from(self.case.outcome.plan.octets(self.peer.side)).unwrap_or(i64::MAX)
    }

    pub(crate) fn is_client(&self) -> bool {
        self.me.side == Side::Client
    }

    /// Both ends sent a FIN, had it acknowledged, and received the other's, before either let go of its socket.
    pub(crate) fn orderly(&self) -> bool {
        matches!(self.case.outcome.plan.ending, Ending::Orderly(_) | Ending::Together)
    }

    /// All that was written was read.
    pub(crate) fn delivered(&self) -> bool {
        !matches!(self.case.outcome.plan.ending, Ending::Unread(_))
    }

    /// Segments that my host merged with others, which may have been of this connection.
    pub(crate) fn merged(&self) -> i64 {
        self.case.merged[usize::from(!self.is_client())]
    }

    /// Segments that reached my host, but not my socket: what the listener answered, and what came after the end.
    pub(crate) fn missed(&self) -> Option<i64> {
        Some(self.peer.flow.passed.all() - self.my(Id::SegsIn)?)
    }
}

/// A statement about the view of any end of any connection.
pub(crate) struct Claim {
    /// What is claimed.
    pub(crate) says: &'static str,
    /// Whether it is so; none where the statement is not about this connection, or a row is not delivered.
    pub(crate) holds: fn(&View<'_>) -> Option<bool>,
}
