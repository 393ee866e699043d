//! `tcpEStatsStackTable`: what was negotiated, the state of the machinery, extremes and counts of its reactions.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::sample::ca_state;

use super::{NONE_YET, View, negotiated};

/// RFC 4898 numbers for the kernel's states, which are their positions. The kernel's 12, a request not yet accepted, is
/// SYN-RECEIVED to the RFC.
const STATES: [i32; 13] = [0, 5, 3, 4, 6, 7, 11, 1, 8, 9, 2, 10, 4];

const CLOSED: i32 = 1;

/// The segment size that a peer is given which announces none (`TCP_MSS_DEFAULT`).
const DEFAULT_MSS: u32 = 536;

/// Octets that a timestamp option takes from each segment, padding included; the kernel has them subtracted from `advmss`.
const TIMESTAMP_OPTION: u32 = 12;

pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    let l = view.layout();
    let record = view.record();
    let field = |field| view.socket().u32(field);
    match id {
        Id::ActiveOpen => view.active().map(|active| Value::S32(if active { 1 } else { 2 })),
        Id::MSSSent if view.restored() => None,
        Id::MSSSent => {
            let timestamps = if view.sample.tstamp_ok { TIMESTAMP_OPTION } else { 0 };
            field(l.advmss).map(|advmss| Value::U32(advmss + timestamps))
        }
        // What the kernel assumes without the option could also have been the option's value: nobody can tell.
        Id::MSSRcvd => field(l.mss_clamp).filter(|mss| *mss != DEFAULT_MSS).map(Value::U32),
        Id::WinScaleSent => negotiated::scale_sent(view),
        Id::WinScaleRcvd => negotiated::scale_received(view),
        Id::TimeStamps => negotiated::timestamps(view),
        Id::ECN => negotiated::ecn(view),
        Id::WillSendSACK | Id::WillUseSACK => negotiated::sack(view),
        // The socket is copied on the way into CLOSED, before the state says so.
        Id::State if view.connection.closed => Some(Value::S32(CLOSED)),
        Id::State => Some(Value::S32(*STATES.get(view.state()? as usize)?)),
        // Bit 0 is TCP_NAGLE_OFF; corking and a pending push are no statement about Nagle.
        Id::Nagle => field(l.nonagle).map(|bits| Value::S32(if bits & 1 == 1 { 2 } else { 1 })),
        Id::MaxSsCwnd => Some(Value::U32(record.cwnd.max_slow_start)),
        Id::MaxCaCwnd => Some(Value::U32(record.cwnd.max_avoidance)),
        Id::MaxSsthresh => Some(Value::U32(record.cwnd.max_ssthresh)),
        Id::MinSsthresh => Some(Value::U32(minimum(record.cwnd.min_ssthresh))),
        Id::InRecovery => Some(Value::S32(in_recovery(view))),
        Id::FastRetran => Some(Value::U32(record.congestion.fast_retransmits)),
        Id::SubsequentTimeouts => Some(Value::U32(record.congestion.subsequent_timeouts)),
        Id::CurTimeoutCount => view.u32(l.icsk_retransmits),
        Id::AbruptTimeouts => Some(Value::U32(record.congestion.abrupt_timeouts)),
        Id::DSACKDups => view.u32(l.dsack_dups),
        Id::MaxMSS => Some(Value::U32(record.cwnd.max_mss.into())),
        Id::MinMSS => Some(Value::U32(minimum(record.cwnd.min_mss.into()))),
        Id::SndInitial => snd_initial(view).map(Value::U32),
        Id::RecInitial => rec_initial(view).map(Value::U32),
        Id::CurRetxQueue => Some(Value::U32(view.sample.octets_out())),
        Id::CurReasmQueue => Some(Value::U32(view.sample.reassembly)),
        Id::MaxRetxQueue => Some(Value::U32(record.queues.max_retransmit)),
        Id::MaxReasmQueue => Some(Value::U32(record.queues.max_reassembly)),
        Id::DupAcksIn => Some(Value::U32(record.reordering.dup_acks_in)),
        Id::SpuriousFrDetected => Some(Value::U32(record.recovery.spurious_fast_retransmits)),
        Id::SpuriousRtoDetected => Some(Value::U32(record.recovery.spurious_timeouts)),
        Id::CongOverCount => Some(Value::U32(record.recovery.undone)),
        Id::RackTimeout => Some(Value::U32(record.recovery.rack_lost)),
        Id::SoftErrors => Some(Value::U32(record.segments.soft_errors)),
        // The MIB's enumeration begins at 1: there is no reason before the first error.
        Id::SoftErrorReason => Some(Value::S32(record.segments.reason.into())),
        Id::SendStall => {
            let told = l.kfree_skb.present & l.drop_qdisc.present != 0;
            told.then_some(Value::U32(record.send_limits.stalls))
        }
        Id::SlowStart => Some(Value::U32(record.cwnd.slow_starts)),
        Id::CongAvoid => Some(Value::U32(record.cwnd.avoidances)),
        Id::OtherReductions => Some(Value::U32(record.cwnd.other_reductions)),
        Id::SACKsRcvd => Some(Value::U32(record.header.sacks_in)),
        Id::SACKBlocksRcvd => Some(Value::U32(record.header.sack_blocks_in)),
        _ => None,
    }
}

fn minimum(min: u32) -> u32 {
    if min == 0 { NONE_YET } else { min }
}

/// 3: retransmitted data is outstanding. 2: holes are known, nothing was retransmitted for them. 1: neither.
fn in_recovery(view: &View<'_>) -> i32 {
    let now = &view.sample;
    if now.retrans_out > 0 || now.ca_state >= ca_state::RECOVERY {
        3
    } else if now.sacked_out > 0 || now.ca_state == ca_state::DISORDER {
        2
    } else {
        1
    }
}

/// `bytes_acked` is what `snd_una` has advanced by; on a passive open it does not count the SYN.
fn snd_initial(view: &View<'_>) -> Option<u32> {
    let acked = view.socket().u32(view.layout().bytes_acked)?;
    let syn = u32::from(!view.active()?);
    Some(view.sample.snd_una.wrapping_sub(acked).wrapping_sub(syn))
}

/// `bytes_received` is what `rcv_nxt` has advanced by since the SYN.
fn rec_initial(view: &View<'_>) -> Option<u32> {
    if view.restored() {
        return None;
    }
    let l = view.layout();
    let received = view.socket().u32(l.bytes_received)?;
    Some(view.socket().u32(l.rcv_nxt)?.wrapping_sub(received).wrapping_sub(1))
}
