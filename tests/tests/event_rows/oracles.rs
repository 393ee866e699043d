//! Row by row: how an accumulated value follows from the capture at the same end, the namespace's counters and `TCP_INFO`.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::analysis::RoundTrip;
use estats_tests::oracle::Expected::{Between, Exactly, Untold};
use estats_tests::oracle::{Expected, Oracle, between, exactly, told};
use estats_tests::path::Side;
use estats_tests::scene::Evidence;

/// More than the kernel lets a send buffer grow by itself (`net.ipv4.tcp_wmem`), octets.
const SEND_BUFFER: i64 = 4 << 20;
/// The value of a minimum before there was anything to take it of.
const NOTHING_YET: i64 = 0xffff_ffff;
/// From the capture of a segment at the device to the clock reading in the socket, and the other way around: both happen in
/// one pass through the stack, but that may be interrupted.
pub(super) const PASSAGE_US: i64 = 10_000;
/// The initial RTO (RFC 6298) and the ticks that the kernel rounds up to.
const INITIAL_RTO_MS: i64 = 1010;

/// Rows of the kind event with an oracle.
pub(super) const ORACLES: &[(Id, Oracle)] = &[
    // Lifecycle
    (Id::StartTimeStamp, start),
    (Id::ActiveOpen, |e| Exactly(if e.side == Side::Client { 1 } else { 2 })),
    // Segments and headers
    (Id::DataOctetsIn, |e| exactly(e.account.received.octets & 0xffff_ffff)),
    (Id::HCDataOctetsIn, |e| exactly(e.account.received.octets)),
    (Id::IpTtl, |e| exactly(e.account.received.ttl)),
    (Id::IpTosIn, |e| exactly(e.account.received.tos)),
    (Id::IpTosOut, |e| exactly(e.account.sent.tos)),
    (Id::CERcvd, |e| exactly(e.account.received.congestion_experienced)),
    (Id::ECNsignals, |e| exactly(e.account.received.ece_segments)),
    (Id::ECESent, |e| exactly(e.account.sent.ece_edges)),
    (Id::DupAcksIn, duplicate_acks_in),
    (Id::DupAcksOut, |e| exactly(e.account.sent.duplicate_acks.count)),
    (Id::DupAckEpisodes, |e| exactly(e.account.sent.duplicate_acks.episodes)),
    (Id::SACKsRcvd, |e| exactly(e.account.received.sack_options)),
    (Id::SACKBlocksRcvd, |e| exactly(e.account.received.sack_blocks)),
    // Windows
    (Id::MaxRwinSent, max_rwin_sent),
    (Id::ZeroRwinSent, |e| exactly(e.account.sent.zero_windows)),
    (Id::ZeroRwinRcvd, |e| exactly(e.account.received.zero_windows)),
    // Queues
    (Id::MaxReasmQueue, |e| exactly(e.account.received.max_reassembly_span)),
    (Id::MaxAppRQueue, |e| {
        between(e.queues.unread, e.account.received.octets)
    }),
    (Id::MaxAppWQueue, |e| Between(i64::from(e.queues.unsent), SEND_BUFFER)),
    (Id::MaxPipeSize, max_pipe_size),
    // Order and consistency. The exact counts are proved by exchanges that are scripted.
    (Id::NonRecovDAEpisodes, |e| {
        at_most(Some(e.account.received.duplicate_acks.episodes.into()))
    }),
    (Id::NonRecovDA, |e| {
        at_most(Some(e.account.received.duplicate_acks.count.into()))
    }),
    (Id::SumOctetsReordered, reordered),
    (Id::SoftErrors, |e| {
        at_most(Some(e.account.received.outdated_segments.into()))
    }),
    (Id::SoftErrorReason, |e| {
        Between(
            0,
            if e.account.received.outdated_segments == 0 {
                0
            } else {
                8
            },
        )
    }),
    // Round trips
    (Id::SampleRTT, |e| {
        e.account
            .round_trips
            .last()
            .map_or(Untold, |trip| around(trip.longest, trip.longest))
    }),
    (Id::MinRTT, |e| sample(e, Iterator::min)),
    (Id::MaxRTT, |e| sample(e, Iterator::max)),
    (Id::SumRTT, sum_of_samples),
    (Id::HCSumRTT, sum_of_samples),
    (Id::CountRTT, count_of_samples),
    (Id::MinRTO, min_rto),
    (Id::MaxRTO, max_rto),
    // Congestion and recovery
    (Id::CongSignals, congestion_signals),
    (Id::PreCongSumCwnd, cwnd_before),
    (Id::PreCongSumRTT, rtt_before),
    (Id::PostCongSumRTT, rtt_after),
    (Id::PostCongCountRTT, |e| at_most(signals(e))),
    (Id::FastRetran, |e| told(fast_retransmits(e))),
    (Id::Timeouts, |e| {
        timeouts(e).map_or(Untold, |all| Between(i64::from(all > 0), all))
    }),
    (Id::SubsequentTimeouts, |e| {
        timeouts(e).map_or(Untold, |all| Between(0, (all - 1).max(0)))
    }),
    (Id::AbruptTimeouts, |e| at_most(timeouts(e))),
    (Id::SpuriousFrDetected, spurious),
    (Id::SpuriousRtoDetected, spurious),
    (Id::CongOverCount, spurious),
    (Id::RackTimeout, taken_for_lost),
    (Id::LostRetransmitSegs, lost_again),
    // The hosts' devices have no queues that could refuse anything.
    (Id::SendStall, |_| Exactly(0)),
    (Id::MaxSsCwnd, max_ss_cwnd),
    (Id::MaxCaCwnd, max_ca_cwnd),
    (Id::SlowStart, slow_start),
    (Id::CongAvoid, congestion_avoidance),
    (Id::MaxSsthresh, |e| ssthresh(e, 0)),
    (Id::MinSsthresh, |e| ssthresh(e, NOTHING_YET)),
    (Id::MaxMSS, |e| exactly(e.info.snd_mss)),
    (Id::MinMSS, |e| exactly(e.info.snd_mss)),
];

