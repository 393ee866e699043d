//! The congestion window: how it grew, how large it became, and its thresholds; with reno and segments of 1000 octets.

use std::thread::sleep;
use std::time::{Duration, Instant};

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};
use estats_tests::release::release;
use estats_tests::traffic::Options;

/// RFC 6928.
const INITIAL_WINDOW: i64 = 10_000;
/// The smallest threshold while there was none.
const NO_THRESHOLD: i64 = 0xffff_ffff;

/// The kernel tells of writes, and so of what a window was before it is given up.
fn writes_are_seen() -> bool {
    release() >= (6, 16)
}

/// Sends the peer's ACKs of the next `count` segments, one by one. Returns the number after them.
fn acknowledge(peer: &mut Peer, start: u32, count: u32) -> u32 {
    for index in 1..=count {
        peer.send(ack(start + 1000 * index));
    }
    start + 1000 * count
}

/// A window of 10 segments loses its first one, which is retransmitted and everything acknowledged. The window is now 5
/// segments, as is the threshold, and the next octet has the number 10001.
fn halve(kernel: &mut Kernel, peer: &mut Peer) {
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    for _ in 0..3 {
        peer.send(ack(1));
    }
    peer.expect(data(1..1001));
    for _ in 3..9 {
        peer.send(ack(1));
    }
    peer.send(ack(10_001));
    assert_eq!((kernel.info().snd_cwnd, kernel.info().snd_ssthresh), (5, 5));
}

#[test]
fn a_new_connection_has_its_initial_window_and_no_threshold() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[
        (Id::MaxSsCwnd, INITIAL_WINDOW),
        (Id::MaxCaCwnd, 0),
        (Id::MaxSsthresh, 0),
        (Id::MinSsthresh, NO_THRESHOLD),
    ]);
}

#[test]
fn slow_start_grows_by_what_is_acknowledged() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(40_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(4001));
    kernel.expect_rows(&[(Id::MaxSsCwnd, INITIAL_WINDOW + 4000)]);
    peer.send(ack(10_001));
    kernel.expect_rows(&[
        (Id::MaxSsCwnd, 2 * INITIAL_WINDOW),
        (Id::MaxCaCwnd, 0),
        (Id::MaxSsthresh, 0),
        (Id::MinSsthresh, NO_THRESHOLD),
    ]);
}

/// RFC 5681, section 3.1: a window that is not used does not grow.
#[test]
fn an_unused_window_does_not_grow() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    for start in (1..20_001).step_by(1000) {
        kernel.write(1000);
        peer.expect(data(start..start + 1000));
        peer.send(ack(start + 1000));
    }
    kernel.expect_rows(&[(Id::MaxSsCwnd, INITIAL_WINDOW), (Id::MaxCaCwnd, 0)]);
}

#[test]
fn a_fast_retransmit_sets_the_threshold_to_half_the_window() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    halve(&mut kernel, &mut peer);
    kernel.expect_rows(&[
        (Id::MaxSsthresh, 5000),
        (Id::MinSsthresh, 5000),
        (Id::MaxSsCwnd, INITIAL_WINDOW),
    ]);
}

/// One segment more for each window acknowledged (RFC 5681, section 3.1).
#[test]
fn congestion_avoidance_grows_from_the_threshold() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    halve(&mut kernel, &mut peer);
    kernel.write(30_000);
    peer.expect_data(10_001..15_001, 1000);
    // Five ACKs make it six.
    let next = acknowledge(&mut peer, 10_001, 5);
    kernel.expect_rows(&[(Id::MaxCaCwnd, 6000), (Id::CurCwnd, 6000)]);
    // Six ACKs make it seven.
    acknowledge(&mut peer, next, 6);
    kernel.expect_rows(&[
        (Id::MaxCaCwnd, 7000),
        (Id::CurCwnd, 7000),
        (Id::MaxSsCwnd, INITIAL_WINDOW),
        (Id::MaxSsthresh, 5000),
        (Id::MinSsthresh, 5000),
    ]);
}

