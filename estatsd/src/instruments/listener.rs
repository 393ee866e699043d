//! `tcpEStatsListenerTable`: sockets that listen.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::Listener;

use crate::kernel::{Listening, Uptime};

/// Connections that have left the queues of a listening socket. They are differences of counts that change one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// Those that `accept()` took.
    pub accepted: u64,
    /// Those that were given up.
    pub given_up: u64,
}

/// Everything that the instruments of one listening socket are computed from.
pub struct ListenerView<'a> {
    listening: &'a Listening<'a>,
    uptime: Uptime,
    taken: Taken,
}

impl<'a> ListenerView<'a> {
    /// A view of a listening socket, with times counted by `uptime`; `known` is what had left the queues at an earlier look.
    #[must_use]
    pub fn new(listening: &'a Listening<'a>, uptime: Uptime, known: Taken) -> ListenerView<'a> {
        let l = listening.socket.layout();
        let queue = |field| listening.socket.u32(field).unwrap_or_default();
        let mut taken = known;
        // A connection that is on its way into the queue is left out for a moment, but what was accepted stays so.
        taken.accepted = taken.accepted.max(listening.counted.accepted(queue(l.sk_ack_backlog)));
        if listening.at_rest {
            // One that is on its way would seem to be given up.
            taken.given_up = taken.given_up.max(listening.counted.given_up(queue(l.reqsk_qlen)));
        }
        ListenerView {
            listening,
            uptime,
            taken,
        }
    }

    /// What has left the queues.
    #[must_use]
    pub fn taken(&self) -> Taken {
        self.taken
    }

    /// The value of an instrument of the listener table; `None` where nothing measures it, and for those of other tables.
    #[must_use]
    pub fn value(&self, id: Id) -> Option<Value> {
        let counted = &self.listening.counted;
        let socket = &self.listening.socket;
        let l = socket.layout();
        let adopted = counted.flags & Listener::ADOPTED != 0;
        let unclear = counted.flags & Listener::UNCLEAR != 0;
        match id {
            Id::ListenerStartTime if adopted => Some(Value::U32(0)),
            Id::ListenerStartTime => Some(Value::U32(self.uptime.ticks_at(counted.start_ns))),
            Id::ListenerSynRcvd => Some(low(counted.syns)),
            Id::ListenerHCSynRcvd => Some(Value::U64(counted.syns)),
            Id::ListenerInitial => Some(low(counted.initial)),
            Id::ListenerHCInitial => Some(Value::U64(counted.initial)),
            Id::ListenerEstablished => Some(low(counted.established)),
            Id::ListenerHCEstablished => Some(Value::U64(counted.established)),
            Id::ListenerAccepted => Some(low(self.taken.accepted)),
            Id::ListenerHCAccepted => Some(Value::U64(self.taken.accepted)),
            Id::ListenerExceedBacklog => Some(low(self.taken.given_up)),
            Id::ListenerHCExceedBacklog => Some(Value::U64(self.taken.given_up)),
            Id::ListenerCurConns if unclear => None,
            Id::ListenerCurConns if adopted => Some(low(counted.in_use(self.listening.waiting))),
            // One that enters ESTABLISHED is counted before its socket says so in the queue: it is not in use yet.
            Id::ListenerCurConns => Some(low(counted.in_use(self.listening.waiting).min(self.taken.accepted))),
            Id::ListenerMaxBacklog => socket.u32(l.sk_max_ack_backlog).map(Value::U32),
            Id::ListenerCurBacklog => {
                let half_open = socket.u32(l.reqsk_qlen)?;
                Some(Value::U32(half_open + socket.u32(l.sk_ack_backlog)?))
            }
            Id::ListenerCurEstabBacklog => socket.u32(l.sk_ack_backlog).map(Value::U32),
            _ => None,
        }
    }
}

/// The low half of a 64-bit counter.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a 32-bit counter is the low half of the count"
)]
fn low(count: u64) -> Value {
    Value::U32(count as u32)
}