/// Microseconds since the epoch. The client's record is made before its SYN leaves, the server's by the ACK of the SYN-ACK, and
/// both between the moments that the test noted. Clocks are converted to the millisecond.
fn start(e: &Evidence) -> Expected {
    let (least, most) = match e.side {
        Side::Client => (e.opened.0, e.account.sent.start),
        Side::Server => (e.account.sent.start, e.opened.1),
    };
    Between(micros(least) - 1000, micros(most) + 1000)
}

/// A segment carries its window without the bits that its scale cuts off.
fn max_rwin_sent(e: &Evidence) -> Expected {
    let window = i64::from(e.account.sent.max_window);
    Between(window, window + (1 << e.info.rcv_wscale().unwrap_or(0)) - 1)
}

/// Those of the capture. ACKs that wait while a process holds the socket may be merged, and then the last one speaks for all.
fn duplicate_acks_in(e: &Evidence) -> Expected {
    let all = i64::from(e.account.received.duplicate_acks.count);
    e.counted("TcpExtTCPBacklogCoalesce")
        .map_or(Untold, |merged| Between((all - merged).max(0), all))
}

/// TCP sends earlier and learns of ACKs later than the device, so it has at least as much under way as the capture shows, and
/// at most its window, which without a signal only grows. In a recovery what SACK reports is not in the pipe, and nothing shows
/// the largest window from outside; but up to the first sign of a loss, all that is in flight is in the pipe.
fn max_pipe_size(e: &Evidence) -> Expected {
    let flight = i64::from(e.account.max_flight);
    if signals(e) == Some(0) {
        Between(flight, i64::from(e.info.snd_cwnd * e.info.snd_mss))
    } else {
        Between(e.account.max_flight_before_loss.into(), 2 * flight)
    }
}