/// RFC 5681, section 3.1: at least two segments; and the window is one, in slow start.
#[test]
fn a_timeout_sets_the_threshold_and_starts_slowly() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CurCwnd, 1000),
        (Id::MaxSsthresh, 5000),
        (Id::MinSsthresh, 5000),
        (Id::MaxSsCwnd, INITIAL_WINDOW),
        (Id::MaxCaCwnd, 0),
    ]);
    // Acknowledged, then lost again: half of two segments is less than the least threshold.
    peer.send(ack(1001));
    peer.expect(data(1001..2001));
    peer.send(ack(2001));
    assert_eq!(kernel.info().snd_cwnd, 3);
    kernel.write(1000);
    peer.expect(data(2001..3001));
    peer.expect(data(2001..3001));
    kernel.expect_rows(&[
        (Id::MaxSsthresh, 5000),
        (Id::MinSsthresh, 2000),
        (Id::MaxSsCwnd, INITIAL_WINDOW),
        (Id::MaxCaCwnd, 0),
    ]);
}

#[test]
fn without_a_signal_there_is_no_threshold() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    // Two duplicates are too few.
    peer.send(ack(1));
    peer.send(ack(1));
    peer.send(ack(10_001));
    kernel.expect_rows(&[
        (Id::MaxSsthresh, 0),
        (Id::MinSsthresh, NO_THRESHOLD),
        (Id::MaxCaCwnd, 0),
    ]);
}

/// The rows that count changes of the window.
fn expect_changes(kernel: &mut Kernel, [slow_start, avoidance, signals]: [i64; 3]) {
    kernel.expect_rows(&[
        (Id::SlowStart, slow_start),
        (Id::CongAvoid, avoidance),
        (Id::CongSignals, signals),
    ]);
}

#[test]
fn each_ack_in_slow_start_is_an_increase() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(40_000);
    expect_changes(&mut kernel, [0, 0, 0]);
    acknowledge(&mut peer, 1, 6);
    expect_changes(&mut kernel, [6, 0, 0]);
    // One ACK of several segments is one more.
    peer.send(ack(10_001));
    expect_changes(&mut kernel, [7, 0, 0]);
}

#[test]
fn a_window_of_acks_in_congestion_avoidance_is_an_increase() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    halve(&mut kernel, &mut peer);
    expect_changes(&mut kernel, [0, 0, 1]);
    kernel.write(30_000);
    let next = acknowledge(&mut peer, 10_001, 4);
    expect_changes(&mut kernel, [0, 0, 1]);
    let next = acknowledge(&mut peer, next, 1);
    expect_changes(&mut kernel, [0, 1, 1]);
    acknowledge(&mut peer, next, 6);
    expect_changes(&mut kernel, [0, 2, 1]);
}

#[test]
fn a_window_that_does_not_grow_was_not_increased() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    for start in (1..10_001).step_by(1000) {
        kernel.write(1000);
        peer.expect(data(start..start + 1000));
        peer.send(ack(start + 1000));
    }
    expect_changes(&mut kernel, [0, 0, 0]);
}

/// Timeouts that can be waited for, and that a loaded machine does not run into.
fn idling() -> Setup {
    Setup {
        rto_min: 1500,
        ..Setup::default()
    }
}

/// Waits until the window has lost its claim to two halves of itself.
fn idle(kernel: &Kernel) {
    sleep(Duration::from_micros(kernel.info().rto.into()) * 5 / 2);
}

