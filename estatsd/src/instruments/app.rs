//! `tcpEStatsAppTable`: sequence numbers, and the octets between application and TCP.

use estats_protocol::Value;
use estats_spec::Id;

use super::View;

pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    let l = view.layout();
    match id {
        Id::SndUna => Some(Value::U32(view.sample.snd_una)),
        // Linux never moves SND.NXT back, so it is also the farthest.
        Id::SndNxt | Id::SndMax => Some(Value::U32(view.sample.snd_nxt)),
        Id::ThruOctetsAcked => view.u32(l.bytes_acked),
        Id::HCThruOctetsAcked => view.u64(l.bytes_acked),
        Id::RcvNxt => view.u32(l.rcv_nxt),
        Id::ThruOctetsReceived => view.u32(l.bytes_received),
        Id::HCThruOctetsReceived => view.u64(l.bytes_received),
        Id::CurAppWQueue => {
            let written = view.socket().u32(l.write_seq)?;
            Some(Value::U32(ahead(written, view.sample.snd_nxt)))
        }
        Id::CurAppRQueue => {
            let waiting = ahead(view.socket().u32(l.rcv_nxt)?, view.socket().u32(l.copied_seq)?);
            Some(Value::U32(waiting.saturating_sub(u32::from(view.fin_received()?))))
        }
        _ => None,
    }
}

/// How far a sequence number is ahead of another; 0 where it is behind, as a copy taken in the middle of an update may show.
fn ahead(of: u32, than: u32) -> u32 {
    u32::try_from(of.wrapping_sub(than).cast_signed()).unwrap_or(0)
}
