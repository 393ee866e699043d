//! DCTCP (RFC 8257), whose receiver echoes each mark, and whose sender reduces its window by the share of marked segments. Kernels that
//! do not have it are passed over.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};
use estats_tests::traffic::Options;

/// ECN field: not marked, and marked.
const ECT_0: u8 = 2;
const CE: u8 = 3;

/// An accepted connection, if the kernel has DCTCP.
fn accepted(setup: Setup) -> Option<(Kernel, Peer)> {
    let available = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control");
    if !available
        .expect("a list")
        .split_whitespace()
        .any(|name| name == "dctcp")
    {
        println!("this kernel has no DCTCP");
        return None;
    }
    let setup = Setup {
        socket: Options {
            congestion_control: Some("dctcp"),
            ..Options::default()
        },
        ..setup
    };
    Some(setup.accepted())
}

#[test]
fn an_echo_under_dctcp_is_a_signal_once_a_window() {
    let Some((mut kernel, mut peer)) = accepted(Setup::default().with_ecn()) else {
        return;
    };
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1001).ece());
    // By half at first, or by a sixteenth less: where an ACK counts for the share before it is looked at, and where after it.
    let threshold = 1000 * i64::from(kernel.info().snd_ssthresh);
    assert!((5000..=6000).contains(&threshold), "the threshold is {threshold}");
    let signal = [
        (Id::CongSignals, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::CurSsthresh, threshold),
        (Id::MaxSsthresh, threshold),
        (Id::MinSsthresh, threshold),
        (Id::FastRetran, 0),
        (Id::Timeouts, 0),
        (Id::CongOverCount, 0),
        (Id::OtherReductions, 0),
        (Id::OtherReductionsCV, 0),
    ];
    kernel.expect_rows(&[&signal[..], &[(Id::ECNsignals, 1)]].concat());
    peer.send(ack(2001).ece());
    peer.send(ack(3001).ece());
    peer.send(ack(10_001));
    kernel.expect_rows(&[&signal[..], &[(Id::ECNsignals, 3), (Id::CERcvd, 0), (Id::ECESent, 0)]].concat());
    // A window without marks is none.
    kernel.write(5000);
    peer.expect(data(10_001..11_001).cwr());
    peer.expect_data(11_001..15_001, 1000);
    peer.send(ack(15_001));
    kernel.expect_rows(&[&signal[..], &[(Id::ECNsignals, 3)]].concat());
}

/// Not until the peer has reduced its window: the echo of each segment is that segment's own mark.
#[test]
fn the_echo_of_dctcp_follows_the_marks() {
    let Some((mut kernel, mut peer)) = accepted(Setup::default().with_ecn()) else {
        return;
    };
    kernel.expect_rows(&[(Id::ECESent, 0)]);
    let segments = [(CE, 1, 1), (ECT_0, 1, 1), (CE, 2, 2), (CE, 3, 2), (ECT_0, 3, 2)];
    for (start, (tos, marks, echoes)) in (1..).step_by(1000).zip(segments) {
        peer.send(data(start..start + 1000).tos(tos));
        let answer = ack(start + 1000);
        peer.expect(if tos == CE { answer.ece() } else { answer });
        kernel.expect_rows(&[(Id::CERcvd, marks), (Id::ECESent, echoes), (Id::IpTosIn, tos.into())]);
    }
    kernel.expect_rows(&[(Id::CongSignals, 0), (Id::ECNsignals, 0), (Id::DataOctetsIn, 5000)]);
}

#[test]
fn dctcp_without_ecn_is_reno() {
    let Some((mut kernel, mut peer)) = accepted(Setup::default().without_sack()) else {
        return;
    };
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    for _ in 0..3 {
        peer.send(ack(1));
    }
    peer.expect(data(1..1001));
    peer.send(ack(10_001));
    kernel.expect_rows(&[
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::MaxSsthresh, 5000),
        (Id::MinSsthresh, 5000),
        (Id::ECNsignals, 0),
        (Id::DupAcksIn, 3),
        (Id::SegsRetrans, 1),
    ]);
}
