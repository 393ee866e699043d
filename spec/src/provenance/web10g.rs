//! How the value of each instrument differs from the one that `Web10G` sent, kernel patch and module together.

use crate::Id;

/// The module's index of four variables was not the library's.
const SWAPPED: &str = "came under another index than the library reads it from";
/// What is derived from a count of duplicates that was too high.
const EVERY_DUBIOUS_ACK: &str = "counted every dubious ACK, those that led to a recovery included";
/// Settings were read at the time of the question.
const SETTING_OF_NOW: &str = "blamed the setting of the moment of reading, not that of the handshake";
/// Samples of the round-trip time.
const TRUNCATED: &str = "cut each sample to milliseconds: short paths summed up to 0";
/// Counters that needed another table.
const NEEDED_APP: &str = "counted only with the App table switched on";
/// The first value came before the peer's option.
const BEFORE_THE_HANDSHAKE: &str = "took in the value from before the peer's MSS was known";
/// Up to the module for 4.6.
const WITH_FLAGS: &str = "counted one octet each for SYN and FIN";
/// What stops output.
const NO_RECLASSIFICATION: &str = "did not charge the time before a timeout to congestion control";

impl Id {
    /// What `Web10G` sent instead; `None` where it sent the same. (It had neither listeners nor what came after its time, see
    /// [`crate::sets`].)
    #[must_use]
    pub const fn unlike_web10g(self) -> Option<&'static str> {
        match self {
            Id::ConnectIndex => Some("began again at 0 after a wrap, and was one too high in READ_ALL"),

            // Perf
            Id::SegsOut => Some("up to 4.6 left out what the device refused"),
            Id::DataSegsOut => Some("up to 4.6 took a bare SYN or FIN for data"),
            Id::DataOctetsOut | Id::HCDataOctetsOut => Some(WITH_FLAGS),
            Id::SegsRetrans => Some(NEEDED_APP),
            Id::OctetsRetrans => Some("counted only with the App table switched on, and an octet for a FIN"),
            Id::SegsIn | Id::DataSegsIn => Some("up to 4.6 took merged segments for one"),
            Id::DataOctetsIn | Id::HCDataOctetsIn => None,
            Id::ElapsedSecs | Id::ElapsedMicroSecs => Some("began with socket(), and left out pure ACKs sent"),
            Id::StartTimeStamp => Some("the time of socket(), not of connect()"),
            Id::CurMSS => None,
            Id::PipeSize => Some("took short segments for full ones at all times"),
            Id::MaxPipeSize => Some("looked when the ACK had been processed, so that no peak was seen"),
            Id::SmoothedRTT | Id::CurRTO => None,
            Id::CongSignals => {
                Some("counted every ECE segment and every repeated timeout, and missed losses found by a timer of RACK")
            }
            Id::CurCwnd => None,
            Id::CurSsthresh => Some("the infinite one times the MSS, modulo 2^32"),
            Id::Timeouts => Some("practically always 0: looked after the backoff"),
            Id::SubsequentTimeouts => Some("included first timeouts"),
            Id::AbruptTimeouts => Some("always 0: looked after the change of state"),
            Id::CurRwinSent => Some("not limited to what a header can say"),
            Id::MaxRwinSent => Some("not limited to what a header can say"),
            Id::ZeroRwinSent => Some("counted every segment with a closed window"),
            Id::CurRwinRcvd | Id::MaxRwinRcvd => None,
            Id::ZeroRwinRcvd => Some("counted a window that was closed from the beginning, too"),
            Id::SndLimTransRwin | Id::SndLimTransCwnd | Id::SndLimTransSnd => Some(NO_RECLASSIFICATION),
            Id::SndLimTimeRwin | Id::SndLimTimeCwnd | Id::SndLimTimeSnd => Some(NO_RECLASSIFICATION),
            Id::SndLimTransStartUp => None,
            Id::SndLimTransTSODefer | Id::SndLimTimeTSODefer => Some(SWAPPED),
            Id::SndLimTransPace | Id::SndLimTimePace => {
                Some("always 0; the entries came under another index than the library reads them from")
            }
            Id::SndLimTimeStartUp => {
                Some("began with socket(), and came under another index than the library reads it from")
            }
            Id::LostRetransmitSegs => None,

            // Path
            Id::RetranThresh => None,
            Id::NonRecovDAEpisodes => Some("counted only episodes that a dubious ACK ended"),
            Id::SumOctetsReordered => Some("added every advance of the episode, not only the closing one"),
            Id::NonRecovDA => Some(EVERY_DUBIOUS_ACK),
            Id::SampleRTT | Id::MaxRTT | Id::MinRTT => None,
            Id::RTTVar => None,
            Id::SumRTT | Id::HCSumRTT => Some(TRUNCATED),
            Id::CountRTT => None,
            Id::MaxRTO => Some("looked at RTT samples only, and so saw no backoff"),
            Id::MinRTO => None,
            Id::IpTtl => Some("the TTL and 256 times the TOS; an octet of the source address for IPv6"),
            Id::IpTosIn => Some("wrong for IPv6"),
            Id::IpTosOut => Some("the socket option: without ECN, ahead of the packet, wrong for IPv6"),
            Id::PreCongSumCwnd | Id::PreCongSumRTT => Some("added at each of its too many congestion signals"),
            Id::PostCongSumRTT | Id::PostCongCountRTT => {
                Some("took the sample at the end of the recovery, not behind the signal")
            }
            Id::ECNsignals => Some("missed what came during a recovery"),
            Id::DupAckEpisodes => Some("counted openings of a hole, not ACKs"),
            Id::RcvRTT => Some("too high by a factor of 1000 to 4000 from 4.12 on"),
            Id::DupAcksOut => Some("counted segments out of order, not ACKs"),
            Id::CERcvd => Some("counted data only, and only where ECN was negotiated"),
            Id::ECESent => Some("counted the marks that changed nothing"),

            // Stack
            Id::ActiveOpen => Some("1 for listeners, too"),
            Id::MSSSent => Some("12 too low with timestamps"),
            Id::MSSRcvd => Some("always 1500 up to 4.6"),
            Id::WinScaleSent => Some("-1 when only the peer had no such option"),
            Id::WinScaleRcvd => None,
            Id::TimeStamps | Id::WillSendSACK | Id::WillUseSACK => Some(SETTING_OF_NOW),
            Id::ECN => Some("3 for an active open that did not ask for it"),
            Id::State => None,
            Id::Nagle => Some("2 while corked or pushing, too"),
            Id::MaxSsCwnd | Id::MaxCaCwnd => Some("took a window equal to the threshold for slow start"),
            Id::MaxSsthresh | Id::MinSsthresh => None,
            Id::InRecovery => Some("1 in a recovery and 2 outside, never 3"),
            Id::DupAcksIn => Some("counted window updates, keep-alives, FINs and ACKs on idle connections, too"),
            Id::SpuriousFrDetected => Some("missed what was taken back in part, or for a D-SACK"),
            Id::SpuriousRtoDetected => None,
            Id::SoftErrors | Id::SoftErrorReason => None,
            Id::SlowStart | Id::CongAvoid => Some("counted ACKs, not increases"),
            Id::OtherReductions => Some("counted moderation of bursts only, up to 4.7; not sent since"),
            Id::CongOverCount => Some("counted only where the threshold had been lowered"),
            Id::FastRetran => Some("missed recoveries entered by a timer of RACK"),
            Id::CurTimeoutCount => None,
            Id::SACKsRcvd | Id::SACKBlocksRcvd => Some("only those of acceptable ACKs"),
            Id::SendStall => None,
            Id::DSACKDups => Some("counted blocks, not segments"),
            Id::MaxMSS | Id::MinMSS => Some(BEFORE_THE_HANDSHAKE),
            Id::SndInitial | Id::RecInitial => Some("one more"),
            Id::CurRetxQueue | Id::MaxRetxQueue => Some("not sent"),
            Id::CurReasmQueue => Some("left the hole out; from 4.9 on with the wrong sign"),
            Id::MaxReasmQueue => Some("looked before the segment was queued; from 4.9 on with the wrong sign"),
            Id::EarlyRetrans | Id::EarlyRetransDelay => Some("counted while Linux had it, then 0"),
            Id::RackTimeout => Some("counted buffers, not segments"),

            // App
            Id::SndUna | Id::SndNxt => None,
            Id::SndMax => Some("0 without the App table switched on"),
            Id::ThruOctetsAcked | Id::HCThruOctetsAcked | Id::RcvNxt => None,
            Id::ThruOctetsReceived | Id::HCThruOctetsReceived => None,
            Id::CurAppWQueue => Some("uninitialised memory without the App table switched on"),
            Id::MaxAppWQueue => Some("looked only when a write had to wait for memory"),
            Id::CurAppRQueue => Some("counted a FIN"),
            Id::MaxAppRQueue => None,

            // Tune, and Web10G's own
            Id::LimCwnd => Some("no limit times the MSS, modulo 2^32"),
            Id::LimSsthresh => Some("not sent"),
            Id::LimRwin => None,
            Id::LimMSS => Some("the field and the two octets behind it"),
            Id::OtherReductionsCM => Some("counted up to 4.7; not sent since"),
            Id::Priority => None,
            Id::OtherReductionsCV => Some("not sent"),

            Id::ListenerStartTime
            | Id::ListenerSynRcvd
            | Id::ListenerInitial
            | Id::ListenerEstablished
            | Id::ListenerAccepted
            | Id::ListenerExceedBacklog
            | Id::ListenerHCSynRcvd
            | Id::ListenerHCInitial
            | Id::ListenerHCEstablished
            | Id::ListenerHCAccepted
            | Id::ListenerHCExceedBacklog
            | Id::ListenerCurConns
            | Id::ListenerMaxBacklog
            | Id::ListenerCurBacklog
            | Id::ListenerCurEstabBacklog => Some("had no table of listeners"),
        }
    }
}
