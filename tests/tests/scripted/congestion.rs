//! Congestion signals, and what was before and after them.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Lapse, Peer, Setup, ack, data};

/// A connection without SACK, where the third duplicate ACK starts a fast retransmit and nothing else does, and the round trip
/// time of its handshake.
fn without_sack() -> (Kernel, Peer, Lapse) {
    let (mut kernel, mut peer) = Setup::default().without_sack().ends();
    kernel.listen();
    let handshake = peer.open_slowly(Duration::from_millis(25));
    kernel.accept();
    (kernel, peer, handshake)
}

/// What has to stay zero without a signal.
fn expect_no_signal(kernel: &mut Kernel) {
    let rows = [
        Id::CongSignals,
        Id::FastRetran,
        Id::PreCongSumCwnd,
        Id::PreCongSumRTT,
        Id::PostCongSumRTT,
        Id::PostCongCountRTT,
        Id::Timeouts,
    ];
    kernel.expect_rows(&rows.map(|id| (id, 0)));
}

#[test]
fn three_duplicate_acks_are_one_signal() {
    let (mut kernel, mut peer, handshake) = without_sack();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1));
    peer.send(ack(1));
    expect_no_signal(&mut kernel);
    peer.send(ack(1));
    peer.expect(data(1..1001));
    let signal = [
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 0),
    ];
    kernel.expect_rows(&signal);
    kernel.expect_row(Id::PreCongSumRTT, handshake.milliseconds());
    for _ in 3..9 {
        peer.send(ack(1));
    }
    // The ACK of a retransmission is no round trip time.
    peer.send(ack(10_001));
    kernel.expect_rows(&signal);
    kernel.expect_rows(&[(Id::PostCongCountRTT, 0), (Id::PostCongSumRTT, 0)]);
    // The first one after the signal.
    let sent = kernel.write(1000);
    peer.expect(data(10_001..11_001));
    sleep(Duration::from_millis(40));
    let lapse = sent.until(peer.send(ack(11_001)));
    kernel.expect_rows(&[(Id::PostCongCountRTT, 1)]);
    kernel.expect_row(Id::PostCongSumRTT, lapse.milliseconds());
    // And no other.
    kernel.write(1000);
    peer.expect(data(11_001..12_001));
    peer.send(ack(12_001));
    kernel.expect_rows(&signal);
    kernel.expect_rows(&[(Id::PostCongCountRTT, 1)]);
    kernel.expect_row(Id::PostCongSumRTT, lapse.milliseconds());
}

#[test]
fn selective_acks_of_three_segments_are_one_signal() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    let signal = [
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 0),
    ];
    kernel.expect_rows(&signal);
    // A second loss in the same window is the same signal.
    peer.send(ack(1001).sack(5001..8001).sack(1001..4001));
    peer.send(ack(4001).sack(5001..8001));
    peer.expect(data(4001..5001));
    peer.send(ack(10_001));
    kernel.expect_rows(&signal);
}

/// With fewer than three, the segment before is lost when it does not show up within a quarter of a round trip time (RFC 8985).
#[test]
fn a_fast_retransmit_by_the_reordering_timer_is_a_signal() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    peer.send(ack(1).sack(1001..2001));
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 0),
    ]);
}

#[test]
fn two_losses_one_after_the_other_are_two_signals() {
    let (mut kernel, mut peer, handshake) = without_sack();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    for _ in 0..9 {
        peer.send(ack(1));
    }
    peer.expect(data(1..1001));
    peer.send(ack(10_001));
    // A window of 5 now.
    let sent = kernel.write(5000);
    peer.expect_data(10_001..15_001, 1000);
    sleep(Duration::from_millis(10));
    let trip = sent.until(peer.send(ack(11_001)));
    for _ in 0..3 {
        peer.send(ack(11_001));
    }
    peer.expect(data(11_001..12_001));
    kernel.expect_rows(&[
        (Id::CongSignals, 2),
        (Id::FastRetran, 2),
        (Id::PreCongSumCwnd, 15_000),
        (Id::PostCongCountRTT, 1),
    ]);
    kernel.expect_row(Id::PostCongSumRTT, trip.milliseconds());
    let sum: Lapse = [handshake, trip].into_iter().sum();
    // Each may be cut to milliseconds before it is added.
    let sum = sum.milliseconds();
    kernel.expect_row(Id::PreCongSumRTT, sum.start() - 1..=*sum.end());
}

#[test]
fn a_timeout_is_a_signal_and_no_fast_retransmit() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 0),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 1),
    ]);
    // The next one of the series halves nothing.
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::SubsequentTimeouts, 1),
    ]);
}

/// RFC 3168, section 6.1.2: at most one reduction for each window of data.
#[test]
fn an_echo_of_congestion_is_a_signal_once_a_window() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1001).ece());
    let signal = [
        (Id::CongSignals, 1),
        (Id::FastRetran, 0),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 0),
    ];
    kernel.expect_rows(&signal);
    peer.send(ack(2001).ece());
    peer.send(ack(3001).ece());
    kernel.expect_rows(&signal);
    kernel.expect_rows(&[(Id::PostCongCountRTT, 1)]);
}

/// The window was halved for the echo and is not halved again: what the fast retransmit repairs is of the same window.
#[test]
fn a_loss_in_the_window_of_an_echo_is_the_same_signal() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1001).ece());
    let threshold = kernel.info().snd_ssthresh;
    peer.send(ack(1001).sack(2001..5001));
    peer.expect(data(1001..2001));
    assert_eq!(kernel.info().snd_ssthresh, threshold);
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::MinSsthresh, 5000),
        (Id::MaxSsthresh, 5000),
    ]);
}

/// The retransmission is lost, too, and the window falls from what it was in the recovery to one segment.
#[test]
fn a_timeout_in_a_recovery_is_a_signal_of_its_own() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..10_001));
    peer.expect(data(1..1001));
    let in_recovery = i64::from(kernel.info().snd_cwnd) * 1000;
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 2),
        (Id::FastRetran, 1),
        (Id::Timeouts, 1),
        (Id::AbruptTimeouts, 0),
        (Id::PreCongSumCwnd, 10_000 + in_recovery),
    ]);
}

#[test]
fn an_echo_that_was_not_negotiated_is_no_signal() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.send(ack(1001).ece());
    peer.send(ack(3001).ece());
    expect_no_signal(&mut kernel);
}

/// RFC 8985, section 7.4.2: when the probe repaired a loss, the loss is a signal although nothing else told of it.
#[test]
fn a_loss_repaired_by_a_tail_loss_probe_is_a_signal() {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1001..2001));
    // The second copy would have been answered, too.
    peer.send(ack(2001));
    kernel.write(1000);
    peer.expect(data(2001..3001));
    peer.send(ack(3001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 0),
        (Id::PreCongSumCwnd, 10_000),
        (Id::Timeouts, 0),
    ]);
}

#[test]
fn a_tail_loss_probe_that_was_not_needed_is_no_signal() {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1001..2001));
    // An ACK for each copy.
    peer.send(ack(2001));
    peer.send(ack(2001));
    kernel.write(1000);
    peer.expect(data(2001..3001));
    peer.send(ack(3001));
    expect_no_signal(&mut kernel);
}

#[test]
fn fewer_duplicate_acks_are_no_signal() {
    let (mut kernel, mut peer, _) = without_sack();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    peer.send(ack(1));
    peer.send(ack(1));
    peer.send(ack(3001));
    peer.send(ack(3001));
    peer.send(ack(5001));
    expect_no_signal(&mut kernel);
}
