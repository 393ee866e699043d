//! `tcpEStatsPerfTable`: segments, octets, time, the windows.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::{pipe, sample::INFINITE_SSTHRESH, send_limits::Limit};

use super::{NONE_YET, View};

/// The largest window that fits a header before scaling.
const MAX_WINDOW: u32 = 65535;

#[expect(
    clippy::cast_possible_truncation,
    reason = "32-bit counters are the low half of the 64-bit ones"
)]
pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    let l = view.layout();
    let now = &view.sample;
    let record = view.record();
    match id {
        Id::SegsOut => view.u32(l.segs_out),
        Id::DataSegsOut => view.u32(l.data_segs_out),
        Id::DataOctetsOut => view.u32(l.bytes_sent),
        Id::HCDataOctetsOut => view.u64(l.bytes_sent),
        Id::SegsRetrans => view.u32(l.total_retrans),
        Id::OctetsRetrans => view.u32(l.bytes_retrans),
        Id::SegsIn => view.u32(l.segs_in),
        Id::DataSegsIn => view.u32(l.data_segs_in),
        Id::DataOctetsIn => Some(Value::U32(record.header.data_octets_in as u32)),
        Id::HCDataOctetsIn => Some(Value::U64(record.header.data_octets_in)),
        Id::ElapsedSecs => Some(Value::U32((elapsed_us(view) / 1_000_000) as u32)),
        Id::ElapsedMicroSecs => Some(Value::U32((elapsed_us(view) % 1_000_000) as u32)),
        Id::StartTimeStamp => Some(Value::U64(view.start_us)),
        Id::CurMSS => Some(Value::U32(now.mss_cache)),
        Id::PipeSize => Some(Value::U32(pipe::size(now))),
        Id::MaxPipeSize => Some(Value::U32(record.pipe.max)),
        Id::SmoothedRTT => Some(Value::U32((now.srtt_us >> 3) / 1000)),
        Id::CurRTO => Some(Value::U32(view.clock.jiffies_to_ms(now.icsk_rto))),
        Id::CongSignals => Some(Value::U32(record.congestion.signals)),
        Id::CurCwnd => Some(view.octets(now.snd_cwnd)),
        Id::CurSsthresh if now.snd_ssthresh >= INFINITE_SSTHRESH => Some(Value::U32(NONE_YET)),
        Id::CurSsthresh => Some(view.octets(now.snd_ssthresh)),
        Id::Timeouts => Some(Value::U32(record.congestion.timeouts)),
        Id::CurRwinSent => rwin_sent(view).map(Value::U32),
        Id::MaxRwinSent => Some(Value::U32(record.windows.max_sent)),
        Id::ZeroRwinSent => Some(Value::U32(record.windows.zero_sent)),
        Id::CurRwinRcvd => Some(Value::U32(now.snd_wnd)),
        Id::MaxRwinRcvd => view.u32(l.max_window),
        Id::LostRetransmitSegs => (l.tcp_retransmit_skb.present != 0).then_some(Value::U32(record.recovery.lost_again)),
        Id::ZeroRwinRcvd => Some(Value::U32(record.windows.zero_rcvd)),
        _ => send_limit(id, view),
    }
}

/// The `SndLim` instruments.
fn send_limit(id: Id, view: &View<'_>) -> Option<Value> {
    let limits = &view.record().send_limits;
    let entries = |limit: Limit| Some(Value::U32(limits.transitions[limit as usize]));
    let time = |limit: Limit| Some(microseconds(limits.time_ns[limit as usize]));
    match id {
        Id::SndLimTransSnd => entries(Limit::Sender),
        Id::SndLimTransCwnd => entries(Limit::Congestion),
        Id::SndLimTransRwin => entries(Limit::Receiver),
        Id::SndLimTransTSODefer => entries(Limit::TsoDefer),
        Id::SndLimTransPace => entries(Limit::Pace),
        // A connection is only ever born into this state.
        Id::SndLimTransStartUp => Some(Value::U32(0)),
        Id::SndLimTimeSnd => time(Limit::Sender),
        Id::SndLimTimeCwnd => time(Limit::Congestion),
        Id::SndLimTimeRwin => time(Limit::Receiver),
        Id::SndLimTimeTSODefer => time(Limit::TsoDefer),
        Id::SndLimTimePace => time(Limit::Pace),
        Id::SndLimTimeStartUp => Some(Value::U32(view.record().startup_us)),
        _ => None,
    }
}

/// Nanoseconds as whole microseconds, low 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a 32-bit counter is the low half of the sum"
)]
fn microseconds(ns: u64) -> Value {
    Value::U32((ns / 1000) as u32)
}

/// The window as far as a header can say it.
fn rwin_sent(view: &View<'_>) -> Option<u32> {
    let scale = view.socket().u32(view.layout().rcv_wscale)?;
    Some(
        view.socket()
            .u32(view.layout().rcv_wnd)?
            .min(MAX_WINDOW << scale.min(14)),
    )
}

/// Microseconds from the creation of the record to the last segment. Both halves of the instrument come from one number.
fn elapsed_us(view: &View<'_>) -> u64 {
    view.record().last_ns.saturating_sub(view.record().start_ns) / 1000
}
