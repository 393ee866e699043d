//! Tail loss probes (RFC 8985, section 7): what is sent once more, or beyond the window, when the last segments stay unanswered.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};

use crate::counters::expect_counters;

/// Two segments, of which the second one is sent again.
fn probed() -> (Kernel, Peer) {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1001..2001));
    (kernel, peer)
}

/// Another segment, after which it is known what became of the probe.
fn end(kernel: &mut Kernel, peer: &mut Peer) {
    kernel.write(1000);
    peer.expect(data(2001..3001));
    peer.send(ack(3001));
}

/// Four segments in all, of which one is a repetition.
const SENT: [(Id, i64); 5] = [
    (Id::DataSegsOut, 4),
    (Id::DataOctetsOut, 4000),
    (Id::HCDataOctetsOut, 4000),
    (Id::SegsRetrans, 1),
    (Id::OctetsRetrans, 1000),
];

/// The peer would have answered both copies if both had come.
#[test]
fn a_probe_that_repairs_a_loss_is_a_signal_without_a_fast_retransmit() {
    let (mut kernel, mut peer) = probed();
    peer.send(ack(2001));
    end(&mut kernel, &mut peer);
    let signal = [
        (Id::CongSignals, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::MaxSsthresh, 5000),
        (Id::MaxCaCwnd, 5000),
        (Id::MinSsthresh, 5000),
        (Id::CurSsthresh, 5000),
        (Id::CurCwnd, 5000),
    ];
    expect_counters(&mut kernel, &[&SENT[..], &signal].concat());
}

#[test]
fn a_probe_that_was_not_needed_is_a_retransmission_and_nothing_else() {
    let (mut kernel, mut peer) = probed();
    peer.send(ack(2001));
    peer.send(ack(2001).sack(1001..2001));
    end(&mut kernel, &mut peer);
    let reported = [
        (Id::SACKsRcvd, 1),
        (Id::SACKBlocksRcvd, 1),
        (Id::DSACKDups, 1),
        (Id::CurCwnd, 10_000),
    ];
    expect_counters(&mut kernel, &[&SENT[..], &reported].concat());
}

/// What has not been sent yet goes first, whatever the congestion window says. Its ACK opens the window as any other.
#[test]
fn a_probe_with_new_octets_is_no_retransmission() {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(11_000);
    peer.expect_data(1..11_001, 1000);
    let sent = [
        (Id::DataSegsOut, 11),
        (Id::DataOctetsOut, 11_000),
        (Id::HCDataOctetsOut, 11_000),
        (Id::MaxPipeSize, 11_000),
        (Id::SndLimTransCwnd, 1),
    ];
    let out = [(Id::PipeSize, 11_000), (Id::CurCwnd, 10_000)];
    expect_counters(&mut kernel, &[&sent[..], &out].concat());
    peer.send(ack(11_001));
    expect_counters(
        &mut kernel,
        &[&sent[..], &[(Id::SlowStart, 1), (Id::CurCwnd, 21_000)]].concat(),
    );
}
