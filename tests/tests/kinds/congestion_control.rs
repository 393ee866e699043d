//! Congestion control that is not reno's: BBR, which has no threshold and paces what it sends, and CUBIC.

use std::thread::sleep;
use std::time::{Duration, Instant};

use estats_spec::Id;
use estats_tests::peer::{Kernel, Moment, Peer, Setup, ack, data};
use estats_tests::sockopt;
use estats_tests::traffic::Options;

use crate::counters::expect_counters;

/// No threshold.
const NONE: i64 = 0xffff_ffff;

/// A connection with BBR whose handshake took 20 ms.
fn bbr() -> (Kernel, Peer) {
    let setup = Setup {
        // On a short path more would be sent at once.
        settings: &[("ipv4/tcp_tso_rtt_log", "0")],
        socket: Options {
            congestion_control: Some("bbr"),
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.open_slowly(Duration::from_millis(20));
    kernel.accept();
    (kernel, peer)
}

/// Ten segments, of which the first one is retransmitted for three that were received behind it.
fn retransmitted() -> (Kernel, Peer) {
    let (mut kernel, mut peer) = bbr();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::CurSsthresh, NONE),
        (Id::MinSsthresh, NONE),
        (Id::MaxSsthresh, 0),
        (Id::InRecovery, 3),
    ]);
    (kernel, peer)
}

#[test]
fn a_loss_under_bbr_is_a_signal_without_a_threshold() {
    let (mut kernel, mut peer) = retransmitted();
    peer.send(ack(10_001));
    let window = 1000 * i64::from(kernel.info().snd_cwnd);
    expect_counters(
        &mut kernel,
        &[
            (Id::DataSegsOut, 11),
            (Id::DataOctetsOut, 11_000),
            (Id::HCDataOctetsOut, 11_000),
            (Id::SegsRetrans, 1),
            (Id::OctetsRetrans, 1000),
            (Id::CongSignals, 1),
            (Id::FastRetran, 1),
            (Id::PreCongSumCwnd, 10_000),
            (Id::RackTimeout, 1),
            (Id::DupAcksIn, 1),
            (Id::SACKsRcvd, 1),
            (Id::SACKBlocksRcvd, 1),
            (Id::CurSsthresh, NONE),
            (Id::MinSsthresh, NONE),
            (Id::CurCwnd, window),
        ],
    );
}

#[test]
fn a_loss_under_bbr_that_was_none_is_taken_back() {
    let (mut kernel, mut peer) = retransmitted();
    peer.send(ack(10_001).sack(1..1001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::SpuriousFrDetected, 1),
        (Id::CongOverCount, 1),
        (Id::DSACKDups, 1),
        (Id::MinSsthresh, NONE),
        (Id::MaxSsthresh, 0),
    ]);
}

/// At 100,000 octets a second each segment waits 10 ms for the one before.
#[test]
fn bbr_waits_for_its_pace() {
    let (mut kernel, mut peer) = bbr();
    sockopt::set(kernel.socket(), libc::SOL_SOCKET, libc::SO_MAX_PACING_RATE, 100_000).expect("setsockopt");
    // The first ten are not paced.
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(10_001));
    let before = [
        (Id::SndLimTransPace, 0),
        (Id::SndLimTimePace, 0),
        (Id::SndLimTransCwnd, 0),
        (Id::SndLimTransRwin, 0),
    ];
    kernel.expect_rows(&before);
    let began = kernel.write(5000);
    peer.expect_data(10_001..15_001, 1000);
    let most = *began.until(Moment::now()).microseconds().end();
    peer.send(ack(15_001));
    kernel.expect_rows(&[
        (Id::SndLimTransPace, 1),
        (Id::SndLimTransCwnd, 0),
        (Id::SndLimTransRwin, 0),
    ]);
    // Four pauses, each of which the kernel may shorten by half for time that went unused.
    kernel.expect_row(Id::SndLimTimePace, 4 * 5000..=most);
}

/// After ten seconds without a shorter round trip BBR empties the path to measure it: four segments at most, and no congestion.
#[test]
fn the_window_of_a_probe_for_the_round_trip_is_another_reduction() {
    let (mut kernel, mut peer) = bbr();
    // Something is always out, or it would be a start from idle.
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    let began = Instant::now();
    let mut next = 2001;
    while kernel.info().snd_cwnd > 4 {
        assert!(began.elapsed() < Duration::from_secs(20), "BBR does not probe");
        kernel.expect_rows(&[(Id::OtherReductions, 0)]);
        sleep(Duration::from_millis(200));
        kernel.write(1000);
        peer.expect(data(next..next + 1000));
        peer.send(ack(next));
        next += 1000;
    }
    let probing = [
        (Id::OtherReductions, 1),
        (Id::OtherReductionsCV, 0),
        (Id::CongSignals, 0),
        (Id::FastRetran, 0),
        (Id::Timeouts, 0),
    ];
    kernel.expect_rows(&probing);
    kernel.expect_rows(&[(Id::CurCwnd, 4000), (Id::MinSsthresh, NONE), (Id::MaxSsthresh, 0)]);
    // It gives the window back after 200 ms and a round trip.
    while kernel.info().snd_cwnd <= 4 {
        assert!(began.elapsed() < Duration::from_secs(30), "BBR does not end its probe");
        sleep(Duration::from_millis(200));
        kernel.write(1000);
        peer.expect(data(next..next + 1000));
        peer.send(ack(next));
        next += 1000;
    }
    kernel.expect_rows(&probing);
}

/// RFC 9438, section 4.6: by three tenths, after a fast retransmit, an echo and a timeout alike.
#[test]
fn every_signal_under_cubic_leaves_seven_tenths() {
    let cubic = |setup: Setup| {
        let socket = Options {
            congestion_control: Some("cubic"),
            ..Options::default()
        };
        let (mut kernel, mut peer) = Setup { socket, ..setup }.accepted();
        kernel.write(10_000);
        peer.expect_data(1..10_001, 1000);
        (kernel, peer)
    };
    let reduced = |kernel: &mut Kernel, own: &[(Id, i64)]| {
        let all = [
            (Id::CongSignals, 1),
            (Id::PreCongSumCwnd, 10_000),
            (Id::CurSsthresh, 7000),
            (Id::MaxSsthresh, 7000),
            (Id::MinSsthresh, 7000),
            (Id::CongOverCount, 0),
            (Id::OtherReductions, 0),
        ];
        kernel.expect_rows(&[&all[..], own].concat());
    };
    let (mut kernel, mut peer) = cubic(Setup::default());
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    peer.send(ack(10_001));
    reduced(
        &mut kernel,
        &[(Id::FastRetran, 1), (Id::Timeouts, 0), (Id::ECNsignals, 0)],
    );

    let (mut kernel, mut peer) = cubic(Setup::default().with_ecn());
    peer.send(ack(1001).ece());
    peer.send(ack(10_001));
    reduced(
        &mut kernel,
        &[(Id::FastRetran, 0), (Id::Timeouts, 0), (Id::ECNsignals, 1)],
    );

    let (mut kernel, mut peer) = cubic(Setup::default().impatient());
    peer.expect(data(1..1001));
    kernel.expect_rows(&[(Id::CurCwnd, 1000)]);
    reduced(
        &mut kernel,
        &[(Id::FastRetran, 0), (Id::Timeouts, 1), (Id::ECNsignals, 0)],
    );
}
