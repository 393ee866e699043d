//! Row by row: where else the kernel tells what the daemon has to say.

use estats_spec::Id;
use estats_tests::oracle::Expected::{Between, Exactly};
use estats_tests::oracle::{Expected, Oracle, exactly, told};
use estats_tests::scene::Evidence;

/// `TCP_INFINITE_SSTHRESH` of `net/tcp.h`.
const INFINITE_SSTHRESH: u32 = 0x7fff_ffff;
/// No limit, in a column of 32 bits.
const UNLIMITED: i64 = 0xffff_ffff;
/// The kernel's timers have a resolution between 1 ms (HZ=1000) and 10 ms (HZ=100).
const JIFFY_US: i64 = 10_000;
/// From the capture of a segment at the device to the clock reading in the socket, and the other way around: both happen in
/// one pass through the stack, but that may be interrupted.
const PASSAGE_US: i64 = 10_000;

/// Every row of the kinds state and derived.
pub(super) const ORACLES: &[(Id, Oracle)] = &[
    (Id::SegsOut, |e| exactly(e.info.segs_out)),
    (Id::DataSegsOut, |e| exactly(e.info.data_segs_out)),
    (Id::DataOctetsOut, |e| low(e.info.bytes_sent)),
    (Id::HCDataOctetsOut, |e| exactly(e.info.bytes_sent)),
    (Id::SegsRetrans, |e| exactly(e.info.total_retrans)),
    (Id::OctetsRetrans, |e| low(e.info.bytes_retrans)),
    (Id::SegsIn, |e| exactly(e.info.segs_in)),
    (Id::DataSegsIn, |e| exactly(e.info.data_segs_in)),
    (Id::ElapsedSecs, |e| seconds(elapsed_us(e))),
    (Id::ElapsedMicroSecs, |e| microseconds(elapsed_us(e))),
    (Id::CurMSS, |e| exactly(e.info.snd_mss)),
    (Id::PipeSize, pipe_size),
    (Id::SmoothedRTT, |e| exactly(e.info.rtt / 1000)),
    (Id::CurRTO, |e| exactly(e.info.rto / 1000)),
    (Id::CurCwnd, |e| exactly(e.info.snd_cwnd * e.info.snd_mss)),
    (Id::CurSsthresh, ssthresh),
    (Id::CurRwinSent, rwin_sent),
    (Id::CurRwinRcvd, |e| exactly(e.info.snd_wnd)),
    (Id::MaxRwinRcvd, |e| exactly(e.account.received.max_window)),
    (Id::RetranThresh, |e| exactly(e.info.reordering)),
    (Id::RTTVar, rtt_variation),
    (Id::RcvRTT, |e| exactly(e.info.rcv_rtt)),
    (Id::MSSSent, |e| exactly(e.account.sent.mss.unwrap_or(0))),
    (Id::MSSRcvd, |e| exactly(mss_received(e))),
    (Id::WinScaleSent, |e| scale(e.account.sent.window_scale)),
    (Id::WinScaleRcvd, |e| scale(e.account.received.window_scale)),
    (Id::TimeStamps, |e| negotiated(e, 1)),
    (Id::ECN, |e| negotiated(e, 8)),
    (Id::WillSendSACK, |e| negotiated(e, 2)),
    (Id::WillUseSACK, |e| negotiated(e, 2)),
    (Id::State, |e| Exactly(mib_state(e.info.state))),
    (Id::Nagle, |e| Exactly(if e.nodelay == 0 { 1 } else { 2 })),
    (Id::InRecovery, |e| Exactly(in_recovery(e))),
    (Id::CurTimeoutCount, |e| exactly(e.info.retransmits)),
    (Id::DSACKDups, |e| exactly(e.info.dsack_dups)),
    (Id::SndInitial, |e| told(e.account.sent.initial_sequence)),
    (Id::RecInitial, |e| told(e.account.received.initial_sequence)),
    (Id::CurReasmQueue, |e| exactly(reassembly_queue(e))),
    (Id::SndUna, |e| told(e.account.received.highest_acknowledgment)),
    (Id::SndNxt, |e| exactly(e.account.sent.highest_sequence)),
    (Id::SndMax, |e| exactly(e.account.sent.highest_sequence)),
    (Id::ThruOctetsAcked, |e| low(e.info.bytes_acked)),
    (Id::HCThruOctetsAcked, |e| exactly(e.info.bytes_acked)),
    (Id::RcvNxt, |e| told(e.account.sent.highest_acknowledgment)),
    (Id::ThruOctetsReceived, |e| low(e.info.bytes_received)),
    (Id::HCThruOctetsReceived, |e| exactly(e.info.bytes_received)),
    (Id::CurAppWQueue, |e| exactly(e.queues.unsent)),
    (Id::CurAppRQueue, |e| exactly(e.queues.unread)),
    // Nothing outside the daemon shows the clamp; the tests of writing it show its effect. Here nobody wrote it.
    (Id::LimCwnd, |_| Exactly(UNLIMITED)),
    (Id::LimRwin, |e| exactly(e.window_clamp)),
    (Id::LimMSS, |e| exactly(mss_received(e))),
    (Id::Priority, |e| exactly(e.priority)),
];

