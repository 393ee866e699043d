//! Congestion signals, what they are made of, and what surrounds them.

use estats_spec::Id;

use crate::case::Claim;

pub(super) const CLAIMS: &[Claim] = &[
    // CongSignals counts the reductions of the window "due to all forms of congestion signals, including Fast Retransmit, ECN,
    // and timeouts". A first timeout and a fast retransmit reduce it each; in a window that is being reduced by ECN, a fast retransmit
    // belongs to that signal. The first SYNs are repeated without doubling the timeout, and then each is a first timeout of one signal.
    Claim {
        says: "there are as many congestion signals as fast retransmits and timeouts, or more",
        holds: |view| {
            let reasons = view.my(Id::FastRetran)? + view.my(Id::Timeouts)?;
            (view.me.flow.sent_syn <= 2).then_some(view.my(Id::CongSignals)? >= reasons)
        },
    },
    // A timeout shows in a retransmission, ECN in ECE. A fast retransmit may be held back, by pacing say, until the ACK comes that
    // makes it needless: then nothing shows but that it was begun. A full queue of the sender's own machine is a signal too.
    Claim {
        says: "there is no congestion signal without a retransmission, an ECN signal, or a fast retransmit",
        holds: |view| {
            let signs = view.my(Id::SegsRetrans)? + view.my(Id::ECNsignals)? + view.my(Id::FastRetran)?;
            let may_stall = view.case.strays > 0 || view.case.withheld > 0;
            (!may_stall).then_some(view.my(Id::CongSignals)? == 0 || signs > 0)
        },
    },
    Claim {
        says: "abrupt timeouts are timeouts",
        holds: |view| Some(view.my(Id::AbruptTimeouts)? <= view.my(Id::Timeouts)?),
    },
    Claim {
        says: "a timeout has to come before a subsequent one",
        holds: |view| Some(view.my(Id::SubsequentTimeouts)? == 0 || view.my(Id::Timeouts)? > 0),
    },
    Claim {
        says: "the timeouts of the present series are timeouts",
        holds: |view| {
            let all = view.my(Id::Timeouts)? + view.my(Id::SubsequentTimeouts)?;
            Some(view.my(Id::CurTimeoutCount)? <= all)
        },
    },
    // RFC 6298, 5.4: when the timer expires, the earliest segment is sent again. Linux leaves that out where it has not even left the machine.
    Claim {
        says: "each timeout repeats a segment",
        holds: |view| {
            let timeouts = view.my(Id::Timeouts)? + view.my(Id::SubsequentTimeouts)?;
            (view.case.withheld == 0).then_some(view.my(Id::SegsRetrans)? >= timeouts)
        },
    },
    Claim {
        says: "there is at most one RTT behind each congestion signal",
        holds: |view| Some(view.my(Id::PostCongCountRTT)? <= view.my(Id::CongSignals)?),
    },
    // Sums are of microseconds, rounded down to milliseconds as MinRTT and MaxRTT are.
    Claim {
        says: "the RTTs behind congestion signals lie between the smallest and the largest",
        holds: |view| {
            let (count, sum) = (view.my(Id::PostCongCountRTT)?, view.my(Id::PostCongSumRTT)?);
            let (least, most) = (view.my(Id::MinRTT)?, view.my(Id::MaxRTT)?);
            (count > 0).then_some((count * least..count * (most + 1)).contains(&sum))
        },
    },
    Claim {
        says: "the RTTs before congestion signals are no larger than the largest",
        holds: |view| {
            let (signals, sum) = (view.my(Id::CongSignals)?, view.my(Id::PreCongSumRTT)?);
            Some(if signals == 0 {
                sum == 0
            } else {
                sum < signals * (view.my(Id::MaxRTT)? + 1)
            })
        },
    },
    // There is always a window of a segment. Before the handshake ended, the segment's size is a matter of opinion.
    Claim {
        says: "the windows before congestion signals are of at least one segment each",
        holds: |view| {
            let (signals, sum) = (view.my(Id::CongSignals)?, view.my(Id::PreCongSumCwnd)?);
            let repeated_syn = view.me.flow.passed_syn > 1 || view.peer.flow.sent_syn_ack > 1;
            (!repeated_syn).then_some(sum >= signals * view.my(Id::MinMSS)? && (signals > 0 || sum == 0))
        },
    },
    Claim {
        says: "no more reductions are taken back than there were signals",
        holds: |view| Some(view.my(Id::CongOverCount)? <= view.my(Id::CongSignals)?),
    },
    Claim {
        says: "a reduction is taken back because a fast retransmit or a timeout was spurious",
        holds: |view| {
            let spurious = view.my(Id::SpuriousFrDetected)? + view.my(Id::SpuriousRtoDetected)?;
            Some(view.my(Id::CongOverCount)? <= spurious)
        },
    },
    Claim {
        says: "spurious fast retransmits are fast retransmits",
        holds: |view| Some(view.my(Id::SpuriousFrDetected)? <= view.my(Id::FastRetran)?),
    },
    Claim {
        says: "spurious timeouts are timeouts",
        holds: |view| {
            let all = view.my(Id::Timeouts)? + view.my(Id::SubsequentTimeouts)?;
            Some(view.my(Id::SpuriousRtoDetected)? <= all)
        },
    },
];
