//! Where the value of each instrument is taken.

use crate::Id;

/// Where a value is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Kernel fields, read when a client asks. Without one of them the instrument is masked.
    Fields(&'static [&'static str]),
    /// Hooks at which the record is brought up to date, and the kernel fields that are compared there. What comes from the
    /// headers of packets needs no fields.
    Hooks(&'static [Hook], &'static [&'static str]),
    /// The daemon's own table.
    Daemon,
    /// Nothing: no kernel of today has what the instrument describes, for this reason.
    Nothing(&'static str),
}

/// Where in the kernel a program of estatsd runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// A connection changes its TCP state.
    State,
    /// A segment is about to be processed in ESTABLISHED.
    Segment,
    /// The application writes, in ESTABLISHED. Not before Linux 6.16.
    Write,
    /// The congestion state of a sender changes.
    Congestion,
    /// A segment is retransmitted.
    Retransmission,
    /// The host drops a packet.
    Drop,
    /// A packet is received. In the states that close a connection this is also where fields are compared.
    Ingress,
    /// A packet is sent.
    Egress,
    /// A listener sets up state for a connection request.
    Request,
}

impl Hook {
    /// What the kernel calls the place, after the type of program.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Hook::State => "tp_btf/inet_sock_set_state",
            Hook::Segment => "tp_btf/tcp_probe",
            Hook::Write => "tp_btf/tcp_sendmsg_locked",
            Hook::Congestion => "tp_btf/tcp_cong_state_set",
            Hook::Retransmission => "tp_btf/tcp_retransmit_skb",
            Hook::Drop => "tp_btf/kfree_skb",
            Hook::Ingress => "cgroup_skb/ingress",
            Hook::Egress => "cgroup_skb/egress",
            Hook::Request => "cgroup/sock_ops",
        }
    }
}

/// Before each segment, in all states.
const SEGMENTS: &[Hook] = &[Hook::Segment, Hook::Ingress];
/// Before each segment and timeout.
const SEGMENTS_AND_SIGNALS: &[Hook] = &[Hook::Segment, Hook::Ingress, Hook::Congestion];
/// Before each segment, timeout and write.
const SEGMENTS_SIGNALS_WRITES: &[Hook] = &[Hook::Segment, Hook::Ingress, Hook::Congestion, Hook::Write];
/// Wherever something may set off output or stop it.
const OUTPUT: &[Hook] = &[
    Hook::Segment,
    Hook::Ingress,
    Hook::Congestion,
    Hook::Write,
    Hook::Egress,
];

/// What stopped output.
const LIMITS: &[&str] = &[
    "chrono_type",
    "icsk_ca_state",
    "packets_out",
    "sacked_out",
    "lost_out",
    "retrans_out",
    "snd_cwnd",
    "write_seq",
    "snd_nxt",
    "mss_cache",
    "sk_pacing_status",
    "tcp_wstamp_ns",
    "tcp_clock_cache",
    "delivered_mstamp",
];
/// Octets in the network.
const PIPE: &[&str] = &[
    "snd_nxt",
    "snd_una",
    "packets_out",
    "sacked_out",
    "lost_out",
    "retrans_out",
    "mss_cache",
    "skc_state",
    "write_seq",
];
/// What changes with each sample of the round-trip time.
const ROUND_TRIP: &[&str] = &["srtt_us", "snd_una", "retrans_out", "tlp_high_seq", "rx_opt.tstamp_ok"];
/// The congestion window and the phase that it is in.
const WINDOW: &[&str] = &["snd_cwnd", "snd_ssthresh", "icsk_ca_state", "mss_cache"];
/// What tells that the window was not used, and that the kernel validates it.
const VALIDATION: &[&str] = &[
    "snd_cwnd",
    "snd_ssthresh",
    "icsk_ca_state",
    "icsk_ca_ops",
    "cong_control",
];
/// What tells a timeout from other ways into the loss state.
const SIGNAL: &[&str] = &[
    "icsk_ca_state",
    "icsk_retransmits",
    "snd_cwnd",
    "packets_out",
    "lost_out",
];
/// What makes an acknowledgement a duplicate.
const DUPLICATE: &[&str] = &[
    "snd_una",
    "packets_out",
    "snd_wnd",
    "sacked_out",
    "dsack_dups",
    "icsk_ca_state",
];
/// The windows that a received segment has to fit.
const CHECKS: &[&str] = &[
    "rcv_nxt",
    "rcv_wup",
    "rcv_wnd",
    "snd_una",
    "snd_nxt",
    "rx_opt.ts_recent",
];

