//! `tcpEStatsPathTable`: round-trip times, headers, what surrounds congestion signals.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::header::Header;

use super::{NONE_YET, View, milliseconds};

pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    let l = view.layout();
    let record = view.record();
    let (rtt, rto) = (&record.rtt, &record.rto);
    let received = view.header().seen & Header::RECEIVED != 0;
    let sent = view.header().seen & Header::SENT != 0;
    let jiffies = |jiffies| Value::U32(view.clock.jiffies_to_ms(jiffies));
    match id {
        Id::RetranThresh => view.u32(l.reordering),
        Id::SampleRTT => (rtt.count != 0).then(|| milliseconds(rtt.sample_us.into())),
        Id::RTTVar => view
            .socket()
            .u32(l.rttvar_us)
            .map(|quarters| Value::U32((quarters >> 2) / 1000)),
        Id::MaxRTT => Some(milliseconds(rtt.max_us.into())),
        Id::MinRTT if rtt.count == 0 => Some(Value::U32(NONE_YET)),
        Id::MinRTT => Some(milliseconds(rtt.min_us.into())),
        Id::SumRTT => Some(milliseconds(rtt.sum_us)),
        Id::HCSumRTT => Some(Value::U64(rtt.sum_us / 1000)),
        Id::CountRTT => Some(Value::U32(rtt.count)),
        Id::MaxRTO => Some(jiffies(rto.max)),
        Id::MinRTO if rto.min == 0 => Some(Value::U32(NONE_YET)),
        Id::MinRTO => Some(jiffies(rto.min)),
        Id::IpTtl => received.then_some(Value::U32(record.header.ttl_in.into())),
        Id::IpTosIn => received.then_some(Value::U8(record.header.tos_in)),
        Id::IpTosOut => sent.then_some(Value::U8(record.header.tos_out)),
        Id::PreCongSumCwnd => Some(Value::U32(record.congestion.pre_cwnd_sum)),
        Id::PreCongSumRTT => Some(milliseconds(record.congestion.pre_rtt_sum_us)),
        Id::PostCongSumRTT => Some(milliseconds(record.congestion.post_rtt_sum_us)),
        Id::PostCongCountRTT => Some(Value::U32(record.congestion.post_count)),
        Id::NonRecovDAEpisodes => Some(Value::U32(record.reordering.non_recovery_episodes)),
        Id::SumOctetsReordered => Some(Value::U32(record.reordering.octets_reordered)),
        Id::NonRecovDA => Some(Value::U32(record.reordering.non_recovery)),
        Id::ECNsignals => Some(Value::U32(record.header.ece_in)),
        Id::DupAckEpisodes => Some(Value::U32(record.reordering.dup_ack_runs)),
        Id::DupAcksOut => Some(Value::U32(record.reordering.dup_acks_out)),
        Id::CERcvd => Some(Value::U32(record.header.ce_in)),
        Id::ECESent => Some(Value::U32(record.header.ece_out_edges())),
        Id::RcvRTT => view.socket().u32(l.rcv_rtt_us).map(|eighths| Value::U32(eighths >> 3)),
        _ => None,
    }
}
