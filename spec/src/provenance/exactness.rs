//! How close the value of each instrument is to what its row means.

use crate::Id;

/// How close a value is to its meaning, for a connection that was opened while the daemon ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// What the meaning says, always.
    Exact,
    /// What the meaning says, except for this.
    Bounded(&'static str),
    /// The best of the looks that were taken, at these moments.
    Sampled(&'static str),
    /// No value.
    Absent,
}

impl Exactness {
    /// One word for tables.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Exactness::Exact => "exact",
            Exactness::Bounded(_) => "bounded",
            Exactness::Sampled(_) => "sampled",
            Exactness::Absent => "absent",
        }
    }

    /// What bounds the value, or when it is looked at.
    #[must_use]
    pub const fn text(self) -> Option<&'static str> {
        match self {
            Exactness::Bounded(text) | Exactness::Sampled(text) => Some(text),
            Exactness::Exact | Exactness::Absent => None,
        }
    }
}

/// While a connection closes, the hook is ahead of the socket's lock.
const CLOSING: Exactness = Exactness::Bounded(
    "while the connection closes, changes by packets that arrive together, behind a socket in use, count as one",
);
/// The kernel drops a segment between the hook and the socket.
const DROPPED: Exactness = Exactness::Bounded(
    "a segment that the socket drops unread, for a wrong checksum found late or a full backlog, is included; packets with IPv6 \
     extension headers are not",
);
/// Queues of listening sockets.
const MIGRATED: Exactness = Exactness::Bounded(
    "with net.ipv4.tcp_migrate_req, what a closing socket of a group leaves to another one is not counted as queued there",
);
/// The header of a packet is found behind the IP header only.
const EXTENSION_HEADERS: Exactness = Exactness::Bounded("packets with IPv6 extension headers are passed over");
/// `tcp_simple_retransmit()` looks like a timeout.
const PATH_MTU: Exactness = Exactness::Bounded(
    "retransmissions for a smaller path MTU are taken for a timeout if the window happens to be one segment larger than the flight",
);
/// Duplicates as sender.
const DUPLICATES_IN: Exactness = Exactness::Bounded(
    "of ACKs that the kernel merged while the socket was in use (TcpExtTCPBacklogCoalesce) duplicates may be missing, or an update of \
     the window taken for one",
);
/// Duplicates as receiver.
const DUPLICATES_OUT: Exactness = Exactness::Bounded(
    "a window update that reports repeated out-of-order data by D-SACK may be taken for a duplicate",
);
/// Samples of the round-trip time.
const ROUND_TRIPS: Exactness = Exactness::Bounded(
    "a sample that came by SACK alone and equals the smoothed time leaves no trace; while the connection closes, samples by packets \
     that arrive together are lost",
);
/// What stopped output.
const LIMITS: Exactness = Exactness::Bounded(
    "the reason is the one that stands when the next segment, timer, packet or write comes: before Linux 6.16 a write that sends \
     nothing is not noticed, so a window that was full before counts from the last segment on; the microseconds between two bursts of one large write \
     count as waiting for a larger burst; the times add up to the life of the connection exactly",
);
/// Growth of the window.
const GROWTH: Exactness = Exactness::Bounded(
    "growth is not seen from a timeout until what was out then is acknowledged, nor where the ACK that brings it takes a reduction back, \
     nor, before Linux 6.16, where a restart after idling takes it back at once",
);