impl Id {
    /// Where the value is taken.
    #[must_use]
    pub const fn source(self) -> Source {
        use Source::{Daemon, Fields, Hooks, Nothing};
        match self {
            Id::ConnectIndex => Daemon,

            // Perf
            Id::SegsOut => Fields(&["segs_out"]),
            Id::DataSegsOut => Fields(&["data_segs_out"]),
            Id::DataOctetsOut | Id::HCDataOctetsOut => Fields(&["bytes_sent"]),
            Id::SegsRetrans => Fields(&["total_retrans"]),
            Id::OctetsRetrans => Fields(&["bytes_retrans"]),
            Id::SegsIn => Fields(&["segs_in"]),
            Id::DataSegsIn => Fields(&["data_segs_in"]),
            Id::DataOctetsIn | Id::HCDataOctetsIn | Id::IpTtl | Id::IpTosIn | Id::CERcvd => {
                Hooks(&[Hook::Ingress], &[])
            }
            Id::SACKsRcvd | Id::SACKBlocksRcvd => Hooks(&[Hook::Ingress], &[]),
            Id::ElapsedSecs | Id::ElapsedMicroSecs => Hooks(
                &[Hook::State, Hook::Segment, Hook::Ingress, Hook::Egress],
                &["tcp_clock_cache", "delivered_mstamp"],
            ),
            Id::StartTimeStamp | Id::ActiveOpen | Id::SndLimTimeStartUp => Hooks(&[Hook::State], &["skc_state"]),
            Id::CurMSS => Fields(&["mss_cache"]),
            Id::PipeSize => Fields(PIPE),
            Id::MaxPipeSize => Hooks(&[Hook::Segment, Hook::Ingress, Hook::Egress], PIPE),
            Id::SmoothedRTT => Fields(&["srtt_us"]),
            Id::CurRTO => Fields(&["icsk_rto"]),
            Id::CongSignals | Id::FastRetran => Hooks(&[Hook::Congestion], SIGNAL),
            Id::CurCwnd => Fields(&["snd_cwnd", "mss_cache"]),
            Id::CurSsthresh => Fields(&["snd_ssthresh", "mss_cache"]),
            Id::Timeouts | Id::SubsequentTimeouts => Hooks(
                &[Hook::Congestion],
                &["icsk_ca_state", "icsk_backoff", "snd_cwnd", "packets_out", "lost_out"],
            ),
            Id::AbruptTimeouts => Hooks(
                &[Hook::Congestion],
                &["icsk_ca_state", "icsk_backoff", "sacked_out", "snd_cwnd", "packets_out"],
            ),
            Id::CurRwinSent => Fields(&["rcv_wnd", "rx_opt.rcv_wscale"]),
            Id::MaxRwinSent | Id::ZeroRwinSent => Hooks(&[Hook::Egress], &["rcv_wnd", "rx_opt.rcv_wscale"]),
            Id::CurRwinRcvd => Fields(&["snd_wnd"]),
            Id::MaxRwinRcvd => Fields(&["max_window"]),
            Id::ZeroRwinRcvd => Hooks(SEGMENTS, &["snd_wnd"]),
            Id::SndLimTransRwin
            | Id::SndLimTransCwnd
            | Id::SndLimTransSnd
            | Id::SndLimTransTSODefer
            | Id::SndLimTransPace
            | Id::SndLimTimeRwin
            | Id::SndLimTimeCwnd
            | Id::SndLimTimeSnd
            | Id::SndLimTimeTSODefer
            | Id::SndLimTimePace => Hooks(OUTPUT, LIMITS),
            Id::SndLimTransStartUp => Daemon,
            Id::LostRetransmitSegs => Hooks(
                &[Hook::Retransmission, Hook::Congestion, Hook::Egress],
                &["tcp_retransmit_skb", "sacked", "retrans_out", "snd_una"],
            ),

            // Path
            Id::RetranThresh => Fields(&["reordering"]),
            Id::NonRecovDAEpisodes | Id::SumOctetsReordered | Id::NonRecovDA => Hooks(SEGMENTS_AND_SIGNALS, DUPLICATE),
            Id::DupAcksIn => Hooks(SEGMENTS, DUPLICATE),
            Id::SampleRTT | Id::MaxRTT | Id::MinRTT | Id::SumRTT | Id::HCSumRTT | Id::CountRTT => {
                Hooks(SEGMENTS_AND_SIGNALS, ROUND_TRIP)
            }
            Id::RTTVar => Fields(&["rttvar_us"]),
            Id::MaxRTO | Id::MinRTO => Hooks(SEGMENTS_AND_SIGNALS, &["icsk_rto", "srtt_us"]),
            Id::IpTosOut => Hooks(&[Hook::Egress], &[]),
            Id::PreCongSumCwnd => Hooks(
                &[Hook::Congestion],
                &["prior_cwnd", "high_seq", "snd_cwnd", "mss_cache"],
            ),
            Id::PreCongSumRTT | Id::PostCongSumRTT | Id::PostCongCountRTT => Hooks(SEGMENTS_AND_SIGNALS, ROUND_TRIP),
            Id::ECNsignals => Hooks(&[Hook::Ingress], &["ecn_flags"]),
            Id::ECESent => Hooks(&[Hook::Egress], &["ecn_flags"]),
            Id::RcvRTT => Fields(&["rcv_rtt_est.rtt_us"]),
            Id::DupAckEpisodes | Id::DupAcksOut => Hooks(
                &[Hook::Ingress, Hook::Egress],
                &["out_of_order_queue.rb_node", "snd_una"],
            ),

            // Stack
            Id::MSSSent => Fields(&["advmss", "rx_opt.tstamp_ok"]),
            Id::MSSRcvd | Id::LimMSS => Fields(&["rx_opt.mss_clamp"]),
            Id::WinScaleSent => Fields(&["rx_opt.wscale_ok", "rx_opt.rcv_wscale"]),
            Id::WinScaleRcvd => Fields(&["rx_opt.wscale_ok", "rx_opt.snd_wscale"]),
            Id::TimeStamps => Fields(&["rx_opt.tstamp_ok", "ipv4.sysctl_tcp_timestamps"]),
            Id::ECN => Fields(&["ecn_flags", "ipv4.sysctl_tcp_ecn"]),
            Id::WillSendSACK | Id::WillUseSACK => Fields(&["rx_opt.sack_ok", "ipv4.sysctl_tcp_sack"]),
            Id::State => Fields(&["skc_state"]),
            Id::Nagle => Fields(&["nonagle"]),
            Id::MaxSsCwnd | Id::MaxCaCwnd | Id::SlowStart | Id::CongAvoid | Id::OtherReductions => {
                Hooks(SEGMENTS_SIGNALS_WRITES, WINDOW)
            }
            Id::MaxSsthresh | Id::MinSsthresh => Hooks(SEGMENTS_AND_SIGNALS, &["snd_ssthresh", "mss_cache"]),
            Id::InRecovery => Fields(&["retrans_out", "icsk_ca_state", "sacked_out"]),
            Id::SpuriousFrDetected | Id::SpuriousRtoDetected | Id::CongOverCount => Hooks(
                SEGMENTS_AND_SIGNALS,
                &["undo_marker", "prior_ssthresh", "icsk_ca_state"],
            ),
            Id::SoftErrors | Id::SoftErrorReason => Hooks(&[Hook::Segment, Hook::Ingress, Hook::Drop], CHECKS),
            Id::CurTimeoutCount => Fields(&["icsk_retransmits"]),
            Id::SendStall => Hooks(&[Hook::Drop], &["kfree_skb", "SKB_DROP_REASON_QDISC_DROP"]),
            Id::DSACKDups => Fields(&["dsack_dups"]),
            Id::MaxMSS | Id::MinMSS => Hooks(SEGMENTS, &["mss_cache"]),
            Id::SndInitial => Fields(&["snd_una", "bytes_acked"]),
            Id::RecInitial => Fields(&["rcv_nxt", "bytes_received"]),
            Id::CurRetxQueue => Fields(&["snd_nxt", "snd_una", "skc_state", "write_seq"]),
            Id::MaxRetxQueue => Hooks(
                &[Hook::Segment, Hook::Ingress, Hook::Egress],
                &["snd_nxt", "snd_una", "skc_state", "write_seq"],
            ),
            Id::CurReasmQueue => Fields(&["out_of_order_queue.rb_node", "ooo_last_skb", "end_seq", "rcv_nxt"]),
            Id::MaxReasmQueue => Hooks(
                SEGMENTS,
                &["out_of_order_queue.rb_node", "ooo_last_skb", "end_seq", "rcv_nxt"],
            ),
            Id::RackTimeout => Hooks(SEGMENTS_AND_SIGNALS, &["lost"]),

            // App
            Id::SndUna => Fields(&["snd_una"]),
            Id::SndNxt | Id::SndMax => Fields(&["snd_nxt"]),
            Id::ThruOctetsAcked | Id::HCThruOctetsAcked => Fields(&["bytes_acked"]),
            Id::RcvNxt => Fields(&["rcv_nxt"]),
            Id::ThruOctetsReceived | Id::HCThruOctetsReceived => Fields(&["bytes_received"]),
            Id::CurAppWQueue => Fields(&["write_seq", "snd_nxt", "skc_state"]),
            Id::MaxAppWQueue => Hooks(
                &[Hook::Segment, Hook::Ingress, Hook::Egress],
                &["write_seq", "snd_nxt", "skc_state"],
            ),
            Id::CurAppRQueue => Fields(&["rcv_nxt", "copied_seq", "skc_flags"]),
            Id::MaxAppRQueue => Hooks(SEGMENTS, &["rcv_nxt", "copied_seq"]),

            // Tune, and Web10G's own
            Id::LimCwnd => Fields(&["snd_cwnd_clamp", "mss_cache"]),
            Id::LimRwin => Fields(&["window_clamp"]),
            Id::Priority => Fields(&["sk_priority"]),
            Id::LimSsthresh => Nothing("Linux has no limited slow start"),
            Id::EarlyRetrans | Id::EarlyRetransDelay => Nothing("Linux no longer has early retransmit"),
            Id::OtherReductionsCM => Nothing("Linux no longer moderates the window"),
            Id::OtherReductionsCV => Hooks(SEGMENTS_SIGNALS_WRITES, VALIDATION),

            // Listener
            Id::ListenerStartTime => Hooks(&[Hook::State], &[]),
            Id::ListenerSynRcvd | Id::ListenerHCSynRcvd => Hooks(&[Hook::Ingress], &[]),
            Id::ListenerInitial | Id::ListenerHCInitial => Hooks(&[Hook::Ingress, Hook::Request, Hook::State], &[]),
            Id::ListenerEstablished | Id::ListenerHCEstablished => Hooks(&[Hook::Ingress, Hook::State], &[]),
            Id::ListenerAccepted | Id::ListenerHCAccepted => Hooks(&[Hook::Ingress, Hook::State], &["sk_ack_backlog"]),
            Id::ListenerExceedBacklog | Id::ListenerHCExceedBacklog => Hooks(
                &[Hook::Ingress, Hook::Request, Hook::State],
                &["icsk_accept_queue.qlen.counter"],
            ),
            Id::ListenerCurConns => Hooks(
                &[Hook::Ingress, Hook::State],
                &["icsk_accept_queue.rskq_accept_head", "dl_next", "sk", "skc_state"],
            ),
            Id::ListenerMaxBacklog => Fields(&["sk_max_ack_backlog"]),
            Id::ListenerCurBacklog => Fields(&["icsk_accept_queue.qlen.counter", "sk_ack_backlog"]),
            Id::ListenerCurEstabBacklog => Fields(&["sk_ack_backlog"]),
        }
    }
}