/// Advances of SND.UNA that ended an episode of duplicate ACKs are part of all that was acknowledged.
fn reordered(e: &Evidence) -> Expected {
    between(
        0,
        if e.account.received.duplicate_acks.count == 0 {
            0
        } else {
            e.info.bytes_acked
        },
    )
}

/// Milliseconds of a time that the capture saw: the socket's clock is read before sending and after receiving.
fn around(least: Duration, most: Duration) -> Expected {
    Between(
        (micros(least) - PASSAGE_US / 10) / 1000,
        (micros(most) + PASSAGE_US) / 1000,
    )
}

/// The smallest or the largest sample.
fn sample(e: &Evidence, choose: fn(std::vec::IntoIter<Duration>) -> Option<Duration>) -> Expected {
    let samples: Vec<_> = e.account.round_trips.iter().map(|trip| trip.longest).collect();
    choose(samples.into_iter()).map_or(Untold, |time| around(time, time))
}

/// How many samples may be missing. The socket sees several ACKs as one where they waited while a process held it; a sample that came
/// by SACK alone and equals the mean leaves no trace in the socket; and of what was sent again before the socket saw the ACK, the
/// ACK measures nothing.
fn unseen(e: &Evidence) -> Option<i64> {
    let doubtful = |trip: &&RoundTrip| trip.by_sack || trip.repeated_after;
    let doubtful = e.account.round_trips.iter().filter(doubtful).count();
    Some(e.counted("TcpExtTCPBacklogCoalesce")? + i64::try_from(doubtful).expect("a short test"))
}

/// The number of samples.
fn count_of_samples(e: &Evidence) -> Expected {
    let count = i64::try_from(e.account.round_trips.len()).expect("a short test");
    unseen(e).map_or(Untold, |unseen| Between(count - unseen, count))
}

/// The sum of all samples; each may be longer in the socket than at the device.
fn sum_of_samples(e: &Evidence) -> Expected {
    let samples = || e.account.round_trips.iter().map(|trip| trip.longest);
    let (sum, largest) = (micros(samples().sum()), micros(samples().max().unwrap_or_default()));
    let count = i64::try_from(e.account.round_trips.len()).expect("a short test");
    // A mean passage of a tenth of the longest one.
    let most = sum + count * PASSAGE_US / 10 + PASSAGE_US;
    unseen(e).map_or(Untold, |unseen| {
        Between((sum - unseen * largest) / 1000 - 1, most / 1000)
    })
}

/// No sample gives an RTO below 200 ms, and the current one is one of those that the minimum was taken of.
fn min_rto(e: &Evidence) -> Expected {
    Between(200, i64::from(e.info.rto / 1000))
}

/// At least the current one. Without timeouts not above the initial one and what the largest sample can make of it: the RTO is
/// SRTT + 4 RTTVAR, the SRTT at most the largest sample, and RTTVAR at most as large, or its floor of 50 ms. A timeout doubles it.
fn max_rto(e: &Evidence) -> Expected {
    let largest = e.account.round_trips.iter().map(|trip| micros(trip.longest)).max();
    let most = INITIAL_RTO_MS.max(5 * largest.unwrap_or(0) / 1000 + 200);
    timeouts(e).map_or(Untold, |doublings| {
        Between(i64::from(e.info.rto / 1000), most << doublings)
    })
}

/// Entries into fast retransmit.
fn fast_retransmits(e: &Evidence) -> Option<i64> {
    Some(e.counted("TcpExtTCPSackRecovery")? + e.counted("TcpExtTCPRenoRecovery")?)
}

/// Expirations of the retransmission timer, those of backed-off ones included. The host counts those of a SYN-ACK among them, which are
/// the listener's, and repeats it. It does so for a repeated SYN as well, and then the two cannot be told apart.
fn timeouts(e: &Evidence) -> Option<i64> {
    let all = e.counted("TcpExtTCPTimeouts")?;
    match e.side {
        Side::Client => Some(all),
        Side::Server if e.account.received.syns > 1 => None,
        Side::Server => Some(all - e.counted("TcpExtTCPSynRetrans")?),
    }
}

