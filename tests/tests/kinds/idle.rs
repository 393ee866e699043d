//! Segments that only ask whether the peer is still there: keep-alives and probes of a closed window.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Setup, ack, data};
use estats_tests::sockopt;
use estats_tests::traffic::Options;

use crate::counters::expect_counters;

/// RFC 9293, section 3.8.4: a segment from before the window, which the peer answers.
#[test]
fn keep_alives_are_segments_and_nothing_else() {
    fn every(kernel: &Kernel, seconds: i32) {
        sockopt::set(kernel.socket(), libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, seconds).expect("setsockopt");
    }
    let setup = Setup {
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, 100)],
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(500);
    peer.expect(data(1..501));
    peer.send(ack(501));
    every(&kernel, 1);
    sockopt::set(kernel.socket(), libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1).expect("setsockopt");
    peer.expect(ack(1).at(500));
    // And no other one until the script has ended.
    every(&kernel, 100);
    let moved = [
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 500),
        (Id::HCDataOctetsOut, 500),
        (Id::CountRTT, 2),
        (Id::MaxPipeSize, 500),
        (Id::ThruOctetsAcked, 500),
        (Id::SegsOut, 2),
    ];
    expect_counters(&mut kernel, &[&moved[..], &[(Id::SegsIn, 3)]].concat());
    peer.send(ack(501));
    expect_counters(&mut kernel, &[&moved[..], &[(Id::SegsIn, 4)]].concat());
}

/// The timer that sends them backs off as that of retransmissions does, and has nothing to do with it.
#[test]
fn probes_of_a_closed_window_are_segments_and_nothing_else() {
    let setup = Setup {
        rto_min: 200,
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(500);
    peer.expect(data(1..501));
    peer.send(ack(501).window(0));
    kernel.write(1000);
    let timeout = kernel.row(Id::CurRTO);
    // Two that are not answered, and another one that is.
    for _ in 0..3 {
        peer.expect(ack(1).at(500));
    }
    peer.send(ack(501).window(0));
    let limited = [
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 500),
        (Id::HCDataOctetsOut, 500),
        (Id::CountRTT, 2),
        (Id::MaxPipeSize, 500),
        (Id::ThruOctetsAcked, 500),
        (Id::ZeroRwinRcvd, 1),
        (Id::CurAppWQueue, 1000),
        (Id::MaxAppWQueue, 1000),
        (Id::SndLimTransRwin, 1),
        (Id::CurRTO, timeout),
        (Id::MaxRTO, timeout),
    ];
    expect_counters(&mut kernel, &limited);
    peer.send(ack(501).window(5000));
    peer.expect_after_repetitions(data(501..1501));
    peer.send(ack(1501));
    kernel.expect_rows(&[
        (Id::Timeouts, 0),
        (Id::CongSignals, 0),
        (Id::SegsRetrans, 0),
        (Id::DataOctetsOut, 1500),
        (Id::CountRTT, 3),
        (Id::SndLimTransRwin, 1),
    ]);
}