/// The low 32 bits, for the column without HC.
fn low(octets: u64) -> Expected {
    exactly(octets & 0xffff_ffff)
}

/// Bounds of the time from the start of the row to the last segment, microseconds. The row of an active open starts before its
/// SYN, that of a passive open when the ACK of the SYN-ACK made the socket.
fn elapsed_us(e: &Evidence) -> (i64, i64) {
    let (start, end) = e.account.span();
    let span = i64::try_from(end.saturating_sub(start).as_micros()).expect("a short test");
    let handshake = e.account.round_trips.first().map_or(0, |trip| trip.longest.as_micros());
    (
        span - i64::try_from(handshake).expect("a short test") - PASSAGE_US,
        span + PASSAGE_US,
    )
}

/// The whole seconds of a time within bounds.
fn seconds((least, most): (i64, i64)) -> Expected {
    Between(least.max(0) / 1_000_000, most / 1_000_000)
}

/// The microseconds beyond whole seconds, which tell something if the bounds are within one second.
fn microseconds((least, most): (i64, i64)) -> Expected {
    let least = least.max(0);
    if least / 1_000_000 == most / 1_000_000 {
        Between(least % 1_000_000, most % 1_000_000)
    } else {
        Between(0, 999_999)
    }
}

/// Flight size; RFC 3517's pipe while something is reported missing or was sent again, which is not more unless something is out
/// twice.
fn pipe_size(e: &Evidence) -> Expected {
    let info = &e.info;
    let flight = e.queues.unacknowledged - e.queues.unsent;
    if info.sacked + info.lost + info.retrans == 0 {
        return exactly(flight);
    }
    let segments = info.unacked - (info.sacked + info.lost) + info.retrans;
    let pipe = segments * info.snd_mss;
    exactly(if segments > info.unacked {
        pipe
    } else {
        pipe.min(flight)
    })
}

/// Octets, or no limit.
fn ssthresh(e: &Evidence) -> Expected {
    match e.info.snd_ssthresh {
        INFINITE_SSTHRESH.. => Exactly(UNLIMITED),
        segments => exactly(segments * e.info.snd_mss),
    }
}

/// The kernel tells since 6.2, but not what its scale does not allow to be announced; before, the last segment tells except for
/// what the scale cuts off.
fn rwin_sent(e: &Evidence) -> Expected {
    let window = i64::from(e.account.sent.window);
    let scale = e.info.rcv_wscale().unwrap_or(0);
    e.info
        .rcv_wnd
        .map_or(Between(window, window + (1 << scale) - 1), |window| {
            exactly(window.min(0xffff << scale))
        })
}

/// The kernel does not show its RTTVAR, but RTO = SRTT + 4 * RTTVAR in timer ticks, doubled with every timeout and not computed
/// again before the next sample, which an ACK of repeated data is not. (Probes of a closed window, sent while
/// nothing else is outstanding, are backed off, too, but leave the RTO alone.)
fn rtt_variation(e: &Evidence) -> Expected {
    let probing = e.info.unacked == 0 && e.info.notsent_bytes > 0;
    let doublings = if probing { 0 } else { e.info.backoff };
    let rto = i64::from(e.info.rto >> doublings);
    let four_times = rto - i64::from(e.info.rtt);
    Between((four_times - JIFFY_US).max(0) / 4000, four_times / 4000)
}

/// The MSS option of the peer, limited by this end's `TCP_MAXSEG`.
fn mss_received(e: &Evidence) -> u16 {
    let option = e.account.received.mss.unwrap_or(0);
    e.options.mss.map_or(option, |limit| option.min(limit))
}

/// The value of a window scale column.
fn scale(option: Option<u8>) -> Expected {
    option.map_or(Exactly(-1), exactly)
}

/// `TcpEStatsNegotiated` by a bit of `TCP_INFO`'s options. Scenes switch an option off at both ends or at none, so what is not
/// in use was not asked for here.
fn negotiated(e: &Evidence, bit: u8) -> Expected {
    Exactly(if e.info.options & bit == 0 { 2 } else { 1 })
}

/// The MIB's number of a state (`tcpEStatsStackState`) from the kernel's (`net/tcp_states.h`).
fn mib_state(state: u8) -> i64 {
    match state {
        1 => 5,
        2 => 3,
        3 => 4,
        4 => 6,
        5 => 7,
        6 => 11,
        8 => 8,
        9 => 9,
        10 => 2,
        11 => 10,
        _ => 1,
    }
}

/// 3 while retransmitted data is outstanding (`TCP_CA_Recovery` is 3), 2 while holes are reported (`TCP_CA_Disorder` is 1).
fn in_recovery(e: &Evidence) -> i64 {
    if e.info.retrans > 0 || e.info.ca_state >= 3 {
        3
    } else if e.info.sacked > 0 || e.info.ca_state == 1 {
        2
    } else {
        1
    }
}

/// From the next octet expected to the last one that came, if any came out of order.
fn reassembly_queue(e: &Evidence) -> u32 {
    let expected = e.account.sent.highest_acknowledgment.unwrap_or_default();
    e.account.received.highest_sequence.wrapping_sub(expected)
}
