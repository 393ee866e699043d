//! Where each instrument comes from on this kernel, or why it is masked.

use estats_spec::{Id, Table};
use estatsd_ebpf::layout::Wanted;

/// The origin of an instrument's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Kernel fields, read when a client asks; each as `structure.member`.
    Fields(&'static [&'static str]),
    /// A part of the record: the name of the module in `estatsd-ebpf`.
    Record(&'static str),
    /// The daemon's own table.
    Daemon,
    /// Nothing delivers it, for this reason.
    Masked(String),
}

/// The source of an instrument on a kernel that lacks the given fields.
#[must_use]
pub fn of(id: Id, missing: &[&Wanted]) -> Source {
    let source = by_design(id);
    if let Source::Fields(fields) = source {
        let lacking = missing.iter().find(|wanted| fields.contains(&wanted.path));
        if let Some(wanted) = lacking {
            return Source::Masked(format!("this kernel has no {}.{}", wanted.within, wanted.path));
        }
    }
    source
}

fn by_design(id: Id) -> Source {
    let info = id.info();
    match info.table {
        Table::ConnectId => return Source::Daemon,
        Table::Listener => return Source::Masked("listeners are not followed".to_owned()),
        _ => {}
    }
    match fields(id) {
        [] => {}
        fields => return Source::Fields(fields),
    }
    match id {
        Id::EarlyRetrans | Id::EarlyRetransDelay => masked("Linux no longer has early retransmit"),
        Id::OtherReductionsCM => masked("Linux no longer moderates the window"),
        Id::LimSsthresh => masked("Linux has no limited slow start"),
        _ if recorded(id) => Source::Record(info.feed.name()),
        _ => masked("not collected"),
    }
}

fn masked(reason: &str) -> Source {
    Source::Masked(reason.to_owned())
}

/// The event instruments that are collected.
#[rustfmt::skip]
fn recorded(id: Id) -> bool {
    matches!(
        id,
        Id::DataOctetsIn | Id::HCDataOctetsIn | Id::IpTtl | Id::IpTosIn | Id::IpTosOut
            | Id::StartTimeStamp | Id::ElapsedSecs | Id::ElapsedMicroSecs | Id::ActiveOpen
            | Id::MaxPipeSize
            | Id::CongSignals | Id::Timeouts | Id::SubsequentTimeouts | Id::AbruptTimeouts | Id::FastRetran
            | Id::PreCongSumCwnd | Id::PreCongSumRTT | Id::PostCongSumRTT | Id::PostCongCountRTT
            | Id::MaxRwinSent | Id::ZeroRwinSent | Id::ZeroRwinRcvd
            | Id::SampleRTT | Id::MinRTT | Id::MaxRTT | Id::SumRTT | Id::HCSumRTT | Id::CountRTT
            | Id::MinRTO | Id::MaxRTO
            | Id::CERcvd | Id::ECNsignals | Id::ECESent | Id::SACKsRcvd | Id::SACKBlocksRcvd
            | Id::DupAcksIn | Id::NonRecovDA | Id::NonRecovDAEpisodes | Id::SumOctetsReordered
            | Id::DupAcksOut | Id::DupAckEpisodes
            | Id::SpuriousFrDetected | Id::SpuriousRtoDetected | Id::CongOverCount
            | Id::SlowStart | Id::CongAvoid | Id::OtherReductions
            | Id::MaxRetxQueue | Id::MaxAppWQueue | Id::MaxAppRQueue | Id::MaxReasmQueue
            | Id::RackTimeout
            | Id::SndLimTransSnd | Id::SndLimTransCwnd | Id::SndLimTransRwin | Id::SndLimTransStartUp
            | Id::SndLimTransTSODefer | Id::SndLimTransPace
            | Id::SndLimTimeSnd | Id::SndLimTimeCwnd | Id::SndLimTimeRwin | Id::SndLimTimeStartUp
            | Id::SndLimTimeTSODefer | Id::SndLimTimePace
            | Id::SoftErrors | Id::SoftErrorReason
            | Id::MaxSsCwnd | Id::MaxCaCwnd | Id::MaxSsthresh | Id::MinSsthresh | Id::MaxMSS | Id::MinMSS
    )
}