/// RFC 5681, section 4.1: what was not used for the time of a timeout is not used at once.
#[test]
fn a_restart_after_idling_is_another_reduction() {
    let (mut kernel, mut peer) = idling().accepted();
    kernel.write(30_000);
    peer.expect_data(1..10_001, 1000);
    let next = acknowledge(&mut peer, 1, 10);
    peer.expect_data(next..30_001, 1000);
    peer.send(ack(30_001));
    kernel.expect_rows(&[(Id::OtherReductions, 0)]);
    assert_eq!(kernel.info().snd_cwnd, 40);
    idle(&kernel);
    kernel.write(1000);
    peer.expect(data(30_001..31_001));
    assert_eq!(kernel.info().snd_cwnd, 10);
    // Ten ACKs, and the last one, whose growth older kernels may take back unseen.
    if writes_are_seen() {
        kernel.expect_rows(&[(Id::SlowStart, 11), (Id::MaxSsCwnd, 40_000)]);
    }
    let restarted = [
        (Id::OtherReductions, 1),
        (Id::OtherReductionsCV, 1),
        (Id::CongSignals, 0),
    ];
    kernel.expect_rows(&restarted);
    peer.send(ack(31_001));
    kernel.expect_rows(&restarted);
}

/// What the last ACK gave is taken back to the segment.
#[test]
fn a_restart_may_take_back_what_was_just_given() {
    let (mut kernel, mut peer) = idling().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(10_001));
    assert_eq!(kernel.info().snd_cwnd, 20);
    idle(&kernel);
    kernel.write(1000);
    peer.expect(data(10_001..11_001));
    assert_eq!(kernel.info().snd_cwnd, 10);
    // Older kernels may take it back unseen.
    if !writes_are_seen() {
        return;
    }
    for _ in 0..2 {
        kernel.expect_rows(&[(Id::SlowStart, 1), (Id::OtherReductions, 1), (Id::OtherReductionsCV, 1)]);
        peer.send(ack(11_001));
    }
}

/// RFC 2861, section 3: of a window that was not full for the time of a timeout, half of what was not used is given up; the initial
/// window is not. So long no ACK comes only between a probe for a lost tail and the timeout behind it, which is four seconds after the
/// probe here. The probe itself is sent when a timeout would be; by older kernels earlier.
#[test]
fn a_window_that_the_application_does_not_fill_is_another_reduction() {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    acknowledge(&mut peer, 1, 10);
    assert_eq!(kernel.info().snd_cwnd, 20);
    kernel.write(1000);
    peer.expect(data(10_001..11_001));
    let written = Instant::now();
    peer.expect(data(10_001..11_001));
    kernel.expect_rows(&[(Id::OtherReductions, 0), (Id::OtherReductionsCV, 0)]);
    let timeout = Duration::from_micros(kernel.info().rto.into());
    sleep((timeout + Duration::from_millis(10)).saturating_sub(written.elapsed()));
    kernel.write(1000);
    peer.expect(data(11_001..12_001));
    assert_eq!(kernel.info().snd_cwnd, 15);
    let validated = [
        (Id::OtherReductions, 1),
        (Id::OtherReductionsCV, 1),
        (Id::CongSignals, 0),
    ];
    kernel.expect_rows(&validated);
    peer.send(ack(10_001));
    kernel.expect_rows(&validated);
}

#[test]
fn a_reduction_for_a_signal_is_no_other_reduction() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    halve(&mut kernel, &mut peer);
    kernel.write(5000);
    peer.expect_data(10_001..15_001, 1000);
    acknowledge(&mut peer, 10_001, 5);
    kernel.expect_rows(&[
        (Id::OtherReductions, 0),
        (Id::OtherReductionsCV, 0),
        (Id::CongSignals, 1),
    ]);
}

/// RFC 9438, section 4.6: seven tenths.
#[test]
fn cubic_keeps_more_of_its_window() {
    let setup = Setup {
        socket: Options {
            congestion_control: Some("cubic"),
            ..Options::default()
        },
        ..Setup::default().without_sack()
    };
    let (mut kernel, mut peer) = setup.connected();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    for _ in 0..3 {
        peer.send(ack(1));
    }
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::MaxSsthresh, 7000),
        (Id::MinSsthresh, 7000),
        (Id::MaxSsCwnd, INITIAL_WINDOW),
        (Id::CongSignals, 1),
        (Id::PreCongSumCwnd, INITIAL_WINDOW),
    ]);
}