/// Congestion signals, where loss made all of them: fast retransmits, losses that a tail loss probe repaired, and timeouts, if
/// there was at most one in each series (the kernel has no counter of series).
fn signals(e: &Evidence) -> Option<i64> {
    let repaired = e.counted("TcpExtTCPLossProbeRecovery")?;
    let of_loss = fast_retransmits(e)? + repaired + timeouts(e)?;
    (e.account.received.ece_segments == 0).then_some(of_loss)
}

/// Congestion signals, if none was taken back: then the window and the threshold of now tell of those at the signal.
fn lasting_signals(e: &Evidence) -> Option<i64> {
    (undone(e) == Some(0)).then(|| signals(e)).flatten()
}

/// Exact unless timeouts came in series. The answer to an ECN signal is a CWR flag on the next new segment, if there is one.
fn congestion_signals(e: &Evidence) -> Expected {
    let answers = i64::from(e.account.sent.cwr_segments);
    match (signals(e), timeouts(e)) {
        (Some(signals), Some(0 | 1)) => Exactly(signals),
        (Some(signals), Some(timeouts)) => Between(signals - timeouts + 1, signals),
        (None, Some(0)) if fast_retransmits(e) == Some(0) => Between(answers, answers + 1),
        _ => Untold,
    }
}

/// From nothing to this many.
fn at_most(most: Option<i64>) -> Expected {
    most.map_or(Untold, |most| Between(0, most))
}

/// With one signal: reno halves the window, so twice the threshold is the window before it or one segment less; cubic takes
/// seven tenths. Nothing is told of the windows before several signals.
fn cwnd_before(e: &Evidence) -> Expected {
    let (mss, ssthresh) = (i64::from(e.info.snd_mss), i64::from(e.info.snd_ssthresh));
    match lasting_signals(e) {
        Some(0) => Exactly(0),
        Some(1) if e.options.congestion_control.is_none() => Between(2 * ssthresh * mss, (2 * ssthresh + 1) * mss),
        Some(1) => Between(ssthresh * mss, 2 * (ssthresh + 1) * mss),
        _ => Untold,
    }
}

/// With one signal: the last sample before it.
fn rtt_before(e: &Evidence) -> Expected {
    beside_the_signal(e, |trips, first, last| {
        let from = trips.iter().rposition(|trip| trip.at <= first).unwrap_or(0);
        trips[from..].iter().take_while(|trip| trip.at <= last).collect()
    })
}

/// With one signal: the first sample after it.
fn rtt_after(e: &Evidence) -> Expected {
    beside_the_signal(e, |trips, first, last| {
        let to = trips
            .iter()
            .position(|trip| trip.at > last)
            .map_or(trips.len(), |index| index + 1);
        trips[..to].iter().filter(|trip| trip.at > first).collect()
    })
}

/// One of the samples that `choose` finds for a signal between two moments, if that was the only signal and no probe repeated
/// anything. It came with a duplicate ACK, if there were any, and at the latest when the first segment was repeated: the kernel
/// holds a repetition back while too much of the connection waits in queues of the same machine.
fn beside_the_signal(e: &Evidence, choose: fn(&[RoundTrip], Duration, Duration) -> Vec<&RoundTrip>) -> Expected {
    let probes = e.counted("TcpExtTCPLossProbes");
    match (signals(e), e.account.sent.first_repetition) {
        (Some(0), _) => Exactly(0),
        (Some(1), Some(last)) if probes == Some(0) => {
            let first = e.account.received.duplicate_acks.first.unwrap_or(last).min(last);
            let trips = choose(&e.account.round_trips, first, last);
            let (shortest, longest) = (
                trips.iter().map(|trip| trip.shortest).min(),
                trips.iter().map(|trip| trip.longest).max(),
            );
            shortest
                .zip(longest)
                .map_or(Untold, |(least, most)| around(least, most))
        }
        _ => Untold,
    }
}

