//! Retransmission timeouts, and the values of their timer.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data, fin, syn, syn_ack};

/// The smallest timeout while there was none.
const NO_TIMEOUT: i64 = 0xffff_ffff;

/// The retransmission timeout of now in milliseconds, as the kernel says it.
fn rto(kernel: &Kernel) -> i64 {
    (kernel.info().rto / 1000).into()
}

/// The kernel's 1000 octets from number `start` on are lost as often as `losses` says, then acknowledged.
fn lose(kernel: &mut Kernel, peer: &mut Peer, start: u32, losses: u32) {
    kernel.write(1000);
    for _ in 0..=losses {
        peer.expect(data(start..start + 1000));
    }
}

#[test]
fn a_series_of_timeouts_has_one_first() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    lose(&mut kernel, &mut peer, 1, 3);
    kernel.expect_rows(&[
        (Id::Timeouts, 1),
        (Id::SubsequentTimeouts, 2),
        (Id::AbruptTimeouts, 1),
        (Id::CurTimeoutCount, 3),
        (Id::CongSignals, 1),
        (Id::FastRetran, 0),
    ]);
    peer.send(ack(1001));
    kernel.expect_rows(&[
        (Id::Timeouts, 1),
        (Id::SubsequentTimeouts, 2),
        (Id::AbruptTimeouts, 1),
        (Id::CurTimeoutCount, 0),
        (Id::CongSignals, 1),
    ]);
}

/// RFC 6298, section 5: a round trip takes the backoff back.
#[test]
fn a_round_trip_ends_a_series() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    for start in [1, 2001] {
        lose(&mut kernel, &mut peer, start, 1);
        peer.send(ack(start + 1000));
        lose(&mut kernel, &mut peer, start + 1000, 0);
        peer.send(ack(start + 2000));
    }
    kernel.expect_rows(&[
        (Id::Timeouts, 2),
        (Id::SubsequentTimeouts, 0),
        (Id::AbruptTimeouts, 2),
        (Id::CongSignals, 2),
    ]);
}

/// The ACK of a retransmission is no round trip, so the timer is still doubled when it expires for the next segment. But the
/// window had opened again, and is closed again.
#[test]
fn a_timeout_while_the_timer_is_still_doubled_is_a_subsequent_one() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    for start in [1, 1001] {
        lose(&mut kernel, &mut peer, start, 1);
        peer.send(ack(start + 1000));
    }
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::SubsequentTimeouts, 1), (Id::CongSignals, 2)]);
}

#[test]
fn a_timeout_after_a_duplicate_ack_is_not_abrupt() {
    let (mut kernel, mut peer) = Setup::default().impatient().without_sack().accepted();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.send(ack(1));
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::Timeouts, 1),
        (Id::SubsequentTimeouts, 0),
        (Id::AbruptTimeouts, 0),
        (Id::CongSignals, 1),
        (Id::FastRetran, 0),
    ]);
}

#[test]
fn a_repeated_syn_is_a_timeout() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    // After the initial timeout of a second (RFC 6298, section 2.1).
    peer.expect(syn());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::SubsequentTimeouts, 0), (Id::AbruptTimeouts, 1)]);
    // The answer is no round trip, so there is no timeout yet that one would have led to.
    kernel.expect_rows(&[(Id::MaxRTO, 0), (Id::MinRTO, NO_TIMEOUT)]);
}

#[test]
fn a_repeated_fin_is_a_timeout() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.shut_down();
    peer.expect(fin(1));
    peer.expect(fin(1));
    peer.send(ack(2));
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::SubsequentTimeouts, 0), (Id::AbruptTimeouts, 1)]);
}

#[test]
fn no_timeouts_where_everything_is_acknowledged() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    for start in (1..3001).step_by(1000) {
        lose(&mut kernel, &mut peer, start, 0);
        peer.send(ack(start + 1000));
    }
    peer.expect_nothing(Duration::from_millis(300));
    let rows = [
        Id::Timeouts,
        Id::SubsequentTimeouts,
        Id::AbruptTimeouts,
        Id::CurTimeoutCount,
    ];
    kernel.expect_rows(&rows.map(|id| (id, 0)));
}

/// The peer's closed window makes the kernel probe it with a timer that backs off, too; nothing was lost.
#[test]
fn probes_of_a_closed_window_are_no_timeouts() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    peer.close_window();
    kernel.write(1000);
    for _ in 0..2 {
        peer.expect(ack(3).at(0));
        peer.send(ack(1).window(0));
    }
    let rows = [
        Id::Timeouts,
        Id::SubsequentTimeouts,
        Id::AbruptTimeouts,
        Id::CongSignals,
    ];
    kernel.expect_rows(&rows.map(|id| (id, 0)));
}

#[test]
fn a_tail_loss_probe_is_no_timeout() {
    let (mut kernel, mut peer) = Setup::default().with_probes().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    // The probe repeats the last segment.
    peer.expect(data(1001..2001));
    // Both arrived, the probe was for nothing, which a D-SACK says.
    peer.send(ack(2001).sack(1001..2001));
    let rows = [
        Id::Timeouts,
        Id::SubsequentTimeouts,
        Id::AbruptTimeouts,
        Id::CongSignals,
        Id::FastRetran,
    ];
    kernel.expect_rows(&rows.map(|id| (id, 0)));
}

#[test]
fn the_largest_timeout_is_the_one_most_often_doubled() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    // The segment before makes a sample: the timeout is that of this path, not the initial one.
    lose(&mut kernel, &mut peer, 1, 0);
    peer.send(ack(1001));
    let (first, least) = (rto(&kernel), kernel.row(Id::MinRTO));
    lose(&mut kernel, &mut peer, 1001, 3);
    assert_eq!(rto(&kernel), 8 * first);
    kernel.expect_rows(&[(Id::MaxRTO, 8 * first), (Id::MinRTO, least)]);
    peer.send(ack(2001));
    kernel.expect_rows(&[(Id::MaxRTO, 8 * first), (Id::MinRTO, least)]);
}

#[test]
fn timeouts_follow_the_round_trips() {
    let (mut kernel, mut peer) = Setup::default().impatient().ends();
    kernel.listen();
    peer.open_slowly(Duration::from_millis(50));
    kernel.accept();
    let mut seen = vec![rto(&kernel)];
    for (round, pause) in [60, 0, 0, 0, 0, 0, 80].into_iter().enumerate() {
        let start = 1 + 1000 * u32::try_from(round).expect("a short script");
        kernel.write(1000);
        peer.expect(data(start..start + 1000));
        sleep(Duration::from_millis(pause));
        peer.send(ack(start + 1000));
        seen.push(rto(&kernel));
    }
    let (least, most) = (seen.iter().min().copied(), seen.iter().max().copied());
    kernel.expect_rows(&[
        (Id::MinRTO, least.expect("samples")),
        (Id::MaxRTO, most.expect("samples")),
        (Id::CountRTT, 8),
    ]);
}
