//! `tcpEStatsAppTable`: sequence numbers, and the octets between application and TCP.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::sample::ahead;

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
        Id::CurAppWQueue => Some(Value::U32(view.sample.octets_waiting())),
        Id::CurAppRQueue => {
            let waiting = ahead(view.sample.rcv_nxt, view.sample.copied_seq);
            Some(Value::U32(waiting.saturating_sub(u32::from(view.sample.fin_received))))
        }
        Id::MaxAppWQueue => Some(Value::U32(view.record().queues.max_write)),
        Id::MaxAppRQueue => Some(Value::U32(view.record().queues.max_read)),
        _ => None,
    }
}
