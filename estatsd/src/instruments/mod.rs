//! From a copied connection to the values of the instruments.
//!
//! One module per table of RFC 4898. What an instrument means, and in which unit, is in `estats_spec`; which kernel fields or
//! which part of the record it comes from is in [`source`].

mod app;
mod extras;
mod listener;
mod negotiated;
mod path;
mod perf;
pub mod source;
mod stack;
#[cfg(test)]
mod tests;
mod tune;

use estats_protocol::Value;
use estats_spec::{Id, Table};
use estatsd_ebpf::{Field, Layout, Record, Sample, header::Header};

use crate::kernel::{Clock, Connection, Socket};

pub use listener::{ListenerView, Taken};

/// What web10g and RFC 4898 send for a minimum of nothing, and for a threshold or limit that is not set.
const NONE_YET: u32 = u32::MAX;

/// Everything that the instruments of one connection are computed from.
pub struct View<'a> {
    connection: &'a Connection<'a>,
    sample: Sample,
    clock: Clock,
    cid: u32,
    start_us: u64,
}

impl<'a> View<'a> {
    /// A view of a copied connection with the given id and time of creation (microseconds since 1970).
    #[must_use]
    pub fn new(connection: &'a Connection<'a>, clock: Clock, cid: u32, start_us: u64) -> View<'a> {
        View {
            connection,
            sample: connection.sample,
            clock,
            cid,
            start_us,
        }
    }

    /// The value of an instrument in the unit that it has on the wire; `None` where nothing measures it.
    #[must_use]
    pub fn value(&self, id: Id) -> Option<Value> {
        match id.info().table {
            Table::ConnectId => Some(Value::U32(self.cid)),
            Table::Perf => perf::value(id, self),
            Table::Path => path::value(id, self),
            Table::Stack => stack::value(id, self),
            Table::App => app::value(id, self),
            Table::Tune => tune::value(id, self),
            Table::Extras => extras::value(id, self),
            Table::Listener => None,
        }
    }

    fn socket(&self) -> &Socket<'a> {
        &self.connection.socket
    }

    fn layout(&self) -> &'a Layout {
        self.connection.socket.layout()
    }

    fn record(&self) -> &Record {
        &self.connection.record
    }

    fn header(&self) -> &Header {
        &self.connection.record.header
    }

    /// The low 32 bits of a field.
    fn u32(&self, field: Field) -> Option<Value> {
        self.socket().u32(field).map(Value::U32)
    }

    /// A field of up to 64 bits.
    fn u64(&self, field: Field) -> Option<Value> {
        self.socket().u64(field).map(Value::U64)
    }

    /// Segments in octets.
    fn octets(&self, segments: u32) -> Value {
        Value::U32(self.sample.octets(segments))
    }

    /// Whether the connection was opened actively; `None` where that cannot be told.
    fn active(&self) -> Option<bool> {
        let flags = self.record().flags;
        if flags & Record::ACTIVE != 0 {
            Some(true)
        } else if flags & Record::PASSIVE != 0 {
            Some(false)
        } else if self.restored() {
            None
        } else {
            self.opened_actively()
        }
    }

    /// The socket was made by hand: its counters began elsewhere than its numbers, and what was announced when is not in it.
    fn restored(&self) -> bool {
        self.record().flags & Record::RESTORED != 0
    }

    /// Tells how an adopted connection was opened from where its sequence numbers stand.
    ///
    /// `snd_nxt` has passed the SYN and every new octet sent; `snd_una` every octet in `bytes_acked`, which counts the SYN of an
    /// active open only. So the two differ by the octets in flight plus one exactly when the open was passive.
    fn opened_actively(&self) -> Option<bool> {
        let una_less_acked = self
            .sample
            .snd_una
            .wrapping_sub(self.socket().u32(self.layout().bytes_acked)?);
        match una_less_acked.wrapping_sub(self.iss_by_octets_sent()?) {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        }
    }

    /// The initial send sequence number, by what was sent since.
    fn iss_by_octets_sent(&self) -> Option<u32> {
        let l = self.layout();
        let new = self
            .socket()
            .u32(l.bytes_sent)?
            .wrapping_sub(self.socket().u32(l.bytes_retrans)?);
        Some(
            self.sample
                .snd_nxt
                .wrapping_sub(u32::from(self.fin_sent()))
                .wrapping_sub(new)
                .wrapping_sub(1),
        )
    }

    /// A FIN of ours has left, so `snd_nxt` has passed it.
    fn fin_sent(&self) -> bool {
        self.sample.fin_written && self.sample.write_seq == self.sample.snd_nxt
    }

    fn state(&self) -> Option<u32> {
        self.socket().u32(self.layout().skc_state)
    }
}

/// Microseconds as whole milliseconds, low 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a 32-bit counter is the low half of the sum"
)]
fn milliseconds(us: u64) -> Value {
    Value::U32((us / 1000) as u32)
}