impl Id {
    /// How close the value is to the row's meaning.
    #[must_use]
    pub const fn exactness(self) -> Exactness {
        use Exactness::{Absent, Bounded, Exact, Sampled};
        match self {
            Id::ConnectIndex => Exact,

            // Perf
            Id::SegsOut
            | Id::DataSegsOut
            | Id::DataOctetsOut
            | Id::HCDataOctetsOut
            | Id::SegsRetrans
            | Id::OctetsRetrans
            | Id::SegsIn
            | Id::DataSegsIn => Exact,
            Id::DataOctetsIn | Id::HCDataOctetsIn => DROPPED,
            Id::ElapsedSecs | Id::ElapsedMicroSecs => Bounded(
                "a timer that sends nothing, or before Linux 6.16 a write into a closed window, passes for the last segment if that came while \
                 nothing was out",
            ),
            Id::StartTimeStamp => {
                Bounded("told by the clock of the day as it stood when the daemon learnt of the connection")
            }
            Id::CurMSS | Id::SmoothedRTT | Id::CurRTO | Id::CurCwnd | Id::CurSsthresh => Exact,
            Id::PipeSize | Id::MaxPipeSize => {
                Bounded("while a hole is known, short segments count as full ones, up to all that is unacknowledged")
            }
            Id::CongSignals | Id::Timeouts => PATH_MTU,
            Id::CurRwinSent | Id::MaxRwinSent | Id::ZeroRwinSent | Id::CurRwinRcvd | Id::MaxRwinRcvd => Exact,
            Id::ZeroRwinRcvd => CLOSING,
            Id::SndLimTransRwin
            | Id::SndLimTransCwnd
            | Id::SndLimTransSnd
            | Id::SndLimTransTSODefer
            | Id::SndLimTransPace
            | Id::SndLimTimeRwin
            | Id::SndLimTimeCwnd
            | Id::SndLimTimeSnd
            | Id::SndLimTimeTSODefer
            | Id::SndLimTimePace => LIMITS,
            Id::SndLimTransStartUp | Id::SndLimTimeStartUp => Exact,
            Id::LostRetransmitSegs => Bounded(
                "a segment lost again that is received before its turn to be sent again is missing; a retransmission that the last ACK \
                 before a timeout delivered is taken for lost",
            ),

            // Path
            Id::RetranThresh | Id::RTTVar | Id::RcvRTT => Exact,
            Id::NonRecovDAEpisodes | Id::SumOctetsReordered | Id::NonRecovDA | Id::DupAcksIn => DUPLICATES_IN,
            Id::SampleRTT | Id::MaxRTT | Id::MinRTT | Id::SumRTT | Id::HCSumRTT | Id::CountRTT => ROUND_TRIPS,
            Id::MaxRTO | Id::MinRTO => Bounded("from the first RTT sample on: a backed-off SYN is not included"),
            Id::IpTtl | Id::IpTosIn | Id::IpTosOut | Id::CERcvd | Id::ECESent => EXTENSION_HEADERS,
            Id::ECNsignals => Bounded(
                "a connection with accurate ECN has none: there the bit is part of a counter; packets with IPv6 extension headers are \
                 passed over",
            ),
            Id::PreCongSumCwnd => Bounded(
                "for a timeout in a recovery, the window when the last packet was sent or the last segment arrived",
            ),
            Id::PreCongSumRTT | Id::PostCongSumRTT | Id::PostCongCountRTT => ROUND_TRIPS,
            Id::DupAckEpisodes | Id::DupAcksOut => DUPLICATES_OUT,

            // Stack
            Id::ActiveOpen => Exact,
            Id::MSSSent => Exact,
            Id::MSSRcvd => Bounded(
                "a smaller TCP_MAXSEG of the socket hides the option; absent at 536, which is also what the kernel assumes without it",
            ),
            Id::WinScaleSent => Exact,
            Id::WinScaleRcvd => Bounded("-1 too where this host offers no scaling, and ignores the option"),
            Id::TimeStamps | Id::ECN | Id::WillSendSACK | Id::WillUseSACK => Exact,
            Id::State | Id::Nagle | Id::InRecovery => Exact,
            Id::MaxSsCwnd | Id::SlowStart | Id::MaxCaCwnd | Id::CongAvoid => GROWTH,
            Id::MaxSsthresh | Id::MinSsthresh => Exact,
            Id::OtherReductions => CLOSING,
            Id::SpuriousFrDetected | Id::SpuriousRtoDetected | Id::CongOverCount => CLOSING,
            Id::SoftErrors | Id::SoftErrorReason => Bounded(
                "while the connection closes, packets that arrive together, behind a socket in use, are checked against the windows before \
                 the first of them; before Linux 6.11, long segments with a wrong checksum are not told of; what is dropped for its \
                 signature (TCP-MD5, TCP-AO) or its TTL (IP_MINTTL) is dropped before any of this, and not counted",
            ),
            Id::FastRetran => Exact,
            Id::SubsequentTimeouts | Id::AbruptTimeouts => PATH_MTU,
            Id::CurTimeoutCount => Exact,
            Id::SACKsRcvd | Id::SACKBlocksRcvd => EXTENSION_HEADERS,
            Id::SendStall => Bounded(
                "a queue that drops an older packet in place of a new one, as fq_codel, counts it for the older one",
            ),
            Id::DSACKDups => Exact,
            Id::MaxMSS | Id::MinMSS => CLOSING,
            Id::SndInitial | Id::RecInitial => Exact,
            Id::CurRetxQueue | Id::CurReasmQueue => Exact,
            Id::MaxRetxQueue => Exact,
            Id::MaxReasmQueue => CLOSING,
            Id::RackTimeout => Bounded(
                "segments taken for lost by other rules than RACK, as without SACK, are included; those of a timeout are not",
            ),

            // App
            Id::SndUna
            | Id::SndNxt
            | Id::SndMax
            | Id::ThruOctetsAcked
            | Id::HCThruOctetsAcked
            | Id::RcvNxt
            | Id::ThruOctetsReceived
            | Id::HCThruOctetsReceived
            | Id::CurAppWQueue
            | Id::CurAppRQueue => Exact,
            Id::MaxAppWQueue => Sampled("at each segment received, each packet sent and each reading"),
            Id::MaxAppRQueue => CLOSING,

            // Tune, and Web10G's own
            Id::LimCwnd | Id::LimRwin | Id::LimMSS | Id::Priority => Exact,
            Id::OtherReductionsCV => Bounded(
                "before Linux 6.16, one that takes back no more than the ACK just before it gave is not seen; a reduction to a LimCwnd of three quarters of \
                 the window or more, or for a probe of the path's MTU, may be taken for one",
            ),
            Id::LimSsthresh | Id::EarlyRetrans | Id::EarlyRetransDelay | Id::OtherReductionsCM => Absent,

            // Listener
            Id::ListenerStartTime | Id::ListenerEstablished | Id::ListenerHCEstablished => Exact,
            Id::ListenerSynRcvd | Id::ListenerHCSynRcvd => EXTENSION_HEADERS,
            Id::ListenerInitial | Id::ListenerHCInitial => Bounded(
                "a SYN that two processors receive at the same time may count as two requests, of which the kernel drops one",
            ),
            Id::ListenerAccepted | Id::ListenerHCAccepted => MIGRATED,
            Id::ListenerExceedBacklog | Id::ListenerHCExceedBacklog => MIGRATED,
            Id::ListenerCurConns => Bounded(
                "absent where several sockets shared the port before the daemon started; a connection of the queue that a processor is just \
                 taking into or out of ESTABLISHED may count as in use, or another one as not; so may those that come and go while the \
                 queue is walked",
            ),
            Id::ListenerMaxBacklog | Id::ListenerCurBacklog | Id::ListenerCurEstabBacklog => Exact,
        }
    }
}