/// The kernel fields that an instrument is read from; none for those that are accumulated.
fn fields(id: Id) -> &'static [&'static str] {
    match id {
        Id::SegsOut => &["segs_out"],
        Id::DataSegsOut => &["data_segs_out"],
        Id::DataOctetsOut | Id::HCDataOctetsOut => &["bytes_sent"],
        Id::SegsRetrans => &["total_retrans"],
        Id::OctetsRetrans => &["bytes_retrans"],
        Id::SegsIn => &["segs_in"],
        Id::DataSegsIn => &["data_segs_in"],
        Id::CurMSS => &["mss_cache"],
        Id::PipeSize => &[
            "snd_nxt",
            "snd_una",
            "packets_out",
            "sacked_out",
            "lost_out",
            "retrans_out",
            "mss_cache",
        ],
        Id::SmoothedRTT => &["srtt_us"],
        Id::CurRTO => &["icsk_rto"],
        Id::CurCwnd => &["snd_cwnd", "mss_cache"],
        Id::CurSsthresh => &["snd_ssthresh", "mss_cache"],
        Id::CurRwinSent => &["rcv_wnd", "rx_opt.rcv_wscale"],
        Id::CurRwinRcvd => &["snd_wnd"],
        Id::MaxRwinRcvd => &["max_window"],
        Id::RetranThresh => &["reordering"],
        Id::RTTVar => &["rttvar_us"],
        Id::RcvRTT => &["rcv_rtt_est.rtt_us"],
        Id::MSSSent => &["advmss", "rx_opt.tstamp_ok"],
        Id::MSSRcvd | Id::LimMSS => &["rx_opt.mss_clamp"],
        Id::WinScaleSent => &["rx_opt.wscale_ok", "rx_opt.rcv_wscale"],
        Id::WinScaleRcvd => &["rx_opt.wscale_ok", "rx_opt.snd_wscale"],
        Id::TimeStamps => &["rx_opt.tstamp_ok", "ipv4.sysctl_tcp_timestamps"],
        Id::ECN => &["ecn_flags", "ipv4.sysctl_tcp_ecn"],
        Id::WillSendSACK | Id::WillUseSACK => &["rx_opt.sack_ok", "ipv4.sysctl_tcp_sack"],
        Id::State => &["skc_state"],
        Id::Nagle => &["nonagle"],
        Id::InRecovery => &["retrans_out", "icsk_ca_state", "sacked_out"],
        Id::CurTimeoutCount => &["icsk_retransmits"],
        Id::DSACKDups => &["dsack_dups"],
        Id::SndInitial => &["snd_una", "bytes_acked"],
        Id::RecInitial => &["rcv_nxt", "bytes_received"],
        Id::CurRetxQueue => &["snd_nxt", "snd_una", "skc_state", "write_seq"],
        Id::CurReasmQueue => &["out_of_order_queue.rb_node", "ooo_last_skb", "end_seq", "rcv_nxt"],
        Id::SndUna => &["snd_una"],
        Id::SndNxt | Id::SndMax => &["snd_nxt"],
        Id::ThruOctetsAcked | Id::HCThruOctetsAcked => &["bytes_acked"],
        Id::RcvNxt => &["rcv_nxt"],
        Id::ThruOctetsReceived | Id::HCThruOctetsReceived => &["bytes_received"],
        Id::CurAppWQueue => &["write_seq", "snd_nxt"],
        Id::CurAppRQueue => &["rcv_nxt", "copied_seq", "skc_state"],
        Id::LimCwnd => &["snd_cwnd_clamp", "mss_cache"],
        Id::LimRwin => &["window_clamp"],
        Id::Priority => &["sk_priority"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use estatsd_ebpf::{Field, Layout, Record, header::Header};

    use super::*;
    use crate::{
        instruments::View,
        kernel::{Clock, Connection, Socket},
    };

    /// A layout in which every wanted field has its place, but those called `absent`.
    fn layout(absent: &[&str]) -> Layout {
        let mut fields = [Field::default(); Layout::COUNT];
        let mut offset = 0;
        for (field, wanted) in fields.iter_mut().zip(Layout::WANTED) {
            if !absent.contains(&wanted.path) {
                *field = Field {
                    offset,
                    size: wanted.size,
                    present: 1,
                    ..Field::default()
                };
            }
            offset += u32::from(wanted.size);
        }
        Layout::from_fields(&fields, 4096)
    }

    fn value_exists(id: Id, layout: &Layout) -> bool {
        let image = vec![0u8; 4096];
        let header = Header {
            seen: Header::RECEIVED | Header::SENT,
            ..Header::default()
        };
        let mut record = Record {
            flags: Record::ACTIVE,
            header,
            ..Record::default()
        };
        record.rtt.count = 1;
        let socket = Socket::new(&image, layout);
        let sample = socket.sample(0);
        let connection = Connection {
            record,
            socket,
            sample,
            closed: false,
            owner: None,
        };
        View::new(&connection, Clock { hz: 250 }, 1, 1).value(id).is_some()
    }

    #[test]
    fn an_instrument_has_a_value_exactly_when_it_has_a_source() {
        let whole = layout(&[]);
        for id in Id::ALL {
            let live = !matches!(of(id, &[]), Source::Masked(_));
            assert_eq!(value_exists(id, &whole), live, "{id}: {:?}", of(id, &[]));
        }
    }

    #[test]
    fn every_named_field_is_one_of_the_layout() {
        for id in Id::ALL {
            for path in fields(id) {
                assert!(Layout::WANTED.iter().any(|wanted| wanted.path == *path), "{id}: {path}");
            }
        }
    }

    #[test]
    fn a_field_that_the_kernel_lacks_masks_its_instruments() {
        for wanted in Layout::WANTED.iter().filter(|wanted| !wanted.required) {
            let without = layout(&[wanted.path]);
            for id in Id::ALL {
                let masked = matches!(of(id, &[wanted]), Source::Masked(_));
                assert_eq!(!value_exists(id, &without), masked, "{id} without {}", wanted.path);
            }
        }
    }
}