/// Without timeouts everything repeated in fast recovery had been taken for lost; some of what is taken for lost is reported as
/// received before its turn to be repeated comes. After a timeout repetitions may be taken for lost, too.
fn taken_for_lost(e: &Evidence) -> Expected {
    let Some(repeated) = e.counted("TcpExtTCPFastRetrans") else {
        return Untold;
    };
    match timeouts(e) {
        Some(0) => Between(repeated, i64::from(e.account.sent.data_segments)),
        _ => Between(0, i64::from(e.info.total_retrans)),
    }
}

/// The kernel's own counter. Only at a timeout the daemon may differ: a repetition that the last ACK before it delivered looks as lost as
/// the others.
fn lost_again(e: &Evidence) -> Expected {
    match (e.counted("TcpExtTCPLostRetransmit"), timeouts(e)) {
        (Some(lost), Some(timeouts)) => Between((lost - timeouts).max(0), lost + timeouts),
        _ => Untold,
    }
}

/// Undone reductions of any kind.
fn undone(e: &Evidence) -> Option<i64> {
    let undos = [
        "TCPFullUndo",
        "TCPPartialUndo",
        "TCPDSACKUndo",
        "TCPLossUndo",
        "TCPSpuriousRTOs",
    ];
    undos.iter().map(|name| e.counted(&format!("TcpExt{name}"))).sum()
}

/// What of them the daemon counts.
fn spurious(e: &Evidence) -> Expected {
    at_most(undone(e))
}

/// Without a signal reno only grows, and the window of now is the largest. It never left slow start.
fn max_ss_cwnd(e: &Evidence) -> Expected {
    let (cwnd, mss) = (i64::from(e.info.snd_cwnd), i64::from(e.info.snd_mss));
    match lasting_signals(e) {
        Some(0) => Exactly(cwnd * mss),
        Some(1) if timeouts(e) == Some(0) => cwnd_before(e),
        _ => Untold,
    }
}

/// With one fast retransmit reno grows again after it, from the threshold.
fn max_ca_cwnd(e: &Evidence) -> Expected {
    let (cwnd, mss) = (i64::from(e.info.snd_cwnd), i64::from(e.info.snd_mss));
    match lasting_signals(e) {
        Some(0) => Exactly(0),
        Some(1) if timeouts(e) == Some(0) && e.info.snd_cwnd > e.info.snd_ssthresh => Exactly(cwnd * mss),
        _ => Untold,
    }
}

/// Without a signal every segment of the window beyond the initial ten was added by slow start, one or more at a time.
fn slow_start(e: &Evidence) -> Expected {
    let added = i64::from(e.info.snd_cwnd) - 10;
    match lasting_signals(e) {
        Some(0) => Between(i64::from(added > 0), added.max(0)),
        _ => Between(0, i64::from(e.account.received.segments)),
    }
}

/// Before any signal there is no threshold. After one fast retransmit reno adds segments one or more at a time.
fn congestion_avoidance(e: &Evidence) -> Expected {
    let added = i64::from(e.info.snd_cwnd) - i64::from(e.info.snd_ssthresh);
    match lasting_signals(e) {
        Some(0) => Exactly(0),
        Some(1) if timeouts(e) == Some(0) && added > 0 => Between(1, added),
        _ => Between(0, i64::from(e.account.received.segments)),
    }
}

/// The threshold of now, if it was set once; `unset` if it never was.
fn ssthresh(e: &Evidence, unset: i64) -> Expected {
    match lasting_signals(e) {
        Some(0) => Exactly(unset),
        Some(1) => exactly(e.info.snd_ssthresh * e.info.snd_mss),
        _ => Untold,
    }
}

/// Whole microseconds.
pub(super) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).expect("a time within the next 290 millennia")
}
