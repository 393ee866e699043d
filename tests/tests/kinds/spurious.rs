//! Forward RTO recovery (F-RTO, RFC 5682): what comes after a timeout shows whether it was needed.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};

use crate::counters::expect_counters;

/// Three segments, of which the first one is sent again after a timeout.
fn timed_out(setup: &Setup) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.expect(data(1..1001));
    (kernel, peer)
}

/// The timeout itself.
const SIGNAL: [(Id, i64); 5] = [
    (Id::CongSignals, 1),
    (Id::Timeouts, 1),
    (Id::AbruptTimeouts, 1),
    (Id::PreCongSumCwnd, 10_000),
    (Id::MaxSsthresh, 5000),
];

/// It is taken back.
const SPURIOUS: [(Id, i64); 3] = [
    (Id::SpuriousRtoDetected, 1),
    (Id::CongOverCount, 1),
    (Id::CurSsthresh, 0xffff_ffff),
];

fn sent(segments: i64, again: i64) -> [(Id, i64); 5] {
    [
        (Id::DataSegsOut, segments),
        (Id::DataOctetsOut, 1000 * segments),
        (Id::HCDataOctetsOut, 1000 * segments),
        (Id::SegsRetrans, again),
        (Id::OctetsRetrans, 1000 * again),
    ]
}

/// Two new segments instead of a second repetition, and an ACK of what was sent only once. Until then the window belongs to the signal; the
/// one that was given back grows with the last ACK. With SACK, RACK might take the third segment for lost: it was sent before the
/// repetition, which is acknowledged.
#[test]
fn a_timeout_that_new_octets_show_to_be_spurious_is_taken_back() {
    let (mut kernel, mut peer) = timed_out(&Setup::default().impatient().without_sack());
    kernel.write(2000);
    peer.send(ack(1001));
    peer.expect_data(3001..5001, 1000);
    peer.send(ack(2001));
    kernel.expect_rows(&SPURIOUS);
    peer.send(ack(5001));
    let more = [(Id::PostCongCountRTT, 1), (Id::SlowStart, 1), (Id::SndLimTransCwnd, 1)];
    expect_counters(&mut kernel, &[&sent(6, 1)[..], &SIGNAL, &SPURIOUS, &more].concat());
}

/// The block is of a segment that was sent once, before the timeout.
#[test]
fn a_timeout_that_selective_acks_show_to_be_spurious_is_taken_back() {
    let (mut kernel, mut peer) = timed_out(&Setup::default().impatient());
    peer.send(ack(1).sack(1001..2001));
    kernel.expect_rows(&SPURIOUS);
    peer.send(ack(3001));
    kernel.expect_rows(&[&sent(4, 1)[..], &SIGNAL, &SPURIOUS].concat());
    kernel.expect_rows(&[
        (Id::SACKsRcvd, 1),
        (Id::SACKBlocksRcvd, 1),
        (Id::DupAcksIn, 1),
        (Id::FastRetran, 0),
        (Id::DSACKDups, 0),
        (Id::PipeSize, 0),
    ]);
}

/// The new segments bring ACKs that advance no further: the others are lost as well, and each of these ACKs is for a segment that has left
/// the network.
#[test]
fn a_timeout_that_new_octets_show_to_be_needed_stays() {
    let (mut kernel, mut peer) = timed_out(&Setup::default().impatient());
    kernel.write(2000);
    peer.send(ack(1001));
    peer.expect_data(3001..5001, 1000);
    peer.send(ack(1001).sack(3001..4001));
    peer.expect(data(1001..2001));
    peer.send(ack(1001).sack(3001..5001));
    peer.expect(data(2001..3001));
    peer.send(ack(5001));
    kernel.expect_rows(&[&sent(8, 3)[..], &SIGNAL].concat());
    kernel.expect_rows(&[
        (Id::SpuriousRtoDetected, 0),
        (Id::SpuriousFrDetected, 0),
        (Id::CongOverCount, 0),
        (Id::FastRetran, 0),
        (Id::SACKsRcvd, 2),
        (Id::SACKBlocksRcvd, 2),
        (Id::MinSsthresh, 5000),
        (Id::CurSsthresh, 5000),
        (Id::PipeSize, 0),
    ]);
}
