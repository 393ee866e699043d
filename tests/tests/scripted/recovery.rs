//! Retransmissions that turned out to be unnecessary, and windows given back for it.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};

/// The rows: spurious fast retransmits, spurious timeouts, reductions that were taken back.
fn expect_spurious(kernel: &mut Kernel, [fast_retransmits, timeouts, taken_back]: [i64; 3]) {
    kernel.expect_rows(&[
        (Id::SpuriousFrDetected, fast_retransmits),
        (Id::SpuriousRtoDetected, timeouts),
        (Id::CongOverCount, taken_back),
    ]);
}

/// Ten segments, of which the first one is retransmitted for three that were received behind it.
fn retransmitted(setup: &Setup) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    (kernel, peer)
}

/// RFC 3708: the receiver reports that it had both.
#[test]
fn a_reported_duplicate_takes_a_fast_retransmit_back() {
    let (mut kernel, mut peer) = retransmitted(&Setup::default());
    expect_spurious(&mut kernel, [0, 0, 0]);
    peer.send(ack(10_001).sack(1..1001));
    expect_spurious(&mut kernel, [1, 0, 1]);
    kernel.expect_rows(&[(Id::CongSignals, 1), (Id::FastRetran, 1)]);
}

/// The Eifel algorithm (RFC 3522): the ACK echoes the timestamp of the original.
#[test]
fn an_echo_of_the_original_takes_a_fast_retransmit_back() {
    let (mut kernel, mut peer) = Setup::default().with_timestamps().accepted();
    // The option leaves 988 octets of a segment.
    kernel.write(5 * 988);
    let original = peer.expect(data(1..989)).timestamps.expect("timestamps").0;
    peer.expect_data(989..4941, 988);
    // The clock of the timestamps goes on.
    sleep(Duration::from_millis(10));
    peer.send(ack(1).timestamps(1000, original).sack(989..3953));
    peer.expect(data(1..989));
    peer.send(ack(4941).timestamps(1001, original));
    expect_spurious(&mut kernel, [1, 0, 1]);
    kernel.expect_rows(&[(Id::CongSignals, 1), (Id::FastRetran, 1)]);
}

#[test]
fn a_fast_retransmit_that_was_needed_stays() {
    let (mut kernel, mut peer) = retransmitted(&Setup::default());
    peer.send(ack(10_001));
    kernel.write(1000);
    peer.expect(data(10_001..11_001));
    peer.send(ack(11_001));
    expect_spurious(&mut kernel, [0, 0, 0]);
    kernel.expect_rows(&[(Id::CongSignals, 1), (Id::FastRetran, 1)]);
}

#[test]
fn an_echo_of_the_original_takes_a_timeout_back() {
    let (mut kernel, mut peer) = Setup::default().impatient().with_timestamps().accepted();
    kernel.write(500);
    let original = peer.expect(data(1..501)).timestamps.expect("timestamps").0;
    peer.expect(data(1..501));
    peer.send(ack(501).timestamps(1000, original));
    expect_spurious(&mut kernel, [0, 1, 1]);
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::CongSignals, 1)]);
}

/// F-RTO (RFC 5682): the ACK covers what was sent once.
#[test]
fn an_ack_of_what_was_not_retransmitted_takes_a_timeout_back() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.expect(data(1..1001));
    peer.send(ack(2001));
    peer.send(ack(3001));
    expect_spurious(&mut kernel, [0, 1, 1]);
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::CongSignals, 1)]);
}

#[test]
fn a_timeout_that_was_needed_stays() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    kernel.write(1000);
    peer.expect(data(1001..2001));
    peer.send(ack(2001));
    expect_spurious(&mut kernel, [0, 0, 0]);
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::CongSignals, 1)]);
}

/// RFC 8985: each segment that was sent before one that was received, and for which no more time is given.
#[test]
fn segments_lost_by_the_order_of_sending_are_counted() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(2001..5001));
    peer.expect(data(1..1001));
    kernel.expect_rows(&[(Id::RackTimeout, 2)]);
    peer.send(ack(10_001));
    kernel.expect_rows(&[(Id::RackTimeout, 2)]);
}

#[test]
fn segments_lost_by_a_timeout_are_not_lost_by_their_order() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::RackTimeout, 0)]);
}

#[test]
fn a_reported_duplicate_without_a_reduction_takes_nothing_back() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    peer.send(ack(1001).sack(1..1001));
    expect_spurious(&mut kernel, [0, 0, 0]);
}
